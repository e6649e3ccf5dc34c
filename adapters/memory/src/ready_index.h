// Who may be called next, without looking at everybody.
#ifndef OUTDIAL_MEMORY_SRC_READY_INDEX_H_
#define OUTDIAL_MEMORY_SRC_READY_INDEX_H_

#include <cstddef>
#include <optional>
#include <vector>

#include "absl/container/btree_map.h"
#include "absl/container/btree_set.h"
#include "absl/container/flat_hash_map.h"
#include "absl/time/time.h"
#include "outdial/entities/availability.h"
#include "outdial/entities/outdial_target.h"
#include "outdial/entities/uuid.h"

namespace outdial::memory {

// A target and a time of it: the oldest first (not set before all), then by id, as DialledBefore
// compares.
struct TargetTime {
  std::optional<absl::Time> time;
  OutdialTargetId id;

  friend bool operator==(const TargetTime&, const TargetTime&) = default;
  friend bool operator<(const TargetTime& a, const TargetTime& b) {
    if (a.time != b.time) return a.time < b.time;
    return a.id < b.id;
  }
};

// The ready targets of each outdial by signature, and of each signature in the order in which they
// are dialled. Signatures are few, so going through them is cheap.
class ReadyIndex {
 public:
  void Insert(const OutdialTarget& target);
  void Erase(const OutdialTarget& target);

  // The first `limit` targets of an outdial whose signature is eligible, in the order of
  // DialledBefore.
  std::vector<OutdialTargetId> First(OutdialId outdial_id, const TryThresholds& thresholds,
                                     std::size_t limit) const;

 private:
  struct Targets {
    absl::btree_set<TargetTime> times;  // by tm_update
  };
  using Signatures = absl::btree_map<Signature, Targets>;

  absl::flat_hash_map<OutdialId, Signatures> outdials_;
};

}  // namespace outdial::memory

#endif  // OUTDIAL_MEMORY_SRC_READY_INDEX_H_
