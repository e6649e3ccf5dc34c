#include "outdial/services/outbox_relay.h"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <map>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/types/span.h"
#include "outdial/entities/event.h"
#include "outdial/entities/uuid.h"
#include "outdial/ports/database.h"
#include "outdial/ports/event_outbox.h"
#include "outdial/ports/result_rows.h"
#include "status_macros.h"
#include "transaction.h"

namespace outdial {
namespace {

// The first entries, up to one of an entity that has `limit` in front of it.
absl::Span<OutboxEntry> FirstOf(absl::Span<OutboxEntry> entries, std::size_t limit) {
  std::map<Uuid, std::size_t> counts;  // by entity
  const auto* const end = std::find_if(
      entries.begin(), entries.end(),
      [&](const OutboxEntry& entry) { return ++counts[EntityIdOf(entry.event)] > limit; });
  return entries.first(static_cast<std::size_t>(end - entries.begin()));
}

}  // namespace

absl::StatusOr<RelayedBatch> OutboxRelay::RelayBatch(std::size_t limit, const GoOn& go_on) {
  const std::size_t share = limit * events_of_one_entity_ / kMaxEventsOfOneEntity;
  const std::size_t count = std::max(share, std::min<std::size_t>(limit, 1));
  ASSIGN_OR_RETURN(entries, ReadResult(*database_, [&](const UnitOfWork& work) {
                     return work.outbox().Peek(count);
                   }));
  const bool there_may_be_others = entries.size() == count || MayHaveMore(entries);
  RelayedBatch relayed;
  absl::Span<OutboxEntry> rest = absl::MakeSpan(entries);
  while (!rest.empty() && (relayed.events == 0 || !go_on || go_on())) {
    const absl::Span<OutboxEntry> part = FirstOf(rest, events_of_one_entity_);
    RETURN_IF_ERROR(Relay(part));
    relayed.events += part.size();
    rest.remove_prefix(part.size());
  }
  relayed.more_may_wait = !rest.empty() || there_may_be_others;
  return relayed;
}

absl::Status OutboxRelay::Relay(absl::Span<OutboxEntry> entries) {
  std::vector<std::int64_t> sequences;
  std::vector<Event> events;
  for (OutboxEntry& entry : entries) {
    sequences.push_back(entry.sequence);
    events.push_back(std::move(entry.event));
  }
  if (absl::Status status = publisher_->Publish(events); !status.ok()) {
    events_of_one_entity_ = std::max<std::size_t>(events_of_one_entity_ / 2, 1);
    return status;
  }
  events_of_one_entity_ = std::min(events_of_one_entity_ + 1, kMaxEventsOfOneEntity);
  return database_->Write([&](UnitOfWork& work) { return work.outbox().Remove(sequences); });
}

}  // namespace outdial
