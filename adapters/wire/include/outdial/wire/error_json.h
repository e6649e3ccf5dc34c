// Errors as they are sent.
// Pure functions: any thread may call them at any time, and none blocks.
#ifndef OUTDIAL_WIRE_ERROR_JSON_H_
#define OUTDIAL_WIRE_ERROR_JSON_H_

#include "absl/status/status.h"
#include "outdial/wire/json.h"

namespace outdial::wire {

// The HTTP status code of an error, by its reason (contract section 4): 400, 401, 404, 405, 409,
// 429, 500 or 503.
int StatusCodeOf(const absl::Status& error);

// {"status":…,"reason":…,"domain":"outdial-manager","message":…}, with `details` ([{"field":…}])
// where the error names a field. An error that MakeError did not make tells nothing of itself: it
// becomes INTERNAL with a fixed message.
Json ErrorToJson(const absl::Status& error);

}  // namespace outdial::wire

#endif  // OUTDIAL_WIRE_ERROR_JSON_H_
