#include "outdial/wire/error_json.h"

#include <string>
#include <string_view>

#include "absl/status/status.h"
#include "outdial/entities/error.h"
#include "outdial/wire/envelope.h"
#include "outdial/wire/json.h"

namespace outdial::wire {
namespace {

// What is said of an error whose own message may come from inside.
constexpr std::string_view kInternalMessage = "The request could not be carried out.";

}  // namespace

int StatusCodeOf(const absl::Status& error) {
  const Reason reason = GetReason(error);
  if (reason == Reason::kMethodNotAllowed) return 405;
  switch (ReasonCode(reason)) {
    case absl::StatusCode::kInvalidArgument:
      return 400;
    case absl::StatusCode::kUnauthenticated:
      return 401;
    case absl::StatusCode::kNotFound:
      return 404;
    case absl::StatusCode::kAlreadyExists:
    case absl::StatusCode::kFailedPrecondition:
      return 409;
    case absl::StatusCode::kResourceExhausted:
      return 429;
    case absl::StatusCode::kUnavailable:
      return 503;
    default:
      return 500;
  }
}

Json ErrorToJson(const absl::Status& error) {
  const Reason reason = GetReason(error);
  const bool internal = reason == Reason::kInternal;
  Json json = {
      {"status", absl::StatusCodeToString(ReasonCode(reason))},
      {"reason", ReasonName(reason)},
      {"domain", kPublisher},
      {"message", internal ? std::string(kInternalMessage) : std::string(error.message())}};
  const std::string field = GetField(error);
  if (!internal && !field.empty()) json["details"] = Json::array({{{"field", field}}});
  return json;
}

}  // namespace outdial::wire
