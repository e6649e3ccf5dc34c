// The port to time.
#ifndef OUTDIAL_PORTS_CLOCK_H_
#define OUTDIAL_PORTS_CLOCK_H_

#include "absl/time/time.h"
#include "outdial/ports/port.h"

namespace outdial {

// Tells the time. Implementations are thread-safe and do not block. The time may step back: the
// services live with that.
class Clock : public Port {
 public:
  Clock() : Port("Clock") {}

  // The time now, as fine as the clock tells it.
  virtual absl::Time Now() = 0;
};

}  // namespace outdial

#endif  // OUTDIAL_PORTS_CLOCK_H_
