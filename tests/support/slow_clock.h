// A clock on which an import soon loses its patience.
#ifndef OUTDIAL_TESTS_SUPPORT_SLOW_CLOCK_H_
#define OUTDIAL_TESTS_SUPPORT_SLOW_CLOCK_H_

#include <atomic>
#include <cstdint>

#include "absl/time/time.h"
#include "outdial/ports/clock.h"
#include "outdial/services/target_import_service.h"

namespace outdial::test {

// Each look at it takes more than half of the patience with which an import registers keys.
class SlowClock final : public Clock {
 public:
  absl::Time Now() override {
    return absl::UnixEpoch() + ++looks_ * (0.6 * TargetImportService::kKeysPatience);
  }

 private:
  std::atomic<std::int64_t> looks_ = 0;
};

}  // namespace outdial::test

#endif  // OUTDIAL_TESTS_SUPPORT_SLOW_CLOCK_H_
