#include "outdial/services/outbox_relay.h"

#include <cstddef>
#include <cstdint>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "outdial/entities/event.h"
#include "outdial/ports/database.h"
#include "outdial/ports/event_outbox.h"
#include "outdial/ports/result_rows.h"
#include "status_macros.h"
#include "transaction.h"

namespace outdial {

absl::StatusOr<std::size_t> OutboxRelay::RelayBatch(std::size_t limit) {
  std::size_t relayed = 0;
  bool may_have_more = false;
  do {
    ASSIGN_OR_RETURN(entries, ReadResult(*database_, [&](const UnitOfWork& work) {
                       return work.outbox().Peek(limit - relayed);
                     }));
    if (entries.empty()) break;
    may_have_more = MayHaveMore(entries);
    std::vector<std::int64_t> sequences;
    std::vector<Event> events;
    for (OutboxEntry& entry : entries) {
      sequences.push_back(entry.sequence);
      events.push_back(std::move(entry.event));
    }
    RETURN_IF_ERROR(publisher_->Publish(events));
    RETURN_IF_ERROR(
        database_->Write([&](UnitOfWork& work) { return work.outbox().Remove(sequences); }));
    relayed += events.size();
  } while (relayed < limit && may_have_more);
  return relayed;
}

}  // namespace outdial
