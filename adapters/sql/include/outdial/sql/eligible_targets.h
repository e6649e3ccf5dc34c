// Which targets are available, where a database's word on their destinations is not the last one.
// A value belongs to one thread; the function is a pure one but for what it is given: any thread
// may call it; it blocks as that does.
#ifndef OUTDIAL_SQL_ELIGIBLE_TARGETS_H_
#define OUTDIAL_SQL_ELIGIBLE_TARGETS_H_

#include <cstddef>
#include <iterator>
#include <map>
#include <optional>
#include <tuple>
#include <utility>
#include <vector>

#include "absl/time/time.h"
#include "outdial/entities/availability.h"
#include "outdial/entities/outdial_target.h"
#include "outdial/entities/uuid.h"
#include "outdial/ports/result_rows.h"

namespace outdial::sql {

// The first targets that are eligible, in the order of DialledBefore, out of some that come in any
// order: up to a limit, and as many as a result may hold.
//
// The signatures that a database makes take a destination for set that cannot be read (the column
// of a foreign writer may hold any JSON) and that counts as not set for everybody else. Such rows
// are rare: they are left out here.
class FirstEligible {
 public:
  // `thresholds` must live as long.
  FirstEligible(const TryThresholds& thresholds, std::size_t limit)
      : thresholds_(thresholds), limit_(limit) {}

  // Takes it where it is eligible and among the first. Returns whether any that is dialled after it
  // can be among them. One that came before is not taken again.
  bool Take(OutdialTarget target) {
    const Place place = PlaceOf(target);
    if (end_.has_value() && !(place < *end_)) return false;
    if (!Signature(target.fields().slots).IsEligible(thresholds_)) return true;
    const std::size_t bytes = TextBytes(target);
    if (targets_.emplace(place, std::move(target)).second) bytes_ += bytes;
    while (targets_.size() > limit_ || (targets_.size() > 1 && bytes_ > kMaxResultBytes)) {
      const auto last = std::prev(targets_.end());
      bytes_ -= TextBytes(last->second);
      end_ = last->first;
      targets_.erase(last);
    }
    return !full() || (!targets_.empty() && place < targets_.rbegin()->first);
  }

  // Says that there are more, dialled after `target`, that do not fit.
  void EndAfter(const OutdialTarget& target) {
    Place place = PlaceOf(target);
    place.is_after = true;
    if (!end_.has_value() || place < *end_) end_ = place;
  }

  // Whether there are as many as there may be.
  bool full() const { return end_.has_value() || targets_.size() >= limit_; }

  // What was taken, in order.
  std::vector<OutdialTarget> Targets() && {
    std::vector<OutdialTarget> targets;
    targets.reserve(targets_.size());
    for (auto& [place, target] : targets_) targets.push_back(std::move(target));
    return targets;
  }

 private:
  // As DialledBefore compares; or the place right after that.
  struct Place {
    std::optional<absl::Time> tm_update;
    OutdialTargetId id;
    bool is_after = false;

    friend bool operator<(const Place& a, const Place& b) {
      return std::tie(a.tm_update, a.id, a.is_after) < std::tie(b.tm_update, b.id, b.is_after);
    }
  };
  static Place PlaceOf(const OutdialTarget& target) {
    return {.tm_update = target.fields().tm_update, .id = target.id()};
  }

  const TryThresholds& thresholds_;
  const std::size_t limit_;
  std::map<Place, OutdialTarget> targets_;
  std::size_t bytes_ = 0;
  std::optional<Place> end_;  // what comes here or later is not among the first
};

// The first `limit` targets that are eligible. `fetch(n, first)` gives `first` the first n of those
// that are by the signatures that the database makes, as far as it takes them, and returns how many
// these were; it may be called several times.
template <typename Fetch>
std::vector<OutdialTarget> SelectEligible(const TryThresholds& thresholds, std::size_t limit,
                                          Fetch fetch) {
  for (std::size_t wanted = limit;; wanted *= 2) {
    FirstEligible first(thresholds, limit);
    const std::size_t fetched = fetch(wanted, first);
    if (first.full() || fetched < wanted) return std::move(first).Targets();
  }
}

}  // namespace outdial::sql

#endif  // OUTDIAL_SQL_ELIGIBLE_TARGETS_H_
