#include "outdial/services/service_ports.h"

#include <cstdint>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "absl/time/time.h"
#include "outdial/entities/error.h"

namespace outdial {

absl::Status CheckLease(absl::Duration lease) {
  if (lease >= absl::ZeroDuration() && lease <= kMaxLease) return absl::OkStatus();
  return MakeError(Reason::kLeaseOutOfRange,
                   absl::StrCat("The lease_seconds must be from 0 (no lease) to ",
                                absl::ToInt64Seconds(kMaxLease), "."),
                   "lease_seconds");
}

absl::StatusOr<absl::Duration> LeaseFromSeconds(std::int64_t seconds) {
  const absl::Duration lease = absl::Seconds(seconds);
  if (absl::Status status = CheckLease(lease); !status.ok()) return status;
  return lease;
}

}  // namespace outdial
