// What the services need from outside, and how they are set.
#ifndef OUTDIAL_SERVICES_SERVICE_PORTS_H_
#define OUTDIAL_SERVICES_SERVICE_PORTS_H_

#include <array>
#include <cstdint>
#include <functional>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "outdial/entities/use_counted.h"
#include "outdial/ports/cache.h"
#include "outdial/ports/clock.h"
#include "outdial/ports/database.h"
#include "outdial/ports/id_source.h"
#include "outdial/services/timestamp_source.h"

namespace outdial {

// The ports that the services of one process share. All of them must outlive the services: the
// first that does not stops the program.
struct ServicePorts {
  // What each is for, the port says:
  Database& database;
  Cache& cache;
  Clock& clock;
  IdSource& ids;
  TimestampSource& timestamps;  // one for all services of a process, so that what it gives out
                                // strictly increases
  // Set by itself.
  std::array<Use<UseCounted>, 5> uses = {Use<UseCounted>(database), Use<UseCounted>(cache),
                                         Use<UseCounted>(clock), Use<UseCounted>(ids),
                                         Use<UseCounted>(timestamps)};
};

// The longest lease that can be asked for.
inline constexpr absl::Duration kMaxLease = absl::Hours(24 * 365);

// What the services are told by whoever starts them.
struct ServiceSettings {
  // Whether changes write their events to the outbox.
  bool record_events = true;
  // The lease of a call whose request names none, from zero to kMaxLease: any other stops the
  // program. Zero: no lease, such a call stays open until it is reported on.
  absl::Duration default_lease = absl::ZeroDuration();
  // Called after the commit of a change that may have written events, by the thread that made it.
  // Must not block, fail or use the services; empty: nobody wants to know.
  std::function<void()> on_events_recorded = nullptr;
};

// Error: LEASE_OUT_OF_RANGE for less than zero (no lease) or more than kMaxLease.
absl::Status CheckLease(absl::Duration lease);

// The lease that a caller asks for. Errors: those of CheckLease.
absl::StatusOr<absl::Duration> LeaseFromSeconds(std::int64_t seconds);

}  // namespace outdial

#endif  // OUTDIAL_SERVICES_SERVICE_PORTS_H_
