// Carries events from the outbox to those who want to know.
#ifndef OUTDIAL_SERVICES_OUTBOX_RELAY_H_
#define OUTDIAL_SERVICES_OUTBOX_RELAY_H_

#include <cstddef>

#include "absl/status/statusor.h"
#include "outdial/entities/use_counted.h"
#include "outdial/ports/database.h"
#include "outdial/ports/event_publisher.h"

namespace outdial {

// Publishes what waits in the outbox, oldest first, and removes what is published. An event is
// published at least once: again where the answer to Publish or the removal was lost. One relay
// works on an outbox at a time, on one thread.
class OutboxRelay {
 public:
  // Both must outlive the relay: one that does not stops the program.
  OutboxRelay(Database& database, EventPublisher& publisher)
      : database_(database), publisher_(publisher) {}

  // Publishes up to `limit` events, and no more at once than a result holds (see kMaxResultBytes).
  // Returns how many: fewer than `limit` where no more wait. Blocks on the database and the
  // publisher. Errors: those of the database and the publisher; what was not removed waits for the
  // next call.
  absl::StatusOr<std::size_t> RelayBatch(std::size_t limit);

 private:
  const Use<Database> database_;
  const Use<EventPublisher> publisher_;
};

}  // namespace outdial

#endif  // OUTDIAL_SERVICES_OUTBOX_RELAY_H_
