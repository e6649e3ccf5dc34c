// The JSON form of entities, as the wire, the cache and the outbox hold it.
// Pure functions: any thread may call them at any time, and none blocks.
#ifndef OUTDIAL_WIRE_ENTITY_JSON_H_
#define OUTDIAL_WIRE_ENTITY_JSON_H_

#include <optional>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "outdial/entities/address.h"
#include "outdial/entities/claimed_target.h"
#include "outdial/entities/event.h"
#include "outdial/entities/outdial.h"
#include "outdial/entities/outdial_progress.h"
#include "outdial/entities/outdial_target.h"
#include "outdial/entities/outdial_target_call.h"
#include "outdial/entities/target_import.h"
#include "outdial/wire/json.h"

namespace outdial::wire {

// Each writes exactly the keys of contract section 3, in its order.
Json ToJson(const std::optional<Address>& address);  // null where it is not set
Json ToJson(const Outdial& outdial);
Json ToJson(const OutdialTarget& target);
Json ToJson(const OutdialTargetCall& call);
Json ToJson(const ClaimedTarget&
                claimed);  // the target with destination_index, outdialtargetcall_id, lease_until
Json ToJson(const TargetsImported& imported);
Json ToJson(const ImportCounts& counts);
Json ToJson(const RowNotImported& row);
// The counts, and `rows`: what became of each that was not added.
Json ToJson(const ImportResult& result);
// `targets` by status, `calls` open and made, `tries` of each slot, and times.
Json ToJson(const OutdialProgress& progress);
Json ToJson(const Event& event);  // the event envelope: type, publisher, data_type, data

// A list of them.
template <typename Entity>
Json ToJson(const std::vector<Entity>& entities) {
  Json list = Json::array();
  for (const Entity& entity : entities) list.push_back(ToJson(entity));
  return list;
}

// Each reads what ToJson writes, and what the service before this one wrote: missing keys and nulls
// are empty values, an address with nothing in it is not set, unknown words are read as the
// entities' …FromStorage functions do, times may have any number of digits. Limits are not checked
// again. Error: WRONG_TYPE (also for a bad id or time), naming the field.
absl::StatusOr<std::optional<Address>> AddressFromJson(std::string_view field, const Json& value);
absl::StatusOr<Outdial> OutdialFromJson(const Json& value);
absl::StatusOr<OutdialTarget> OutdialTargetFromJson(const Json& value);
absl::StatusOr<OutdialTargetCall> OutdialTargetCallFromJson(const Json& value);
absl::StatusOr<ImportCounts> ImportCountsFromJson(const Json& value);
absl::StatusOr<TargetsImported> TargetsImportedFromJson(const Json& value);
absl::StatusOr<Event> EventFromJson(const Json& value);

// Each reads what a caller gives, and checks the limits. Unknown keys are ignored. Errors:
// WRONG_TYPE, and those of CheckText, naming the field.
absl::StatusOr<std::optional<Address>> CheckedAddressFromJson(std::string_view field,
                                                              const Json& value);
absl::StatusOr<NewOutdialTarget> NewOutdialTargetFromJson(const Json& value);

}  // namespace outdial::wire

#endif  // OUTDIAL_WIRE_ENTITY_JSON_H_
