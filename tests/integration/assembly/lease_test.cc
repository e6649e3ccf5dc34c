// Leases that run out are brought back by whichever daemon is there, and once each.
#include <chrono>
#include <map>
#include <string>
#include <vector>

#include "manager.h"
#include "support/catch.h"
#include "support/servers.h"

namespace outdial::test {
namespace {

TEST_CASE("leases are brought back once each, with two daemons at work") {
  constexpr int kTargets = 100;
  TestDatabase database;
  TestVhost vhost;
  AmqpClient listener(vhost.address());
  listener.DeclareExchange(kEventExchange, "fanout");
  const std::string queue = listener.DeclareOwnQueue();
  listener.Bind(queue, kEventExchange);
  listener.Consume(queue, AmqpClient::Acknowledgement::kAutomatic);
  const ManagerSettings settings{.database_dsn = database.dsn(),
                                 .rabbitmq_address = vhost.address(),
                                 .redis_address = SharedRedisAddress()};
  Manager first(settings);
  Manager second(settings);
  first.WaitUntilReady();
  second.WaitUntilReady();
  const std::string list =
      "/v1/outdials/" + first.Ask("POST", "/v1/outdials", Json::object())["id"].get<std::string>();
  for (int i = 0; i < kTargets; ++i) {
    first.Ask("POST", list + "/targets", {{"destination_0", {{"target", "+15551230001"}}}});
  }
  const Json claimed = first.Ask("POST", list + "/claim",
                                 {{"try_count_0", 1}, {"limit", kTargets}, {"lease_seconds", 1}});
  REQUIRE(claimed.size() == kTargets);
  CHECK(Eventually([&] {
    return first.Ask("GET", list + "/available", {{"try_count_0", 2}, {"limit", kTargets}})
               .size() == kTargets;
  }));
  for (const Json& target : claimed) {
    const std::string uri = "/v1/outdialtargets/" + target["id"].get<std::string>();
    const Json calls = second.Ask("GET", uri + "/calls");
    REQUIRE(calls.size() == 1);
    CHECK(calls[0]["status"] == "done");
    CHECK(second.Ask("GET", uri)["status"] == "idle");
  }
  // They publish what waits before they end.
  CHECK(first.daemon().Stop() == 0);
  CHECK(second.daemon().Stop() == 0);
  std::map<std::string, std::vector<std::string>> changes;  // the times of each target's events
  for (int i = 0; i < 1 + 3 * kTargets;) {
    const auto delivery = listener.Receive();
    REQUIRE(delivery.has_value());
    const Json event = Json::parse(delivery->message.body);
    const Json& time = event["data"]["tm_update"];
    std::vector<std::string>& times = changes[event["data"]["id"]];
    if (!times.empty() && times.back() == time.dump()) continue;  // sent again
    times.push_back(time.dump());
    ++i;
  }
  CHECK_FALSE(listener.Receive(std::chrono::milliseconds(0)).has_value());
  for (const Json& target : claimed) CHECK(changes[target["id"]].size() == 3);
}

}  // namespace
}  // namespace outdial::test
