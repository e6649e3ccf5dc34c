// The repositories of one transaction.
#ifndef OUTDIAL_ADAPTERS_SQLITE_SRC_REPOSITORIES_H_
#define OUTDIAL_ADAPTERS_SQLITE_SRC_REPOSITORIES_H_

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "absl/types/span.h"
#include "columns.h"
#include "connection.h"
#include "outdial/ports/database.h"
#include "outdial/sql/unit_of_work.h"
#include "table.h"

namespace outdial::sqlite {

// There is one writer at a time, so what locks a row elsewhere is a plain read here.

class Outdials final : public OutdialRepository {
 public:
  explicit Outdials(Connection& connection) : table_(connection) {}

  absl::StatusOr<Outdial> Get(OutdialId id) const override { return table_.Get(id); }
  absl::StatusOr<std::vector<Outdial>> List(const OutdialFilter& filter,
                                            const Page& page) const override;
  absl::StatusOr<Outdial> GetForUpdate(OutdialId id) override { return Get(id); }
  absl::StatusOr<Outdial> GetForShare(OutdialId id) override { return Get(id); }
  absl::Status Insert(const Outdial& outdial) override {
    return table_.Insert(absl::MakeSpan(&outdial, 1));
  }
  absl::Status Update(const Outdial& outdial) override {
    return table_.Update(absl::MakeSpan(&outdial, 1));
  }

 private:
  Table<OutdialRow> table_;
};

class Targets final : public OutdialTargetRepository {
 public:
  explicit Targets(Connection& connection) : connection_(connection), table_(connection) {}

  absl::StatusOr<OutdialTarget> Get(OutdialTargetId id) const override { return table_.Get(id); }
  absl::StatusOr<std::vector<OutdialTarget>> List(OutdialId outdial_id,
                                                  const Page& page) const override;
  absl::StatusOr<std::vector<OutdialTarget>> ListOldest(OutdialId outdial_id,
                                                        const CreationPlace& after,
                                                        std::size_t limit) const override;
  absl::StatusOr<std::vector<OutdialTarget>> FindAvailable(OutdialId outdial_id,
                                                           const TryThresholds& thresholds,
                                                           std::size_t limit) const override;
  absl::StatusOr<std::vector<TakenDestination>> FindTaken(
      OutdialId outdial_id, absl::Span<const DestinationKey> keys) const override;
  absl::StatusOr<std::vector<TargetGroup>> CountGroups(OutdialId outdial_id) const override;
  absl::StatusOr<OutdialTarget> GetForUpdate(OutdialTargetId id) override { return Get(id); }
  absl::StatusOr<std::vector<OutdialTarget>> LockAvailable(OutdialId outdial_id,
                                                           const TryThresholds& thresholds,
                                                           std::size_t limit) override {
    return FindAvailable(outdial_id, thresholds, limit);
  }
  absl::StatusOr<std::vector<OutdialTarget>> LockLeaseExpired(absl::Time now,
                                                              std::size_t limit) override;
  absl::StatusOr<std::size_t> RegisterKeys(OutdialId outdial_id, std::size_t limit) override;
  absl::StatusOr<std::size_t> RegisterKeysOfAny(std::size_t limit) override;
  absl::Status Insert(absl::Span<const OutdialTarget> targets) override;
  absl::Status Update(absl::Span<const OutdialTarget> targets) override {
    return table_.Update(targets);
  }

 private:
  template <typename Select>
  std::size_t RegisterKeysOf(Select& select, std::size_t limit);
  void InsertKeys(absl::Span<const OutdialTarget> targets);

  Connection& connection_;
  Table<OutdialTargetRow> table_;
};

class Calls final : public OutdialTargetCallRepository {
 public:
  explicit Calls(Connection& connection) : connection_(connection), table_(connection) {}

  absl::StatusOr<OutdialTargetCall> Get(OutdialTargetCallId id) const override {
    return table_.Get(id);
  }
  absl::StatusOr<std::vector<OutdialTargetCall>> List(const OutdialTargetCallFilter& filter,
                                                      const Page& page) const override;
  absl::StatusOr<CallCount> Count(OutdialId outdial_id) const override;
  absl::StatusOr<OutdialTargetCall> GetForUpdate(OutdialTargetCallId id) override {
    return Get(id);
  }
  absl::StatusOr<std::optional<OutdialTargetCall>> FindOpen(OutdialTargetId target_id) override;
  absl::Status Insert(absl::Span<const OutdialTargetCall> calls) override {
    return table_.Insert(calls);
  }
  absl::Status Update(const OutdialTargetCall& call) override {
    return table_.Update(absl::MakeSpan(&call, 1));
  }

 private:
  Connection& connection_;
  Table<OutdialTargetCallRow> table_;
};

class Outbox final : public EventOutbox {
 public:
  Outbox(Connection& connection, std::size_t limit) : connection_(connection), limit_(limit) {}

  absl::StatusOr<std::vector<OutboxEntry>> Peek(std::size_t limit) const override;
  absl::StatusOr<std::size_t> Size() const override;
  absl::Status Append(absl::Span<const Event> events) override;
  absl::Status Remove(absl::Span<const std::int64_t> sequences) override;

 private:
  Connection& connection_;
  std::size_t limit_;
};

class Journal final : public RequestJournal {
 public:
  explicit Journal(Connection& connection) : connection_(connection) {}

  absl::StatusOr<std::optional<JournalEntry>> Find(const std::string& key) const override;
  absl::Status Insert(const JournalEntry& entry) override;
  absl::Status Remove(absl::Span<const std::string> keys) override;
  absl::StatusOr<std::size_t> RemoveOlderThan(absl::Time before, std::size_t limit) override;

 private:
  Connection& connection_;
};

using Transaction = sql::Repositories<Outdials, Targets, Calls, Outbox, Journal>;

}  // namespace outdial::sqlite

#endif  // OUTDIAL_ADAPTERS_SQLITE_SRC_REPOSITORIES_H_
