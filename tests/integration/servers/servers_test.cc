// What other tests rely on: servers that can be stopped, killed and held, and keep what they have.
#include "support/servers.h"

#include <signal.h>

#include <memory>
#include <optional>
#include <stdexcept>
#include <string>

#include "support/catch.h"
#include "support/raw_http.h"

namespace outdial::test {
namespace {

bool Listens(int port) {
  try {
    RawConnection connection(port);
    return true;
  } catch (const std::runtime_error&) {
    return false;
  }
}

TEST_CASE("a database is where its DSN says, and gone with its object") {
  std::optional<TestDatabase> database(std::in_place);
  database->Query("create table t (a text)");
  database->Query("insert into t values ('x'), (null)");
  CHECK(database->Query("select a from t order by a is null") ==
        std::vector<TestDatabase::Row>{{"x"}, {std::nullopt}});
  CHECK_THROWS_AS(database->Query("select nothing from t"), std::runtime_error);
  CHECK(database->dsn().find("/" + database->name() + "?") != std::string::npos);

  TestDatabase other;
  const std::string find = "show databases like '" + database->name() + "'";
  CHECK(other.Query(find).size() == 1);
  database.reset();
  CHECK(other.Query(find).empty());
}

TEST_CASE("MariaDB keeps its port and its data") {
  MariadbServer server;
  server.Start();
  TestDatabase(server.port());
  std::optional<TestDatabase> database(std::in_place, server.port());
  database->Query("create table t (a int)");
  database->Query("insert into t values (7)");
  const std::string query = "select a from " + database->name() + ".t";
  for (const bool killed : {true, false}) {
    killed ? server.Kill() : server.Stop();
    CHECK_FALSE(Listens(server.port()));
    server.Start();
    CHECK(TestDatabase(server.port()).Query(query) == std::vector<TestDatabase::Row>{{"7"}});
  }
}

TEST_CASE("a Redis that is held answers once it is let go") {
  RedisServer server;
  server.Start();
  server.Freeze();
  RawConnection connection(server.port());
  connection.Send("PING\r\n");
  server.Thaw();
  CHECK(connection.ReadUntil("+PONG\r\n"));
  server.Kill();
  CHECK(connection.ReadsEnd());
  server.Start();
  CHECK(Listens(server.port()));
}

TEST_CASE("RabbitMQ keeps its port and its virtual hosts") {
  RabbitmqServer server;
  server.Start();
  REQUIRE(AskRabbitmqManagement(server.management_port(), "PUT", "/api/vhosts/kept").status_code ==
          201);
  for (const bool killed : {true, false}) {
    killed ? server.Kill() : server.Stop();
    CHECK_FALSE(Listens(server.port()));
    server.Start();
    CHECK(AskRabbitmqManagement(server.management_port(), "GET", "/api/vhosts/kept").status_code ==
          200);
  }
}

TEST_CASE("the servers of the run are there") {
  CHECK(Listens(std::stoi(SharedRedisAddress().substr(SharedRedisAddress().find(':') + 1))));
  const TestVhost vhost;
  CHECK(Listens(vhost.port()));
  CHECK(vhost.address().ends_with("/" + vhost.name()));
}

}  // namespace
}  // namespace outdial::test
