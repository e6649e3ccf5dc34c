// The RabbitMQ transport, driven side: events go to an exchange (contract section 1).
#ifndef OUTDIAL_RABBITMQ_EVENT_PUBLISHER_H_
#define OUTDIAL_RABBITMQ_EVENT_PUBLISHER_H_

#include <cstdint>
#include <memory>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "absl/types/span.h"
#include "outdial/entities/event.h"
#include "outdial/metrics/metrics.h"
#include "outdial/ports/event_publisher.h"
#include "outdial/rabbitmq/address.h"

namespace outdial::rabbitmq {

// Where events go, and how long a publisher waits for the broker.
struct EventPublisherSettings {
  Address address{};  // of the broker

  // How long Publish waits for the broker to confirm the events, and to take messages again when it
  // has said that it takes none (connection.blocked). Not more than zero, or more than 24 hours,
  // stops the program.
  absl::Duration confirm_timeout = absl::Seconds(10);
};

// What a publisher has done since it was made.
struct EventPublisherStats {
  std::uint64_t events = 0;            // confirmed by the broker
  std::uint64_t webhooks = 0;          // webhook requests that reached their queue
  std::uint64_t webhooks_dropped = 0;  // … whose queue does not exist
  std::uint64_t rounds = 0;            // sets of events that were under way at once
  std::uint64_t connections = 0;       // that were made; all but the first one are reconnects
};

// Publishes events, persistent, to the event exchange; for the events of outdials that belong to a
// customer also a webhook request, to the queue of the service that sends webhooks. A request whose
// queue does not exist is counted and dropped, with one warning in the log.
//
// Publish returns OK when the broker has confirmed everything: it is on disk, or nobody wants it.
// Unavailable where the broker cannot be reached, refuses a message (a full queue that is declared
// to), does not confirm in time, or takes no messages. Where the caller repeats the events then, as
// the port says, those of each entity appear in order: an entity's second event is not sent before
// the first is confirmed. So events of different entities go in one round, and several of one take
// as many, while those of others overtake them; an import counts for its outdial and the targets
// there. All rounds together have the confirm_timeout: callers give it few events of one entity at
// once, as OutboxRelay does. A connection takes ten seconds more at most.
//
// Connects when there is something to publish, and keeps the connection; a connection that was lost
// in between is made again by the same call. Declares the event exchange each time.
//
// Publish is used by one thread at a time, stats() by any.
class EventPublisher final : public outdial::EventPublisher {
 public:
  // `metrics` must outlive the publisher, else the program stops: it is told of each event, with
  // the time from Publish to the confirmation.
  EventPublisher(EventPublisherSettings settings, metrics::Metrics& metrics);
  ~EventPublisher() override;

  EventPublisher(const EventPublisher&) = delete;
  EventPublisher& operator=(const EventPublisher&) = delete;

  absl::Status Publish(absl::Span<const Event> events) override;

  // Thread-safe, does not block.
  EventPublisherStats stats() const;

 private:
  class Impl;

  std::unique_ptr<Impl> impl_;
};

}  // namespace outdial::rabbitmq

#endif  // OUTDIAL_RABBITMQ_EVENT_PUBLISHER_H_
