// A cache in the process's own memory.
#ifndef OUTDIAL_MEMORY_CACHE_H_
#define OUTDIAL_MEMORY_CACHE_H_

#include <cstddef>
#include <mutex>
#include <optional>

#include "absl/container/flat_hash_map.h"
#include "absl/time/time.h"
#include "absl/types/span.h"
#include "outdial/entities/outdial.h"
#include "outdial/entities/outdial_target.h"
#include "outdial/entities/outdial_target_call.h"
#include "outdial/entities/use_counted.h"
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
  // kCachePut (of Fill too), once a call, whatever the entities. As the port demands, nothing
  // fails: a Get that is to fail is a miss, a Put or Fill that is to fail leaves no copy at all,
  // and an Expect that is to fail makes no difference.
  explicit Cache(CallHook* hook = nullptr) : hook_(hook) {}

  std::optional<Outdial> GetOutdial(OutdialId id) override;
  std::optional<OutdialTarget> GetOutdialTarget(OutdialTargetId id) override;
  std::optional<OutdialTargetCall> GetOutdialTargetCall(OutdialTargetCallId id) override;

  // Always the same: no expectation is ever lost.
  CacheTicket Ticket() override { return {}; }

  // The port finds a call by its id only, so there is nothing that `replaced` could remove.
  void Expect(const CacheCopies& next, absl::Span<const OutdialTargetCall> replaced) override;
  void Withdraw(const CacheCopies& /*next*/) override {}
  void Put(const CacheCopies& committed, CacheTicket ticket) override;
  void Fill(const CacheCopies& read, CacheTicket ticket) override { Put(read, ticket); }

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

  const Use<CallHook> hook_;
  mutable std::mutex mutex_;  // guards what follows
  Entries<OutdialId, Outdial> outdials_;
  Entries<OutdialTargetId, OutdialTarget> targets_;
  Entries<OutdialTargetCallId, OutdialTargetCall> calls_;
  std::size_t hits_ = 0;
  std::size_t misses_ = 0;
};

}  // namespace outdial::memory

#endif  // OUTDIAL_MEMORY_CACHE_H_
