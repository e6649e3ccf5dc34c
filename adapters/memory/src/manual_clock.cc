#include "outdial/memory/manual_clock.h"

#include <mutex>

#include "absl/status/status.h"
#include "absl/time/civil_time.h"
#include "absl/time/time.h"
#include "hooked.h"

namespace outdial::memory {

ManualClock::ManualClock(CallHook* hook)
    : ManualClock(absl::FromCivil(absl::CivilMinute(2026, 1, 15, 9, 30), absl::UTCTimeZone()),
                  hook) {}

absl::Time ManualClock::Now() {
  TellHook(hook_.get(), Call::kClockNow);
  const std::lock_guard lock(mutex_);
  return now_;
}

void ManualClock::Set(absl::Time now) {
  const std::lock_guard lock(mutex_);
  now_ = now;
}

void ManualClock::Advance(absl::Duration step) {
  const std::lock_guard lock(mutex_);
  now_ += step;
}

}  // namespace outdial::memory
