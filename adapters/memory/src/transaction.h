// One transaction of the in-process database.
#ifndef OUTDIAL_MEMORY_SRC_TRANSACTION_H_
#define OUTDIAL_MEMORY_SRC_TRANSACTION_H_

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "absl/container/flat_hash_set.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "absl/types/span.h"
#include "outdial/entities/uuid.h"
#include "outdial/memory/call_hook.h"
#include "outdial/memory/database.h"
#include "outdial/ports/database.h"
#include "state.h"

namespace outdial::memory {

// The tables with the list of what was done to them, and the rows that are locked. What was done is
// undone unless it is committed.
class Changes {
 public:
  explicit Changes(DatabaseState& state) : state_(state) {}
  ~Changes();

  Changes(const Changes&) = delete;
  Changes& operator=(const Changes&) = delete;

  const DatabaseState& state() const { return state_; }

  // Makes `row` (null: nothing) the row of `key` in the table that `member` names.
  template <typename TableType>
  void Replace(TableType DatabaseState::*member, const typename TableType::Key& key,
               typename TableType::RowPtr row) {
    TableType& table = state_.*member;
    undo_.emplace_back(Undo<TableType>{&table, key, table.Replace(key, std::move(row))});
  }

  std::int64_t TakeSequence() { return state_.next_sequence++; }

  void Commit() { undo_.clear(); }

  // What only a database with several writers at a time needs, and callers must not forget.
  void Lock(const Uuid& row) { locked_.insert(row); }
  bool Locked(const Uuid& row) const { return locked_.contains(row); }

 private:
  template <typename TableType>
  struct Undo {
    TableType* table;
    typename TableType::Key key;
    typename TableType::RowPtr before;
  };

  DatabaseState& state_;
  std::vector<std::variant<Undo<OutdialTable>, Undo<TargetTable>, Undo<CallTable>,
                           Undo<OutboxTable>, Undo<JournalTable>>>
      undo_;
  absl::flat_hash_set<Uuid> locked_;
};

// What the repositories of a transaction share.
struct TransactionContext {
  Changes& changes;
  const DatabaseSettings& settings;

  const DatabaseState& state() const { return changes.state(); }
};

class Outdials final : public OutdialRepository {
 public:
  explicit Outdials(const TransactionContext& context) : context_(context) {}

  absl::StatusOr<Outdial> Get(OutdialId id) const override;
  absl::StatusOr<std::vector<Outdial>> List(const OutdialFilter& filter,
                                            const Page& page) const override;
  absl::StatusOr<Outdial> GetForUpdate(OutdialId id) override;
  absl::StatusOr<Outdial> GetForShare(OutdialId id) override;
  absl::Status Insert(const Outdial& outdial) override;
  absl::Status Update(const Outdial& outdial) override;

 private:
  TransactionContext context_;
};

class Targets final : public OutdialTargetRepository {
 public:
  explicit Targets(const TransactionContext& context) : context_(context) {}

  absl::StatusOr<OutdialTarget> Get(OutdialTargetId id) const override;
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
  TransactionContext context_;
};

class Calls final : public OutdialTargetCallRepository {
 public:
  explicit Calls(const TransactionContext& context) : context_(context) {}

  absl::StatusOr<OutdialTargetCall> Get(OutdialTargetCallId id) const override;
  absl::StatusOr<std::vector<OutdialTargetCall>> List(const OutdialTargetCallFilter& filter,
                                                      const Page& page) const override;
  absl::StatusOr<CallCount> Count(OutdialId outdial_id) const override;
  absl::StatusOr<OutdialTargetCall> GetForUpdate(OutdialTargetCallId id) override;
  absl::StatusOr<std::optional<OutdialTargetCall>> FindOpen(OutdialTargetId target_id) override;
  absl::Status Insert(absl::Span<const OutdialTargetCall> calls) override;
  absl::Status Update(const OutdialTargetCall& call) override;

 private:
  absl::Status Put(const OutdialTargetCall& call);

  TransactionContext context_;
};

class Outbox final : public EventOutbox {
 public:
  explicit Outbox(const TransactionContext& context) : context_(context) {}

  absl::StatusOr<std::vector<OutboxEntry>> Peek(std::size_t limit) const override;
  absl::StatusOr<std::size_t> Size() const override;
  absl::Status Append(absl::Span<const Event> events) override;
  absl::Status Remove(absl::Span<const std::int64_t> sequences) override;

 private:
  TransactionContext context_;
};

class Journal final : public RequestJournal {
 public:
  explicit Journal(const TransactionContext& context) : context_(context) {}

  absl::StatusOr<std::optional<JournalEntry>> Find(const std::string& key) const override;
  absl::Status Insert(const JournalEntry& entry) override;
  absl::Status Remove(absl::Span<const std::string> keys) override;
  absl::StatusOr<std::size_t> RemoveOlderThan(absl::Time before, std::size_t limit) override;

 private:
  TransactionContext context_;
};

class Transaction final : public UnitOfWork {
 public:
  Transaction(DatabaseState& state, const DatabaseSettings& settings)
      : changes_(state), context_{changes_, settings} {}

  void Commit() { changes_.Commit(); }

  OutdialRepository& outdials() override { return outdials_; }
  OutdialTargetRepository& targets() override { return targets_; }
  OutdialTargetCallRepository& calls() override { return calls_; }
  EventOutbox& outbox() override { return outbox_; }
  RequestJournal& journal() override { return journal_; }

  const OutdialRepository& outdials() const override { return outdials_; }
  const OutdialTargetRepository& targets() const override { return targets_; }
  const OutdialTargetCallRepository& calls() const override { return calls_; }
  const EventOutbox& outbox() const override { return outbox_; }
  const RequestJournal& journal() const override { return journal_; }

 private:
  Changes changes_;
  TransactionContext context_;
  Outdials outdials_{context_};
  Targets targets_{context_};
  Calls calls_{context_};
  Outbox outbox_{context_};
  Journal journal_{context_};
};

}  // namespace outdial::memory

#endif  // OUTDIAL_MEMORY_SRC_TRANSACTION_H_
