// A cache in the process's own memory.
#ifndef OUTDIAL_MEMORY_CACHE_H_
#define OUTDIAL_MEMORY_CACHE_H_

#include <cstddef>
#include <mutex>
#include <optional>

#include "absl/container/flat_hash_map.h"
#include "absl/time/time.h"
#include "outdial/entities/outdial.h"
#include "outdial/entities/outdial_target.h"
#include "outdial/entities/outdial_target_call.h"
#include "outdial/entities/uuid.h"
#include "outdial/memory/call_hook.h"
#include "outdial/ports/cache.h"

namespace outdial::memory {

// Keeps every copy until Clear, without a limit or a time to live, and every expectation for ever.
// For tests, and for small lists in one process: it knows nothing of what other processes write.
// Thread-safe, does not block.
class Cache final : public outdial::Cache {
 public:
  // `hook` may be null, else it must outlive the cache. It hears of kCacheGet, kCacheExpect and
  // kCachePut, whatever the entity. As the port demands, nothing fails: a Get that is to fail is a
  // miss, a Put that is to fail leaves no copy at all, and an Expect that is to fail makes no
  // difference.
  explicit Cache(CallHook* hook = nullptr) : hook_(hook) {}

  std::optional<Outdial> GetOutdial(OutdialId id) override;
  std::optional<OutdialTarget> GetOutdialTarget(OutdialTargetId id) override;
  std::optional<OutdialTargetCall> GetOutdialTargetCall(OutdialTargetCallId id) override;

  void Expect(const Outdial& next) override;
  void Expect(const OutdialTarget& next) override;
  void Expect(const OutdialTargetCall& next) override;

  void Put(const Outdial& outdial) override;
  void Put(const OutdialTarget& target) override;
  // The port finds a call by its id only, so there is nothing that `replaced` could remove.
  void Put(const OutdialTargetCall& call, const OutdialTargetCall* replaced) override;

  // Loses every copy, as a server does that runs out of memory. Expectations stay.
  void Clear();

  // How many reads found a copy, and how many did not.
  std::size_t hits() const;
  std::size_t misses() const;

 private:
  template <typename Entity>
  struct Entry {
    absl::Time version = absl::InfinitePast();  // an older copy than this is not kept
    std::optional<Entity> copy;
  };
  template <typename EntityId, typename Entity>
  using Entries = absl::flat_hash_map<EntityId, Entry<Entity>>;

  template <typename EntityId, typename Entity>
  std::optional<Entity> Get(const Entries<EntityId, Entity>& entries, EntityId id);
  template <typename EntityId, typename Entity>
  void Expect(Entries<EntityId, Entity>& entries, const Entity& next);
  template <typename EntityId, typename Entity>
  void Put(Entries<EntityId, Entity>& entries, const Entity& entity);

  CallHook* const hook_;
  mutable std::mutex mutex_;  // guards what follows
  Entries<OutdialId, Outdial> outdials_;
  Entries<OutdialTargetId, OutdialTarget> targets_;
  Entries<OutdialTargetCallId, OutdialTargetCall> calls_;
  std::size_t hits_ = 0;
  std::size_t misses_ = 0;
};

}  // namespace outdial::memory

#endif  // OUTDIAL_MEMORY_CACHE_H_
