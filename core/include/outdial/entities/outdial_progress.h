// How far the dialling of an outdial is.
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

// How many live targets of an outdial are alike.
struct TargetGroup {
  TargetStatus status = TargetStatus::kIdle;
  // Of idle targets it says which slots are set. Of others it has the try counts of all slots, as
  // if they were set: nobody asks whether these may be dialled.
  Signature signature{};
  std::int64_t count = 0;

  friend auto operator<=>(const TargetGroup&, const TargetGroup&) = default;
};

// The group that a target counts in, with a count of 1.
TargetGroup GroupOf(const OutdialTarget& target);

// When the first and the last call of an outdial were begun.
struct CallPeriod {
  absl::Time first{};
  absl::Time last{};

  friend bool operator==(const CallPeriod&, const CallPeriod&) = default;
};

// All that was counted of an outdial at one time.
struct OutdialCount {
  OutdialId outdial_id{};
  std::vector<TargetGroup> groups{};  // in any order; a group may come in parts
  std::optional<CallPeriod> calls{};  // nullopt: there was no call yet
  absl::Time tm_count{};              // when it was counted
};

// How far the dialling of an outdial is. Only live targets count: what was tried of a target goes
// with it.
struct OutdialProgress {
  OutdialId outdial_id{};
  // Each live target is one of these.
  std::int64_t idle = 0;
  std::int64_t progressing = 0;
  std::int64_t done = 0;
  // Each idle one is one of these: is there a slot whose try count is below its threshold?
  std::int64_t dialable = 0;
  std::int64_t exhausted = 0;
  // How often the destinations of each slot were tried. Tries of idle targets count where the slot
  // is set.
  PerSlot<std::int64_t> tries{};
  std::optional<absl::Time> tm_first_call{};  // nullopt, both: there was no call yet
  std::optional<absl::Time> tm_last_call{};
  absl::Time tm_count{};  // when it was counted

  // A target that is progressing is being called, and each try is a call.
  std::int64_t calls_open() const { return progressing; }
  std::int64_t calls_made() const;

  friend bool operator==(const OutdialProgress&, const OutdialProgress&) = default;
};

// What `count` means under these thresholds.
OutdialProgress ProgressOf(const OutdialCount& count, const TryThresholds& thresholds);

}  // namespace outdial

#endif  // OUTDIAL_ENTITIES_OUTDIAL_PROGRESS_H_
