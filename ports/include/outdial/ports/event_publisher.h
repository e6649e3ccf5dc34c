// The port to those who want to know of changes.
#ifndef OUTDIAL_PORTS_EVENT_PUBLISHER_H_
#define OUTDIAL_PORTS_EVENT_PUBLISHER_H_

#include "absl/status/status.h"
#include "absl/types/span.h"
#include "outdial/entities/event.h"
#include "outdial/ports/port.h"

namespace outdial {

// Announces events. Used by one thread at a time.
class EventPublisher : public Port {
 public:
  EventPublisher() : Port("EventPublisher") {}

  // Announces `events`, those of each entity in order. OK: all of them have safely arrived. Any
  // error: some may have, the caller repeats all of them later. Blocks for a bounded time.
  virtual absl::Status Publish(absl::Span<const Event> events) = 0;
};

}  // namespace outdial

#endif  // OUTDIAL_PORTS_EVENT_PUBLISHER_H_
