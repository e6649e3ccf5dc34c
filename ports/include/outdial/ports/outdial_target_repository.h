// The port to the targets.
#ifndef OUTDIAL_PORTS_OUTDIAL_TARGET_REPOSITORY_H_
#define OUTDIAL_PORTS_OUTDIAL_TARGET_REPOSITORY_H_

#include <cstddef>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "absl/types/span.h"
#include "outdial/entities/availability.h"
#include "outdial/entities/outdial_target.h"
#include "outdial/entities/page.h"
#include "outdial/entities/uuid.h"

namespace outdial {

// Targets as one transaction sees them; reached through a UnitOfWork, which owns it and says what
// holds for all repositories (threads, lifetime, DATABASE_UNAVAILABLE and INTERNAL errors).
class OutdialTargetRepository {
 public:
  virtual ~OutdialTargetRepository() = default;

  // Also a deleted one. Error: OUTDIAL_TARGET_NOT_FOUND.
  virtual absl::StatusOr<OutdialTarget> Get(OutdialTargetId id) const = 0;

  // The live targets of an outdial (none for an unknown one), newest `tm_create` first, then by id.
  // A page does not end between targets that were created in the same microsecond: see
  // OutdialRepository::List.
  virtual absl::StatusOr<std::vector<OutdialTarget>> List(OutdialId outdial_id,
                                                          const Page& page) const = 0;

  // The first `limit` ready targets of an outdial whose signature is eligible, in the order of
  // DialledBefore. The cost depends on the number of distinct signatures and on `limit`, not on the
  // number of targets.
  virtual absl::StatusOr<std::vector<OutdialTarget>> FindAvailable(OutdialId outdial_id,
                                                                   const TryThresholds& thresholds,
                                                                   std::size_t limit) const = 0;

  // As Get; nobody else changes the target until the transaction ends.
  virtual absl::StatusOr<OutdialTarget> GetForUpdate(OutdialTargetId id) = 0;

  // As FindAvailable, but passes over targets that another transaction is changing, and nobody else
  // changes those that it returns until the transaction ends.
  virtual absl::StatusOr<std::vector<OutdialTarget>> LockAvailable(OutdialId outdial_id,
                                                                   const TryThresholds& thresholds,
                                                                   std::size_t limit) = 0;

  // Up to `limit` live targets whose lease has run out by `now` (OutdialTarget::LeaseExpired), the
  // longest expired first, then by id; locks and passes over as LockAvailable.
  virtual absl::StatusOr<std::vector<OutdialTarget>> LockLeaseExpired(absl::Time now,
                                                                      std::size_t limit) = 0;

  // Adds new ones. Error: INTERNAL where an id exists.
  virtual absl::Status Insert(absl::Span<const OutdialTarget> targets) = 0;

  // Writes all that can change of targets that exist: status, try counts, lease, `tm_update` and
  // `tm_delete`. The caller got them in this transaction from a function that locks.
  virtual absl::Status Update(absl::Span<const OutdialTarget> targets) = 0;
};

}  // namespace outdial

#endif  // OUTDIAL_PORTS_OUTDIAL_TARGET_REPOSITORY_H_
