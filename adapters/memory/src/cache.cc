#include "outdial/memory/cache.h"

#include <cstddef>
#include <mutex>
#include <optional>

#include "absl/status/status.h"
#include "outdial/entities/outdial.h"
#include "outdial/entities/outdial_target.h"
#include "outdial/entities/outdial_target_call.h"
#include "outdial/entities/uuid.h"

namespace outdial::memory {
namespace {

bool BeforeSucceeds(CallHook* hook, Call call) {
  return hook == nullptr || hook->Before(call).ok();
}

bool AfterSucceeds(CallHook* hook, Call call) { return hook == nullptr || hook->After(call).ok(); }

// From now on only a copy at least as new as `entity` counts.
template <typename Entry, typename Entity>
void Forget(Entry& entry, const Entity& entity) {
  if (entity.version() < entry.version) return;
  entry.version = entity.version();
  entry.copy.reset();
}

}  // namespace

template <typename EntityId, typename Entity>
std::optional<Entity> Cache::Get(const Entries<EntityId, Entity>& entries, EntityId id) {
  std::optional<Entity> copy;
  if (BeforeSucceeds(hook_, Call::kCacheGet)) {
    {
      const std::lock_guard lock(mutex_);
      const auto found = entries.find(id);
      if (found != entries.end()) copy = found->second.copy;
    }
    if (!AfterSucceeds(hook_, Call::kCacheGet)) copy.reset();
  }
  const std::lock_guard lock(mutex_);
  ++(copy.has_value() ? hits_ : misses_);
  return copy;
}

template <typename EntityId, typename Entity>
void Cache::Expect(Entries<EntityId, Entity>& entries, const Entity& next) {
  const bool told = BeforeSucceeds(hook_, Call::kCacheExpect);
  {
    // Also where it was to fail: an adapter that cannot write this down may not be read either.
    const std::lock_guard lock(mutex_);
    Forget(entries[next.id()], next);
  }
  if (told) (void)AfterSucceeds(hook_, Call::kCacheExpect);
}

template <typename EntityId, typename Entity>
void Cache::Put(Entries<EntityId, Entity>& entries, const Entity& entity) {
  const bool put = BeforeSucceeds(hook_, Call::kCachePut);
  {
    const std::lock_guard lock(mutex_);
    auto& entry = entries[entity.id()];
    if (!put) {
      Forget(entry, entity);
    } else if (entity.version() >= entry.version) {
      entry = {entity.version(), entity};
    }
  }
  if (put) (void)AfterSucceeds(hook_, Call::kCachePut);
}

std::optional<Outdial> Cache::GetOutdial(OutdialId id) { return Get(outdials_, id); }

std::optional<OutdialTarget> Cache::GetOutdialTarget(OutdialTargetId id) {
  return Get(targets_, id);
}

std::optional<OutdialTargetCall> Cache::GetOutdialTargetCall(OutdialTargetCallId id) {
  return Get(calls_, id);
}

void Cache::Expect(const Outdial& next) { Expect(outdials_, next); }
void Cache::Expect(const OutdialTarget& next) { Expect(targets_, next); }
void Cache::Expect(const OutdialTargetCall& next) { Expect(calls_, next); }

void Cache::Put(const Outdial& outdial) { Put(outdials_, outdial); }
void Cache::Put(const OutdialTarget& target) { Put(targets_, target); }
void Cache::Put(const OutdialTargetCall& call, const OutdialTargetCall* /*replaced*/) {
  Put(calls_, call);
}

void Cache::Clear() {
  const std::lock_guard lock(mutex_);
  const auto lose_copies = [](auto& entries) {
    for (auto& [id, entry] : entries) entry.copy.reset();
  };
  lose_copies(outdials_);
  lose_copies(targets_);
  lose_copies(calls_);
}

std::size_t Cache::hits() const {
  const std::lock_guard lock(mutex_);
  return hits_;
}

std::size_t Cache::misses() const {
  const std::lock_guard lock(mutex_);
  return misses_;
}

}  // namespace outdial::memory
