// The port to the cache.
#ifndef OUTDIAL_PORTS_CACHE_H_
#define OUTDIAL_PORTS_CACHE_H_

#include <optional>

#include "outdial/entities/outdial.h"
#include "outdial/entities/outdial_target.h"
#include "outdial/entities/outdial_target_call.h"
#include "outdial/entities/uuid.h"

namespace outdial {

// Copies of entities that can be read faster than the database. An accelerator: whatever it does,
// answers are the same. So nothing here fails: what cannot be read is a miss, and what cannot be
// written is made up for by the adapter.
//
// A change takes two steps: Expect before its commit, Put after it. So a copy that a commit made
// old is never returned, also where the process dies in between or a reader puts what it read
// before the commit.
//
// Thread-safe. Calls block for a few milliseconds at most.
class Cache {
 public:
  virtual ~Cache() = default;

  // nullopt is a miss.
  virtual std::optional<Outdial> GetOutdial(OutdialId id) = 0;
  virtual std::optional<OutdialTarget> GetOutdialTarget(OutdialTargetId id) = 0;
  virtual std::optional<OutdialTargetCall> GetOutdialTargetCall(OutdialTargetCallId id) = 0;

  // `next` is about to be committed, or not: until a copy at least as new (by `version()`) is put,
  // reading it is a miss. An adapter may forget an expectation after a minute, which is longer than
  // any commit takes.
  virtual void Expect(const Outdial& next) = 0;
  virtual void Expect(const OutdialTarget& next) = 0;
  virtual void Expect(const OutdialTargetCall& next) = 0;

  // Keeps a copy of what is committed, unless a newer one is there or expected. Called after a
  // commit and after a read of the database. `lease_until` of a target need not be kept.
  virtual void Put(const Outdial& outdial) = 0;
  virtual void Put(const OutdialTarget& target) = 0;

  // As above. A call can also be found by its `activeflow_id` and `reference_id`, where they are
  // set; `replaced`, where given, is the same call before a change: what it can no longer be found
  // by is removed.
  virtual void Put(const OutdialTargetCall& call, const OutdialTargetCall* replaced) = 0;
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
  void Expect(const Outdial& /*next*/) override {}
  void Expect(const OutdialTarget& /*next*/) override {}
  void Expect(const OutdialTargetCall& /*next*/) override {}
  void Put(const Outdial& /*outdial*/) override {}
  void Put(const OutdialTarget& /*target*/) override {}
  void Put(const OutdialTargetCall& /*call*/, const OutdialTargetCall* /*replaced*/) override {}
};

}  // namespace outdial

#endif  // OUTDIAL_PORTS_CACHE_H_
