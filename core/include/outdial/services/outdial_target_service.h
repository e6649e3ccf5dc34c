// What can be done with targets: the dialling itself.
#ifndef OUTDIAL_SERVICES_OUTDIAL_TARGET_SERVICE_H_
#define OUTDIAL_SERVICES_OUTDIAL_TARGET_SERVICE_H_

#include <cstddef>
#include <optional>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "outdial/entities/availability.h"
#include "outdial/entities/claimed_target.h"
#include "outdial/entities/outdial_target.h"
#include "outdial/entities/page.h"
#include "outdial/entities/slot.h"
#include "outdial/entities/uuid.h"
#include "outdial/ports/database.h"
#include "outdial/ports/request_journal.h"
#include "outdial/services/service_ports.h"

namespace outdial {

// Creates, reads, dials, reports on and deletes targets. Each change is one transaction with its
// events, its target call and, where the caller gives a JournalRecorder, the request's journal
// entry; the cache follows after the commit.
//
// A call that is started may have a lease: when it runs out before the call is reported on or the
// lease renewed, ReclaimExpiredLeases makes the target idle again, because its caller is thought
// dead. Where a function takes a lease, nullopt means ServiceSettings::default_lease, zero means
// none, and LEASE_OUT_OF_RANGE is the error for less than that or more than kMaxLease.
//
// Thread-safe. Functions block on the database. Besides the errors that they name, all return
// DATABASE_UNAVAILABLE and INTERNAL (see UnitOfWork); those that change something also return
// OUTBOX_FULL, TEXT_NOT_STORABLE and TEXT_TOO_LONG (a text that the database cannot hold, or a
// request's identity) and, where a JournalRecorder is given, REQUEST_ALREADY_JOURNALED; nothing is
// changed then. After DATABASE_UNAVAILABLE a change may have been made: its answer may be lost.
class OutdialTargetService {
 public:
  // The ports must outlive the service: the first that does not stops the program. So does a
  // default lease out of its range.
  OutdialTargetService(const ServicePorts& ports, const ServiceSettings& settings);

  // Adds a target. Error: OUTDIAL_NOT_FOUND, also for a deleted outdial.
  absl::StatusOr<OutdialTarget> Create(OutdialId outdial_id, NewOutdialTarget values,
                                       const JournalRecorder<OutdialTarget>& journal = nullptr);

  // Also a deleted one. Without its lease: only who starts or renews a call is told that. Error:
  // OUTDIAL_TARGET_NOT_FOUND.
  absl::StatusOr<OutdialTarget> Get(OutdialTargetId id);

  // The live targets of an outdial, deleted or not, newest first; see
  // OutdialTargetRepository::List. Errors: OUTDIAL_NOT_FOUND for an unknown outdial;
  // REPLY_TOO_LARGE.
  absl::StatusOr<std::vector<OutdialTarget>> List(OutdialId outdial_id, const Page& page);

  // The first `limit` of these after a place, oldest first; large ones may be fewer (see
  // kMaxResultBytes), and none are the end. Error: OUTDIAL_NOT_FOUND for an unknown outdial.
  absl::StatusOr<std::vector<OutdialTarget>> ListOldest(OutdialId outdial_id,
                                                        const CreationPlace& after,
                                                        std::size_t limit);

  // Who may be called next: the first `limit` ready targets (none for 0, kMaxListSize for more than
  // that) with a destination that is set and was tried less often than its threshold, in the order
  // of DialledBefore; large ones may be fewer (see kMaxResultBytes). Error: OUTDIAL_NOT_FOUND, also
  // for a deleted outdial.
  absl::StatusOr<std::vector<OutdialTarget>> Available(OutdialId outdial_id,
                                                       const TryThresholds& thresholds,
                                                       std::size_t limit);

  // Available and Progress in one step, with the lowest eligible destination of each. Callers that
  // claim at the same moment never get the same target, and do not wait for each other where the
  // database has several writers (SQLite and the memory adapter have one: there they take turns).
  // Fewer than `limit`, or none, is no error. Error: OUTDIAL_NOT_FOUND, also for a deleted outdial.
  absl::StatusOr<std::vector<ClaimedTarget>> Claim(
      OutdialId outdial_id, const TryThresholds& thresholds, std::size_t limit,
      std::optional<absl::Duration> lease,
      const JournalRecorder<std::vector<ClaimedTarget>>& journal = nullptr);

  // Marks a target as being dialled at a destination: idle to progressing, one more try, a target
  // call. Of two callers one wins. Errors: OUTDIAL_TARGET_NOT_FOUND (unknown or deleted),
  // OUTDIAL_NOT_FOUND (its outdial is deleted), DESTINATION_NOT_SET, OUTDIAL_TARGET_NOT_IDLE,
  // TRY_COUNT_AT_MAXIMUM.
  absl::StatusOr<OutdialTarget> Progress(OutdialTargetId id, DestinationIndex index,
                                         std::optional<absl::Duration> lease,
                                         const JournalRecorder<OutdialTarget>& journal = nullptr);

  // Gives the call in progress a new lease, counted from now. Nobody else sees a change:
  // `tm_update` stays and no event is sent. Where `call_id` is given it must be the open call.
  // Errors: OUTDIAL_TARGET_NOT_FOUND (unknown or deleted), OUTDIAL_TARGET_NOT_PROGRESSING,
  // OUTDIAL_TARGET_CALL_NOT_OPEN.
  absl::StatusOr<OutdialTarget> Renew(OutdialTargetId id, std::optional<absl::Duration> lease,
                                      std::optional<OutdialTargetCallId> call_id,
                                      const JournalRecorder<OutdialTarget>& journal = nullptr);

  // Reports the outcome: the target becomes idle or done, whatever it was, and its open call ends.
  // Works on a deleted target too. Where `call_id` is given it must be the open call, so that a
  // late report cannot end somebody else's attempt; on a deleted target, which has no open call,
  // any call of that target will do. Errors: OUTDIAL_TARGET_NOT_FOUND (unknown), INVALID_STATUS
  // (progressing), OUTDIAL_TARGET_CALL_NOT_OPEN.
  absl::StatusOr<OutdialTarget> Report(OutdialTargetId id, TargetStatus status,
                                       std::optional<OutdialTargetCallId> call_id,
                                       const JournalRecorder<OutdialTarget>& journal = nullptr);

  // Deletes it softly and ends its open call. A second delete changes nothing, announces nothing
  // and returns the same. Error: OUTDIAL_TARGET_NOT_FOUND for an unknown one.
  absl::StatusOr<OutdialTarget> Delete(OutdialTargetId id,
                                       const JournalRecorder<OutdialTarget>& journal = nullptr);

  // Makes up to `limit` targets idle whose lease has run out, and ends their calls; returns how
  // many: fewer than `limit` where there are no more. Takes a transaction for those that a result
  // holds (see kMaxResultBytes). To be
  // called every second or so by any number of processes: each expired lease is brought back once.
  absl::StatusOr<std::size_t> ReclaimExpiredLeases(std::size_t limit);

 private:
  absl::StatusOr<std::optional<absl::Time>> LeaseUntil(std::optional<absl::Duration> lease) const;

  ServicePorts ports_;
  ServiceSettings settings_;
};

}  // namespace outdial

#endif  // OUTDIAL_SERVICES_OUTDIAL_TARGET_SERVICE_H_
