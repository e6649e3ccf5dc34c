// openapi.yaml and asyncapi.yaml against what the daemon says: a session is recorded here, and
// judged by validate_api.py.
#include <cstddef>
#include <fstream>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/strings/ascii.h"
#include "fixture.h"
#include "outdial/entities/error.h"
#include "outdial/router/router.h"
#include "outdial/wire/envelope.h"
#include "support/bad_input.h"
#include "support/catch.h"
#include "support/raw_http.h"

namespace outdial::test {
namespace {

constexpr char kCustomer[] = "5e4a0680-804e-41ec-8477-2fea5968d85b";
constexpr char kJson[] = "application/json";
constexpr char kCsv[] = "text/csv";
constexpr char kJsonLines[] = "application/x-ndjson";
constexpr char kLastName[] = "the last one";

// Sends a request and records it with its reply, {"status_code":…,"data":…}, which it returns.
using Send =
    std::function<Json(const std::string& method, const std::string& uri, const std::string& body)>;

Json Operations() {
  Json operations = Json::array();
  for (const router::Router::Operation& operation : router::Router::Operations()) {
    operations.push_back({{"method", operation.method},
                          {"path", operation.pattern},
                          {"changes", operation.changes}});
  }
  return operations;
}

// "text/csv" of "text/csv; charset=utf-8".
std::string MediaType(const HttpAnswer& answer) {
  const auto header = answer.headers.find("content-type");
  REQUIRE(header != answer.headers.end());
  return header->second.substr(0, header->second.find(';'));
}

// An answer as it is recorded.
Json ToJson(const HttpAnswer& answer) {
  const std::string media_type = MediaType(answer);
  return {{"status_code", answer.status_code},
          {"media_type", media_type},
          {"data", media_type == kJson ? Json::parse(answer.body) : Json(answer.body)}};
}

// The reply to each way to fail, also those that are hard to provoke.
Json Errors() {
  Json errors = Json::array();
  for (int i = 0; i <= static_cast<int>(Reason::kInternal); ++i) {
    for (const char* field : {"", "name"}) {
      const absl::Status error = MakeError(static_cast<Reason>(i), "Something failed.", field);
      errors.push_back(Json::parse(wire::DumpReplyEnvelope(wire::ErrorReply(error))));
    }
  }
  return errors;
}

// Sends what must succeed; the reply's data. `send` must outlive it.
auto Asking(const Send& send) {
  return [&send](const std::string& method, const std::string& uri,
                 const Json& body = nullptr) -> Json {
    const Json reply = send(method, uri, body.is_null() ? "" : body.dump());
    INFO(method << " " << uri << ": " << reply.dump());
    REQUIRE(reply["status_code"] == 200);
    return reply["data"];
  };
}

// Every operation succeeds.
void Succeed(const Send& send) {
  const auto ask = Asking(send);
  const std::string outdial = ask("POST", "/v1/outdials",
                                  {{"customer_id", kCustomer},
                                   {"campaign_id", kUnknownId},
                                   {"name", "spring"},
                                   {"detail", nullptr},
                                   {"data", "{}"}})["id"];
  const std::string uri = "/v1/outdials/" + outdial;
  ask("GET", "/v1/outdials?customer_id=" + std::string(kCustomer) + "&deleted=false&page_size=2");
  ask("GET", uri);
  ask("PUT", uri, {{"name", "summer"}, {"detail", "warm"}});
  ask("PUT", uri + "/campaign_id", {{"campaign_id", kCustomer}});
  ask("PUT", uri + "/data", {{"data", "text"}});
  std::string target;
  for (int i = 0; i < 3; ++i) {
    const std::string id = ask("POST", uri + "/targets",
                               {{"name", "Ann"},
                                {"destination_0", {{"type", "tel"}, {"target", "+15551230001"}}},
                                {"destination_3", {{"target_name", "Ann"}, {"unknown", 1}}},
                                {"destination_4", nullptr}})["id"];
    target = "/v1/outdialtargets/" + id;
  }
  ask("GET", uri + "/targets?page_size=10&page_token=2999-01-01T00:00:00Z");
  const Json number = {{"destination_0", {{"type", "tel"}, {"target", "(212) 555-0123"}}}};
  const Json imported = ask("POST", uri + "/targets/import?on_duplicate=allow",
                            {{"targets", {number, number, {{"name", 1}}, 7, Json::object()}},
                             {"on_duplicate", "skip"},
                             {"region", "US"}});
  REQUIRE(imported["created"] == 2);
  REQUIRE(imported["rows"].size() == 3);
  ask("GET", uri + "/available?try_count_0=3&try_count_4=1&limit=5");
  ask("GET", uri + "/progress?try_count_0=3");
  ask("GET", target);
  ask("POST", target + "/progressing", {{"destination_index", 3}, {"lease_seconds", 600}});
  ask("POST", target + "/renew", {{"lease_seconds", 600}});
  const Json claimed = ask("POST", uri + "/claim", {{"try_count_0", 3}, {"lease_seconds", 600}});
  REQUIRE(claimed.size() == 1);
  ask("POST", uri + "/claim?try_count_0=3&try_count_1=1&limit=1&lease_seconds=60");
  const Json calls = ask("GET", target + "/calls?page_size=1");
  REQUIRE(calls.size() == 1);
  const std::string call = calls[0]["id"];
  ask("GET", "/v1/outdialtargetcalls?outdial_id=" + outdial + "&page_size=7");
  ask("GET", "/v1/outdialtargetcalls/" + call);
  ask("PUT", "/v1/outdialtargetcalls/" + call,
      {{"reference_type", "call"}, {"reference_id", kUnknownId}, {"activeflow_id", nullptr}});
  ask("PUT", target + "/status", {{"status", "idle"}, {"outdialtargetcall_id", call}});
  ask("PUT", target + "/status", {{"status", "done"}});
  ask("DELETE", target);
  ask("DELETE", uri);
}

// An object with nothing but nulls; `values` are what may not be null.
Json Nulls(const std::vector<std::string>& keys, Json values = Json::object()) {
  for (const std::string& key : keys) values[key] = nullptr;
  return values;
}

// Every operation with a body succeeds where all that may be null in it is.
void SucceedWithNulls(const Send& send) {
  const auto ask = Asking(send);
  const std::string outdial =
      ask("POST", "/v1/outdials",
          Nulls({"customer_id", "campaign_id", "name", "detail", "data"}))["id"];
  const std::string uri = "/v1/outdials/" + outdial;
  ask("PUT", uri, Nulls({"name", "detail"}));
  ask("PUT", uri + "/campaign_id", Nulls({"campaign_id"}));
  ask("PUT", uri + "/data", Nulls({"data"}));
  ask("POST", uri + "/targets",
      Nulls({"name", "detail", "data", "destination_0", "destination_1", "destination_2",
             "destination_3", "destination_4"}));
  ask("POST", uri + "/targets/import",
      Nulls({"on_duplicate", "region"}, {{"targets", Json::array()}}));
  const Json address =
      Nulls({"type", "target_name", "name", "detail"}, {{"target", "+15551230001"}});
  const std::string target =
      "/v1/outdialtargets/" +
      std::string(ask("POST", uri + "/targets", {{"destination_0", address}})["id"]);
  ask("POST", uri + "/claim",
      Nulls({"try_count_0", "try_count_1", "try_count_2", "try_count_3", "try_count_4", "limit",
             "lease_seconds"}));
  ask("POST", target + "/progressing", Nulls({"destination_index", "lease_seconds"}));
  ask("POST", target + "/renew", Nulls({"lease_seconds", "outdialtargetcall_id"}));
  const std::string call = ask("GET", target + "/calls")[0]["id"];
  ask("PUT", "/v1/outdialtargetcalls/" + call,
      Nulls({"activeflow_id", "reference_type", "reference_id"}));
  ask("PUT", target + "/status", Nulls({"outdialtargetcall_id"}, {{"status", "idle"}}));
}

// Sends a body as an import, and takes it for longer than it is where it is to be `cut_off`.
Json Import(int port, const std::string& uri, const std::string& media_type,
            const std::string& body, bool cut_off = false) {
  RawConnection connection(port);
  REQUIRE(connection.Send("POST " + uri + " HTTP/1.1\r\nHost: localhost\r\nContent-Type: " +
                          media_type + "\r\nX-Request-Id: r-1\r\nContent-Length: " +
                          std::to_string(body.size() + (cut_off ? 1 : 0)) + "\r\n\r\n" + body));
  connection.FinishSending();
  const std::optional<HttpAnswer> answer = connection.ReadAnswer();
  REQUIRE(answer.has_value());
  return {{"method", "POST"},
          {"uri", uri},
          {"media_type", media_type},
          {"body", body},
          {"reply", ToJson(*answer)}};
}

// The head of the answer to an export, which may be longer than anybody wants to keep.
Json Export(int port, const std::string& uri) {
  RawConnection connection(port);
  REQUIRE(connection.Send(MakeRequest("GET", uri)));
  HttpAnswer answer;
  REQUIRE(connection.ReadLine() == "HTTP/1.1 200 OK");
  for (std::string line = connection.ReadLine(); !line.empty(); line = connection.ReadLine()) {
    const std::size_t colon = line.find(": ");
    answer.headers[absl::AsciiStrToLower(line.substr(0, colon))] = line.substr(colon + 2);
  }
  return {{"method", "GET"},
          {"uri", uri},
          {"media_type", kJson},
          {"body", ""},
          {"reply", {{"status_code", 200}, {"media_type", MediaType(answer)}}}};
}

// Imports and exports as streams; those of both kinds succeed, and one is cut off.
Json Stream(int port, const std::string& outdial) {
  const std::string targets = "/v1/outdials/" + outdial + "/targets";
  Json exchanges = Json::array();
  const std::string import = targets + "/import?region=US&on_duplicate=skip";
  exchanges.push_back(Import(port, import, kCsv,
                             "name,destination_0\nAnn,(212) 555-0123\nAnn,+1 212 555 0123\n"
                             "Eve,none\n"));
  exchanges.push_back(Import(port, import, kJsonLines,
                             "{\"destination_0\":\"(212) 555-0124\"}\n"
                             "{\"destination_0\":\"(212) 555-0124\"}\n{\"name\":1}\n"));
  for (const Json& exchange : exchanges) {
    const Json& imported = exchange["reply"]["data"];
    INFO(imported.dump());
    REQUIRE(exchange["reply"]["status_code"] == 200);
    REQUIRE(imported["rows"].size() == 2);
    CHECK(imported["rows"][0].contains("line"));
    CHECK(imported["rows"][0].contains("outdialtarget_id"));
    CHECK(imported["rows"][1].contains("field"));
  }
  exchanges.push_back(Import(port, import, kCsv, "name,destination_0\nBob\nEv", /*cut_off=*/true));
  const Json& error = exchanges.back()["reply"]["data"];
  INFO(error.dump());
  CHECK(error["details"][0].contains("created"));
  exchanges.push_back(Export(port, targets + "/export"));
  exchanges.push_back(Export(port, targets + "/export?format=jsonl"));
  return exchanges;
}

// What a daemon answers at paths that are no operations.
Json AskProcess(const DaemonProcess& daemon, const std::vector<std::string>& paths) {
  Json answers = Json::array();
  for (const std::string& path : paths) {
    Json answer = ToJson(AskOnce(daemon.port(), MakeRequest("GET", path)));
    answer["path"] = path;
    answers.push_back(std::move(answer));
  }
  return answers;
}

// Every operation fails, and so does all that is known to be bad.
void Fail(const Send& send, bool in_envelopes) {
  for (const router::Router::Operation& operation : router::Router::Operations()) {
    std::string uri(operation.pattern);
    if (const auto id = uri.find("{id}"); id != std::string::npos) uri.replace(id, 4, kUnknownId);
    uri += operation.changes ? "" : "?unknown=1";
    const Json reply = send(std::string(operation.method), uri, operation.changes ? "[]" : "");
    INFO(operation.method << " " << uri);
    CHECK(reply["status_code"] != 200);
  }
  const BadInputWorld world([&send](const std::string& method, const std::string& uri,
                                    const std::string& body) -> BadInputWorld::Answer {
    const Json reply = send(method, uri, body);
    return {reply["status_code"], reply["data"].dump()};
  });
  for (const BadInput& input : BadInputs()) {
    if (!in_envelopes || FitsIntoEnvelope(input)) CHECK(world.Check(input) == "");
  }
}

// Adds what a queue gets, up to what tells of the outdial of this name.
void ReadUntil(AmqpClient& client, const std::string& name, Json& messages) {
  do {
    const std::optional<AmqpDelivery> delivery = client.Receive();
    REQUIRE(delivery.has_value());
    messages.push_back(Json::parse(delivery->message.body));
  } while (messages.back().dump().find(name) == std::string::npos);
}

TEST_CASE_METHOD(DaemonFixture, "what the daemon says is what its API documents say") {
  AmqpClient events(vhost.address());
  events.DeclareExchange(kEventExchange, "fanout");
  const std::string event_queue = events.DeclareOwnQueue();
  events.Bind(event_queue, kEventExchange);
  events.Consume(event_queue, AmqpClient::Acknowledgement::kAutomatic);
  AmqpClient webhooks(vhost.address());
  webhooks.DeclareQueue(kWebhookQueue, /*durable=*/true);
  webhooks.Consume(kWebhookQueue, AmqpClient::Acknowledgement::kAutomatic);

  Json http = Json::array();
  const Send send_http = [&](const std::string& method, const std::string& uri,
                             const std::string& body) {
    const HttpAnswer answer = AskOnce(daemon->port(), MakeRequest(method, uri, body));
    http.push_back({{"method", method},
                    {"uri", uri},
                    {"media_type", kJson},
                    {"body", body},
                    {"reply", ToJson(answer)}});
    return http.back()["reply"];
  };
  Json amqp = Json::array();
  const Send send_amqp = [&](const std::string& method, const std::string& uri,
                             const std::string& body) {
    const std::string quoted = Json(uri).dump();
    const std::string envelope =
        MakeEnvelope(method, std::string_view(quoted).substr(1, quoted.size() - 2), body);
    amqp.push_back({{"method", method},
                    {"uri", uri},
                    {"media_type", kJson},
                    {"body", body},
                    {"envelope", Json::parse(envelope)},
                    {"reply", Json::parse(rpc.Call(envelope))}});
    return amqp.back()["reply"];
  };
  Succeed(send_http);
  Succeed(send_amqp);
  SucceedWithNulls(send_http);
  SucceedWithNulls(send_amqp);
  Fail(send_http, /*in_envelopes=*/false);
  Fail(send_amqp, /*in_envelopes=*/true);
  const Json streamed = Ask("POST", "/v1/outdials", {{"name", "streams"}});
  for (const Json& exchange : Stream(daemon->port(), streamed["id"])) http.push_back(exchange);
  Json announced = Json::array();
  // The event of a new outdial may overtake others, but not those that are sent with the one
  // before.
  for (const std::string name : {"the last but one", kLastName}) {
    Ask("POST", "/v1/outdials", {{"name", name}, {"customer_id", kCustomer}});
    ReadUntil(events, name, announced);
  }
  Json requested = Json::array();
  ReadUntil(webhooks, kLastName, requested);

  // Nothing listens on the port of this broker.
  const DaemonProcess unready(
      kManager, "sqlite::memory:", {"--rabbitmq_address", "amqp://guest:guest@127.0.0.1:1"});
  Json process =
      AskProcess(*daemon, {"/healthz", "/readyz", "/metrics", "/", "/page.css", "/page.js"});
  for (const Json& answer : AskProcess(unready, {"/readyz"})) process.push_back(answer);

  const Json recording = {
      {"operations", Operations()},
      {"errors", Errors()},
      {"process", process},
      {"http", http},
      {"amqp", amqp},
      {"events", announced},
      {"webhooks", requested},
      {"addresses",
       {{"requests", kRequestQueue}, {"events", kEventExchange}, {"webhooks", kWebhookQueue}}}};
  const std::string path = directory.Join("recording.json");
  std::ofstream(path) << recording.dump(-1, ' ', false, Json::error_handler_t::replace);
  const Finished judgement =
      RunToEnd({OUTDIAL_TEST_PYTHON, OUTDIAL_VALIDATE_API, path, OUTDIAL_API_DIR "/openapi.yaml",
                OUTDIAL_API_DIR "/asyncapi.yaml"});
  INFO(judgement.output << judgement.error_output);
  CHECK(judgement.exit_code == 0);
}

}  // namespace
}  // namespace outdial::test
