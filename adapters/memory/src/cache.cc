#include "outdial/memory/cache.h"

#include <cstddef>
#include <mutex>
#include <optional>

#include "absl/status/status.h"
#include "absl/types/span.h"
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

// From now on only copies at least as new as `entities` count.
template <typename Entries, typename Entity>
void ForgetOlder(Entries& entries, absl::Span<const Entity> entities) {
  for (const Entity& entity : entities) {
    auto& entry = entries[entity.id()];
    if (entity.version() >= entry.version) entry = {entity.version(), std::nullopt};
  }
}

template <typename Entity>
Entity CopyOf(const Entity& entity) {
  return entity;
}

OutdialTarget CopyOf(const OutdialTarget& target) { return target.WithoutLease(); }

template <typename Entries, typename Entity>
void KeepNewer(Entries& entries, absl::Span<const Entity> entities) {
  for (const Entity& entity : entities) {
    auto& entry = entries[entity.id()];
    if (entity.version() >= entry.version) entry = {entity.version(), CopyOf(entity)};
  }
}

}  // namespace

template <typename EntityId, typename Entity>
std::optional<Entity> Cache::Get(const Entries<EntityId, Entity>& entries, EntityId id) {
  std::optional<Entity> copy;
  if (BeforeSucceeds(hook_.get(), Call::kCacheGet)) {
    {
      const std::lock_guard lock(mutex_);
      const auto found = entries.find(id);
      if (found != entries.end()) copy = found->second.copy;
    }
    if (!AfterSucceeds(hook_.get(), Call::kCacheGet)) copy.reset();
  }
  const std::lock_guard lock(mutex_);
  ++(copy.has_value() ? hits_ : misses_);
  return copy;
}

std::optional<Outdial> Cache::GetOutdial(OutdialId id) { return Get(outdials_, id); }

std::optional<OutdialTarget> Cache::GetOutdialTarget(OutdialTargetId id) {
  return Get(targets_, id);
}

std::optional<OutdialTargetCall> Cache::GetOutdialTargetCall(OutdialTargetCallId id) {
  return Get(calls_, id);
}

void Cache::Expect(const CacheCopies& next, absl::Span<const OutdialTargetCall> /*replaced*/) {
  const bool told = BeforeSucceeds(hook_.get(), Call::kCacheExpect);
  {
    // Also where it was to fail: an adapter that cannot write this down may not be read either.
    const std::lock_guard lock(mutex_);
    ForgetOlder(outdials_, next.outdials);
    ForgetOlder(targets_, next.targets);
    ForgetOlder(calls_, next.calls);
  }
  if (told) (void)AfterSucceeds(hook_.get(), Call::kCacheExpect);
}

void Cache::Put(const CacheCopies& committed, CacheTicket /*ticket*/) {
  const bool put = BeforeSucceeds(hook_.get(), Call::kCachePut);
  {
    const std::lock_guard lock(mutex_);
    const auto keep_or_forget = [put](auto& entries, auto entities) {
      put ? KeepNewer(entries, entities) : ForgetOlder(entries, entities);
    };
    keep_or_forget(outdials_, committed.outdials);
    keep_or_forget(targets_, committed.targets);
    keep_or_forget(calls_, committed.calls);
  }
  if (put) (void)AfterSucceeds(hook_.get(), Call::kCachePut);
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
