// The core on a repository of your own: lists are kept here, everything else in memory.
#include <iostream>
#include <map>

#include "outdial/entities/error.h"
#include "outdial/memory/database.h"
#include "outdial/memory/manual_clock.h"
#include "outdial/memory/sequential_id_source.h"
#include "outdial/services/services.h"

namespace {

using namespace outdial;

using Lists = std::map<OutdialId, Outdial>;

class OwnOutdials final : public OutdialRepository {
 public:
  explicit OwnOutdials(Lists& lists) : lists_(lists) {}

  absl::StatusOr<Outdial> Get(OutdialId id) const override {
    if (lists_.contains(id)) return lists_.at(id);
    return MakeError(Reason::kOutdialNotFound, "There is no such outdial.");
  }
  absl::StatusOr<std::vector<Outdial>> List(const OutdialFilter& filter,
                                            const Page& page) const override {
    std::vector<Outdial> found;
    for (const auto& [id, list] : lists_) {  // a real one looks at all of the filter, and sorts
      if (list.deleted() == filter.deleted && found.size() < page.size) found.push_back(list);
    }
    return found;
  }
  absl::StatusOr<Outdial> GetForUpdate(OutdialId id) override { return Get(id); }
  absl::StatusOr<Outdial> GetForShare(OutdialId id) override { return Get(id); }
  absl::Status Insert(const Outdial& list) override { return Update(list); }
  absl::Status Update(const Outdial& list) override {
    lists_.insert_or_assign(list.id(), list);
    return absl::OkStatus();
  }

 private:
  Lists& lists_;
};

class OwnWork final : public UnitOfWork {
 public:
  OwnWork(UnitOfWork& work, Lists& lists) : work_(work), outdials_(lists) {}

  OutdialRepository& outdials() override { return outdials_; }
  OutdialTargetRepository& targets() override { return work_.targets(); }
  OutdialTargetCallRepository& calls() override { return work_.calls(); }
  EventOutbox& outbox() override { return work_.outbox(); }
  RequestJournal& journal() override { return work_.journal(); }
  const OutdialRepository& outdials() const override { return outdials_; }
  const OutdialTargetRepository& targets() const override { return work_.targets(); }
  const OutdialTargetCallRepository& calls() const override { return work_.calls(); }
  const EventOutbox& outbox() const override { return work_.outbox(); }
  const RequestJournal& journal() const override { return work_.journal(); }

 private:
  UnitOfWork& work_;
  OwnOutdials outdials_;
};

// Both databases change together, or neither does. For one thread.
class OwnDatabase final : public Database {
 public:
  absl::Status Read(absl::FunctionRef<absl::Status(const UnitOfWork&)> body) override {
    return Write([&](UnitOfWork& work) { return body(work); });
  }
  absl::Status Write(absl::FunctionRef<absl::Status(UnitOfWork&)> body) override {
    Lists next;
    absl::Status status = rest_.Write([&](UnitOfWork& work) {
      next = lists_;
      OwnWork own(work, next);
      return body(own);
    });
    if (status.ok()) lists_.swap(next);
    return status;
  }
  absl::Status Ping() override { return absl::OkStatus(); }

 private:
  memory::Database rest_;
  Lists lists_;
};

}  // namespace

int main() {
  OwnDatabase database;
  NoCache cache;
  memory::ManualClock clock;
  memory::SequentialIdSource ids;
  Services services(database, cache, clock, ids);
  const auto list = services.outdials.Create({});
  if (!list.ok() || !services.targets.Create(list->id(), {}).ok()) return 1;
  std::cout << services.targets.List(list->id(), {})->size() << " in a list of our own\n";
}
