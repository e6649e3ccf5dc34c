#include "outdial/memory/event_publisher.h"

#include <mutex>
#include <vector>

#include "absl/status/status.h"
#include "absl/types/span.h"
#include "hooked.h"
#include "outdial/entities/event.h"

namespace outdial::memory {

absl::Status EventPublisher::Publish(absl::Span<const Event> events) {
  return Hooked(hook_.get(), Call::kPublisherPublish, [&] {
    const std::lock_guard lock(mutex_);
    events_.insert(events_.end(), events.begin(), events.end());
    return absl::OkStatus();
  });
}

std::vector<Event> EventPublisher::events() const {
  const std::lock_guard lock(mutex_);
  return events_;
}

void EventPublisher::Clear() {
  const std::lock_guard lock(mutex_);
  events_.clear();
}

}  // namespace outdial::memory
