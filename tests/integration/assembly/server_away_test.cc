// Servers that are not there when the daemon starts: it waits for them.
#include <string>

#include "manager.h"
#include "support/catch.h"
#include "support/servers.h"

namespace outdial::test {
namespace {

TEST_CASE("a broker that comes later is found") {
  RabbitmqServer rabbitmq;
  TestDatabase database;
  Manager manager({.database_dsn = database.dsn(),
                   .rabbitmq_address = rabbitmq.address(),
                   .redis_address = SharedRedisAddress()});
  manager.WaitUntilMissing("broker");
  CHECK(manager.Get("/healthz").status_code == 200);
  rabbitmq.Start();
  manager.WaitUntilReady();
  CHECK(manager.Ask("GET", "/v1/outdials").is_array());
}

TEST_CASE("a database that comes later is found") {
  MariadbServer mariadb;
  mariadb.Start();
  TestDatabase database(mariadb.port());
  Manager({.database_dsn = database.dsn(), .http = true}).WaitUntilReady();
  mariadb.Stop();
  TestVhost vhost;
  Manager manager(
      {.database_dsn = database.dsn(), .rabbitmq_address = vhost.address(), .migrate = false});
  manager.WaitUntilMissing("database");
  REQUIRE(
      Eventually([&] { return manager.Get("/readyz").body.find("broker") == std::string::npos; }));
  const Json refused = manager.CallRabbitmq("GET", "/v1/outdials");
  CHECK(refused["status_code"] == 503);
  CHECK(refused["data"]["reason"] == "DATABASE_UNAVAILABLE");
  mariadb.Start();
  manager.WaitUntilReady();
  CHECK(manager.Ask("GET", "/v1/outdials").is_array());
  CHECK(manager.daemon().Stop() == 0);
}

TEST_CASE("a Redis that comes later is used") {
  RedisServer redis;
  TestDatabase database;
  Manager manager({.database_dsn = database.dsn(), .redis_address = redis.address(), .http = true});
  manager.WaitUntilReady();  // it is not needed
  const std::string uri =
      "/v1/outdials/" +
      manager.Ask("POST", "/v1/outdials", {{"name", "a"}})["id"].get<std::string>();
  redis.Start();
  const std::string hit = "outdial_manager_cache_hits_total{entity=\"outdial\"} ";
  CHECK(Eventually([&] {
    manager.Ask("GET", uri);
    const std::string metrics = manager.Get("/metrics").body;
    const std::size_t position = metrics.find(hit);
    return position != std::string::npos && metrics[position + hit.size()] != '0';
  }));
}

}  // namespace
}  // namespace outdial::test
