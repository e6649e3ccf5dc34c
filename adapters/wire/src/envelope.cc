#include "outdial/wire/envelope.h"

#include <string>
#include <string_view>
#include <utility>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "object_reader.h"
#include "outdial/wire/error_json.h"
#include "outdial/wire/json.h"

namespace outdial::wire {
namespace {

// The member `data` as text; empty where it is missing or null.
std::string ReadData(const ObjectReader& reader) {
  const Json* data = reader.Find("data");
  return data == nullptr ? std::string() : DumpJson(*data);
}

// The end of an envelope: `data` is JSON text already.
std::string DataMember(const std::string& data) {
  return data.empty() ? "}" : absl::StrCat(",\"data\":", data, "}");
}

std::string Quote(const std::string& text) { return DumpJson(Json(text)); }

}  // namespace

absl::StatusOr<RequestEnvelope> ParseRequestEnvelope(std::string_view text) {
  const auto json = ParseJson(text);
  if (!json.ok()) return json.status();
  ObjectReader reader("", *json);
  return reader.Result(RequestEnvelope{.uri = reader.ReadString("uri"),
                                       .method = reader.ReadString("method"),
                                       .publisher = reader.ReadString("publisher"),
                                       .data_type = reader.ReadString("data_type"),
                                       .data = ReadData(reader),
                                       .request_id = reader.ReadString("request_id")});
}

std::string DumpRequestEnvelope(const RequestEnvelope& request) {
  std::string text = absl::StrCat(
      R"({"uri":)", Quote(request.uri), R"(,"method":)", Quote(request.method), R"(,"publisher":)",
      Quote(request.publisher), R"(,"data_type":)", Quote(request.data_type));
  if (!request.request_id.empty()) {
    absl::StrAppend(&text, R"(,"request_id":)", Quote(request.request_id));
  }
  absl::StrAppend(&text, DataMember(request.data));
  return text;
}

absl::StatusOr<ReplyEnvelope> ParseReplyEnvelope(std::string_view text) {
  const auto json = ParseJson(text);
  if (!json.ok()) return json.status();
  ObjectReader reader("", *json);
  return reader.Result(ReplyEnvelope{.status_code = reader.ReadCount("status_code"),
                                     .data_type = reader.ReadString("data_type"),
                                     .data = ReadData(reader)});
}

std::string DumpReplyEnvelope(const ReplyEnvelope& reply) {
  return absl::StrCat(R"({"status_code":)", reply.status_code, R"(,"data_type":)",
                      Quote(reply.data_type), DataMember(reply.data));
}

ReplyEnvelope ErrorReply(const absl::Status& error) {
  return {.status_code = StatusCodeOf(error),
          .data_type = std::string(kErrorDataType),
          .data = DumpJson(ErrorToJson(error))};
}

}  // namespace outdial::wire
