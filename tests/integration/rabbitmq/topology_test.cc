// What is declared on the broker, and what happens where that is not possible.
#include <cstdlib>
#include <string>

#include "fixture.h"
#include "interceptor.h"
#include "support/catch.h"

namespace outdial::test {
namespace {

constexpr char kDelayExchange[] = "bin-manager.delay";
constexpr char kNotDeclared[] = "Something could not be declared on the broker";

struct TopologyFixture : BrokerFixture {
  // Of the management API, below this virtual host.
  ManagementAnswer Ask(const std::string& method, const std::string& kind, const std::string& name,
                       const std::string& body = {}) {
    return AskRabbitmqManagement(std::stoi(std::getenv(kRabbitmqManagementPortVariable)), method,
                                 "/api/" + kind + "/" + vhost.name() + "/" + name, body);
  }

  std::string Serves() {
    return Json::parse(
               RpcClient(vhost.address()).Call(MakeEnvelope("GET", "/v1/outdials")))["status_code"]
        .dump();
  }
};

TEST_CASE_METHOD(TopologyFixture, "the queue and the event exchange are made") {
  const auto daemon = StartDaemon();
  const Json queue = Json::parse(Ask("GET", "queues", kRequestQueue).body);
  CHECK(queue["durable"] == true);
  CHECK(queue["exclusive"] == false);
  CHECK(queue["auto_delete"] == false);
  // RabbitMQ 4 names the default type.
  const Json classic = {{"x-queue-type", "classic"}};
  CHECK((queue["arguments"].empty() || queue["arguments"] == classic));
  // Whoever declares it otherwise is refused.
  CHECK_NOTHROW(AmqpClient(vhost.address()).DeclareExchange(kEventExchange, "fanout"));
  CHECK_THROWS(AmqpClient(vhost.address()).DeclareExchange(kEventExchange, "topic"));
}

TEST_CASE_METHOD(TopologyFixture, "each worker is a consumer of the queue, under one tag") {
  Interceptor interceptor(vhost.port());
  interceptor.CutOff(Interceptor::From::kConsume);
  const auto daemon = StartDaemon({"--workers", "4"}, interceptor.AddressIn(vhost));
  REQUIRE(interceptor.WaitUntilCutOff());
  const std::string tag = "outdial-manager";
  CHECK(interceptor.kept().find(kRequestQueue + std::string(1, static_cast<char>(tag.size())) +
                                tag) != std::string::npos);
  // The one that was cut off waits for its answer.
  AmqpClient client(vhost.address());
  CHECK(Eventually([&] { return client.ConsumerCount(kRequestQueue) == 3; }));
  interceptor.EndConnections();
  CHECK(Eventually([&] { return client.ConsumerCount(kRequestQueue) == 4; }));
}

// The broker of the tests has no plugin for it.
TEST_CASE_METHOD(TopologyFixture, "a broker that does not know the delay exchange is one warning") {
  const auto daemon = StartDaemon({"--workers", "4"});
  CHECK(Serves() == "200");
  CHECK(Ask("GET", "exchanges", kDelayExchange).status_code == 404);
  CHECK(daemon->Stop() == 0);
  const std::string log = daemon->process().error_output();
  CHECK(CountOf(kNotDeclared, log) == 1);
  CHECK(CountOf(kDelayExchange, log) == 1);
  CHECK(CountOf("Requests cannot be taken", log) == 0);
}

TEST_CASE_METHOD(TopologyFixture, "a delay exchange of another type is one warning") {
  AmqpClient client(vhost.address());
  client.DeclareExchange(kDelayExchange, "topic");
  const auto daemon = StartDaemon();
  CHECK(Serves() == "200");
  CHECK(daemon->Stop() == 0);
  CHECK(CountOf(kNotDeclared, daemon->process().error_output()) == 1);
}

TEST_CASE_METHOD(TopologyFixture, "a queue and an exchange of another kind are used as they are") {
  AmqpClient client(vhost.address());
  client.DeclareExchange(kEventExchange, "topic");
  client.DeclareQueue("events", /*durable=*/true);
  client.Bind("events", kEventExchange);
  REQUIRE(
      Ask("PUT", "queues", kRequestQueue, R"({"durable":true,"arguments":{"x-max-length":1000}})")
          .status_code == 201);
  const auto daemon = StartDaemon({"--workers", "4"});
  RpcClient rpc(vhost.address());
  CHECK(Json::parse(rpc.Call(MakeEnvelope("POST", "/v1/outdials", "{}")))["status_code"] == 200);
  CHECK(Eventually([&] { return client.QueueSize("events") == 1; }));
  CHECK(daemon->Stop() == 0);
  const std::string log = daemon->process().error_output();
  // Those two by the workers, the exchange once more by the publisher, and the delay exchange.
  CHECK(CountOf(kNotDeclared, log) == 4);
  // RabbitMQ 4 says so of a delay exchange whose type it does not know, too.
  CHECK(CountOf("406 PRECONDITION_FAILED", log) >= 3);
  CHECK(CountOf("Requests cannot be taken", log) == 0);
}

TEST_CASE_METHOD(TopologyFixture, "a queue that is deleted under the daemon is made again") {
  const auto daemon = StartDaemon({"--workers", "4"});
  AmqpClient client(vhost.address());
  // Not before: a broker that deletes a queue while somebody declares it may keep a queue that no
  // message reaches.
  REQUIRE(Eventually([&] { return client.ConsumerCount(kRequestQueue) == 4; }));
  REQUIRE(Ask("DELETE", "queues", kRequestQueue).status_code == 204);
  REQUIRE(Eventually([&] { return Ask("GET", "queues", kRequestQueue).status_code == 200; }));
  CHECK(Serves() == "200");
  CHECK(daemon->Stop() == 0);
}

}  // namespace
}  // namespace outdial::test
