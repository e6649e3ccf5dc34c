// A publisher that keeps what it is given.
#ifndef OUTDIAL_MEMORY_EVENT_PUBLISHER_H_
#define OUTDIAL_MEMORY_EVENT_PUBLISHER_H_

#include <mutex>
#include <vector>

#include "absl/status/status.h"
#include "absl/types/span.h"
#include "outdial/entities/event.h"
#include "outdial/entities/use_counted.h"
#include "outdial/memory/call_hook.h"
#include "outdial/ports/event_publisher.h"

namespace outdial::memory {

// Remembers every event that arrived, in order. Thread-safe, does not block.
class EventPublisher final : public outdial::EventPublisher {
 public:
  // `hook` may be null, else it must outlive the publisher. Calls that fail before their effect
  // publish nothing; those that fail after it have published everything.
  explicit EventPublisher(CallHook* hook = nullptr) : hook_(hook) {}

  absl::Status Publish(absl::Span<const Event> events) override;

  // What arrived since the beginning or the last Clear.
  std::vector<Event> events() const;

  // Forgets what arrived so far.
  void Clear();

 private:
  const Use<CallHook> hook_;
  mutable std::mutex mutex_;  // guards what follows
  std::vector<Event> events_;
};

}  // namespace outdial::memory

#endif  // OUTDIAL_MEMORY_EVENT_PUBLISHER_H_
