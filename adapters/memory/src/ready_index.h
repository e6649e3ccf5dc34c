// Who may be called next, without looking at everybody.
#ifndef OUTDIAL_MEMORY_SRC_READY_INDEX_H_
#define OUTDIAL_MEMORY_SRC_READY_INDEX_H_

#include <cstddef>
#include <optional>
#include <utility>
#include <vector>

#include "absl/container/btree_map.h"
#include "absl/container/btree_set.h"
#include "absl/container/flat_hash_map.h"
#include "absl/time/time.h"
#include "outdial/entities/availability.h"
#include "outdial/entities/outdial_target.h"
#include "outdial/entities/uuid.h"

namespace outdial::memory {

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
  // Compares as DialledBefore does.
  using Key = std::pair<std::optional<absl::Time>, OutdialTargetId>;
  using Targets = absl::btree_set<Key>;
  using Signatures = absl::btree_map<Signature, Targets>;

  absl::flat_hash_map<OutdialId, Signatures> outdials_;
};

}  // namespace outdial::memory

#endif  // OUTDIAL_MEMORY_SRC_READY_INDEX_H_
