// The port to the target calls.
#ifndef OUTDIAL_PORTS_OUTDIAL_TARGET_CALL_REPOSITORY_H_
#define OUTDIAL_PORTS_OUTDIAL_TARGET_CALL_REPOSITORY_H_

#include <optional>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/types/span.h"
#include "outdial/entities/outdial_progress.h"
#include "outdial/entities/outdial_target_call.h"
#include "outdial/entities/page.h"
#include "outdial/entities/uuid.h"

namespace outdial {

// Which target calls are listed: those that equal every value that is set.
struct OutdialTargetCallFilter {
  // nullopt: any value:
  std::optional<CustomerId> customer_id{};
  std::optional<CampaignId> campaign_id{};
  std::optional<OutdialId> outdial_id{};
  std::optional<OutdialTargetId> outdial_target_id{};
  std::optional<ActiveflowId> activeflow_id{};
  std::optional<ReferenceId> reference_id{};

  friend bool operator==(const OutdialTargetCallFilter&, const OutdialTargetCallFilter&) = default;
};

// Target calls as one transaction sees them; reached through a UnitOfWork, which owns it and says
// what holds for all repositories (threads, blocking, lifetime, DATABASE_UNAVAILABLE and INTERNAL
// errors).
class OutdialTargetCallRepository {
 public:
  virtual ~OutdialTargetCallRepository() = default;

  // Error: OUTDIAL_TARGET_CALL_NOT_FOUND.
  virtual absl::StatusOr<OutdialTargetCall> Get(OutdialTargetCallId id) const = 0;

  // Newest `tm_create` first, then by id. A page does not end between calls that were created in
  // the same microsecond: see OutdialRepository::List, also for the error REPLY_TOO_LARGE.
  virtual absl::StatusOr<std::vector<OutdialTargetCall>> List(const OutdialTargetCallFilter& filter,
                                                              const Page& page) const = 0;

  // Counts the calls of an outdial, also those of deleted targets. Reads an index entry for each.
  virtual absl::StatusOr<CallCount> Count(OutdialId outdial_id) const = 0;

  // As Get; nobody else changes the call until the transaction ends.
  virtual absl::StatusOr<OutdialTargetCall> GetForUpdate(OutdialTargetCallId id) = 0;

  // The open call of a target (there is one at most); nobody else changes it until the transaction
  // ends. The caller holds the target's lock: a call's lock is never taken before its target's.
  virtual absl::StatusOr<std::optional<OutdialTargetCall>> FindOpen(OutdialTargetId target_id) = 0;

  // Adds new ones. Error: INTERNAL where an id exists, or where a target would have two open calls.
  virtual absl::Status Insert(absl::Span<const OutdialTargetCall> calls) = 0;

  // Writes all that can change of one that exists: what it belongs to, its status, `tm_update` and
  // `tm_delete`.
  virtual absl::Status Update(const OutdialTargetCall& call) = 0;
};

}  // namespace outdial

#endif  // OUTDIAL_PORTS_OUTDIAL_TARGET_CALL_REPOSITORY_H_
