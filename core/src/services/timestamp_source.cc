#include "outdial/services/timestamp_source.h"

#include <atomic>
#include <cstdint>

#include "absl/time/time.h"

namespace outdial {

absl::Time TimestampSource::Next() {
  const std::int64_t now = absl::ToUnixMicros(clock_->Now());
  std::int64_t last = last_.load(std::memory_order_relaxed);
  std::int64_t next = 0;
  do {
    next = last < now ? now : last + 1;
  } while (!last_.compare_exchange_weak(last, next, std::memory_order_relaxed));
  return absl::FromUnixMicros(next);
}

}  // namespace outdial
