// The envelopes in which requests and replies travel over a message queue.
// Values and pure functions: many threads may read a value at once, and nothing here blocks.
#ifndef OUTDIAL_WIRE_ENVELOPE_H_
#define OUTDIAL_WIRE_ENVELOPE_H_

#include <string>
#include <string_view>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

namespace outdial::wire {

// Who we are in the envelopes that we send, and the domain of our errors.
inline constexpr std::string_view kPublisher = "outdial-manager";

// What `data` is: the `data_type` of what succeeded, and of errors (see ErrorToJson):
inline constexpr std::string_view kJsonDataType = "application/json";
inline constexpr std::string_view kErrorDataType = "voipbin_error";

// A request as a client sends it.
struct RequestEnvelope {
  std::string uri;         // path and query, percent-encoded
  std::string method;      // "GET", …
  std::string publisher;   // who sends it; may be empty
  std::string data_type;   // what `data` is; nobody here asks
  std::string data;        // JSON text; empty where there is none, or null
  std::string request_id;  // may be empty
};

// Errors: BODY_NOT_JSON, BODY_TOO_DEEP, WRONG_TYPE (naming the key).
absl::StatusOr<RequestEnvelope> ParseRequestEnvelope(std::string_view text);

// As JSON text. `data` is taken as it is.
std::string DumpRequestEnvelope(const RequestEnvelope& request);

// A reply as a client gets it.
struct ReplyEnvelope {
  int status_code = 200;                 // as in HTTP
  std::string data_type{kJsonDataType};  // or kErrorDataType
  std::string data;                      // JSON text; empty where there is none

  friend bool operator==(const ReplyEnvelope&, const ReplyEnvelope&) = default;
};

// Errors: as ParseRequestEnvelope.
absl::StatusOr<ReplyEnvelope> ParseReplyEnvelope(std::string_view text);

// As DumpRequestEnvelope.
std::string DumpReplyEnvelope(const ReplyEnvelope& reply);

// The reply that says that something failed.
ReplyEnvelope ErrorReply(const absl::Status& error);

}  // namespace outdial::wire

#endif  // OUTDIAL_WIRE_ENVELOPE_H_
