// Carries events from the outbox to those who want to know.
#ifndef OUTDIAL_SERVICES_OUTBOX_RELAY_H_
#define OUTDIAL_SERVICES_OUTBOX_RELAY_H_

#include <cstddef>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/types/span.h"
#include "outdial/entities/use_counted.h"
#include "outdial/ports/database.h"
#include "outdial/ports/event_outbox.h"
#include "outdial/ports/event_publisher.h"
#include "outdial/services/go_on.h"

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

  // How many events of one entity a call of Publish has at most. A publisher may send one only when
  // another has arrived: a hundred would take a hundred times as long as those of a hundred
  // entities.
  static constexpr std::size_t kMaxEventsOfOneEntity = 8;

  // Publishes the first events: `limit` at most, and no more than a result holds (see
  // kMaxResultBytes). Where there are many of one entity it calls Publish several times, as long as
  // `go_on` says so (empty: always), and removes what was published after each. Blocks on the
  // database and the publisher. Errors: those of the database and the publisher; what was not
  // removed waits for the next call. After one of the publisher, which may not get so many across
  // in its time, batches are smaller, and grow again with each that is published.
  absl::StatusOr<RelayedBatch> RelayBatch(std::size_t limit, const GoOn& go_on = nullptr);

 private:
  absl::Status Relay(absl::Span<OutboxEntry> entries);

  const Use<Database> database_;
  const Use<EventPublisher> publisher_;
  std::size_t events_of_one_entity_ = kMaxEventsOfOneEntity;
};

}  // namespace outdial

#endif  // OUTDIAL_SERVICES_OUTBOX_RELAY_H_
