// A server that is away, comes back, hangs, or has no room.
#include <memory>
#include <string>
#include <vector>

#include "contract/suite/values.h"
#include "integration/mysql/mysql_services.h"
#include "support/catch.h"
#include "support/eventually.h"
#include "support/mysql_database.h"
#include "support/servers.h"

namespace outdial {
namespace {

using contract::Must;
using contract::Outcome;

class OutageTest {
 public:
  mysql::Settings SettingsFor(const std::string& database) const {
    mysql::Settings settings = test::SettingsOf(server.Dsn(database));
    settings.timeout = absl::Seconds(1);
    settings.connect_timeout = absl::Seconds(1);
    settings.read_timeout = absl::Seconds(1);
    return settings;
  }

  void CreateDatabase() {
    test::DatabaseConnection(server.port(), "").Query("create database outdial");
    REQUIRE(Outcome(mysql::Migrate(SettingsFor("outdial"))) == "OK");
  }

  test::MariadbServer server{{"--max-connections=10"}};
};

TEST_CASE_METHOD(OutageTest,
                 "MySQL: a server that is away is unavailable, and needed when it is back") {
  const mysql::Settings settings = SettingsFor("outdial");
  MysqlServices mysql(settings);
  CHECK(Outcome(mysql.services.outdials.Create({})) == "DATABASE_UNAVAILABLE");
  CHECK(Outcome(mysql.database->Ping()) == "DATABASE_UNAVAILABLE");
  CHECK(Outcome(mysql::Migrate(settings)) == "DATABASE_UNAVAILABLE");
  CHECK(Outcome(mysql::ListMigrations(settings)) == "DATABASE_UNAVAILABLE");
  CHECK(Outcome(mysql::OpenRelayLock(settings)->TryHold()) == "DATABASE_UNAVAILABLE");

  server.Start();
  CHECK(Outcome(mysql.services.outdials.Create({})) == "DATABASE_UNAVAILABLE");  // no database
  CreateDatabase();
  const Outdial outdial = Must(mysql.services.outdials.Create({}));

  for (const bool killed : {false, true}) {
    killed ? server.Kill() : server.Stop();
    CHECK(Outcome(mysql.services.outdials.Get(outdial.id())) == "DATABASE_UNAVAILABLE");
    CHECK(Outcome(mysql.services.outdials.Create({})) == "DATABASE_UNAVAILABLE");
    CHECK(Outcome(mysql.database->Ping()) == "DATABASE_UNAVAILABLE");
    server.Start();
    CHECK(Outcome(mysql.database->Ping()) == "OK");
    CHECK(Must(mysql.services.outdials.Get(outdial.id())) == outdial);
    CHECK(Outcome(mysql.services.outdials.Create({})) == "OK");
  }
  CHECK(mysql.database->pool_stats().reconnects >= 2);
}

TEST_CASE_METHOD(OutageTest, "MySQL: nobody notices a server that was started again in between") {
  server.Start();
  CreateDatabase();
  MysqlServices mysql(SettingsFor("outdial"));
  const Outdial outdial = mysql.CreateOutdial();
  server.Stop();
  server.Start();
  CHECK(Outcome(mysql.services.targets.Create(outdial.id(), {})) == "OK");
  CHECK(Must(mysql.services.outdials.Get(outdial.id())) == outdial);
}

TEST_CASE_METHOD(OutageTest, "MySQL: a server that hangs is given up, and used when it goes on") {
  server.Start();
  CreateDatabase();
  const mysql::Settings settings = SettingsFor("outdial");
  MysqlServices mysql(settings);
  const Outdial outdial = mysql.CreateOutdial();
  const auto lock = mysql::OpenRelayLock(settings);
  REQUIRE(Must(lock->TryHold()));

  server.Freeze();
  CHECK(Outcome(mysql.services.outdials.Get(outdial.id())) == "DATABASE_UNAVAILABLE");
  CHECK(Outcome(mysql.services.outdials.Create({})) == "DATABASE_UNAVAILABLE");
  CHECK(Outcome(mysql.database->Ping()) == "DATABASE_UNAVAILABLE");
  CHECK(Outcome(lock->TryHold()) == "DATABASE_UNAVAILABLE");
  CHECK(Outcome(mysql::ListMigrations(settings)) == "DATABASE_UNAVAILABLE");
  server.Thaw();
  CHECK(Must(mysql.services.outdials.Get(outdial.id())) == outdial);
  CHECK(Outcome(mysql.services.outdials.Create({})) == "OK");
}

TEST_CASE_METHOD(OutageTest, "MySQL: a server without room for more connections is unavailable") {
  server.Start();
  CreateDatabase();
  MysqlServices mysql(SettingsFor("outdial"));
  std::vector<std::unique_ptr<test::DatabaseConnection>> others;
  try {
    for (int i = 0; i < 100; ++i) {
      others.push_back(std::make_unique<test::DatabaseConnection>(server.port(), ""));
    }
  } catch (const std::runtime_error&) {  // it is full
  }
  // The last one is kept for an administrator.
  CHECK(Outcome(mysql.services.outdials.Create({})) == "DATABASE_UNAVAILABLE");
  others.clear();
  const auto deadline = std::chrono::steady_clock::now() + test::kPatience;
  while (!mysql.database->Ping().ok() && std::chrono::steady_clock::now() < deadline) {
  }
  CHECK(Outcome(mysql.services.outdials.Create({})) == "OK");
}

TEST_CASE_METHOD(OutageTest,
                 "MySQL: a connection to a server that may not be written any more is not kept") {
  server.Start();
  CreateDatabase();
  test::DatabaseConnection admin(server.port(), "");
  admin.Query("create user writer identified by 'writes'");
  admin.Query("grant all on outdial.* to writer");
  mysql::Settings settings = SettingsFor("outdial");
  settings.user = "writer";
  settings.password = "writes";
  MysqlServices mysql(settings);
  const auto lock = mysql::OpenRelayLock(settings);
  const Outdial outdial = mysql.CreateOutdial();
  REQUIRE(Must(lock->TryHold()));

  admin.Query("set global read_only = 1");
  CHECK(Outcome(mysql.services.outdials.Create({})) == "DATABASE_UNAVAILABLE");
  CHECK(Outcome(lock->TryHold()) == "DATABASE_UNAVAILABLE");
  CHECK(test::Eventually([&] {
    return admin.Query("select 1 from information_schema.processlist where user = 'writer'")
        .empty();
  }));
  CHECK(Must(mysql.services.outdials.Get(outdial.id())) == outdial);

  // A change makes one connection more, and ends no other one.
  const auto connections = [&] {
    return std::stoll(admin.Query("show global status like 'Connections'").at(0).at(1).value());
  };
  const auto before = connections();
  constexpr int kChanges = 10;
  for (int i = 0; i < kChanges; ++i) {
    CHECK(Outcome(mysql.services.outdials.Create({})) == "DATABASE_UNAVAILABLE");
    CHECK(Must(mysql.services.outdials.Get(outdial.id())) == outdial);
  }
  CHECK(connections() - before == kChanges);

  admin.Query("set global read_only = 0");
  CHECK(Outcome(mysql.services.outdials.Create({})) == "OK");
  CHECK(Must(lock->TryHold()));
}

TEST_CASE_METHOD(OutageTest, "MySQL: passwords and names of databases hold any character") {
  server.Start();
  test::DatabaseConnection admin(server.port(), "");
  admin.Query("set names utf8mb4");
  admin.Query("create database `any name's`");
  mysql::Settings settings = SettingsFor("any name's");
  for (const std::string& password :
       std::vector<std::string>{"p@ss:w/rd", "with space", " ", "quote's", "double\"quote",
                                "back\\slash", "\\", "'", "''", "a=b", "user=root host=x",
                                "a@tcp(b:1)/c?d=e", "p\u00e4ss\U0001F4DE", "%41", "", "#;--"}) {
    CAPTURE(password);
    std::string quoted;
    for (const char c : password) {
      if (c == '\'' || c == '\\') quoted += '\\';
      quoted += c;
    }
    admin.Query("set password = password('" + quoted + "')");
    settings.password = password;
    CHECK(Outcome(mysql::ListMigrations(settings)) == "OK");
    settings.password += "x";
    CHECK(Outcome(mysql::ListMigrations(settings)) == "DATABASE_UNAVAILABLE");
  }
}

TEST_CASE("MySQL: what is no database is unavailable") {
  const test::EmptyMysqlDatabase database;
  mysql::Settings settings = database.settings();
  SECTION("no such database") { settings.database = "nowhere"; }
  SECTION("another password") { settings.password = "another"; }
  SECTION("no such host") { settings.host = "host.invalid"; }
  SECTION("no such socket") { settings.unix_socket = "/nowhere/at/all"; }
  SECTION("encryption that the server has not") { settings.tls = mysql::Tls::kUnverified; }
  const absl::Status status = mysql::ListMigrations(settings).status();
  CHECK(Outcome(status) == "DATABASE_UNAVAILABLE");
  for (const std::string& secret : {settings.host, settings.database, settings.user,
                                    settings.password, std::string("nowhere")}) {
    CHECK(std::string(status.message()).find(secret) == std::string::npos);
  }
}

}  // namespace
}  // namespace outdial
