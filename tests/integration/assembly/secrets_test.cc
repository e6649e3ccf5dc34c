// Nothing that the daemon writes holds a secret, or says where its servers are.
#include <signal.h>

#include <string>
#include <vector>

#include "manager.h"
#include "support/catch.h"
#include "support/servers.h"

namespace outdial::test {
namespace {

constexpr char kToken[] = "the-http-token";
constexpr char kRedisPassword[] = "the-redis-password";
constexpr char kBrokerPassword[] = "the-broker-password";

void CheckSilence(const std::string& written, const std::vector<std::string>& secrets) {
  for (const std::string& secret : secrets) {
    INFO(secret << " is in: " << written);
    CHECK(written.find(secret) == std::string::npos);
  }
}

TEST_CASE("secrets stay secret while all goes well, and while nothing does") {
  RabbitmqServer rabbitmq;
  rabbitmq.Start();
  MariadbServer mariadb;
  mariadb.Start();
  RedisServer redis({"--requirepass", kRedisPassword});
  redis.Start();
  TestDatabase database(mariadb.port());
  const std::string user = R"({"password":")" + std::string(kBrokerPassword) + R"(","tags":""})";
  REQUIRE(AskRabbitmqManagement(rabbitmq.management_port(), "PUT", "/api/users/outdial", user)
              .status_code == 201);
  REQUIRE(AskRabbitmqManagement(rabbitmq.management_port(), "PUT", "/api/permissions/%2F/outdial",
                                R"({"configure":".*","write":".*","read":".*"})")
              .status_code == 201);
  const std::string level = GENERATE("debug", "info");
  const std::string broker =
      "outdial:" + std::string(kBrokerPassword) + "@127.0.0.1:" + std::to_string(rabbitmq.port());
  Manager manager(
      {.database_dsn = database.dsn(),
       .rabbitmq_address = "amqp://" + broker,
       .redis_address = redis.address(),
       .http = true,
       .more = {"--redis_password", kRedisPassword, "--http_token", kToken, "--log_level", level}});
  manager.WaitUntilReady();
  // The client of the test is somebody else.
  RpcClient client(rabbitmq.address());
  client.Call(MakeEnvelope("POST", "/v1/outdials", R"({"name":"a"})"));
  client.Call("rubbish");
  manager.CallHttp("GET", "/v1/outdials");  // without the token
  mariadb.Kill();
  redis.Kill();
  manager.WaitUntilMissing("database");
  std::string replies = client.Call(MakeEnvelope("GET", "/v1/outdials"));
  rabbitmq.Kill();
  manager.WaitUntilMissing("broker");
  replies += manager.Get("/readyz").body + manager.Get("/metrics").body;
  manager.daemon().process().Signal(SIGTERM);
  CHECK(manager.daemon().process().WaitForExit() == 0);

  const std::string written =
      replies + manager.daemon().process().output() + manager.daemon().process().error_output();
  CHECK(written.find("\"message\":\"stopped\"") != std::string::npos);
  CheckSilence(written, {kToken, kRedisPassword, kBrokerPassword, kMariadbPassword, "p%40ss",
                         database.name(), ":" + std::to_string(mariadb.port()),
                         ":" + std::to_string(redis.port()), ":" + std::to_string(rabbitmq.port()),
                         "select ", "insert "});
}

TEST_CASE("a password that is refused is not repeated") {
  RedisServer redis({"--requirepass", kRedisPassword});
  redis.Start();
  TestVhost vhost;
  TestDatabase database;
  std::string dsn = database.dsn();
  constexpr char kWrong[] = "the-wrong-password";
  dsn.replace(dsn.find(kMariadbPassword), std::string(kMariadbPassword).size(), kWrong);
  std::string broker = vhost.address();
  broker.replace(broker.find("guest@"), 5, kWrong);
  Manager manager({.database_dsn = dsn,
                   .rabbitmq_address = broker,
                   .redis_address = redis.address(),
                   .http = true,
                   .more = {"--redis_password", kWrong, "--log_level", "debug"}});
  manager.WaitUntilMissing("database");
  manager.WaitUntilMissing("broker");
  const Json reply = manager.CallHttp("GET", "/v1/outdials");
  CHECK(reply["status_code"] == 503);
  CHECK(manager.daemon().process().WaitForError("Redis is away"));
  CHECK(manager.daemon().Stop() == 0);
  CheckSilence(manager.daemon().process().error_output() + reply.dump(),
               {kWrong, kMariadbUser + std::string("'@"), database.name()});
}

}  // namespace
}  // namespace outdial::test
