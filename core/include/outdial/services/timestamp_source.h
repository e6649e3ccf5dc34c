// The times that one process gives out.
#ifndef OUTDIAL_SERVICES_TIMESTAMP_SOURCE_H_
#define OUTDIAL_SERVICES_TIMESTAMP_SOURCE_H_

#include <atomic>
#include <cstdint>
#include <limits>

#include "absl/time/time.h"
#include "outdial/entities/use_counted.h"
#include "outdial/ports/clock.h"

namespace outdial {

// Reads a clock and returns whole microseconds that strictly increase: where the clock stands still
// or steps back, each time is a microsecond after the one before. After
// absl::InfiniteFuture there is none: the program stops. Thread-safe, does not block.
class TimestampSource : public UseCounted {
 public:
  // `clock` must outlive the source: one that does not stops the program.
  explicit TimestampSource(Clock& clock) : UseCounted("TimestampSource"), clock_(clock) {}

  // The time now, or a microsecond after the last one that was given out, whichever is later.
  absl::Time Next();

 private:
  const Use<Clock> clock_;
  std::atomic<std::int64_t> last_ =
      std::numeric_limits<std::int64_t>::min();  // microseconds since the Unix epoch
};

}  // namespace outdial

#endif  // OUTDIAL_SERVICES_TIMESTAMP_SOURCE_H_
