// How far the dialling of an outdial is.
// Values and pure functions: many threads may read a value at once, and nothing here blocks.
#ifndef OUTDIAL_ENTITIES_OUTDIAL_PROGRESS_H_
#define OUTDIAL_ENTITIES_OUTDIAL_PROGRESS_H_

#include <cstdint>
#include <optional>
#include <vector>

#include "absl/time/time.h"
#include "outdial/entities/availability.h"
#include "outdial/entities/outdial_target.h"
#include "outdial/entities/slot.h"
#include "outdial/entities/uuid.h"

namespace outdial {

// For each slot: how often the destinations of many targets were tried.
using SlotTries = PerSlot<std::int64_t>;

// How many live targets of an outdial are alike.
struct TargetGroup {
  TargetStatus status = TargetStatus::kIdle;  // of each
  // Of idle targets it says which slots are set. Of others it has the try counts of all slots, as
  // if they were set: nobody asks whether these may be dialled.
  Signature signature{};
  std::int64_t count = 0;  // how many they are
  // What the signature leaves out: the tries of slots that are not set, of all these targets.
  SlotTries unset_tries{};

  friend bool operator==(const TargetGroup&, const TargetGroup&) = default;
};

// The group that a target counts in, with a count of 1.
TargetGroup GroupOf(const OutdialTarget& target);

// The calls of an outdial, also those of deleted targets.
struct CallCount {
  std::int64_t made = 0;  // all there are
  std::int64_t open = 0;  // of these
  // When the first and the last one were begun; nullopt, both, where there is none that says:
  std::optional<absl::Time> first{};
  std::optional<absl::Time> last{};

  friend bool operator==(const CallCount&, const CallCount&) = default;
};

// All that was counted of an outdial at one time.
struct OutdialCount {
  OutdialId outdial_id{};             // of which one
  std::vector<TargetGroup> groups{};  // in any order; a group may come in parts
  CallCount calls{};                  // of all its targets, deleted ones too
  absl::Time tm_count{};              // when it was counted
};

// How far the dialling of an outdial is. Only live targets count: what was tried of a target goes
// with it. Its calls stay.
struct OutdialProgress {
  OutdialId outdial_id{};  // of which one
  // Each live target is one of these:
  std::int64_t idle = 0;
  std::int64_t progressing = 0;
  std::int64_t done = 0;
  // Each idle one is one of these. Dialable is one that has a slot that is set and whose try count
  // is below its threshold:
  std::int64_t dialable = 0;
  std::int64_t exhausted = 0;

  SlotTries tries{};      // of all live targets
  CallCount calls{};      // as in OutdialCount
  absl::Time tm_count{};  // when it was counted

  friend bool operator==(const OutdialProgress&, const OutdialProgress&) = default;
};

// What `count` means under these thresholds.
OutdialProgress ProgressOf(const OutdialCount& count, const TryThresholds& thresholds);

}  // namespace outdial

#endif  // OUTDIAL_ENTITIES_OUTDIAL_PROGRESS_H_
