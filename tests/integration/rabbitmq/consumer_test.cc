// Requests and replies, to the byte; messages that are none.
#include <optional>
#include <regex>
#include <string>
#include <vector>

#include "fixture.h"
#include "support/catch.h"
#include "support/wire_examples.h"

namespace outdial::test {
namespace {

using Acknowledgement = AmqpClient::Acknowledgement;

TEST_CASE_METHOD(BrokerFixture, "the recorded dialogue gets the recorded answers and events") {
  AmqpClient listener(vhost.address());
  listener.DeclareExchange(kEventExchange, "fanout");
  listener.DeclareQueue("events", /*durable=*/true);
  listener.Bind("events", kEventExchange);
  listener.DeclareQueue(kWebhookQueue, /*durable=*/true);
  const auto daemon = StartDaemon();
  RpcClient rpc(vhost.address());

  WireReplay replay;
  for (const WireExample& example : WireExamples()) {
    INFO(example.request);
    CHECK(replay.Compare(example.reply, rpc.Call(replay.Translate(example.request))) == "");
  }

  // Events of targets come in between; the recorded ones are those of the outdial.
  listener.Consume("events", Acknowledgement::kAutomatic);
  for (const std::string& recorded : EventExamples()) {
    INFO(recorded);
    std::optional<AmqpDelivery> event = listener.Receive();
    while (event.has_value() &&
           event->message.body.find("\"type\":\"outdialtarget_") != std::string::npos) {
      event = listener.Receive();
    }
    REQUIRE(event.has_value());
    CHECK(replay.Compare(recorded, event->message.body) == "");
    CHECK(event->message.content_type == "text/plain");
    CHECK(event->message.delivery_mode == 2);
    CHECK(event->message.reply_to == "");
    CHECK(event->routing_key == "");
    CHECK(event->exchange == kEventExchange);
  }

  AmqpClient webhooks(vhost.address());
  webhooks.Consume(kWebhookQueue, Acknowledgement::kAutomatic);
  for (const std::string& recorded : EventExamples()) {
    const std::optional<AmqpDelivery> webhook = webhooks.Receive();
    REQUIRE(webhook.has_value());
    CHECK(webhook->message.content_type == "text/plain");
    CHECK(webhook->message.delivery_mode == 2);
    CHECK(webhook->message.reply_to == "");
    // As recorded, from the event: that its bytes are in this order is part of the form.
    const Json event = Json::parse(recorded);
    const Json expected = {{"uri", "/v1/webhooks"},
                           {"method", "POST"},
                           {"publisher", "outdial-manager"},
                           {"data_type", "application/json"},
                           {"data",
                            {{"customer_id", event["data"]["customer_id"]},
                             {"data_type", "application/json"},
                             {"data", {{"type", event["type"]}, {"data", event["data"]}}}}}};
    CHECK(replay.Compare(expected.dump(), webhook->message.body) == "");
    CHECK(webhook->message.body.starts_with(
        R"({"uri":"/v1/webhooks","method":"POST","publisher":"outdial-manager",)"
        R"("data_type":"application/json","data":{"customer_id":"5e4a0680-804e-11ec-8477-2fea5968d85b",)"
        R"("data_type":"application/json","data":{"type":"outdial_)"));
  }
  CHECK(daemon->Stop() == 0);
}

TEST_CASE_METHOD(DaemonFixture, "a reply's envelope and properties") {
  rpc.Send(MakeEnvelope("POST", "/v1/outdials", R"({"name":"a"})"), "call-1");
  const auto created = rpc.Receive();
  REQUIRE(created.has_value());
  CHECK(created->message.content_type == "text/plain");
  CHECK(created->message.correlation_id == "call-1");
  CHECK(created->message.reply_to == "");
  CHECK(created->exchange == "");
  CHECK(created->routing_key == rpc.reply_to());
  const std::regex form(
      R"re(\{"status_code":200,"data_type":"application/json","data":\{"id":"[-0-9a-f]{36}","customer_id":"0{8}-0{4}-0{4}-0{4}-0{12}","campaign_id":"0{8}-0{4}-0{4}-0{4}-0{12}","name":"a","detail":"","data":"","tm_create":"[-0-9]{10}T[:0-9]{8}\.[0-9]{6}Z","tm_update":null,"tm_delete":null\}\})re");
  INFO(created->message.body);
  CHECK(std::regex_match(created->message.body, form));

  rpc.Send(MakeEnvelope("GET", "/v1/nothing"));
  const auto refused = rpc.Receive();
  REQUIRE(refused.has_value());
  CHECK(refused->message.correlation_id == "");
  CHECK(
      refused->message.body ==
      R"({"status_code":404,"data_type":"voipbin_error","data":{"status":"NOT_FOUND","reason":"URI_NOT_FOUND","domain":"outdial-manager","message":"There is no such URI."}})");
}

TEST_CASE_METHOD(DaemonFixture, "a request without reply_to is carried out and answered nobody") {
  rpc.client().Publish("", kRequestQueue,
                       {.body = MakeEnvelope("POST", "/v1/outdials", R"({"name":"quiet"})")});
  CHECK(Eventually([&] { return Ask("GET", "/v1/outdials?name=quiet").size() == 1; }));
  CHECK(rpc.client().QueueSize(kRequestQueue) == 0);
}

TEST_CASE_METHOD(DaemonFixture,
                 "every message with a reply_to is answered, and none ends anything") {
  const auto answer_to = [&](AmqpMessage message) {
    message.reply_to = rpc.reply_to();
    rpc.client().Publish("", kRequestQueue, message);
    const auto reply = rpc.Receive();
    REQUIRE(reply.has_value());
    const Json envelope = Json::parse(reply->message.body);
    CHECK(envelope["data_type"] == "voipbin_error");
    return envelope["status_code"].dump() + " " + envelope["data"]["reason"].get<std::string>();
  };
  CHECK(answer_to({.body = ""}) == "400 BODY_NOT_JSON");
  CHECK(answer_to({.body = "not JSON"}) == "400 BODY_NOT_JSON");
  CHECK(answer_to({.body = std::string("\0\xff\xfe", 3)}) == "400 BODY_NOT_JSON");
  CHECK(answer_to({.body = "null"}) == "400 WRONG_TYPE");
  CHECK(answer_to({.body = "[]"}) == "400 WRONG_TYPE");
  CHECK(answer_to({.body = R"({"uri":5,"method":"GET"})"}) == "400 WRONG_TYPE");
  CHECK(answer_to({.body = "{}"}) == "404 URI_NOT_FOUND");
  CHECK(answer_to({.body = std::string(100'000, '[')}) == "400 BODY_TOO_DEEP");
  CHECK(answer_to({.body = std::string(10'000'000, 'x')}) == "429 BODY_TOO_LARGE");
}

TEST_CASE_METHOD(DaemonFixture, "what a request says of its content type makes no difference") {
  for (const std::string content_type : {"", "application/json", "image/png", "\xff"}) {
    rpc.client().Publish("", kRequestQueue,
                         {.body = MakeEnvelope("GET", "/v1/outdials"),
                          .content_type = content_type,
                          .reply_to = rpc.reply_to()});
    const auto reply = rpc.Receive();
    REQUIRE(reply.has_value());
    CHECK(Json::parse(reply->message.body)["status_code"] == 200);
  }
}

TEST_CASE_METHOD(DaemonFixture, "messages that nobody can answer never stop the consumer") {
  AmqpClient& client = rpc.client();
  const std::string fine = MakeEnvelope("GET", "/v1/outdials");
  for (int i = 0; i < 20; ++i) {
    client.Publish("", kRequestQueue, {.body = ""});
    client.Publish("", kRequestQueue, {.body = "not JSON"});
    client.Publish("", kRequestQueue, {.body = std::string(1'200'000, 'x')});
    client.Publish("", kRequestQueue, {.body = fine, .reply_to = "no-such-queue"});
    client.Publish("", kRequestQueue,
                   {.body = fine, .reply_to = std::string(255, 'q'), .correlation_id = "c"});
  }
  CHECK(Call("GET", "/v1/outdials")["status_code"] == 200);
  CHECK(Eventually([&] { return client.QueueSize(kRequestQueue) == 0; }));
  // The connections are the same ones: nothing was delivered again, and nothing was told.
  CHECK(CountOf("Requests cannot be taken", daemon->process().error_output()) == 0);
  CHECK(daemon->Stop() == 0);
}

TEST_CASE_METHOD(DaemonFixture, "a message of 100 MB costs no memory") {
  const auto resident = [&] {
    const Finished status = RunToEnd(
        {"/bin/grep", "VmHWM", "/proc/" + std::to_string(daemon->process().pid()) + "/status"});
    return std::stol(status.output.substr(status.output.find_first_of("0123456789")));
  };
  Call("GET", "/v1/outdials");
  const long before = resident();
  rpc.Send(std::string(100'000'000, 'x'));
  const auto reply = rpc.Receive();
  REQUIRE(reply.has_value());
  CHECK(Json::parse(reply->message.body)["data"]["reason"] == "BODY_TOO_LARGE");
  INFO("before " << before << " KiB, after " << resident() << " KiB");
  CHECK(resident() - before < 20'000);
}

TEST_CASE_METHOD(BrokerFixture, "a reply that brokers would not take is replaced") {
  LocalApi local(path);
  // Each is six times as long in JSON.
  const std::string data(65'000, '\x01');
  for (int i = 0; i < 41; ++i) local.Ask("POST", "/v1/outdials", {{"data", data}});
  const auto daemon = StartDaemon();
  RpcClient rpc(vhost.address());
  const std::string refused = rpc.Call(MakeEnvelope("GET", "/v1/outdials?page_size=41"));
  CHECK(
      refused.substr(0, 1000) ==
      R"({"status_code":429,"data_type":"voipbin_error","data":{"status":"RESOURCE_EXHAUSTED","reason":"REPLY_TOO_LARGE","domain":"outdial-manager","message":"The reply is too large: ask for fewer."}})");
  CHECK(rpc.Call(MakeEnvelope("GET", "/v1/outdials?page_size=40")).size() > 15'500'000);
  CHECK(rpc.client().QueueSize(kRequestQueue) == 0);
  CHECK(daemon->Stop() == 0);
}

TEST_CASE_METHOD(DaemonFixture, "two daemons share one queue") {
  const auto other = StartDaemon();
  const int kRequests = 200;
  for (int i = 0; i < kRequests; ++i) {
    rpc.Send(MakeEnvelope("POST", "/v1/outdials", R"({"name":"shared"})"), std::to_string(i));
  }
  std::vector<bool> answered(kRequests, false);
  for (int i = 0; i < kRequests; ++i) {
    const auto reply = rpc.Receive();
    REQUIRE(reply.has_value());
    CHECK(Json::parse(reply->message.body)["status_code"] == 200);
    answered[std::stoul(reply->message.correlation_id)] = true;
  }
  CHECK(answered == std::vector<bool>(kRequests, true));
  CHECK(LocalApi(path).Ask("GET", "/v1/outdials?page_size=1000").size() == kRequests);
  CHECK(daemon->Stop() == 0);
  // The other one has the queue to itself now.
  CHECK(Call("GET", "/v1/outdials")["status_code"] == 200);
  CHECK(other->Stop() == 0);
}

TEST_CASE("requests are logged at debug only, with their ids") {
  DaemonFixture fixture({"--log_level", "debug"});
  fixture.rpc.Call(
      R"({"uri":"/v1/outdials","method":"GET","publisher":"p","data_type":"application/json","request_id":"r-17"})");
  CHECK(fixture.daemon->process().WaitForError("\"request_id\":\"r-17\""));
}

}  // namespace
}  // namespace outdial::test
