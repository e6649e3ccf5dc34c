#include "state.h"

#include <optional>
#include <utility>

#include "absl/time/time.h"
#include "list_index.h"
#include "outdial/entities/destination_key.h"
#include "outdial/entities/outdial.h"
#include "outdial/entities/outdial_target.h"
#include "outdial/entities/outdial_target_call.h"
#include "outdial/entities/uuid.h"

namespace outdial::memory {
namespace {

using TargetPlace = ListIndexes<OutdialId>::Place;
using CallPlace = ListIndexes<OutdialTargetId>::Place;

std::optional<ListKey> ListKeyOf(const Outdial* outdial) {
  if (outdial == nullptr) return std::nullopt;
  return ListKey{outdial->fields().tm_create, outdial->id().uuid()};
}

std::optional<TargetPlace> PlaceOf(const OutdialTarget* target) {
  if (target == nullptr || target->deleted()) return std::nullopt;
  return TargetPlace{target->outdial_id(), {target->fields().tm_create, target->id().uuid()}};
}

std::optional<TargetTime> LeaseOf(const OutdialTarget* target) {
  if (target == nullptr || target->deleted() || target->status() != TargetStatus::kProgressing ||
      !target->fields().lease_until.has_value()) {
    return std::nullopt;
  }
  return TargetTime{target->fields().lease_until, target->id()};
}

std::optional<CallPlace> PlaceOf(const OutdialTargetCall* call) {
  if (call == nullptr) return std::nullopt;
  return CallPlace{call->fields().outdial_target_id, {call->fields().tm_create, call->id().uuid()}};
}

}  // namespace

void OutdialIndex::Update(const Outdial* before, const Outdial* after) {
  MoveKey(list, ListKeyOf(before), ListKeyOf(after));
}

void TargetIndex::Update(const OutdialTarget* before, const OutdialTarget* after) {
  live.Move(PlaceOf(before), PlaceOf(after));
  MoveKey(leases, LeaseOf(before), LeaseOf(after));
  if (before != nullptr && before->ready()) ready.Erase(*before);
  if (after != nullptr && after->ready()) ready.Insert(*after);
  const bool was_live = before != nullptr && !before->deleted();
  const bool is_live = after != nullptr && !after->deleted();
  if (was_live == is_live) return;  // the destinations of a target stay
  const OutdialTarget& target = is_live ? *after : *before;
  for (DestinationKey& key : DestinationKeysOf(target)) {
    KeyPlace entry{target.outdial_id(), std::move(key), target.id()};
    is_live ? static_cast<void>(keys.insert(std::move(entry)))
            : static_cast<void>(keys.erase(entry));
  }
}

void CallIndex::Update(const OutdialTargetCall* before, const OutdialTargetCall* after) {
  by_target.Move(PlaceOf(before), PlaceOf(after));
  if (before != nullptr && before->open()) open.erase(before->fields().outdial_target_id);
  if (after != nullptr && after->open()) open[after->fields().outdial_target_id] = after->id();
}

void OutboxIndex::Update(const OutboxEntry* before, const OutboxEntry* after) {
  if (before != nullptr) sequences.erase(before->sequence);
  if (after != nullptr) sequences.insert(after->sequence);
}

void JournalIndex::Update(const JournalEntry* before, const JournalEntry* after) {
  if (before != nullptr) by_age.erase({before->tm_create, before->key});
  if (after != nullptr) by_age.insert({after->tm_create, after->key});
}

}  // namespace outdial::memory
