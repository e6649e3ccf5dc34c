#include "outdial/entities/outdial_progress.h"

#include <cstddef>
#include <cstdint>

#include "outdial/entities/availability.h"
#include "outdial/entities/outdial_target.h"
#include "outdial/entities/slot.h"

namespace outdial {

TargetGroup GroupOf(const OutdialTarget& target) {
  const Slots& slots = target.fields().slots;
  if (target.status() == TargetStatus::kIdle) {
    TargetGroup group{.status = TargetStatus::kIdle, .signature = Signature(slots), .count = 1};
    for (std::size_t i = 0; i < kSlotCount; ++i) {
      if (!group.signature.try_counts()[i].has_value()) group.unset_tries[i] = slots[i].try_count;
    }
    return group;
  }
  TryCounts counts;
  for (std::size_t i = 0; i < kSlotCount; ++i) counts[i] = slots[i].try_count;
  return {.status = target.status(), .signature = Signature(counts), .count = 1};
}

OutdialProgress ProgressOf(const OutdialCount& count, const TryThresholds& thresholds) {
  OutdialProgress progress{
      .outdial_id = count.outdial_id, .calls = count.calls, .tm_count = count.tm_count};
  for (const TargetGroup& group : count.groups) {
    switch (group.status) {
      case TargetStatus::kIdle:
        progress.idle += group.count;
        (group.signature.IsEligible(thresholds) ? progress.dialable : progress.exhausted) +=
            group.count;
        break;
      case TargetStatus::kProgressing:
        progress.progressing += group.count;
        break;
      case TargetStatus::kDone:
        progress.done += group.count;
        break;
    }
    for (std::size_t i = 0; i < kSlotCount; ++i) {
      progress.tries[i] += group.count * group.signature.try_counts()[i].value_or(0);
      progress.tries[i] += group.unset_tries[i];
    }
  }
  return progress;
}

}  // namespace outdial
