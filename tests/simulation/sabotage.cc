#include "sabotage.h"

#include <algorithm>
#include <limits>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"

namespace outdial::simulation {
namespace {

// How often those bugs show that show now and then.
constexpr std::size_t kNowAndThen = 10;

TryThresholds Thresholds(const TryThresholds& thresholds, Bug bug) {
  if (bug != Bug::kThresholdsIgnored) return thresholds;
  TryThresholds none;
  none.fill(std::numeric_limits<std::int64_t>::max());
  return none;
}

class Targets final : public OutdialTargetRepository {
 public:
  Targets(OutdialTargetRepository& targets, Bug bug) : targets_(targets), bug_(bug) {}

  absl::StatusOr<OutdialTarget> Get(OutdialTargetId id) const override { return targets_.Get(id); }
  absl::StatusOr<std::vector<OutdialTarget>> List(OutdialId outdial_id,
                                                  const Page& page) const override {
    return targets_.List(outdial_id, page);
  }
  absl::StatusOr<std::vector<OutdialTarget>> FindAvailable(OutdialId outdial_id,
                                                           const TryThresholds& thresholds,
                                                           std::size_t limit) const override {
    auto found = targets_.FindAvailable(outdial_id, Thresholds(thresholds, bug_), limit);
    if (found.ok() && bug_ == Bug::kAvailableOutOfOrder) std::reverse(found->begin(), found->end());
    return found;
  }
  absl::StatusOr<OutdialTarget> GetForUpdate(OutdialTargetId id) override {
    auto target = targets_.GetForUpdate(id);
    if (!target.ok() || bug_ != Bug::kNoIdleCheck) return target;
    OutdialTarget::Fields fields = target->fields();
    fields.status = TargetStatus::kIdle;
    return OutdialTarget(std::move(fields));
  }
  absl::StatusOr<std::vector<OutdialTarget>> LockAvailable(OutdialId outdial_id,
                                                           const TryThresholds& thresholds,
                                                           std::size_t limit) override {
    return targets_.LockAvailable(outdial_id, Thresholds(thresholds, bug_), limit);
  }
  absl::StatusOr<std::vector<OutdialTarget>> LockLeaseExpired(absl::Time now,
                                                              std::size_t limit) override {
    if (bug_ == Bug::kLeaseNeverRunsOut) return std::vector<OutdialTarget>();
    if (bug_ == Bug::kLeaseRunsOutEarly) now += absl::Seconds(10);
    return targets_.LockLeaseExpired(now, limit);
  }
  absl::StatusOr<std::vector<TakenDestination>> FindTaken(
      OutdialId outdial_id, absl::Span<const DestinationKey> keys) const override {
    return targets_.FindTaken(outdial_id, keys);
  }
  absl::StatusOr<std::vector<OutdialTarget>> ListOldest(OutdialId outdial_id,
                                                        const CreationPlace& after,
                                                        std::size_t limit) const override {
    return targets_.ListOldest(outdial_id, after, limit);
  }
  absl::StatusOr<std::vector<TargetGroup>> CountGroups(OutdialId outdial_id) const override {
    return targets_.CountGroups(outdial_id);
  }
  absl::StatusOr<std::size_t> RegisterKeys(OutdialId outdial_id, std::size_t limit) override {
    return targets_.RegisterKeys(outdial_id, limit);
  }
  absl::StatusOr<std::size_t> RegisterKeysOfAny(std::size_t limit) override {
    return targets_.RegisterKeysOfAny(limit);
  }
  absl::Status Insert(absl::Span<const OutdialTarget> targets) override {
    return targets_.Insert(targets);
  }
  absl::Status Update(absl::Span<const OutdialTarget> targets) override {
    std::vector<OutdialTarget> written;
    for (const OutdialTarget& target : targets) {
      OutdialTarget::Fields fields = target.fields();
      if (bug_ == Bug::kDeletedComesBack && fields.status == TargetStatus::kDone) {
        fields.tm_delete = std::nullopt;
      }
      if (bug_ == Bug::kTryNotCounted) fields.slots[1].try_count = 0;
      written.emplace_back(std::move(fields));
    }
    return targets_.Update(written);
  }

 private:
  OutdialTargetRepository& targets_;
  const Bug bug_;
};

class Calls final : public OutdialTargetCallRepository {
 public:
  Calls(OutdialTargetCallRepository& calls, Bug bug) : calls_(calls), bug_(bug) {}

  absl::StatusOr<OutdialTargetCall> Get(OutdialTargetCallId id) const override {
    return calls_.Get(id);
  }
  absl::StatusOr<std::vector<OutdialTargetCall>> List(const OutdialTargetCallFilter& filter,
                                                      const Page& page) const override {
    return calls_.List(filter, page);
  }
  absl::StatusOr<CallCount> Count(OutdialId outdial_id) const override {
    return calls_.Count(outdial_id);
  }
  absl::StatusOr<OutdialTargetCall> GetForUpdate(OutdialTargetCallId id) override {
    return calls_.GetForUpdate(id);
  }
  absl::StatusOr<std::optional<OutdialTargetCall>> FindOpen(OutdialTargetId target_id) override {
    if (bug_ == Bug::kCallLeftOpen) return std::nullopt;
    return calls_.FindOpen(target_id);
  }
  absl::Status Insert(absl::Span<const OutdialTargetCall> calls) override {
    return calls_.Insert(calls);
  }
  absl::Status Update(const OutdialTargetCall& call) override { return calls_.Update(call); }

 private:
  OutdialTargetCallRepository& calls_;
  const Bug bug_;
};

class Outbox final : public EventOutbox {
 public:
  Outbox(EventOutbox& outbox, Bug bug, std::size_t& appends, std::vector<Event>& late)
      : outbox_(outbox), bug_(bug), appends_(appends), late_(late) {}

  absl::StatusOr<std::vector<OutboxEntry>> Peek(std::size_t limit) const override {
    return outbox_.Peek(limit);
  }
  absl::StatusOr<std::size_t> Size() const override { return outbox_.Size(); }
  absl::Status Append(absl::Span<const Event> events) override {
    if (bug_ == Bug::kEventLost && ++appends_ % kNowAndThen == 0) return absl::OkStatus();
    if (bug_ != Bug::kEventAfterCommit) return outbox_.Append(events);
    late_.assign(events.begin(), events.end());
    return absl::OkStatus();
  }
  absl::Status Remove(absl::Span<const std::int64_t> sequences) override {
    return outbox_.Remove(sequences);
  }

 private:
  EventOutbox& outbox_;
  const Bug bug_;
  std::size_t& appends_;
  std::vector<Event>& late_;
};

class Journal final : public RequestJournal {
 public:
  Journal(RequestJournal& journal, Bug bug) : journal_(journal), bug_(bug) {}

  absl::StatusOr<std::optional<JournalEntry>> Find(const std::string& key) const override {
    if (bug_ == Bug::kJournalNotRead) return std::nullopt;
    return journal_.Find(key);
  }
  absl::Status Insert(const JournalEntry& entry) override {
    if (bug_ == Bug::kJournalNotWritten) return absl::OkStatus();
    const absl::Status status = journal_.Insert(entry);
    return bug_ == Bug::kJournalNotRead ? absl::OkStatus() : status;
  }
  absl::Status Remove(absl::Span<const std::string> keys) override { return journal_.Remove(keys); }
  absl::StatusOr<std::size_t> RemoveOlderThan(absl::Time before, std::size_t limit) override {
    return journal_.RemoveOlderThan(before, limit);
  }

 private:
  RequestJournal& journal_;
  const Bug bug_;
};

class Work final : public UnitOfWork {
 public:
  Work(UnitOfWork& work, Bug bug, std::size_t& appends)
      : work_(work),
        targets_(work.targets(), bug),
        calls_(work.calls(), bug),
        outbox_(work.outbox(), bug, appends, late_events_),
        journal_(work.journal(), bug) {}

  OutdialRepository& outdials() override { return work_.outdials(); }
  OutdialTargetRepository& targets() override { return targets_; }
  OutdialTargetCallRepository& calls() override { return calls_; }
  EventOutbox& outbox() override { return outbox_; }
  RequestJournal& journal() override { return journal_; }

  const OutdialRepository& outdials() const override { return work_.outdials(); }
  const OutdialTargetRepository& targets() const override { return targets_; }
  const OutdialTargetCallRepository& calls() const override { return calls_; }
  const EventOutbox& outbox() const override { return outbox_; }
  const RequestJournal& journal() const override { return journal_; }

  const std::vector<Event>& late_events() const { return late_events_; }

 private:
  UnitOfWork& work_;
  std::vector<Event> late_events_;
  Targets targets_;
  Calls calls_;
  Outbox outbox_;
  Journal journal_;
};

}  // namespace

absl::Status SabotagedDatabase::Read(absl::FunctionRef<absl::Status(const UnitOfWork&)> body) {
  return database_.Read([&](const UnitOfWork& work) {
    // The body sees it as something that it cannot change.
    const Work sabotaged(const_cast<UnitOfWork&>(work), bug_, appends_);
    return body(sabotaged);
  });
}

absl::Status SabotagedDatabase::Write(absl::FunctionRef<absl::Status(UnitOfWork&)> body) {
  const bool loses = bug_ == Bug::kCommitLost && ++writes_ % kNowAndThen == 0;
  bool lost = false;
  std::vector<Event> late_events;
  absl::Status status = database_.Write([&](UnitOfWork& work) -> absl::Status {
    Work sabotaged(work, bug_, appends_);
    absl::Status result = body(sabotaged);
    late_events = sabotaged.late_events();
    lost = loses && result.ok();
    return lost ? absl::CancelledError("lost") : result;
  });
  if (lost) return absl::OkStatus();
  if (!status.ok() || late_events.empty()) return status;
  return database_.Write([&](UnitOfWork& work) { return work.outbox().Append(late_events); });
}

void SabotagedCache::Expect(const CacheCopies& next, absl::Span<const OutdialTargetCall> replaced) {
  if (bug_ == Bug::kCacheNotTold) return;
  cache_.Expect(next, replaced);
  if (bug_ == Bug::kCachePutBeforeCommit) cache_.Put(next, cache_.Ticket());
}

absl::Status SabotagedPublisher::Publish(absl::Span<const Event> events) {
  if (bug_ == Bug::kEventNotPublished && ++batches_ % kNowAndThen == 0) return absl::OkStatus();
  if (bug_ != Bug::kEventsOutOfOrder) return publisher_.Publish(events);
  std::vector<Event> reversed(events.begin(), events.end());
  std::reverse(reversed.begin(), reversed.end());
  return publisher_.Publish(reversed);
}

}  // namespace outdial::simulation
