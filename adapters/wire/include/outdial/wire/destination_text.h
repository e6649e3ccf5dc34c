// Destinations as people type them.
// Pure functions: any thread may call them at any time, and none blocks.
#ifndef OUTDIAL_WIRE_DESTINATION_TEXT_H_
#define OUTDIAL_WIRE_DESTINATION_TEXT_H_

#include <optional>
#include <string>
#include <string_view>

#include "absl/status/statusor.h"
#include "outdial/entities/address.h"

namespace outdial::wire {

// Whether `text` says of what type it is: it begins with "{"; with agent, ai, ai_team, conference,
// email, extension, line, webchat, web_session or whatsapp and a colon; or with tel, sip or sips,
// in any case, and a colon. Other types are written as a JSON address.
bool NamesDestinationType(std::string_view text);

// Reads a destination: a JSON address ({"type":"tel","target":"+15551234567",…}), a SIP URI
// ("sip:alice@example.com", kept whole), or a type and a target ("tel:+15551234567",
// "extension:1001"). `field` is what errors name. Errors: BODY_NOT_JSON, BODY_TOO_DEEP,
// BODY_TOO_LARGE, WRONG_TYPE, TEXT_….
absl::StatusOr<std::optional<Address>> ParseDestination(std::string_view field,
                                                        const std::string& text);

}  // namespace outdial::wire

#endif  // OUTDIAL_WIRE_DESTINATION_TEXT_H_
