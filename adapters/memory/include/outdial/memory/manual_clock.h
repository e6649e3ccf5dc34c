// A clock that is set by hand.
#ifndef OUTDIAL_MEMORY_MANUAL_CLOCK_H_
#define OUTDIAL_MEMORY_MANUAL_CLOCK_H_

#include <mutex>

#include "absl/time/time.h"
#include "outdial/entities/use_counted.h"
#include "outdial/memory/call_hook.h"
#include "outdial/ports/clock.h"

namespace outdial::memory {

// Stands still until it is told to move, in either direction. Thread-safe, does not block.
class ManualClock final : public Clock {
 public:
  // Starts at 2026-01-15T09:30:00Z. `hook` may be null, else it must outlive the clock.
  explicit ManualClock(CallHook* hook = nullptr);
  explicit ManualClock(absl::Time start, CallHook* hook = nullptr) : hook_(hook), now_(start) {}

  absl::Time Now() override;

  // What it tells from now on.
  void Set(absl::Time now);

  // `step` may be negative.
  void Advance(absl::Duration step);

 private:
  const Use<CallHook> hook_;
  std::mutex mutex_;  // guards what follows
  absl::Time now_;
};

}  // namespace outdial::memory

#endif  // OUTDIAL_MEMORY_MANUAL_CLOCK_H_
