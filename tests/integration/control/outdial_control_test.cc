// outdial-control, the real program, on real files and on a real server.
#include <algorithm>
#include <csignal>
#include <fstream>
#include <initializer_list>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "nlohmann/json.hpp"
#include "support/catch.h"
#include "support/eventually.h"
#include "support/mysql_database.h"
#include "support/process.h"
#include "support/servers.h"
#include "support/temporary_directory.h"

namespace outdial::test {
namespace {

using nlohmann::json;

constexpr char kCustomer[] = "5e4a0680-804e-11ec-8477-2fea5968d85b";
constexpr char kCampaign[] = "6e4a0680-804e-11ec-8477-2fea5968d85b";
constexpr char kNobody[] = "00000000-0000-4000-8000-000000000001";
constexpr char kNil[] = "00000000-0000-0000-0000-000000000000";

enum class Kind { kSqlite, kMariadb };

class Control {
 public:
  // On a database of its own without rows. The tables of a SQLite file are made when it is opened.
  explicit Control(Kind kind) {
    if (kind == Kind::kMariadb) server_ = std::make_unique<EmptyMysqlDatabase>();
    UNSCOPED_INFO("database: " << (kind == Kind::kMariadb ? "MariaDB" : "SQLite"));
  }

  Finished Run(std::vector<std::string> arguments, const Process::Environment& environment) const {
    arguments.insert(arguments.begin(), OUTDIAL_BIN_DIR "/outdial-control");
    return RunToEnd(std::move(arguments), environment);
  }

  Finished Run(const std::vector<std::string>& arguments) const {
    return Run(arguments, {{"DATABASE_DSN", dsn()}});
  }

  // What a command prints that succeeds.
  json Result(const std::vector<std::string>& arguments) const {
    const Finished finished = Run(arguments);
    INFO(finished.error_output);
    REQUIRE(finished.exit_code == 0);
    CHECK(finished.error_output.empty());
    return json::parse(finished.output);
  }

  // What a command complains of, in one line, that fails.
  std::string Error(const std::vector<std::string>& arguments, int exit_code) const {
    const Finished finished = Run(arguments);
    INFO(finished.error_output);
    CHECK(finished.exit_code == exit_code);
    CHECK(finished.output.empty());
    CHECK(finished.error_output.find('\n') == finished.error_output.size() - 1);
    return finished.error_output;
  }

  std::string CreateOutdial() const {
    return Result({"outdial", "create", "--customer-id", kCustomer, "--campaign-id", kCampaign,
                   "--name", "spring"})
        .at("id");
  }

  std::string CreateTarget(const std::string& outdial_id) const {
    return Result({"target", "create", "--outdial-id", outdial_id, "--destination-0",
                   "tel:+15551230001"})
        .at("id");
  }

  std::string dsn() const {
    return server_ != nullptr ? server_->dsn() : "sqlite:" + directory_.Join("outdial.db");
  }
  const TemporaryDirectory& directory() const { return directory_; }

 private:
  TemporaryDirectory directory_;
  std::unique_ptr<EmptyMysqlDatabase> server_;
};

Kind EachKind() { return GENERATE(Kind::kSqlite, Kind::kMariadb); }

bool Contains(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

TEST_CASE("outdial-control creates, shows, changes and deletes an outdial") {
  const Control control(EachKind());
  const json created =
      control.Result({"outdial", "create", "--customer-id", kCustomer, "--campaign-id", kCampaign,
                      "--name", "spring", "--detail", "first list", "--data", R"({"k": 1})"});
  const std::string id = created.at("id");
  CHECK(created.at("customer_id") == kCustomer);
  CHECK(created.at("campaign_id") == kCampaign);
  CHECK(created.at("name") == "spring");
  CHECK(created.at("detail") == "first list");
  CHECK(created.at("data") == R"({"k": 1})");
  CHECK(created.at("tm_update").is_null());
  CHECK(control.Result({"outdial", "get", "--id", id}) == created);

  const json renamed =
      control.Result({"outdial", "update-basic-info", "--id", id, "--name", "summer"});
  CHECK(renamed.at("name") == "summer");
  CHECK(renamed.at("detail") == "");
  CHECK(control.Result({"outdial", "update-campaign-id", "--id", id, "--campaign-id", kNobody})
            .at("campaign_id") == kNobody);
  CHECK(control.Result({"outdial", "update-data", "--id", id, "--data", "plain"}).at("data") ==
        "plain");

  const json deleted = control.Result({"outdial", "delete", "--id", id});
  CHECK(deleted.at("tm_delete").is_string());
  CHECK(control.Result({"outdial", "delete", "--id", id}) == deleted);
  CHECK(control.Result({"outdial", "list", "--customer-id", kCustomer}) == json::array());
  CHECK(Contains(control.Error({"outdial", "update-data", "--id", id, "--data", "x"}, 1),
                 "OUTDIAL_NOT_FOUND"));
}

TEST_CASE("outdial-control watches the progress of an outdial") {
  const Control control(Kind::kSqlite);
  const std::string outdial_id = control.CreateOutdial();
  const std::vector<std::string> arguments = {"outdial",       "progress", "--id",   outdial_id,
                                              "--try-count-0", "1",        "--watch"};
  std::vector<std::string> command = arguments;
  command.insert(command.begin(), OUTDIAL_BIN_DIR "/outdial-control");
  Process process(command, {{"DATABASE_DSN", control.dsn()}});
  const auto shows = [&](const char* text) {
    return Eventually([&] { return Contains(process.output(), text); });
  };
  CHECK(shows("\"dialable\":0"));
  control.CreateTarget(outdial_id);
  CHECK(shows("\"dialable\":1"));
  process.Signal(SIGINT);
  CHECK(process.WaitForExit() == 0);

  // Without --watch it is drawn once.
  command.pop_back();
  std::string line;
  for (const std::string& word : command) line += " '" + word + "'";
  const Finished drawn =
      RunToEnd({"/usr/bin/script", "-qec", line, "/dev/null"}, {{"DATABASE_DSN", control.dsn()}});
  INFO(drawn.output);
  CHECK(Contains(drawn.output, "dialable    [=="));
  CHECK(Contains(drawn.output, "100 %  1"));
}

TEST_CASE("outdial-control lists a customer's outdials page by page") {
  const Control control(EachKind());
  const std::string first = control.CreateOutdial();
  const std::string second = control.CreateOutdial();
  const json page = control.Result({"outdial", "list", "--customer-id", kCustomer, "--limit", "1"});
  REQUIRE(page.size() == 1);
  CHECK(page[0].at("id") == second);
  const json rest = control.Result({"outdial", "list", "--customer-id", kCustomer, "--token",
                                    page[0].at("tm_create").get<std::string>()});
  REQUIRE(rest.size() == 1);
  CHECK(rest[0].at("id") == first);
  CHECK(control.Result({"outdial", "list", "--customer-id", kNobody}) == json::array());
}

TEST_CASE("outdial-control reads destinations as people write them") {
  const Control control(EachKind());
  const std::string outdial_id = control.CreateOutdial();
  const json target = control.Result(
      {"target", "create", "--outdial-id", outdial_id, "--name", "Ann", "--detail", "d", "--data",
       "x", "--destination-0", "tel:+15551234567", "--destination-1", "sip:alice@example.com",
       "--destination-2", R"({"type":"tel","target":"+15551234568","target_name":"mobile"})",
       "--destination-4", "extension:1001"});
  CHECK(target.at("destination_0") == json{{"type", "tel"}, {"target", "+15551234567"}});
  CHECK(target.at("destination_1") == json{{"type", "sip"}, {"target", "sip:alice@example.com"}});
  CHECK(target.at("destination_2") ==
        json{{"type", "tel"}, {"target", "+15551234568"}, {"target_name", "mobile"}});
  CHECK(target.at("destination_3").is_null());
  CHECK(target.at("destination_4") == json{{"type", "extension"}, {"target", "1001"}});
  CHECK(control.Result({"target", "get", "--id", target.at("id")}) == target);
  CHECK(control.Result({"target", "list", "--outdial-id", outdial_id}) == json::array({target}));
}

TEST_CASE("outdial-control dials a target") {
  const Control control(EachKind());
  const std::string outdial_id = control.CreateOutdial();
  const std::string id = control.CreateTarget(outdial_id);
  const std::vector<std::string> available = {"target",   "available",     "--outdial-id",
                                              outdial_id, "--try-count-0", "2"};
  REQUIRE(control.Result(available).size() == 1);

  const json progressing =
      control.Result({"target", "progressing", "--id", id, "--destination-index", "0"});
  CHECK(progressing.at("status") == "progressing");
  CHECK(progressing.at("try_count_0") == 1);
  CHECK(control.Result(available) == json::array());
  CHECK(
      Contains(control.Error({"target", "progressing", "--id", id}, 1), "OUTDIAL_TARGET_NOT_IDLE"));
  CHECK(control.Result({"target", "update-status", "--id", id, "--status", "idle"}).at("status") ==
        "idle");

  const json progress =
      control.Result({"outdial", "progress", "--id", outdial_id, "--try-count-0", "2"});
  CHECK(progress.at("targets").at("idle") == 1);
  CHECK(progress.at("dialable") == 1);
  CHECK(progress.at("calls") == json{{"open", 0}, {"made", 1}});
  CHECK(progress.at("tm_first_call") == progress.at("tm_last_call"));

  const json claimed = control.Result({"target", "claim", "--outdial-id", outdial_id,
                                       "--try-count-0", "2", "--lease-seconds", "60"});
  REQUIRE(claimed.size() == 1);
  CHECK(claimed[0].at("destination_index") == 0);
  CHECK(claimed[0].at("try_count_0") == 2);
  CHECK(claimed[0].at("lease_until").is_string());
  CHECK(Contains(control.Error({"target", "update-status", "--id", id, "--status", "done",
                                "--outdialtargetcall-id", kNobody},
                               1),
                 "OUTDIAL_TARGET_CALL_NOT_OPEN"));
  CHECK(control
            .Result({"target", "update-status", "--id", id, "--status", "done",
                     "--outdialtargetcall-id",
                     claimed[0].at("outdialtargetcall_id").get<std::string>()})
            .at("status") == "done");

  const json calls = control.Result({"target", "calls", "--id", id});
  REQUIRE(calls.size() == 2);
  CHECK(calls[0].at("id") == claimed[0].at("outdialtargetcall_id"));
  CHECK(calls[0].at("status") == "done");
  CHECK(control.Result({"target", "delete", "--id", id}).at("tm_delete").is_string());
}

TEST_CASE("outdial-control says what it did not find") {
  const Control control(EachKind());
  CHECK(Contains(control.Error({"outdial", "get", "--id", kNobody}, 1), "OUTDIAL_NOT_FOUND"));
  CHECK(Contains(control.Error({"target", "get", "--id", kNobody}, 1), "OUTDIAL_TARGET_NOT_FOUND"));
  CHECK(
      Contains(control.Error({"target", "calls", "--id", kNobody}, 1), "OUTDIAL_TARGET_NOT_FOUND"));
  CHECK(
      Contains(control.Error({"target", "create", "--outdial-id", kNil}, 1), "OUTDIAL_NOT_FOUND"));
}

TEST_CASE("outdial-control refuses what cannot be right, and writes nothing") {
  const Control control(EachKind());
  const std::string outdial_id = control.CreateOutdial();
  const std::string id = control.CreateTarget(outdial_id);
  struct Case {
    std::vector<std::string> arguments;
    std::string named;
  };
  for (const Case& c : {
           Case{{}, "subcommand"},
           Case{{"outdial"}, "subcommand"},
           Case{{"outdial", "explode"}, "subcommand"},
           Case{{"outdial", "get"}, "--id"},
           Case{{"outdial", "get", "--id", "not-a-uuid"}, "--id"},
           Case{{"outdial", "get", "--id", outdial_id, "--surplus"}, "--surplus"},
           Case{{"outdial", "create", "--customer-id", kCustomer, "--name", "x"}, "--campaign-id"},
           Case{{"outdial", "update-basic-info", "--id", outdial_id, "--name",
                 std::string(256, 'n')},
                "--name"},
           Case{{"outdial", "list", "--customer-id", kCustomer, "--limit", "-1"}, "--limit"},
           Case{{"outdial", "list", "--customer-id", kCustomer, "--limit", "many"}, "--limit"},
           Case{{"outdial", "list", "--customer-id", kCustomer, "--token", "yesterday"}, "--token"},
           Case{{"target", "create", "--outdial-id", outdial_id, "--destination-3", "+1555"},
                "--destination-3"},
           Case{{"target", "create", "--outdial-id", outdial_id, "--destination-0", "tel:"},
                "--destination-0"},
           Case{{"target", "create", "--outdial-id", outdial_id, "--destination-0",
                 "{\"target\":1}"},
                "--destination-0"},
           Case{{"target", "create", "--outdial-id", outdial_id, "--destination-5", "tel:1"},
                "--destination-5"},
           Case{{"target", "progressing", "--id", id, "--destination-index", "5"},
                "--destination-index"},
           Case{{"target", "claim", "--outdial-id", outdial_id, "--lease-seconds", "-1"},
                "--lease-seconds"},
           Case{{"target", "update-status", "--id", id, "--status", "progressing"}, "--status"},
           Case{{"target", "update-status", "--id", id}, "--status"},
       }) {
    CAPTURE(c.arguments);
    CHECK(Contains(control.Error(c.arguments, 2), c.named));
  }
  CHECK(control.Result({"target", "list", "--outdial-id", outdial_id}).size() == 1);
  CHECK(control.Result({"target", "get", "--id", id}).at("status") == "idle");
}

TEST_CASE(
    "outdial-control takes its settings before or after the command, or from the environment") {
  const Control control(EachKind());
  const std::string id = control.CreateOutdial();
  CHECK(
      control.Run({"--database_dsn", control.dsn(), "outdial", "get", "--id", id}, {}).exit_code ==
      0);
  CHECK(control.Run({"outdial", "get", "--id", id, "--database_dsn=" + control.dsn()}, {})
            .exit_code == 0);
  CHECK(control.Run({"outdial", "get", "--id", id}, {{"DATABASE_DSN", control.dsn()}}).exit_code ==
        0);
  const Finished flag_wins =
      control.Run({"outdial", "get", "--id", id, "--database_dsn", control.dsn()},
                  {{"DATABASE_DSN", "sqlite::memory:"}});
  CHECK(flag_wins.exit_code == 0);

  const Finished missing = control.Run({"outdial", "get", "--id", id}, {{"DATABASE_DSN", ""}});
  CHECK(missing.exit_code == 2);
  CHECK(Contains(missing.error_output, "--database_dsn"));
  CHECK(Contains(missing.error_output, "DATABASE_DSN"));
}

TEST_CASE("outdial-control keeps secrets to itself") {
  const Control control(Kind::kSqlite);
  // Port 1 is nobody's.
  for (const char* dsn :
       {"user:p4ss@tcp(127.0.0.1:1)/outdial", "mysql://user:p4ss@127.0.0.1:1/outdial",
        "user:p4ss@unix(/nowhere/p4ss)/outdial"}) {
    const Finished finished = control.Run({"database", "status"}, {{"DATABASE_DSN", dsn}});
    CAPTURE(finished.error_output);
    CHECK(finished.exit_code == 1);
    CHECK(Contains(finished.error_output, "DATABASE_UNAVAILABLE"));
    CHECK_FALSE(Contains(finished.error_output, "p4ss"));
    CHECK_FALSE(Contains(finished.error_output, "127.0.0.1"));
  }
  for (const char* dsn : {"user:p4ss@tcp(h:p4ss)/outdial", "mysql://user:p4ss%zz@h/outdial",
                          "user:p4ss@tcp(h)/outdial?loc=p4ss"}) {
    const Finished finished = control.Run({"database", "status"}, {{"DATABASE_DSN", dsn}});
    CAPTURE(finished.error_output);
    CHECK(finished.exit_code == 2);
    CHECK(Contains(finished.error_output, "--database_dsn (DATABASE_DSN)"));
    CHECK_FALSE(Contains(finished.error_output, "p4ss"));
  }
}

TEST_CASE("outdial-control migrates a database, and says what was applied") {
  const Control control(Kind::kSqlite);
  TestDatabase server;
  std::string dsn;
  SECTION("SQLite") {
    dsn = control.dsn();
    const Finished missing = control.Run({"database", "status"}, {{"DATABASE_DSN", dsn}});
    CHECK(missing.exit_code == 1);
    CHECK(Contains(missing.error_output, "DATABASE_UNAVAILABLE"));
  }
  SECTION("MariaDB") {
    dsn = server.dsn();
    const Finished status = control.Run({"database", "status"}, {{"DATABASE_DSN", dsn}});
    CHECK(status.exit_code == 0);
    CHECK(json::parse(status.output).at(0).at("tm_applied").is_null());
    const Finished refused =
        control.Run({"outdial", "get", "--id", kNobody}, {{"DATABASE_DSN", dsn}});
    CHECK(refused.exit_code == 1);
    CHECK(Contains(refused.error_output, "0001_tables"));
    CHECK(Contains(refused.error_output, "outdial-control database migrate"));
  }
  std::vector<std::string> outputs;
  for (const char* command : {"migrate", "status", "migrate"}) {
    const Finished finished = control.Run({"database", command}, {{"DATABASE_DSN", dsn}});
    CAPTURE(finished.error_output);
    CHECK(finished.exit_code == 0);
    outputs.push_back(finished.output);
  }
  const json migrated = json::parse(outputs[0]);
  REQUIRE_FALSE(migrated.empty());
  for (const json& migration : migrated) CHECK(migration.at("tm_applied").is_string());
  CHECK(migrated[0].at("number") == 1);
  CHECK(outputs[1] == outputs[0]);
  CHECK(outputs[2] == outputs[0]);
}

TEST_CASE("outdial-control says when the database cannot be opened") {
  const Control control(Kind::kSqlite);
  const Finished finished =
      control.Run({"outdial", "get", "--id", kNobody},
                  {{"DATABASE_DSN", "sqlite:" + control.directory().Join("none/outdial.db")}});
  CHECK(finished.exit_code == 1);
  CHECK(finished.output.empty());
  CHECK(Contains(finished.error_output, "DATABASE_UNAVAILABLE"));
}

TEST_CASE("outdial-control helps everywhere") {
  const Control control(Kind::kSqlite);
  for (const std::vector<std::string>& arguments :
       std::initializer_list<std::vector<std::string>>{{"--help"},
                                                       {"outdial", "--help"},
                                                       {"target", "--help"},
                                                       {"database", "--help"},
                                                       {"outdial", "create", "--help"},
                                                       {"target", "claim", "--help"},
                                                       {"database", "status", "--help"}}) {
    const Finished finished = control.Run(arguments, {});
    CAPTURE(arguments);
    CHECK(finished.exit_code == 0);
    CHECK(Contains(finished.output, "Usage:"));
  }
  const Finished version = control.Run({"--version"}, {});
  CHECK(version.exit_code == 0);
  CHECK(version.output == "outdial-control " OUTDIAL_VERSION "\n");
}

TEST_CASE("an import without events says so where a daemon sends them") {
  const Kind kind = EachKind();
  const Control control(kind);
  const std::string file = control.directory().Join("x.csv");
  std::ofstream(file) << "name,destination_0\nAnn,+1\n";
  const std::vector<std::string> import = {"target", "import", "--outdial-id",
                                           control.CreateOutdial(), file};
  const auto told = [&](std::vector<std::string> arguments) {
    arguments.insert(arguments.end(), import.begin(), import.end());
    return control.Run(arguments).error_output;
  };
  if (kind == Kind::kMariadb) {
    for (const std::vector<std::string>& settings :
         std::initializer_list<std::vector<std::string>>{{}, {"--events", "auto"}}) {
      const std::string warning = told(settings);
      CHECK(Contains(warning, "no event tells others of this import: give --events on"));
      CHECK(std::count(warning.begin(), warning.end(), '\n') == 1);
    }
  } else {
    CHECK(told({}).empty());
  }
  CHECK(told({"--events", "on"}).empty());
  CHECK(told({"--events", "off"}).empty());
  CHECK(told({"--rabbitmq_address", "amqp://localhost"}).empty());
  std::vector<std::string> rehearsal = import;
  rehearsal.emplace_back("--dry-run");
  CHECK(control.Run(rehearsal).error_output.empty());
}

}  // namespace
}  // namespace outdial::test
