// The real time.
#ifndef OUTDIAL_SYSTEM_SYSTEM_CLOCK_H_
#define OUTDIAL_SYSTEM_SYSTEM_CLOCK_H_

#include "absl/time/time.h"
#include "outdial/ports/clock.h"

namespace outdial::system {

// The operating system's wall clock, to the nanosecond. It steps when somebody sets it.
// Thread-safe, does not block.
class SystemClock final : public Clock {
 public:
  absl::Time Now() override;
};

}  // namespace outdial::system

#endif  // OUTDIAL_SYSTEM_SYSTEM_CLOCK_H_
