#include "outdial/wire/envelope.h"

#include <string>
#include <string_view>

#include "absl/status/status.h"
#include "outdial/entities/error.h"
#include "outdial/wire/error_json.h"
#include "support/catch.h"

namespace outdial::wire {
namespace {

TEST_CASE("a request envelope is read") {
  const auto request = ParseRequestEnvelope(
      R"({"uri":"/v1/outdials?page_size=10","method":"GET","publisher":"campaign-manager","data_type":"application/json","data":{"b": 1, "a": [null]},"request_id":"r1"})");
  REQUIRE(request.ok());
  CHECK(request->uri == "/v1/outdials?page_size=10");
  CHECK(request->method == "GET");
  CHECK(request->publisher == "campaign-manager");
  CHECK(request->data_type == "application/json");
  CHECK(request->data == R"({"b":1,"a":[null]})");
  CHECK(request->request_id == "r1");
}

TEST_CASE("what a request envelope lacks is empty") {
  for (const char* text : {R"({"uri":"/","method":"GET"})",
                           R"({"uri":"/","method":"GET","data":null,"request_id":null,"x":1})"}) {
    const auto request = ParseRequestEnvelope(text);
    REQUIRE(request.ok());
    CHECK(request->data.empty());
    CHECK(request->publisher.empty());
    CHECK(request->request_id.empty());
  }
  CHECK(ParseRequestEnvelope("{}")->uri.empty());
  // Empty, but there.
  CHECK(ParseRequestEnvelope(R"({"data":""})")->data == R"("")");
  CHECK(ParseRequestEnvelope(R"({"data":{}})")->data == "{}");
}

TEST_CASE("what is no envelope is refused") {
  const auto refusal = [](std::string_view text) {
    const absl::Status status = ParseRequestEnvelope(text).status();
    REQUIRE_FALSE(status.ok());
    return std::string(ReasonName(GetReason(status))) + " " + GetField(status);
  };
  CHECK(refusal("") == "BODY_NOT_JSON ");
  CHECK(refusal("hello") == "BODY_NOT_JSON ");
  CHECK(refusal("[]") == "WRONG_TYPE ");
  CHECK(refusal("null") == "WRONG_TYPE ");
  CHECK(refusal(R"({"uri":5})") == "WRONG_TYPE uri");
  CHECK(refusal(R"({"method":[]})") == "WRONG_TYPE method");
  CHECK(refusal(R"({"request_id":1})") == "WRONG_TYPE request_id");
  CHECK(refusal(std::string(100, '[')) == "BODY_TOO_DEEP ");
  CHECK(ParseReplyEnvelope(R"({"status_code":"200"})").status().code() ==
        absl::StatusCode::kInvalidArgument);
}

TEST_CASE("envelopes are written to the byte") {
  CHECK(
      DumpRequestEnvelope({.uri = "/v1/webhooks",
                           .method = "POST",
                           .publisher = "outdial-manager",
                           .data_type = "application/json",
                           .data = R"({"a":"b"})",
                           .request_id = ""}) ==
      R"({"uri":"/v1/webhooks","method":"POST","publisher":"outdial-manager","data_type":"application/json","data":{"a":"b"}})");
  CHECK(DumpRequestEnvelope({.uri = "/\"",
                             .method = "GET",
                             .publisher = "",
                             .data_type = "",
                             .data = "",
                             .request_id = "r"}) ==
        R"({"uri":"/\"","method":"GET","publisher":"","data_type":"","request_id":"r"})");
  CHECK(DumpReplyEnvelope({.status_code = 200, .data = "[]"}) ==
        R"({"status_code":200,"data_type":"application/json","data":[]})");
  CHECK(DumpReplyEnvelope({.status_code = 200, .data = ""}) ==
        R"({"status_code":200,"data_type":"application/json"})");
}

TEST_CASE("a reply envelope is read back as it was") {
  const ReplyEnvelope reply{.status_code = 404, .data_type = "voipbin_error", .data = R"({"a":1})"};
  CHECK(ParseReplyEnvelope(DumpReplyEnvelope(reply)).value() == reply);
  const ReplyEnvelope empty{.status_code = 200, .data = ""};
  CHECK(ParseReplyEnvelope(DumpReplyEnvelope(empty)).value() == empty);
}

TEST_CASE("an error reply is typed") {
  const ReplyEnvelope reply =
      ErrorReply(MakeError(Reason::kOutdialNotFound, "The outdial was not found."));
  CHECK(
      DumpReplyEnvelope(reply) ==
      R"({"status_code":404,"data_type":"voipbin_error","data":{"status":"NOT_FOUND","reason":"OUTDIAL_NOT_FOUND","domain":"outdial-manager","message":"The outdial was not found."}})");
  CHECK(
      ErrorReply(MakeError(Reason::kWrongType, "The field name must be a string.", "name")).data ==
      R"({"status":"INVALID_ARGUMENT","reason":"WRONG_TYPE","domain":"outdial-manager","message":"The field name must be a string.","details":[{"field":"name"}]})");
}

TEST_CASE("every reason has its status code") {
  const auto code = [](Reason reason) { return StatusCodeOf(MakeError(reason, "m")); };
  CHECK(code(Reason::kBodyNotJson) == 400);
  CHECK(code(Reason::kWrongType) == 400);
  CHECK(code(Reason::kMethodNotAllowed) == 405);
  CHECK(code(Reason::kUnauthenticated) == 401);
  CHECK(code(Reason::kUriNotFound) == 404);
  CHECK(code(Reason::kOutdialTargetCallNotFound) == 404);
  CHECK(code(Reason::kOutdialTargetNotIdle) == 409);
  CHECK(code(Reason::kIdempotencyKeyReused) == 409);
  CHECK(code(Reason::kRequestAlreadyJournaled) == 409);
  CHECK(code(Reason::kBodyTooLarge) == 429);
  CHECK(code(Reason::kDatabaseUnavailable) == 503);
  CHECK(code(Reason::kOutboxFull) == 503);
  CHECK(code(Reason::kInternal) == 500);
  for (int i = 0; i <= static_cast<int>(Reason::kInternal); ++i) {
    const auto reason = static_cast<Reason>(i);
    const int internal = reason == Reason::kInternal ? 500 : 0;
    CHECK((code(reason) == 500) == (internal == 500));
  }
}

TEST_CASE("an error from inside tells nothing of itself") {
  constexpr char kExpected[] =
      R"({"status":"INTERNAL","reason":"INTERNAL","domain":"outdial-manager","message":"The request could not be carried out."})";
  for (const absl::Status& status :
       {absl::NotFoundError("select * from t at db.example.com"), absl::InternalError("secret"),
        MakeError(Reason::kInternal, "secret", "column")}) {
    CHECK(StatusCodeOf(status) == 500);
    CHECK(ErrorReply(status).data == kExpected);
  }
}

}  // namespace
}  // namespace outdial::wire
