// The port to the events that are committed and not yet published.
#ifndef OUTDIAL_PORTS_EVENT_OUTBOX_H_
#define OUTDIAL_PORTS_EVENT_OUTBOX_H_

#include <cstddef>
#include <cstdint>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "absl/types/span.h"
#include "outdial/entities/event.h"
#include "outdial/ports/result_rows.h"

namespace outdial {

// An event that waits.
struct OutboxEntry {
  std::int64_t sequence;  // later commits of one entity have higher numbers
  Event event;            // what is to be published
  absl::Time tm_create;   // the entity's version: when the change counts as made
};

// As of all rows of a result: see kMaxResultBytes.
inline std::size_t TextBytes(const OutboxEntry& entry) { return TextBytes(entry.event); }

// Events wait here from the commit of their change until the relay has published them. Reached
// through a UnitOfWork, which owns it and says what holds for all repositories (threads,
// blocking, lifetime, DATABASE_UNAVAILABLE and INTERNAL errors).
class EventOutbox {
 public:
  virtual ~EventOutbox() = default;

  // The oldest `limit` entries, in the order of their sequence: fewer, but one at least, where the
  // texts of their events would hold more than kMaxResultBytes.
  virtual absl::StatusOr<std::vector<OutboxEntry>> Peek(std::size_t limit) const = 0;

  // How many events wait; may be an upper bound where counting them would be slow.
  virtual absl::StatusOr<std::size_t> Size() const = 0;

  // Adds events in order. Error: OUTBOX_FULL where more would wait than the adapter was told to
  // hold.
  virtual absl::Status Append(absl::Span<const Event> events) = 0;

  // Removes entries that are published. Sequences that are not there are ignored.
  virtual absl::Status Remove(absl::Span<const std::int64_t> sequences) = 0;
};

}  // namespace outdial

#endif  // OUTDIAL_PORTS_EVENT_OUTBOX_H_
