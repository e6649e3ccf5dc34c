// JSON text, read with limits and written compactly.
#ifndef OUTDIAL_WIRE_JSON_H_
#define OUTDIAL_WIRE_JSON_H_

#include <cstddef>
#include <string>
#include <string_view>

#include "absl/status/statusor.h"
#include "nlohmann/json.hpp"

namespace outdial::wire {

// Keys keep the order in which they are written.
using Json = nlohmann::ordered_json;

// How many arrays and objects may be open at the same time.
inline constexpr std::size_t kMaxNesting = 64;

// Reads one JSON value and nothing after it. Never throws.
// Errors: BODY_NOT_JSON (also for text that is not valid UTF-8), BODY_TOO_DEEP.
absl::StatusOr<Json> ParseJson(std::string_view text);

// Without white space. Text that is not valid UTF-8 (it cannot come from the wire, but it can from
// a damaged row) is written with replacement characters. Never throws.
std::string DumpJson(const Json& value);

}  // namespace outdial::wire

#endif  // OUTDIAL_WIRE_JSON_H_
