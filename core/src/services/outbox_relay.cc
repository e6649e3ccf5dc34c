#include "outdial/services/outbox_relay.h"

#include <cstddef>
#include <cstdint>
#include <map>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "outdial/entities/event.h"
#include "outdial/entities/uuid.h"
#include "outdial/ports/database.h"
#include "outdial/ports/event_outbox.h"
#include "outdial/ports/result_rows.h"
#include "status_macros.h"
#include "transaction.h"

namespace outdial {

absl::StatusOr<RelayedBatch> OutboxRelay::RelayBatch(std::size_t limit) {
  ASSIGN_OR_RETURN(entries, ReadResult(*database_, [&](const UnitOfWork& work) {
                     return work.outbox().Peek(limit);
                   }));
  if (entries.empty()) return RelayedBatch{};
  const bool more_may_wait = entries.size() == limit || MayHaveMore(entries);

  std::vector<std::int64_t> sequences;
  std::vector<Event> events;
  std::map<Uuid, std::size_t> counts;  // by entity
  for (OutboxEntry& entry : entries) {
    if (++counts[EntityIdOf(entry.event)] > kMaxEventsOfOneEntity) break;
    sequences.push_back(entry.sequence);
    events.push_back(std::move(entry.event));
  }
  RETURN_IF_ERROR(publisher_->Publish(events));
  RETURN_IF_ERROR(
      database_->Write([&](UnitOfWork& work) { return work.outbox().Remove(sequences); }));
  return RelayedBatch{.events = events.size(),
                      .more_may_wait = more_may_wait || events.size() < entries.size()};
}

}  // namespace outdial
