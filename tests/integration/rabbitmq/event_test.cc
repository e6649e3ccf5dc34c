// Events of the daemon, from the commit to whoever listens.
#include <list>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "fixture.h"
#include "support/catch.h"

namespace outdial::test {
namespace {

constexpr char kCustomer[] = "5e4a0680-804e-41ec-8477-2fea5968d85b";

struct Listener {
  explicit Listener(const std::string& address) : client(address) {
    client.DeclareExchange(kEventExchange, "fanout");
    client.DeclareQueue("events", /*durable=*/true);
    client.Bind("events", kEventExchange);
    client.Consume("events", AmqpClient::Acknowledgement::kAutomatic);
  }

  Json Next() {
    const std::optional<AmqpDelivery> event = client.Receive();
    if (!event.has_value()) throw std::runtime_error("no event");
    return Json::parse(event->message.body);
  }

  AmqpClient client;
};

TEST_CASE_METHOD(BrokerFixture, "the events of an entity come in the order of its changes") {
  Listener listener(vhost.address());
  const auto daemon = StartDaemon();
  struct Client {
    explicit Client(const std::string& address) : rpc(address) {}
    RpcClient rpc;
    std::string id;
  };
  std::list<Client> clients;
  constexpr int kClients = 4;
  constexpr int kChanges = 50;
  for (int i = 0; i < kClients; ++i) {
    Client& client = clients.emplace_back(vhost.address());
    client.id =
        Json::parse(client.rpc.Call(MakeEnvelope("POST", "/v1/outdials", "{}")))["data"]["id"];
  }
  for (int change = 0; change < kChanges; ++change) {
    const std::string number = std::to_string(change);
    for (Client& client : clients) {
      client.rpc.Send(
          MakeEnvelope("PUT", "/v1/outdials/" + client.id, R"({"name":")" + number + "\"}"),
          number);
    }
    for (Client& client : clients) REQUIRE(client.rpc.Receive().has_value());
  }
  std::map<std::string, int> seen;
  for (int i = 0; i < kClients; ++i) CHECK(listener.Next()["type"] == "outdial_created");
  for (int i = 0; i < kClients * kChanges; ++i) {
    const Json event = listener.Next();
    CHECK(event["type"] == "outdial_updated");
    CHECK(event["data"]["name"] == std::to_string(seen[event["data"]["id"]]++));
  }
  CHECK(daemon->Stop() == 0);
}

TEST_CASE_METHOD(DaemonFixture, "each change announces itself; what is no change does not") {
  Listener listener(vhost.address());
  const std::string outdial = Ask("POST", "/v1/outdials", Json::object())["id"];
  const std::string uri = "/v1/outdials/" + outdial;
  const std::string target =
      Ask("POST", uri + "/targets", {{"destination_0", {{"target", "+1"}}}})["id"];
  const std::string target_uri = "/v1/outdialtargets/" + target;
  Ask("POST", uri + "/claim", {{"try_count_0", 1}, {"lease_seconds", 60}});
  Ask("POST", target_uri + "/renew", {{"lease_seconds", 60}});
  Ask("PUT", target_uri + "/status", {{"status", "idle"}});
  Ask("DELETE", target_uri);
  Ask("DELETE", target_uri);
  Ask("DELETE", uri);
  Ask("DELETE", uri);
  const std::string last = Ask("POST", "/v1/outdials", Json::object())["id"];
  // In order for each entity.
  std::map<std::string, std::vector<std::string>> announced;
  for (int i = 0; i < 7; ++i) {
    const Json event = listener.Next();
    announced[event["data"]["id"]].push_back(event["type"]);
  }
  CHECK(announced[outdial] == std::vector<std::string>{"outdial_created", "outdial_deleted"});
  CHECK(announced[target] ==
        std::vector<std::string>{"outdialtarget_created", "outdialtarget_updated",
                                 "outdialtarget_updated", "outdialtarget_deleted"});
  CHECK(announced[last] == std::vector<std::string>{"outdial_created"});
}

TEST_CASE_METHOD(DaemonFixture, "an expired lease is announced") {
  Listener listener(vhost.address());
  const std::string outdial = Ask("POST", "/v1/outdials", Json::object())["id"];
  Ask("POST", "/v1/outdials/" + outdial + "/targets", {{"destination_0", {{"target", "+1"}}}});
  Ask("POST", "/v1/outdials/" + outdial + "/claim", {{"try_count_0", 1}, {"lease_seconds", 1}});
  CHECK(listener.Next()["type"] == "outdial_created");
  CHECK(listener.Next()["type"] == "outdialtarget_created");
  CHECK(listener.Next()["data"]["status"] == "progressing");
  CHECK(listener.Next()["data"]["status"] == "idle");
}

TEST_CASE_METHOD(DaemonFixture, "webhook requests go out for the outdials of a customer") {
  AmqpClient webhooks(vhost.address());
  webhooks.DeclareQueue(kWebhookQueue, /*durable=*/true);
  webhooks.Consume(kWebhookQueue, AmqpClient::Acknowledgement::kAutomatic);
  Ask("POST", "/v1/outdials", {{"name", "nobody's"}});
  const std::string outdial =
      Ask("POST", "/v1/outdials", {{"name", "theirs"}, {"customer_id", kCustomer}})["id"];
  Ask("POST", "/v1/outdials/" + outdial + "/targets", {{"destination_0", {{"target", "+1"}}}});
  Ask("DELETE", "/v1/outdials/" + outdial);
  for (const std::string type : {"outdial_created", "outdial_deleted"}) {
    const auto webhook = webhooks.Receive();
    REQUIRE(webhook.has_value());
    const Json data = Json::parse(webhook->message.body)["data"];
    CHECK(data["customer_id"] == kCustomer);
    CHECK(data["data"]["type"] == type);
    CHECK(data["data"]["data"]["id"] == outdial);
  }
  CHECK(daemon->Stop() == 0);
  CHECK(CountOf("Webhook requests are dropped", daemon->process().error_output()) == 0);
}

TEST_CASE_METHOD(DaemonFixture, "webhook requests without a queue are dropped, with one warning") {
  Listener listener(vhost.address());
  for (int i = 0; i < 3; ++i) Ask("POST", "/v1/outdials", {{"customer_id", kCustomer}});
  for (int i = 0; i < 3; ++i) CHECK(listener.Next()["type"] == "outdial_created");
  CHECK(daemon->Stop() == 0);
  CHECK(CountOf("Webhook requests are dropped", daemon->process().error_output()) == 1);
}

TEST_CASE_METHOD(BrokerFixture, "nothing is announced with --events off") {
  Listener listener(vhost.address());
  {
    const auto daemon = StartDaemon({"--events", "off"});
    RpcClient(vhost.address()).Call(MakeEnvelope("POST", "/v1/outdials", "{}"));
    CHECK(daemon->Stop() == 0);
  }
  const auto daemon = StartDaemon();
  RpcClient(vhost.address()).Call(MakeEnvelope("POST", "/v1/outdials", R"({"name":"heard"})"));
  CHECK(listener.Next()["data"]["name"] == "heard");
}

TEST_CASE_METHOD(BrokerFixture, "what was committed last is announced before the daemon ends") {
  AmqpClient client(vhost.address());
  client.DeclareExchange(kEventExchange, "fanout");
  client.DeclareQueue("events", /*durable=*/true);
  client.Bind("events", kEventExchange);
  const auto daemon = StartDaemon();
  RpcClient rpc(vhost.address());
  const int kRequests = 200;
  for (int i = 0; i < kRequests; ++i) {
    rpc.Send(MakeEnvelope("POST", "/v1/outdials", "{}"), std::to_string(i));
  }
  for (int i = 0; i < kRequests; ++i) REQUIRE(rpc.Receive().has_value());
  CHECK(daemon->Stop() == 0);
  CHECK(client.QueueSize("events") == kRequests);
}

}  // namespace
}  // namespace outdial::test
