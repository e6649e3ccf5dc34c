// Carries events from the outbox to those who want to know.
#ifndef OUTDIAL_SERVICES_OUTBOX_RELAY_H_
#define OUTDIAL_SERVICES_OUTBOX_RELAY_H_

#include <cstddef>

#include "absl/status/statusor.h"
#include "outdial/entities/use_counted.h"
#include "outdial/ports/database.h"
#include "outdial/ports/event_publisher.h"

namespace outdial {

// What a call of OutboxRelay::RelayBatch has done.
struct RelayedBatch {
  std::size_t events = 0;      // published and removed
  bool more_may_wait = false;  // false: there were no others
};

// Publishes what waits in the outbox, oldest first, and removes what is published. An event is
// published at least once: again where the answer to Publish or the removal was lost. One relay
// works on an outbox at a time, on one thread.
class OutboxRelay {
 public:
  // Both must outlive the relay: one that does not stops the program.
  OutboxRelay(Database& database, EventPublisher& publisher)
      : database_(database), publisher_(publisher) {}

  // How many events of one entity a batch has at most. A publisher may send one only when another
  // has arrived: a batch of a hundred would take a hundred times as long as one of a hundred
  // entities.
  static constexpr std::size_t kMaxEventsOfOneEntity = 8;

  // Publishes the first events, in one call of Publish, and removes them: `limit` at most, and no
  // more than a result holds (see kMaxResultBytes). Blocks on the database and the publisher.
  // Errors: those of the database and the publisher; what was not removed waits for the next call.
  absl::StatusOr<RelayedBatch> RelayBatch(std::size_t limit);

 private:
  const Use<Database> database_;
  const Use<EventPublisher> publisher_;
};

}  // namespace outdial

#endif  // OUTDIAL_SERVICES_OUTBOX_RELAY_H_
