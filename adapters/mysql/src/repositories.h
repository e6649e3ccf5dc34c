// The repositories of one transaction.
#ifndef OUTDIAL_ADAPTERS_MYSQL_SRC_REPOSITORIES_H_
#define OUTDIAL_ADAPTERS_MYSQL_SRC_REPOSITORIES_H_

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/container/flat_hash_set.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "absl/time/time.h"
#include "absl/types/span.h"
#include "columns.h"
#include "connection.h"
#include "outbox_size.h"
#include "outdial/ports/database.h"
#include "outdial/sql/unit_of_work.h"
#include "table.h"

namespace outdial::mysql {

// Adds a condition where `id` is set. Others may have written the nil id as NULL.
template <typename EntityId>
void RequireId(sql::Conditions& conditions, const std::string& column,
               const std::optional<EntityId>& id) {
  if (!id.has_value()) return;
  const std::string equal = absl::StrCat(column, " = unhex(:", column, ")");
  conditions.emplace_back(
      id->is_nil() ? absl::StrCat("(", equal, " or ", column, " is null)") : equal,
      HexOf(id->uuid()));
}

class Outdials final : public OutdialRepository {
 public:
  explicit Outdials(Connection& connection) : table_(connection) {}

  absl::StatusOr<Outdial> Get(OutdialId id) const override { return table_.Get(id); }
  absl::StatusOr<std::vector<Outdial>> List(const OutdialFilter& filter,
                                            const Page& page) const override;
  absl::StatusOr<Outdial> GetForUpdate(OutdialId id) override { return table_.Get(id, kForUpdate); }
  absl::StatusOr<Outdial> GetForShare(OutdialId id) override { return table_.Get(id, kForShare); }
  absl::Status Insert(const Outdial& outdial) override {
    return table_.Insert(absl::MakeSpan(&outdial, 1));
  }
  absl::Status Update(const Outdial& outdial) override { return table_.Update(outdial); }

 private:
  Table<OutdialRow> table_;
};

// What a transaction has found out about targets that it has locked.
struct LockedTargets {
  // An open call of theirs was left by somebody who changes targets and knows nothing of calls.
  absl::flat_hash_set<OutdialTargetId> idle;
  // They were added by somebody who knows nothing of destination keys.
  absl::flat_hash_set<OutdialTargetId> without_keys;
};

class Targets final : public OutdialTargetRepository {
 public:
  Targets(Connection& connection, LockedTargets& locked)
      : connection_(connection), table_(connection), locked_(locked) {}

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
  absl::StatusOr<OutdialTarget> GetForUpdate(OutdialTargetId id) override;
  absl::StatusOr<std::vector<OutdialTarget>> LockAvailable(OutdialId outdial_id,
                                                           const TryThresholds& thresholds,
                                                           std::size_t limit) override;
  absl::StatusOr<std::vector<OutdialTarget>> LockLeaseExpired(absl::Time now,
                                                              std::size_t limit) override;
  absl::StatusOr<std::size_t> RegisterKeys(OutdialId outdial_id, std::size_t limit) override;
  absl::StatusOr<std::size_t> RegisterKeysOfAny(std::size_t limit) override;
  absl::Status Insert(absl::Span<const OutdialTarget> targets) override;
  absl::Status Update(absl::Span<const OutdialTarget> targets) override;

 private:
  std::vector<OutdialTargetId> FindWithoutKeys(std::optional<OutdialId> outdial_id,
                                               std::size_t limit);
  std::size_t MakeUpForKeys(const std::vector<OutdialTargetId>& ids, std::string_view lock);
  absl::Status InsertMany(absl::Span<const OutdialTarget> targets);
  std::size_t InsertFirst(absl::Span<const OutdialTarget> targets);
  void InsertKeys(absl::Span<const OutdialTarget> targets);

  Connection& connection_;
  Table<OutdialTargetRow> table_;
  LockedTargets& locked_;
};

class Calls final : public OutdialTargetCallRepository {
 public:
  Calls(Connection& connection, const LockedTargets& locked)
      : connection_(connection), table_(connection), locked_(locked) {}

  absl::StatusOr<OutdialTargetCall> Get(OutdialTargetCallId id) const override {
    return table_.Get(id);
  }
  absl::StatusOr<std::vector<OutdialTargetCall>> List(const OutdialTargetCallFilter& filter,
                                                      const Page& page) const override;
  absl::StatusOr<CallCount> Count(OutdialId outdial_id) const override;
  absl::StatusOr<OutdialTargetCall> GetForUpdate(OutdialTargetCallId id) override {
    return table_.Get(id, kForUpdate);
  }
  absl::StatusOr<std::optional<OutdialTargetCall>> FindOpen(OutdialTargetId target_id) override;
  absl::Status Insert(absl::Span<const OutdialTargetCall> calls) override;
  absl::Status Update(const OutdialTargetCall& call) override { return table_.Update(call); }

 private:
  absl::Status EndLeftOver(absl::Span<const OutdialTargetCall> calls);

  Connection& connection_;
  Table<OutdialTargetCallRow> table_;
  const LockedTargets& locked_;
};

class Outbox final : public EventOutbox {
 public:
  Outbox(Connection& connection, OutboxSize& size) : connection_(connection), size_(size) {}

  absl::StatusOr<std::vector<OutboxEntry>> Peek(std::size_t limit) const override;
  absl::StatusOr<std::size_t> Size() const override;
  absl::Status Append(absl::Span<const Event> events) override;
  absl::Status Remove(absl::Span<const std::int64_t> sequences) override;

 private:
  bool HasRoomFor(std::size_t count);

  Connection& connection_;
  OutboxSize& size_;
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

}  // namespace outdial::mysql

#endif  // OUTDIAL_ADAPTERS_MYSQL_SRC_REPOSITORIES_H_
