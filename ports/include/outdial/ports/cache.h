// The port to the cache.
#ifndef OUTDIAL_PORTS_CACHE_H_
#define OUTDIAL_PORTS_CACHE_H_

#include <cstdint>
#include <optional>

#include "absl/types/span.h"
#include "outdial/entities/outdial.h"
#include "outdial/entities/outdial_target.h"
#include "outdial/entities/outdial_target_call.h"
#include "outdial/entities/uuid.h"
#include "outdial/ports/port.h"

namespace outdial {

// What one transaction changes or finds. The spans' contents must live as long as the call that is
// given them.
struct CacheCopies {
  // The entities by kind, in any order:
  absl::Span<const Outdial> outdials{};
  absl::Span<const OutdialTarget> targets{};
  absl::Span<const OutdialTargetCall> calls{};
};

// Says since when its holder knows what it wants to put; its meaning is the adapter's.
struct CacheTicket {
  std::uint64_t value = 0;  // nobody but the adapter reads it
};

// Copies of entities that can be read faster than the database. An accelerator: whatever it does,
// answers are the same. So nothing here fails: what cannot be read is a miss, and what cannot be
// written is made up for by the adapter.
//
// A change takes two steps: Expect before its commit, Put after it, or Withdraw where it was rolled
// back. So a copy that a commit made old is never returned, also where the process dies in between
// or a reader fills in what it read before the commit. Something new needs no Expect: nobody has a
// copy of it.
//
// Thread-safe. Calls block for some tens of milliseconds at most, where the adapter is not told to
// wait longer, however many entities they are given.
class Cache : public Port {
 public:
  Cache() : Port("Cache") {}

  // nullopt is a miss.
  virtual std::optional<Outdial> GetOutdial(OutdialId id) = 0;
  virtual std::optional<OutdialTarget> GetOutdialTarget(OutdialTargetId id) = 0;
  virtual std::optional<OutdialTargetCall> GetOutdialTargetCall(OutdialTargetCallId id) = 0;

  // To be taken before the transaction begins whose result goes to Put or Fill: an adapter that has
  // lost its memory since (its server was restarted, for one) does not know any more what is newer
  // than that result, and keeps no copy of it. Does not block.
  virtual CacheTicket Ticket() = 0;

  // `next` is about to be committed, or not: until copies at least as new (by `version()`) are put
  // or filled in, reading them is a miss. An adapter may forget an expectation after a day, which
  // is longer than any commit takes; and once it was met or withdrawn, after a minute, which is
  // longer than any read takes that began before. `replaced` are the calls of `next` as they were
  // before: they can no longer be found by the `activeflow_id` and `reference_id` that they had.
  virtual void Expect(const CacheCopies& next, absl::Span<const OutdialTargetCall> replaced) = 0;

  // `next` was expected, and is known to have been rolled back. Not for a commit whose answer was
  // lost: it may still be made. If this gets lost nothing has to be made up for: reads of these are
  // misses for longer.
  virtual void Withdraw(const CacheCopies& next) = 0;

  // Keeps copies of what was committed, except where a newer one is there or expected. A call can
  // also be found by its `activeflow_id` and `reference_id`, where they are set. Of a target no
  // `lease_until` is kept: a copy's version does not tell which one is newer.
  virtual void Put(const CacheCopies& committed, CacheTicket ticket) = 0;

  // The same for what was read. If it gets lost nothing has to be made up for.
  virtual void Fill(const CacheCopies& read, CacheTicket ticket) = 0;
};

// No cache: every read is a miss.
class NoCache final : public Cache {
 public:
  std::optional<Outdial> GetOutdial(OutdialId /*id*/) override { return std::nullopt; }
  std::optional<OutdialTarget> GetOutdialTarget(OutdialTargetId /*id*/) override {
    return std::nullopt;
  }
  std::optional<OutdialTargetCall> GetOutdialTargetCall(OutdialTargetCallId /*id*/) override {
    return std::nullopt;
  }
  CacheTicket Ticket() override { return {}; }
  void Expect(const CacheCopies& /*next*/,
              absl::Span<const OutdialTargetCall> /*replaced*/) override {}
  void Withdraw(const CacheCopies& /*next*/) override {}
  void Put(const CacheCopies& /*committed*/, CacheTicket /*ticket*/) override {}
  void Fill(const CacheCopies& /*read*/, CacheTicket /*ticket*/) override {}
};

}  // namespace outdial

#endif  // OUTDIAL_PORTS_CACHE_H_
