#include "transaction.h"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "absl/types/span.h"
#include "hooked.h"
#include "list_index.h"
#include "outdial/entities/availability.h"
#include "outdial/entities/error.h"
#include "outdial/entities/misuse.h"
#include "outdial/ports/result_rows.h"

namespace outdial::memory {
namespace {

// What an error may tell: that the adapter's user is wrong, but nothing of the state.
absl::Status RowExists() { return MakeError(Reason::kInternal, "The row exists already."); }
absl::Status NoSuchRow() { return MakeError(Reason::kInternal, "The row does not exist."); }

template <typename Row>
absl::StatusOr<Row> Found(const Row* row, Reason not_found, const char* message) {
  if (row == nullptr) return MakeError(not_found, message);
  return *row;
}

absl::StatusOr<Outdial> Find(const OutdialTable& table, OutdialId id) {
  return Found(table.Find(id), Reason::kOutdialNotFound, "The outdial was not found.");
}

absl::StatusOr<OutdialTarget> Find(const TargetTable& table, OutdialTargetId id) {
  return Found(table.Find(id), Reason::kOutdialTargetNotFound, "The outdial target was not found.");
}

absl::StatusOr<OutdialTargetCall> Find(const CallTable& table, OutdialTargetCallId id) {
  return Found(table.Find(id), Reason::kOutdialTargetCallNotFound,
               "The outdial target call was not found.");
}

template <typename Value>
bool Accepts(const std::optional<Value>& wanted, const Value& value) {
  return !wanted.has_value() || *wanted == value;
}

bool Accepts(const OutdialFilter& filter, const Outdial& outdial) {
  const auto& fields = outdial.fields();
  return filter.deleted == outdial.deleted() && Accepts(filter.id, fields.id) &&
         Accepts(filter.customer_id, fields.customer_id) &&
         Accepts(filter.campaign_id, fields.campaign_id) && Accepts(filter.name, fields.name) &&
         Accepts(filter.detail, fields.detail) && Accepts(filter.data, fields.data);
}

bool Accepts(const OutdialTargetCallFilter& filter, const OutdialTargetCall& call) {
  const auto& fields = call.fields();
  return Accepts(filter.customer_id, fields.customer_id) &&
         Accepts(filter.campaign_id, fields.campaign_id) &&
         Accepts(filter.outdial_id, fields.outdial_id) &&
         Accepts(filter.outdial_target_id, fields.outdial_target_id) &&
         Accepts(filter.activeflow_id, fields.activeflow_id) &&
         Accepts(filter.reference_id, fields.reference_id);
}

// The first ones of these rows: as many as a result may hold.
std::vector<OutdialTarget> Rows(const TargetTable& table, absl::Span<const OutdialTargetId> ids) {
  ResultRows<OutdialTarget> targets;
  for (const OutdialTargetId& id : ids) {
    if (!targets.Add(*table.Find(id))) break;
  }
  return std::move(targets).Take();
}

void Lock(Changes& changes, absl::Span<const OutdialTarget> targets) {
  for (const OutdialTarget& target : targets) changes.Lock(target.id().uuid());
}

absl::Time VersionOf(const Event& event) {
  return std::visit([](const auto& entity) { return entity.version(); }, event.entity);
}

}  // namespace

Changes::~Changes() {
  for (; !undo_.empty(); undo_.pop_back()) {
    std::visit([](auto& undo) { undo.table->Replace(undo.key, std::move(undo.before)); },
               undo_.back());
  }
}

absl::StatusOr<Outdial> Outdials::Get(OutdialId id) const {
  return Hooked(context_.settings.hook, Call::kOutdialsGet,
                [&] { return Find(context_.state().outdials, id); });
}

absl::StatusOr<std::vector<Outdial>> Outdials::List(const OutdialFilter& filter,
                                                    const Page& page) const {
  return Hooked(context_.settings.hook, Call::kOutdialsList,
                [&]() -> absl::StatusOr<std::vector<Outdial>> {
                  const OutdialTable& table = context_.state().outdials;
                  const auto find = [&](const Uuid& id) {
                    const Outdial* outdial = table.Find(OutdialId(id));
                    return Accepts(filter, *outdial) ? outdial : nullptr;
                  };
                  return RowsOfPage<Outdial>(table.index().list, page, find);
                });
}

absl::StatusOr<Outdial> Outdials::GetForUpdate(OutdialId id) {
  return Hooked(context_.settings.hook, Call::kOutdialsGetForUpdate, [&] {
    context_.changes.Lock(id.uuid());
    return Find(context_.state().outdials, id);
  });
}

absl::StatusOr<Outdial> Outdials::GetForShare(OutdialId id) {
  return Hooked(context_.settings.hook, Call::kOutdialsGetForShare,
                [&] { return Find(context_.state().outdials, id); });
}

absl::Status Outdials::Insert(const Outdial& outdial) {
  return Hooked(context_.settings.hook, Call::kOutdialsInsert, [&] {
    if (context_.state().outdials.Find(outdial.id()) != nullptr) return RowExists();
    context_.changes.Lock(outdial.id().uuid());
    context_.changes.Replace(&DatabaseState::outdials, outdial.id(),
                             std::make_unique<Outdial>(outdial));
    return absl::OkStatus();
  });
}

absl::Status Outdials::Update(const Outdial& outdial) {
  if (!context_.changes.Locked(outdial.id().uuid())) {
    StopAtMisuse("an outdial is updated that this transaction did not get from GetForUpdate");
  }
  return Hooked(context_.settings.hook, Call::kOutdialsUpdate, [&] {
    if (context_.state().outdials.Find(outdial.id()) == nullptr) return NoSuchRow();
    context_.changes.Replace(&DatabaseState::outdials, outdial.id(),
                             std::make_unique<Outdial>(outdial));
    return absl::OkStatus();
  });
}

absl::StatusOr<OutdialTarget> Targets::Get(OutdialTargetId id) const {
  return Hooked(context_.settings.hook, Call::kTargetsGet,
                [&] { return Find(context_.state().targets, id); });
}

absl::StatusOr<std::vector<OutdialTarget>> Targets::List(OutdialId outdial_id,
                                                         const Page& page) const {
  return Hooked(context_.settings.hook, Call::kTargetsList,
                [&]() -> absl::StatusOr<std::vector<OutdialTarget>> {
                  const TargetTable& table = context_.state().targets;
                  return RowsOfPage<OutdialTarget>(
                      table.index().live.Of(outdial_id), page,
                      [&](const Uuid& id) { return table.Find(OutdialTargetId(id)); });
                });
}

absl::StatusOr<std::vector<OutdialTarget>> Targets::ListOldest(OutdialId outdial_id,
                                                               const CreationPlace& after,
                                                               std::size_t limit) const {
  return Hooked(context_.settings.hook, Call::kTargetsListOldest,
                [&]() -> absl::StatusOr<std::vector<OutdialTarget>> {
                  const TargetTable& table = context_.state().targets;
                  return OldestRows<OutdialTarget>(
                      table.index().live.Of(outdial_id), {after.tm_create, after.id.uuid()}, limit,
                      [&](const Uuid& id) { return table.Find(OutdialTargetId(id)); });
                });
}

absl::StatusOr<std::vector<OutdialTarget>> Targets::FindAvailable(OutdialId outdial_id,
                                                                  const TryThresholds& thresholds,
                                                                  std::size_t limit) const {
  return Hooked(context_.settings.hook, Call::kTargetsFindAvailable,
                [&]() -> absl::StatusOr<std::vector<OutdialTarget>> {
                  const TargetTable& table = context_.state().targets;
                  return Rows(table, table.index().ready.First(outdial_id, thresholds, limit));
                });
}

absl::StatusOr<std::vector<TakenDestination>> Targets::FindTaken(
    OutdialId outdial_id, absl::Span<const DestinationKey> keys) const {
  return Hooked(context_.settings.hook, Call::kTargetsFindTaken,
                [&]() -> absl::StatusOr<std::vector<TakenDestination>> {
                  const auto& index = context_.state().targets.index().keys;
                  const std::set<DestinationKey> wanted(keys.begin(), keys.end());
                  std::vector<TakenDestination> taken;
                  for (const DestinationKey& key : wanted) {
                    const auto first = index.lower_bound({outdial_id, key, OutdialTargetId()});
                    if (first == index.end()) break;
                    if (first->outdial_id == outdial_id && first->key == key) {
                      taken.push_back({key, first->target_id});
                    }
                  }
                  return taken;
                });
}

absl::StatusOr<std::vector<TargetGroup>> Targets::CountGroups(OutdialId outdial_id) const {
  return Hooked(context_.settings.hook, Call::kTargetsCountGroups,
                [&]() -> absl::StatusOr<std::vector<TargetGroup>> {
                  const TargetTable& table = context_.state().targets;
                  std::map<std::pair<TargetStatus, Signature>, TargetGroup> alike;
                  for (const auto& key : table.index().live.Of(outdial_id)) {
                    const TargetGroup one = GroupOf(*table.Find(OutdialTargetId(key.id)));
                    const auto [place, is_new] =
                        alike.emplace(std::pair(one.status, one.signature), one);
                    if (is_new) continue;
                    TargetGroup& group = place->second;
                    group.count += one.count;
                    for (std::size_t i = 0; i < kSlotCount; ++i) {
                      group.unset_tries[i] += one.unset_tries[i];
                    }
                  }
                  std::vector<TargetGroup> groups;
                  for (const auto& [key, group] : alike) groups.push_back(group);
                  return groups;
                });
}

// Nobody else writes here: there is nothing that Insert has not registered.
absl::StatusOr<std::size_t> Targets::RegisterKeys(OutdialId /*outdial_id*/, std::size_t limit) {
  return RegisterKeysOfAny(limit);
}

absl::StatusOr<std::size_t> Targets::RegisterKeysOfAny(std::size_t /*limit*/) {
  return Hooked(context_.settings.hook, Call::kTargetsRegisterKeys,
                []() -> absl::StatusOr<std::size_t> { return 0; });
}

absl::StatusOr<OutdialTarget> Targets::GetForUpdate(OutdialTargetId id) {
  return Hooked(context_.settings.hook, Call::kTargetsGetForUpdate, [&] {
    context_.changes.Lock(id.uuid());
    return Find(context_.state().targets, id);
  });
}

absl::StatusOr<std::vector<OutdialTarget>> Targets::LockAvailable(OutdialId outdial_id,
                                                                  const TryThresholds& thresholds,
                                                                  std::size_t limit) {
  return Hooked(context_.settings.hook, Call::kTargetsLockAvailable,
                [&]() -> absl::StatusOr<std::vector<OutdialTarget>> {
                  const TargetTable& table = context_.state().targets;
                  auto targets =
                      Rows(table, table.index().ready.First(outdial_id, thresholds, limit));
                  Lock(context_.changes, targets);
                  return targets;
                });
}

absl::StatusOr<std::vector<OutdialTarget>> Targets::LockLeaseExpired(absl::Time now,
                                                                     std::size_t limit) {
  return Hooked(context_.settings.hook, Call::kTargetsLockLeaseExpired,
                [&]() -> absl::StatusOr<std::vector<OutdialTarget>> {
                  const TargetTable& table = context_.state().targets;
                  std::vector<OutdialTargetId> ids;
                  for (const auto& [lease_until, id] : table.index().leases) {
                    if (*lease_until > now || ids.size() == limit) break;
                    ids.push_back(id);
                  }
                  auto targets = Rows(table, ids);
                  Lock(context_.changes, targets);
                  return targets;
                });
}

absl::Status Targets::Insert(absl::Span<const OutdialTarget> targets) {
  return Hooked(context_.settings.hook, Call::kTargetsInsert, [&] {
    for (const OutdialTarget& target : targets) {
      if (context_.state().targets.Find(target.id()) != nullptr) return RowExists();
      context_.changes.Lock(target.id().uuid());
      context_.changes.Replace(&DatabaseState::targets, target.id(),
                               std::make_unique<OutdialTarget>(target));
    }
    return absl::OkStatus();
  });
}

absl::Status Targets::Update(absl::Span<const OutdialTarget> targets) {
  for (const OutdialTarget& target : targets) {
    if (!context_.changes.Locked(target.id().uuid())) {
      StopAtMisuse(
          "an outdial target is updated that this transaction did not get from a locking function");
    }
  }
  return Hooked(context_.settings.hook, Call::kTargetsUpdate, [&] {
    for (const OutdialTarget& target : targets) {
      if (context_.state().targets.Find(target.id()) == nullptr) return NoSuchRow();
      context_.changes.Replace(&DatabaseState::targets, target.id(),
                               std::make_unique<OutdialTarget>(target));
    }
    return absl::OkStatus();
  });
}

absl::StatusOr<OutdialTargetCall> Calls::Get(OutdialTargetCallId id) const {
  return Hooked(context_.settings.hook, Call::kCallsGet,
                [&] { return Find(context_.state().calls, id); });
}

absl::StatusOr<std::vector<OutdialTargetCall>> Calls::List(const OutdialTargetCallFilter& filter,
                                                           const Page& page) const {
  return Hooked(context_.settings.hook, Call::kCallsList,
                [&]() -> absl::StatusOr<std::vector<OutdialTargetCall>> {
                  const CallTable& table = context_.state().calls;
                  if (filter.outdial_target_id.has_value()) {
                    const auto find = [&](const Uuid& id) {
                      const OutdialTargetCall* call = table.Find(OutdialTargetCallId(id));
                      return Accepts(filter, *call) ? call : nullptr;
                    };
                    return RowsOfPage<OutdialTargetCall>(
                        table.index().by_target.Of(*filter.outdial_target_id), page, find);
                  }
                  ListIndex accepted;
                  for (const auto& [id, call] : table.rows()) {
                    if (Accepts(filter, *call))
                      accepted.insert({call->fields().tm_create, id.uuid()});
                  }
                  return RowsOfPage<OutdialTargetCall>(accepted, page, [&](const Uuid& id) {
                    return table.Find(OutdialTargetCallId(id));
                  });
                });
}

absl::StatusOr<CallCount> Calls::Count(OutdialId outdial_id) const {
  return Hooked(context_.settings.hook, Call::kCallsCount, [&]() -> absl::StatusOr<CallCount> {
    CallCount count;
    for (const auto& [id, call] : context_.state().calls.rows()) {
      const OutdialTargetCall::Fields& fields = call->fields();
      if (fields.outdial_id != outdial_id) continue;
      ++count.made;
      if (call->open()) ++count.open;
      if (!fields.tm_create.has_value()) continue;
      const absl::Time begun = *fields.tm_create;
      count.first = std::min(count.first.value_or(begun), begun);
      count.last = std::max(count.last.value_or(begun), begun);
    }
    return count;
  });
}

absl::StatusOr<OutdialTargetCall> Calls::GetForUpdate(OutdialTargetCallId id) {
  return Hooked(context_.settings.hook, Call::kCallsGetForUpdate, [&] {
    context_.changes.Lock(id.uuid());
    return Find(context_.state().calls, id);
  });
}

absl::StatusOr<std::optional<OutdialTargetCall>> Calls::FindOpen(OutdialTargetId target_id) {
  return Hooked(context_.settings.hook, Call::kCallsFindOpen,
                [&]() -> absl::StatusOr<std::optional<OutdialTargetCall>> {
                  const CallTable& table = context_.state().calls;
                  const auto open = table.index().open.find(target_id);
                  if (open == table.index().open.end()) return std::nullopt;
                  return *table.Find(open->second);
                });
}

absl::Status Calls::Insert(absl::Span<const OutdialTargetCall> calls) {
  return Hooked(context_.settings.hook, Call::kCallsInsert, [&] {
    for (const OutdialTargetCall& call : calls) {
      if (context_.state().calls.Find(call.id()) != nullptr) return RowExists();
      context_.changes.Lock(call.id().uuid());
      if (absl::Status status = Put(call); !status.ok()) return status;
    }
    return absl::OkStatus();
  });
}

absl::Status Calls::Update(const OutdialTargetCall& call) {
  if (!context_.changes.Locked(call.id().uuid()) &&
      !context_.changes.Locked(call.fields().outdial_target_id.uuid())) {
    StopAtMisuse(
        "an outdial target call is updated that this transaction has not locked, nor its target");
  }
  return Hooked(context_.settings.hook, Call::kCallsUpdate, [&] {
    if (context_.state().calls.Find(call.id()) == nullptr) return NoSuchRow();
    return Put(call);
  });
}

absl::Status Calls::Put(const OutdialTargetCall& call) {
  const auto& open_calls = context_.state().calls.index().open;
  const auto open = open_calls.find(call.fields().outdial_target_id);
  if (call.open() && open != open_calls.end() && open->second != call.id()) {
    return MakeError(Reason::kInternal, "The outdial target has an open call already.");
  }
  context_.changes.Replace(&DatabaseState::calls, call.id(),
                           std::make_unique<OutdialTargetCall>(call));
  return absl::OkStatus();
}

absl::StatusOr<std::vector<OutboxEntry>> Outbox::Peek(std::size_t limit) const {
  return Hooked(context_.settings.hook, Call::kOutboxPeek,
                [&]() -> absl::StatusOr<std::vector<OutboxEntry>> {
                  const OutboxTable& table = context_.state().outbox;
                  ResultRows<OutboxEntry> entries;
                  for (const std::int64_t sequence : table.index().sequences) {
                    if (entries.size() == limit || !entries.Add(*table.Find(sequence))) break;
                  }
                  return std::move(entries).Take();
                });
}

absl::StatusOr<std::size_t> Outbox::Size() const {
  return Hooked(context_.settings.hook, Call::kOutboxSize, [&]() -> absl::StatusOr<std::size_t> {
    return context_.state().outbox.rows().size();
  });
}

absl::Status Outbox::Append(absl::Span<const Event> events) {
  return Hooked(context_.settings.hook, Call::kOutboxAppend, [&] {
    const std::size_t waiting = context_.state().outbox.rows().size();
    if (!events.empty() && waiting + events.size() > context_.settings.outbox_limit) {
      return MakeError(Reason::kOutboxFull, "Too many events wait for being published.");
    }
    for (const Event& event : events) {
      const std::int64_t sequence = context_.changes.TakeSequence();
      context_.changes.Replace(
          &DatabaseState::outbox, sequence,
          std::make_unique<OutboxEntry>(OutboxEntry{sequence, event, VersionOf(event)}));
    }
    return absl::OkStatus();
  });
}

absl::Status Outbox::Remove(absl::Span<const std::int64_t> sequences) {
  return Hooked(context_.settings.hook, Call::kOutboxRemove, [&] {
    for (const std::int64_t sequence : sequences) {
      context_.changes.Replace(&DatabaseState::outbox, sequence, nullptr);
    }
    return absl::OkStatus();
  });
}

absl::StatusOr<std::optional<JournalEntry>> Journal::Find(const std::string& key) const {
  return Hooked(context_.settings.hook, Call::kJournalFind,
                [&]() -> absl::StatusOr<std::optional<JournalEntry>> {
                  const JournalEntry* entry = context_.state().journal.Find(key);
                  if (entry == nullptr) return std::nullopt;
                  return *entry;
                });
}

absl::Status Journal::Insert(const JournalEntry& entry) {
  return Hooked(context_.settings.hook, Call::kJournalInsert, [&] {
    const JournalEntry* const there = context_.state().journal.Find(entry.key);
    auto written = std::make_unique<JournalEntry>(entry);
    written->replaced_tm_create = std::nullopt;
    if (there != nullptr) {
      const bool both_first = there->first_delivery && entry.first_delivery;
      if (!both_first && entry.replaced_tm_create != there->tm_create) {
        return MakeError(Reason::kRequestAlreadyJournaled,
                         "The same request was carried out before.");
      }
      written->first_delivery = both_first;
      written->is_shared = both_first;
    }
    context_.changes.Replace(&DatabaseState::journal, entry.key, std::move(written));
    return absl::OkStatus();
  });
}

absl::Status Journal::Remove(absl::Span<const std::string> keys) {
  return Hooked(context_.settings.hook, Call::kJournalRemove, [&] {
    for (const std::string& key : keys) {
      const JournalEntry* const entry = context_.state().journal.Find(key);
      if (entry == nullptr || !entry->first_delivery || entry->is_shared) continue;
      context_.changes.Replace(&DatabaseState::journal, key, nullptr);
    }
    return absl::OkStatus();
  });
}

absl::StatusOr<std::size_t> Journal::RemoveOlderThan(absl::Time before, std::size_t limit) {
  return Hooked(context_.settings.hook, Call::kJournalRemoveOlderThan,
                [&]() -> absl::StatusOr<std::size_t> {
                  std::vector<std::string> keys;
                  for (const auto& [tm_create, key] : context_.state().journal.index().by_age) {
                    if (tm_create >= before || keys.size() == limit) break;
                    keys.push_back(key);
                  }
                  for (const std::string& key : keys) {
                    context_.changes.Replace(&DatabaseState::journal, key, nullptr);
                  }
                  return keys.size();
                });
}

}  // namespace outdial::memory
