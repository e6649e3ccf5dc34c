#include "state.h"

#include <algorithm>
#include <stdexcept>

#include "absl/status/status.h"
#include "outdial/entities/page.h"

namespace outdial::simulation {
namespace {

constexpr Page kAll{.size = kMaxListSize};

template <typename Entities, typename EntityId>
auto FindIn(const Entities& entities, EntityId id) {
  const auto found = entities.find(id);
  return found == entities.end() ? nullptr : &found->second;
}

template <typename Entity>
void SortNewestFirst(std::vector<Entity>& entities) {
  std::sort(entities.begin(), entities.end(), [](const Entity& a, const Entity& b) {
    if (a.fields().tm_create != b.fields().tm_create) {
      return a.fields().tm_create > b.fields().tm_create;
    }
    return a.id() < b.id();
  });
}

template <typename Listed, typename Entities>
void Add(const Listed& listed, Entities& entities) {
  for (const auto& entity : listed.value()) entities.emplace(entity.id(), entity);
}

}  // namespace

const Outdial* State::Find(OutdialId id) const { return FindIn(outdials, id); }
const OutdialTarget* State::Find(OutdialTargetId id) const { return FindIn(targets, id); }
const OutdialTargetCall* State::Find(OutdialTargetCallId id) const { return FindIn(calls, id); }

const OutdialTargetCall* State::OpenCallOf(OutdialTargetId id) const {
  for (const auto& [call_id, call] : calls) {
    if (call.open() && call.fields().outdial_target_id == id) return &call;
  }
  return nullptr;
}

std::vector<OutdialTarget> State::Available(OutdialId outdial_id, const TryThresholds& thresholds,
                                            std::size_t limit) const {
  std::vector<OutdialTarget> available;
  for (const auto& [id, target] : targets) {
    if (target.outdial_id() != outdial_id || target.deleted()) continue;
    if (target.status() != TargetStatus::kIdle) continue;
    bool eligible = false;
    for (std::size_t i = 0; i < kSlotCount; ++i) {
      const Slot& slot = target.fields().slots[i];
      eligible = eligible || (slot.address.has_value() && slot.try_count < thresholds[i]);
    }
    if (eligible) available.push_back(target);
  }
  std::sort(available.begin(), available.end(), DialledBefore);
  if (available.size() > limit) {
    available.erase(available.begin() + static_cast<std::ptrdiff_t>(limit), available.end());
  }
  return available;
}

std::vector<OutdialTarget> State::LiveTargetsOf(OutdialId outdial_id) const {
  std::vector<OutdialTarget> live;
  for (const auto& [id, target] : targets) {
    if (target.outdial_id() == outdial_id && !target.deleted()) live.push_back(target);
  }
  SortNewestFirst(live);
  return live;
}

std::vector<OutdialTargetCall> State::CallsOf(OutdialTargetId target_id) const {
  std::vector<OutdialTargetCall> of_target;
  for (const auto& [id, call] : calls) {
    if (call.fields().outdial_target_id == target_id) of_target.push_back(call);
  }
  SortNewestFirst(of_target);
  return of_target;
}

State ReadState(Database& database, const State& before) {
  State state;
  const absl::Status status = database.Read([&](const UnitOfWork& work) {
    for (const bool deleted : {false, true}) {
      Add(work.outdials().List({.deleted = deleted}, kAll), state.outdials);
    }
    for (const auto& [id, outdial] : state.outdials) {
      Add(work.targets().List(id, kAll), state.targets);
      Add(work.calls().List({.outdial_id = id}, kAll), state.calls);
    }
    for (const auto& [id, target] : before.targets) {
      if (state.targets.contains(id)) continue;
      const auto deleted = work.targets().Get(id);
      if (deleted.ok()) state.targets.emplace(id, *deleted);
    }
    return absl::OkStatus();
  });
  if (!status.ok()) throw std::logic_error("the state cannot be read");
  return state;
}

}  // namespace outdial::simulation
