// What can be done with target calls. They begin and end with their target's status: see
// OutdialTargetService.
#ifndef OUTDIAL_SERVICES_OUTDIAL_TARGET_CALL_SERVICE_H_
#define OUTDIAL_SERVICES_OUTDIAL_TARGET_CALL_SERVICE_H_

#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "outdial/entities/outdial_target_call.h"
#include "outdial/entities/page.h"
#include "outdial/entities/uuid.h"
#include "outdial/ports/outdial_target_call_repository.h"
#include "outdial/ports/request_journal.h"
#include "outdial/services/service_ports.h"

namespace outdial {

// Reads target calls and keeps what callers say about them. Target calls have no events.
//
// Thread-safe. Functions block on the database. Besides the errors that they name, all return
// DATABASE_UNAVAILABLE and INTERNAL (see UnitOfWork), and Update, where a JournalRecorder is given,
// REQUEST_ALREADY_JOURNALED, and TEXT_NOT_STORABLE and TEXT_TOO_LONG for a request's identity that
// cannot be kept. After DATABASE_UNAVAILABLE a change may have been made: its answer may be lost.
class OutdialTargetCallService {
 public:
  // The ports must outlive the service: the first that does not stops the program.
  explicit OutdialTargetCallService(const ServicePorts& ports) : ports_(ports) {}

  // Error: OUTDIAL_TARGET_CALL_NOT_FOUND.
  absl::StatusOr<OutdialTargetCall> Get(OutdialTargetCallId id);

  // Newest first; see OutdialTargetCallRepository::List. Errors: FILTER_REQUIRED where the filter
  // is empty; REPLY_TOO_LARGE.
  absl::StatusOr<std::vector<OutdialTargetCall>> List(const OutdialTargetCallFilter& filter,
                                                      const Page& page);

  // The calls of a target, deleted or not, newest first. Error: OUTDIAL_TARGET_NOT_FOUND for an
  // unknown target.
  absl::StatusOr<std::vector<OutdialTargetCall>> ListOfTarget(OutdialTargetId target_id,
                                                              const Page& page);

  // Error: OUTDIAL_TARGET_CALL_NOT_FOUND.
  absl::StatusOr<OutdialTargetCall> Update(
      OutdialTargetCallId id, const OutdialTargetCallUpdate& update,
      const JournalRecorder<OutdialTargetCall>& journal = nullptr);

 private:
  ServicePorts ports_;
};

}  // namespace outdial

#endif  // OUTDIAL_SERVICES_OUTDIAL_TARGET_CALL_SERVICE_H_
