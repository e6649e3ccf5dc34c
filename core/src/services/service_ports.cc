#include "outdial/services/service_ports.h"

#include <cstdint>

#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "absl/time/time.h"
#include "outdial/entities/error.h"

namespace outdial {

absl::StatusOr<absl::Duration> LeaseFromSeconds(std::int64_t seconds) {
  const std::int64_t max = absl::ToInt64Seconds(kMaxLease);
  if (seconds < 0 || seconds > max) {
    return MakeError(Reason::kLeaseOutOfRange,
                     absl::StrCat("The lease_seconds must be from 0 (no lease) to ", max, "."),
                     "lease_seconds");
  }
  return absl::Seconds(seconds);
}

}  // namespace outdial
