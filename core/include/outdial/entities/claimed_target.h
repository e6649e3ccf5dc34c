// What a caller gets who claims.
// Values: many threads may read one at once, and nothing here blocks.
#ifndef OUTDIAL_ENTITIES_CLAIMED_TARGET_H_
#define OUTDIAL_ENTITIES_CLAIMED_TARGET_H_

#include <optional>

#include "absl/time/time.h"
#include "outdial/entities/outdial_target.h"
#include "outdial/entities/slot.h"
#include "outdial/entities/uuid.h"

namespace outdial {

// A target that was claimed: it is progressing, and the caller is the one who dials it.
struct ClaimedTarget {
  OutdialTarget target;                // as it is now, progressing
  DestinationIndex destination_index;  // the destination to dial; its try count is raised already
  OutdialTargetCallId call_id;         // the target call that was recorded
  std::optional<absl::Time> lease_until;  // when the lease runs out; nullopt: there is none

  friend bool operator==(const ClaimedTarget&, const ClaimedTarget&) = default;
};

}  // namespace outdial

#endif  // OUTDIAL_ENTITIES_CLAIMED_TARGET_H_
