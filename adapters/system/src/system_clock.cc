#include "outdial/system/system_clock.h"

#include "absl/time/clock.h"
#include "absl/time/time.h"

namespace outdial::system {

absl::Time SystemClock::Now() { return absl::Now(); }

}  // namespace outdial::system
