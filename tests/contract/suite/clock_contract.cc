// Clock.
#include <atomic>

#include "absl/time/time.h"
#include "contract/suite/each_implementation.h"
#include "contract/suite/parallel.h"
#include "contract/suite/port_implementations.h"
#include "support/catch.h"

namespace outdial::contract {
namespace {

TEST_CASE("clock: tells many threads a time that can be stored", "[contract][clock][concurrency]") {
  const EachImplementation<ClockImplementation> implementation(ClockImplementations());
  const auto clock = implementation->make();
  const absl::Time year_one = absl::FromCivil(absl::CivilYear(1), absl::UTCTimeZone());
  const absl::Time year_9999 = absl::FromCivil(absl::CivilYear(9999), absl::UTCTimeZone());
  std::atomic<int> strange = 0;
  RunInParallel(4, [&](int) {
    for (int i = 0; i < 1'000; ++i) {
      const absl::Time now = clock->Now();
      if (now < year_one || now >= year_9999) ++strange;
    }
  });
  CHECK(strange == 0);
}

}  // namespace
}  // namespace outdial::contract
