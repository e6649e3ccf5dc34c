// The daemon assembles whatever its settings name, and all of it gives the same answers.
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "manager.h"
#include "support/catch.h"
#include "support/servers.h"
#include "support/temporary_directory.h"

namespace outdial::test {
namespace {

struct Mix {
  const char* name;
  bool mysql;
  bool rabbitmq;
  bool http;
  bool redis;
};

constexpr Mix kMixes[] = {
    {"SQLite and HTTP", false, false, true, false},
    {"SQLite and RabbitMQ", false, true, false, false},
    {"SQLite, HTTP and Redis", false, false, true, true},
    {"MySQL and HTTP", true, false, true, false},
    {"MySQL and RabbitMQ", true, true, false, false},
    {"MySQL, RabbitMQ and Redis", true, true, false, true},
    {"SQLite, Redis and both transports", false, true, true, true},
    {"MySQL, Redis and both transports", true, true, true, true},
};

// The servers of a mix, and what a daemon is told of them.
class Servers {
 public:
  explicit Servers(const Mix& mix) {
    if (mix.mysql) database_.emplace();
    if (mix.rabbitmq) vhost_.emplace();
    settings_ = {
        .database_dsn = mix.mysql ? database_->dsn() : "sqlite:" + folder_.Join("outdial.db"),
        .rabbitmq_address = mix.rabbitmq ? vhost_->address() : "",
        .redis_address = mix.redis ? SharedRedisAddress() : "",
        .http = mix.http};
  }

  const ManagerSettings& settings() const { return settings_; }

 private:
  const TemporaryDirectory folder_;
  std::optional<TestDatabase> database_;
  std::optional<TestVhost> vhost_;
  ManagerSettings settings_;
};

const Json kNewTarget = {{"name", "party"},
                         {"destination_0", {{"type", "tel"}, {"target", "+15551230001"}}}};

TEST_CASE("any mix of database, cache and transports works") {
  for (const Mix& mix : kMixes) {
    DYNAMIC_SECTION(mix.name) {
      const Servers servers(mix);
      std::optional<Manager> manager(std::in_place, servers.settings());
      manager->WaitUntilReady();
      const std::string outdial_id = manager->Ask("POST", "/v1/outdials", {{"name", "list"}})["id"];
      const std::string list = "/v1/outdials/" + outdial_id;
      const std::string target_id = manager->Ask("POST", list + "/targets", kNewTarget)["id"];
      CHECK(manager->Ask("GET", list + "/available", {{"try_count_0", 1}}).size() == 1);
      const Json claimed =
          manager->Ask("POST", list + "/claim", {{"try_count_0", 1}, {"lease_seconds", 60}});
      REQUIRE(claimed.size() == 1);
      CHECK(claimed[0]["id"] == target_id);
      CHECK(claimed[0]["lease_until"].is_string());
      CHECK(manager->Ask("GET", list + "/available", {{"try_count_0", 1}}).empty());
      const std::string target = "/v1/outdialtargets/" + target_id;
      const Json reported = manager->Ask(
          "PUT", target + "/status",
          {{"status", "done"}, {"outdialtargetcall_id", claimed[0]["outdialtargetcall_id"]}});
      CHECK(reported["status"] == "done");
      CHECK(manager->Ask("GET", target) == reported);
      const Json calls = manager->Ask("GET", target + "/calls");
      REQUIRE(calls.size() == 1);
      CHECK(calls[0]["status"] == "done");

      if (mix.http && mix.rabbitmq) {
        for (const std::string& uri : {target, target + "/calls", list, list + "/nothing"}) {
          CHECK(manager->CallHttp("GET", uri) == manager->CallRabbitmq("GET", uri));
        }
      }
      CHECK(manager->daemon().Stop() == 0);
      manager.reset();

      Manager next(servers.settings());
      next.WaitUntilReady();
      CHECK(next.Ask("GET", target) == reported);
      CHECK(next.Ask("GET", list)["name"] == "list");
    }
  }
}

TEST_CASE("every change is announced where there is a broker, for each entity in order") {
  for (const Mix& mix : {kMixes[1], kMixes[5]}) {
    DYNAMIC_SECTION(mix.name) {
      const Servers servers(mix);
      AmqpClient listener(servers.settings().rabbitmq_address);
      // Before the daemon has ever run.
      listener.DeclareExchange(kEventExchange, "fanout");
      const std::string queue = listener.DeclareOwnQueue();
      listener.Bind(queue, kEventExchange);
      listener.Consume(queue, AmqpClient::Acknowledgement::kAutomatic);

      Manager manager(servers.settings());
      manager.WaitUntilReady();
      const std::string list =
          "/v1/outdials/" +
          manager.Ask("POST", "/v1/outdials", {{"name", "a"}})["id"].get<std::string>();
      manager.Ask("PUT", list, {{"name", "b"}});
      const std::string target =
          "/v1/outdialtargets/" +
          manager.Ask("POST", list + "/targets", kNewTarget)["id"].get<std::string>();
      manager.Ask("POST", target + "/progressing", Json::object());
      manager.Ask("DELETE", target);
      manager.Ask("DELETE", list);

      std::map<std::string, std::vector<std::string>> types;  // by entity
      for (int i = 0; i < 6; ++i) {
        const auto delivery = listener.Receive();
        REQUIRE(delivery.has_value());
        CHECK(delivery->message.delivery_mode == 2);
        const Json event = Json::parse(delivery->message.body);
        types[event["data"]["id"]].push_back(event["type"]);
      }
      CHECK(types[list.substr(list.rfind('/') + 1)] ==
            std::vector<std::string>{"outdial_created", "outdial_updated", "outdial_deleted"});
      CHECK(types[target.substr(target.rfind('/') + 1)] ==
            std::vector<std::string>{"outdialtarget_created", "outdialtarget_updated",
                                     "outdialtarget_deleted"});
    }
  }
}

}  // namespace
}  // namespace outdial::test
