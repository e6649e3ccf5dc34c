#include "outdial/services/timestamp_source.h"

#include <atomic>
#include <cstdint>
#include <limits>

#include "absl/time/time.h"
#include "outdial/entities/misuse.h"

namespace outdial {

absl::Time TimestampSource::Next() {
  const std::int64_t now = absl::ToUnixMicros(clock_->Now());
  std::int64_t last = last_.load(std::memory_order_relaxed);
  std::int64_t next = 0;
  do {
    if (last == std::numeric_limits<std::int64_t>::max()) {
      StopAtMisuse("TimestampSource has a clock that has come to the end of time");
    }
    next = last < now ? now : last + 1;
  } while (!last_.compare_exchange_weak(last, next, std::memory_order_relaxed));
  return absl::FromUnixMicros(next);
}

}  // namespace outdial
