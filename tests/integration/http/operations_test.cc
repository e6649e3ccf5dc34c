// Every operation, over HTTP.
#include <set>
#include <string>
#include <utility>

#include "api.h"
#include "httplib.h"
#include "outdial/router/router.h"
#include "support/catch.h"
#include "support/wire_examples.h"

namespace outdial::test {
namespace {

using Operations = std::set<std::pair<std::string, std::string>>;

// Counts the operations that it sends.
class Recorder {
 public:
  explicit Recorder(Api& api) : api_(api) {}

  Json Ask(const std::string& method, const std::string& pattern, const std::string& id,
           const Json& body = nullptr, const std::string& query = {}) {
    sent_.emplace(method, pattern);
    std::string target = pattern;
    if (const std::size_t position = target.find("{id}"); position != std::string::npos) {
      target.replace(position, 4, id);
    }
    return api_.Ask(method, target + query, body);
  }

  const Operations& sent() const { return sent_; }

 private:
  Api& api_;
  Operations sent_;
};

TEST_CASE_METHOD(DaemonFixture, "every operation answers over HTTP") {
  Recorder operations(api);
  const std::string customer = "5e4a0680-804e-11ec-8477-2fea5968d85b";

  const Json outdial =
      operations.Ask("POST", "/v1/outdials", "", {{"name", "spring"}, {"customer_id", customer}});
  const std::string outdial_id = outdial["id"];
  CHECK(operations.Ask("GET", "/v1/outdials", "", nullptr, "?customer_id=" + customer) ==
        Json::array({outdial}));
  CHECK(operations.Ask("GET", "/v1/outdials/{id}", outdial_id) == outdial);
  CHECK(operations.Ask("PUT", "/v1/outdials/{id}", outdial_id, {{"name", "summer"}})["name"] ==
        "summer");
  CHECK(operations.Ask("PUT", "/v1/outdials/{id}/campaign_id", outdial_id,
                       {{"campaign_id", customer}})["campaign_id"] == customer);
  CHECK(operations.Ask("PUT", "/v1/outdials/{id}/data", outdial_id, {{"data", "{}"}})["data"] ==
        "{}");

  const Json destination = {{"type", "tel"}, {"target", "+15551230001"}};
  const Json target = operations.Ask("POST", "/v1/outdials/{id}/targets", outdial_id,
                                     {{"name", "Ann"}, {"destination_0", destination}});
  const std::string target_id = target["id"];
  CHECK(operations.Ask("GET", "/v1/outdials/{id}/targets", outdial_id) == Json::array({target}));
  CHECK(operations.Ask("GET", "/v1/outdialtargets/{id}", target_id) == target);
  CHECK(operations.Ask("GET", "/v1/outdials/{id}/available", outdial_id, nullptr,
                       "?try_count_0=1&limit=5") == Json::array({target}));
  CHECK(operations.Ask("GET", "/v1/outdials/{id}/available", outdial_id, {{"try_count_0", 1}}) ==
        Json::array({target}));
  CHECK(operations.Ask("GET", "/v1/outdials/{id}/available", outdial_id) == Json::array());

  CHECK(operations.Ask("GET", "/v1/outdials/{id}/progress", outdial_id, nullptr,
                       "?try_count_0=1")["dialable"] == 1);

  const Json progressing = operations.Ask("POST", "/v1/outdialtargets/{id}/progressing", target_id,
                                          {{"destination_index", 0}});
  CHECK(progressing["status"] == "progressing");
  CHECK(progressing["try_count_0"] == 1);
  CHECK(operations.Ask("POST", "/v1/outdialtargets/{id}/renew", target_id,
                       {{"lease_seconds", 60}})["status"] == "progressing");
  CHECK(operations.Ask("PUT", "/v1/outdialtargets/{id}/status", target_id,
                       {{"status", "idle"}})["status"] == "idle");
  const Json claimed = operations.Ask("POST", "/v1/outdials/{id}/claim", outdial_id,
                                      {{"try_count_0", 2}, {"lease_seconds", 60}});
  REQUIRE(claimed.size() == 1);
  CHECK(claimed[0]["id"] == target_id);
  CHECK(claimed[0]["destination_index"] == 0);
  CHECK(claimed[0]["lease_until"].is_string());

  const std::string call_id = claimed[0]["outdialtargetcall_id"];
  const Json call = operations.Ask("GET", "/v1/outdialtargetcalls/{id}", call_id);
  CHECK(call["outdial_target_id"] == target_id);
  CHECK(operations.Ask("GET", "/v1/outdialtargets/{id}/calls", target_id).size() == 2);
  CHECK(operations.Ask("PUT", "/v1/outdialtargetcalls/{id}", call_id,
                       {{"activeflow_id", customer}})["activeflow_id"] == customer);
  CHECK(operations.Ask("GET", "/v1/outdialtargetcalls", "", nullptr,
                       "?activeflow_id=" + customer)[0]["id"] == call_id);

  CHECK(operations.Ask("POST", "/v1/outdials/{id}/targets/import", outdial_id,
                       {{"targets", {Json::object()}}})["created"] == 1);
  CHECK(operations.Ask("DELETE", "/v1/outdialtargets/{id}", target_id)["tm_delete"].is_string());
  CHECK(operations.Ask("DELETE", "/v1/outdials/{id}", outdial_id)["tm_delete"].is_string());

  Operations known;
  for (const router::Router::Operation& operation : router::Router::Operations()) {
    known.emplace(operation.method, operation.pattern);
  }
  known.erase({"GET", "/v1/outdials/{id}/targets/export"});  // answers with a file
  CHECK(operations.sent() == known);
}

TEST_CASE_METHOD(DaemonFixture, "the recorded dialogue gets the recorded answers over HTTP") {
  // The client of the library that serves.
  httplib::Client client("127.0.0.1", daemon->port());
  client.set_keep_alive(true);
  client.set_url_encode(false);
  WireReplay replay;
  for (const WireExample& example : WireExamples()) {
    const Json envelope = Json::parse(replay.Translate(example.request));
    httplib::Request request;
    request.method = envelope["method"];
    request.path = envelope["uri"];
    if (envelope.contains("data")) request.body = envelope["data"].dump();
    const httplib::Result answer = client.send(request);
    INFO(example.request);
    REQUIRE(answer);
    CHECK(answer->get_header_value("Content-Type") == "application/json");
    const Json recorded = Json::parse(example.reply);
    const Json actual = {{"status_code", answer->status},
                         {"data_type", recorded["data_type"]},
                         {"data", Json::parse(answer->body)}};
    CHECK(replay.Compare(example.reply, actual.dump()) == "");
  }
}

TEST_CASE_METHOD(DaemonFixture, "health, readiness and metrics are told without a token") {
  CHECK(api.Send("GET", "/healthz").body == R"({"status":"ok"})");
  const HttpAnswer ready = api.Send("GET", "/readyz");
  CHECK(ready.status_code == 200);
  CHECK(ready.body == R"({"status":"ready"})");

  api.MakeOutdial();
  api.Send("GET", "/v1/nothing");
  const HttpAnswer metrics = api.Send("GET", "/metrics");
  CHECK(metrics.status_code == 200);
  CHECK(metrics.headers.at("content-type") == "text/plain; version=0.0.4; charset=utf-8");
  const std::string name = "outdial_manager_receive_request_process_time";
  CHECK(metrics.body.find("# TYPE " + name + " histogram\n") != std::string::npos);
  CHECK(metrics.body.find(name + R"(_count{method="POST",type="/outdials"} 1)") !=
        std::string::npos);
  CHECK(metrics.body.find(name + R"(_count{method="GET",type="notfound"} 1)") != std::string::npos);
  for (const std::string bucket : {"50", "100", "500", "1000", "3000", "+Inf"}) {
    CHECK(metrics.body.find(name + R"(_bucket{method="POST",type="/outdials",le=")" + bucket +
                            "\"} 1") != std::string::npos);
  }
  CHECK(metrics.body.find("outdial_manager_build_info{version=\"" + daemon->StartField("version") +
                          "\"} 1") != std::string::npos);
}

TEST_CASE_METHOD(DaemonFixture, "a wrong method is answered with those that the URI takes") {
  HttpAnswer answer = api.Send("DELETE", "/v1/outdials");
  CHECK(answer.status_code == 405);
  CHECK(ReasonOf(answer) == "METHOD_NOT_ALLOWED");
  CHECK(answer.headers.at("allow") == "GET, POST");
  for (const std::string path : {"/healthz", "/readyz", "/metrics"}) {
    answer = api.Send("POST", path, "{}");
    CHECK(answer.status_code == 405);
    CHECK(ReasonOf(answer) == "METHOD_NOT_ALLOWED");
    CHECK(answer.headers.at("allow") == "GET, HEAD");
  }
  for (const std::string method : {"PATCH", "OPTIONS", "TRACE", "HEAD"}) {
    INFO(method);
    answer = api.Send(method, "/v1/outdials");
    CHECK(answer.status_code == 405);
    CHECK(answer.headers.at("allow") == "GET, POST");
  }
}

}  // namespace
}  // namespace outdial::test
