// Events as the outbox tables hold them.
// Pure functions: any thread may call them at any time, and none blocks.
#ifndef OUTDIAL_SQL_EVENT_PAYLOAD_H_
#define OUTDIAL_SQL_EVENT_PAYLOAD_H_

#include <cstdint>
#include <string>

#include "outdial/entities/event.h"
#include "outdial/ports/event_outbox.h"

namespace outdial::sql {

// The event envelope, as it is sent.
std::string EventPayload(const Event& event);

// The entry whose payload EventPayload made; throws soci::soci_error where it is damaged.
OutboxEntry OutboxEntryOf(std::int64_t sequence, const std::string& payload);

}  // namespace outdial::sql

#endif  // OUTDIAL_SQL_EVENT_PAYLOAD_H_
