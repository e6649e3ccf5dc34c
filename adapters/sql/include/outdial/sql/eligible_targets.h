// Which targets are available, where a database's word on their destinations is not the last one.
// A pure function but for what it is given: any thread may call it; it blocks as that does.
#ifndef OUTDIAL_SQL_ELIGIBLE_TARGETS_H_
#define OUTDIAL_SQL_ELIGIBLE_TARGETS_H_

#include <algorithm>
#include <cstddef>
#include <vector>

#include "outdial/entities/availability.h"
#include "outdial/entities/outdial_target.h"

namespace outdial::sql {

// The first `limit` targets that are eligible. `fetch(n)` returns the first n, in the same order,
// of those that are by the signatures that the database makes; it may be called several times.
//
// Those signatures take a destination for set that cannot be read (the column of a foreign writer
// may hold any JSON) and that counts as not set for everybody else. Such rows are rare: they are
// left out here, and more are fetched in their place.
template <typename Fetch>
std::vector<OutdialTarget> SelectEligible(const TryThresholds& thresholds, std::size_t limit,
                                          Fetch fetch) {
  const auto is_eligible = [&](const OutdialTarget& target) {
    return Signature(target.fields().slots).IsEligible(thresholds);
  };
  for (std::size_t wanted = limit;; wanted *= 2) {
    std::vector<OutdialTarget> targets = fetch(wanted);
    const bool are_all = targets.size() < wanted;
    targets.erase(std::stable_partition(targets.begin(), targets.end(), is_eligible),
                  targets.end());
    if (!are_all && targets.size() < limit) continue;
    if (targets.size() > limit) {
      targets.erase(targets.begin() + static_cast<std::ptrdiff_t>(limit), targets.end());
    }
    return targets;
  }
}

}  // namespace outdial::sql

#endif  // OUTDIAL_SQL_ELIGIBLE_TARGETS_H_
