#include "outdial/sql/event_payload.h"

#include <utility>
#include <variant>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "outdial/wire/entity_json.h"
#include "outdial/wire/json.h"
#include "soci/soci.h"

namespace outdial::sql {

std::string EventPayload(const Event& event) { return wire::DumpJson(wire::ToJson(event)); }

OutboxEntry OutboxEntryOf(std::int64_t sequence, const std::string& payload) {
  const absl::StatusOr<wire::Json> json = wire::ParseJson(payload);
  if (json.ok()) {
    absl::StatusOr<Event> event = wire::EventFromJson(*json);
    if (event.ok()) {
      const absl::Time version =
          std::visit([](const auto& entity) { return entity.version(); }, event->entity);
      return {.sequence = sequence, .event = *std::move(event), .tm_create = version};
    }
  }
  throw soci::soci_error("damaged event");
}

}  // namespace outdial::sql
