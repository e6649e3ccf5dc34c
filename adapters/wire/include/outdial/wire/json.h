// JSON text, read with limits and written compactly.
// Pure functions: any thread may call them at any time, and none blocks.
#ifndef OUTDIAL_WIRE_JSON_H_
#define OUTDIAL_WIRE_JSON_H_

#include <cstddef>
#include <limits>
#include <string>
#include <string_view>

#include "absl/status/statusor.h"
#include "nlohmann/json.hpp"

namespace outdial::wire {

// Keys keep the order in which they are written.
using Json = nlohmann::ordered_json;

// How many arrays and objects may be open at the same time.
inline constexpr std::size_t kMaxNesting = 64;

// Reads one JSON value and nothing after it, which holds `max_values` at most, itself among them: a
// value takes many times the memory of its text. Never throws.
// Errors: BODY_NOT_JSON (also for text that is not valid UTF-8), BODY_TOO_DEEP, BODY_TOO_LARGE
// (more values).
absl::StatusOr<Json> ParseJson(std::string_view text,
                               std::size_t max_values = std::numeric_limits<std::size_t>::max());

// Without white space. Text that is not valid UTF-8 (it cannot come from the wire, but it can from
// a damaged row) is written with replacement characters. Never throws.
std::string DumpJson(const Json& value);

}  // namespace outdial::wire

#endif  // OUTDIAL_WIRE_JSON_H_
