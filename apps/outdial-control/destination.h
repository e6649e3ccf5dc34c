// Destinations as people type them.
#ifndef OUTDIAL_APPS_OUTDIAL_CONTROL_DESTINATION_H_
#define OUTDIAL_APPS_OUTDIAL_CONTROL_DESTINATION_H_

#include <optional>
#include <string>
#include <string_view>

#include "absl/status/statusor.h"
#include "outdial/entities/address.h"

namespace outdial::control {

// Reads a destination: a JSON address ({"type":"tel","target":"+15551234567",…}), a SIP URI
// ("sip:alice@example.com", kept whole), or a type and a target ("tel:+15551234567",
// "extension:1001"). `field` is what errors name. Errors: BODY_NOT_JSON, BODY_TOO_DEEP, WRONG_TYPE,
// TEXT_….
absl::StatusOr<std::optional<Address>> ParseDestination(std::string_view field,
                                                        const std::string& text);

}  // namespace outdial::control

#endif  // OUTDIAL_APPS_OUTDIAL_CONTROL_DESTINATION_H_
