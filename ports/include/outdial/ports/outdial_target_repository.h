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
#include "outdial/entities/destination_key.h"
#include "outdial/entities/outdial_progress.h"
#include "outdial/entities/outdial_target.h"
#include "outdial/entities/page.h"
#include "outdial/entities/uuid.h"

namespace outdial {

// A destination that a target has.
struct TakenDestination {
  DestinationKey key;         // of the destination
  OutdialTargetId target_id;  // who has it

  friend bool operator==(const TakenDestination&, const TakenDestination&) = default;
};

// Targets as one transaction sees them; reached through a UnitOfWork, which owns it and says what
// holds for all repositories (threads, blocking, lifetime, DATABASE_UNAVAILABLE and INTERNAL
// errors).
class OutdialTargetRepository {
 public:
  virtual ~OutdialTargetRepository() = default;

  // Also a deleted one. Error: OUTDIAL_TARGET_NOT_FOUND.
  virtual absl::StatusOr<OutdialTarget> Get(OutdialTargetId id) const = 0;

  // The live targets of an outdial (none for an unknown one), newest `tm_create` first, then by id.
  // A page does not end between targets that were created in the same microsecond: see
  // OutdialRepository::List, also for the error REPLY_TOO_LARGE.
  virtual absl::StatusOr<std::vector<OutdialTarget>> List(OutdialId outdial_id,
                                                          const Page& page) const = 0;

  // The first `limit` live targets of an outdial after a place, in the order of creation: fewer,
  // but one at least where there is one, where their texts would hold more than kMaxResultBytes.
  // Costs two index seeks and what it returns, wherever the place is.
  virtual absl::StatusOr<std::vector<OutdialTarget>> ListOldest(OutdialId outdial_id,
                                                                const CreationPlace& after,
                                                                std::size_t limit) const = 0;

  // The first `limit` ready targets of an outdial whose signature is eligible, in the order of
  // DialledBefore: fewer as ListOldest. The cost depends on the number of distinct signatures and
  // on `limit`, not on the number of targets.
  virtual absl::StatusOr<std::vector<OutdialTarget>> FindAvailable(OutdialId outdial_id,
                                                                   const TryThresholds& thresholds,
                                                                   std::size_t limit) const = 0;

  // Which of these keys the live targets of an outdial have, and the first target by id that has
  // it; in the order of the keys, each once. Costs one index seek for each key. Finds what Insert
  // and RegisterKeys have registered, also earlier in this transaction. Who adds nothing where a
  // key is taken holds the outdial by GetForUpdate, and everybody else who adds targets holds it by
  // GetForShare: so that of two callers, one sees what the other adds.
  virtual absl::StatusOr<std::vector<TakenDestination>> FindTaken(
      OutdialId outdial_id, absl::Span<const DestinationKey> keys) const = 0;

  // How many live targets of an outdial are alike (GroupOf), in any order; a group may come in
  // parts. Reads an index entry for each target: some 0.3 seconds for a million.
  virtual absl::StatusOr<std::vector<TargetGroup>> CountGroups(OutdialId outdial_id) const = 0;

  // As Get; nobody else changes the target until the transaction ends.
  virtual absl::StatusOr<OutdialTarget> GetForUpdate(OutdialTargetId id) = 0;

  // As FindAvailable, but passes over targets that another transaction is changing, and nobody else
  // changes those that it returns until the transaction ends.
  virtual absl::StatusOr<std::vector<OutdialTarget>> LockAvailable(OutdialId outdial_id,
                                                                   const TryThresholds& thresholds,
                                                                   std::size_t limit) = 0;

  // Up to `limit` live targets whose lease has run out by `now` (OutdialTarget::LeaseExpired), the
  // longest expired first, then by id: fewer as ListOldest; locks and passes over as LockAvailable.
  virtual absl::StatusOr<std::vector<OutdialTarget>> LockLeaseExpired(absl::Time now,
                                                                      std::size_t limit) = 0;

  // Registers the keys of up to `limit` live targets of an outdial that FindTaken does not know
  // yet, and returns how many targets these were; fewer than `limit`: no more are left. They were
  // added before there were keys, or by a writer who knows nothing of them. Nobody else changes
  // them until the transaction ends. Costs one index seek where there are none.
  virtual absl::StatusOr<std::size_t> RegisterKeys(OutdialId outdial_id, std::size_t limit) = 0;

  // As RegisterKeys, of all outdials, but passes over targets that another transaction is changing.
  virtual absl::StatusOr<std::size_t> RegisterKeysOfAny(std::size_t limit) = 0;

  // Adds new ones, and registers their keys. Errors: INTERNAL where an id exists;
  // TEXT_NOT_STORABLE and TEXT_TOO_LONG where the database cannot hold a text, in which case
  // nothing is added and the transaction can go on.
  virtual absl::Status Insert(absl::Span<const OutdialTarget> targets) = 0;

  // Writes all that can change of targets that exist: status, try counts, lease, `tm_update` and
  // `tm_delete`. The caller got them in this transaction from a function that locks.
  virtual absl::Status Update(absl::Span<const OutdialTarget> targets) = 0;
};

}  // namespace outdial

#endif  // OUTDIAL_PORTS_OUTDIAL_TARGET_REPOSITORY_H_
