// The daemon, the real program, on a MySQL database.
#include <signal.h>

#include <chrono>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "outdial/mysql/database.h"
#include "support/catch.h"
#include "support/daemon_process.h"
#include "support/eventually.h"
#include "support/mysql_database.h"
#include "support/process.h"
#include "support/raw_http.h"
#include "support/servers.h"

namespace outdial::test {
namespace {

constexpr char kManager[] = OUTDIAL_BIN_DIR "/outdial-manager";

HttpAnswer Request(const DaemonProcess& daemon, const std::string& method, const std::string& path,
                   const std::string& body = {}) {
  return AskOnce(daemon.port(), MakeRequest(method, path, body));
}

// Asks until the daemon says that it is ready.
bool BecomesReady(const DaemonProcess& daemon) {
  return Eventually([&] { return Request(daemon, "GET", "/readyz").status_code == 200; });
}

bool Contains(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

TEST_CASE("daemon on MySQL: answers") {
  const EmptyMysqlDatabase database;
  DaemonProcess daemon(kManager, database.dsn());
  const HttpAnswer created = Request(daemon, "POST", "/v1/outdials", R"({"name":"spring"})");
  CHECK(created.status_code == 200);
  CHECK(Contains(created.body, R"("name":"spring")"));
  CHECK(Request(daemon, "GET", "/readyz").status_code == 200);
  CHECK(daemon.Stop() == 0);
}

TEST_CASE("daemon on MySQL: a migration that is missing is one line, and exit code 3") {
  TestDatabase database;
  const std::vector<std::string> command = {kManager,       "--database_dsn",
                                            database.dsn(), "--http_listen_address",
                                            "127.0.0.1:0",  "--prometheus_listen_address",
                                            "none"};
  const Finished refused = RunToEnd(command);
  INFO(refused.error_output);
  CHECK(refused.exit_code == 3);
  CHECK(refused.error_output.find('\n') == refused.error_output.size() - 1);
  CHECK(Contains(refused.error_output, "0001_tables"));
  CHECK(Contains(refused.error_output, "database migrate"));
  CHECK(Contains(refused.error_output, "--database_migrate"));

  SECTION("until it is told to apply it") {
    DaemonProcess daemon(kManager, database.dsn(), {"--database_migrate"});
    CHECK(BecomesReady(daemon));
    CHECK(Request(daemon, "POST", "/v1/outdials", "{}").status_code == 200);
    CHECK(daemon.Stop() == 0);
    DaemonProcess again(kManager, database.dsn(), {"--database_migrate"});
    CHECK(BecomesReady(again));
    CHECK(again.Stop() == 0);
  }
  SECTION("as one that it does not know") {
    REQUIRE(mysql::Migrate(SettingsOf(database.dsn())).ok());
    database.Query("insert into outdial_schema_migrations values (1000, 'x', 'y', now())");
    const Finished newer = RunToEnd(command);
    CHECK(newer.exit_code == 3);
    CHECK(Contains(newer.error_output, "newer version"));
  }
}

TEST_CASE("daemon on MySQL: waits for a server that is away, and refuses requests until then") {
  MariadbServer server;
  const bool migrate = GENERATE(false, true);
  std::vector<std::string> arguments;
  if (migrate) arguments.emplace_back("--database_migrate");
  DaemonProcess daemon(kManager, server.Dsn("outdial"), arguments);
  CHECK(Request(daemon, "GET", "/healthz").status_code == 200);
  const HttpAnswer unready = Request(daemon, "GET", "/readyz");
  CHECK(unready.status_code == 503);
  CHECK(Contains(unready.body, "database"));
  const HttpAnswer refused = Request(daemon, "POST", "/v1/outdials", "{}");
  CHECK(refused.status_code == 503);
  CHECK(Contains(refused.body, "DATABASE_UNAVAILABLE"));
  CHECK(daemon.process().WaitForError("the database does not answer"));

  server.Start();
  DatabaseConnection(server.port(), "").Query("create database outdial");
  if (migrate) {
    CHECK(BecomesReady(daemon));
    CHECK(Request(daemon, "POST", "/v1/outdials", "{}").status_code == 200);
    CHECK(daemon.Stop() == 0);
  } else {
    // It finds out later what it would have been told at once.
    CHECK(daemon.process().WaitForExit() == 3);
    CHECK(Contains(daemon.process().error_output(), "lacks migration 0001_tables"));
  }
  CHECK_FALSE(Contains(daemon.process().error_output(), kMariadbPassword));
}

TEST_CASE("daemon on MySQL: can be stopped while it waits, and while it migrates") {
  const bool migrating = GENERATE(false, true);
  if (!migrating) {
    const MariadbServer server;  // not started
    DaemonProcess daemon(kManager, server.Dsn("outdial"), {"--database_migrate"});
    CHECK(daemon.Stop() == 0);
    return;
  }
  TestDatabase database;
  // Somebody else migrates, and takes long.
  database.Query("select get_lock(concat('outdial_migrate_', md5(database())), 0)");
  DaemonProcess daemon(kManager, database.dsn(), {"--database_migrate"});
  REQUIRE(Eventually([&] {
    return !database
                .Query(
                    "select 1 from information_schema.processlist where db = database()"
                    " and info like '%get_lock%' and id <> connection_id()")
                .empty();
  }));
  CHECK(daemon.Stop() == 0);
}

TEST_CASE("daemon on MySQL: can be stopped while a list is counted on a server that hangs") {
  constexpr std::chrono::seconds kServiceManagersPatience{20};
  MariadbServer server;
  server.Start();
  DatabaseConnection admin(server.port(), "");
  admin.Query("create database outdial");
  admin.Query("use outdial");
  DaemonProcess daemon(kManager, server.Dsn("outdial"), {"--database_migrate"});
  REQUIRE(BecomesReady(daemon));
  const std::string created = Request(daemon, "POST", "/v1/outdials", "{}").body;
  constexpr std::string_view kId = R"("id":")";
  const std::string id = created.substr(created.find(kId) + kId.size(), 36);
  admin.Query("lock tables outdial_outdialtargets write");
  std::thread asker([&] {
    try {
      Request(daemon, "GET", "/v1/outdials/" + id + "/progress");
    } catch (const std::runtime_error&) {  // or it is cut off
    }
  });
  CHECK(Eventually([&] {
    return !admin
                .Query(
                    "select 1 from information_schema.processlist"
                    " where info like '%signature is not null%' and id <> connection_id()")
                .empty();
  }));
  server.Freeze();
  daemon.process().Signal(SIGTERM);
  const std::optional<int> exit_code = daemon.process().WaitForExit(kServiceManagersPatience);
  CHECK(exit_code == 0);
  if (!exit_code.has_value()) daemon.process().Signal(SIGKILL);
  asker.join();
}

}  // namespace
}  // namespace outdial::test
