// Settings: each wrong one is one line and exit code 2.
#include <signal.h>

#include <algorithm>
#include <cctype>
#include <string>
#include <vector>

#include "api.h"
#include "support/catch.h"

namespace outdial::test {
namespace {

const std::vector<std::string> kComplete = {kManager,
                                            "--database_dsn",
                                            "sqlite::memory:",
                                            "--http_listen_address",
                                            "127.0.0.1:0",
                                            "--prometheus_listen_address",
                                            "none"};

std::string VariableOf(std::string flag) {
  std::transform(flag.begin(), flag.end(), flag.begin(),
                 [](unsigned char c) { return static_cast<char>(std::toupper(c)); });
  return flag;
}

// The daemon with settings that suffice, and others after them.
Finished RunWith(const std::vector<std::string>& arguments,
                 const Process::Environment& environment = {}) {
  std::vector<std::string> command = kComplete;
  command.insert(command.end(), arguments.begin(), arguments.end());
  return RunToEnd(command, environment);
}

bool IsOneLine(const std::string& text) {
  return !text.empty() && text.back() == '\n' && std::count(text.begin(), text.end(), '\n') == 1;
}

void CheckRefused(const Finished& finished, const std::string& flag) {
  INFO(finished.error_output);
  CHECK(finished.exit_code == 2);
  CHECK(finished.output == "");
  CHECK(IsOneLine(finished.error_output));
  CHECK(finished.error_output.find("--" + flag) != std::string::npos);
  CHECK(finished.error_output.find("(" + VariableOf(flag) + ")") != std::string::npos);
}

struct WrongSetting {
  std::string flag;
  std::string value;
};

TEST_CASE("a wrong setting is one line that names the flag and the variable, and exit code 2") {
  const std::vector<WrongSetting> wrong_settings = {
      {"database_dsn", "outdial.db"},
      {"database_dsn", "sqlite:"},
      {"database_dsn", "postgres://u:hush@h/db"},
      {"database_dsn", "/var/lib/outdial.db"},
      {"database_dsn", "user:hush@tcp(127.0.0.1:65536)/db?parseTime=true"},
      {"database_dsn", "user:hush@tcp(127.0.0.1:3306)/"},
      {"database_dsn", "user:hush@tcp(127.0.0.1:3306)/db?loc=Local"},
      {"database_dsn", "mysql://user:hush@127.0.0.1:3306"},
      {"rabbitmq_address", "guest:hush@127.0.0.1:5672"},
      {"rabbitmq_address", "http://guest:hush@127.0.0.1:5672"},
      {"rabbitmq_address", "amqp://guest:hush@127.0.0.1:port"},
      {"rabbitmq_address", "amqp://guest:hush%zz@127.0.0.1"},
      {"rabbitmq_address", "amqps://guest:hush@127.0.0.1?verify=hush"},
      {"redis_address", "127.0.0.1"},
      {"redis_address", "127.0.0.1:0"},
      {"redis_address", "127.0.0.1:65536"},
      {"redis_address", ":6379"},
      {"redis_address", "::1:6379"},
      {"redis_address", "redis://:hush@127.0.0.1:6379"},
      {"redis_database", "-1"},
      {"redis_database", "first"},
      {"http_listen_address", "8080"},
      {"http_listen_address", "127.0.0.1"},
      {"http_listen_address", "127.0.0.1:"},
      {"http_listen_address", "127.0.0.1:http"},
      {"http_listen_address", "127.0.0.1:65536"},
      {"http_listen_address", "127.0.0.1:-1"},
      {"http_listen_address", "::1:8080"},
      {"http_listen_address", "[::1:8080"},
      {"http_listen_address", "[localhost]:8080"},
      {"http_listen_address", "no-such-host.invalid:8080"},
      {"http_token", "with blank"},
      {"http_token", "with\ttab"},
      {"http_token", "Schlüssel"},
      {"http_token", "per%cent"},
      {"prometheus_listen_address", "2112"},
      {"prometheus_endpoint", "metrics"},
      {"events", "maybe"},
      {"events", "ON"},
      {"outbox_limit", "0"},
      {"outbox_limit", "-1"},
      {"outbox_limit", "many"},
      {"outbox_limit", "9223372036854775808"},
      {"lease_seconds", "-1"},
      {"lease_seconds", "1.5"},
      {"lease_seconds", "1s"},
      {"lease_seconds", " 1"},
      {"lease_seconds", "31536001"},
      {"workers", "0"},
      {"workers", "-8"},
      {"workers", "0x8"},
      {"workers", "100000"},
      {"log_level", "verbose"},
      {"log_format", "xml"},
      {"database_migrate", "perhaps"}};
  for (const WrongSetting& wrong : wrong_settings) {
    const Finished by_flag = RunWith(
        {"--prometheus_listen_address", "127.0.0.1:0", "--" + wrong.flag + "=" + wrong.value});
    CheckRefused(by_flag, wrong.flag);
    CHECK(by_flag.error_output.find("hush") == std::string::npos);

    Process::Environment environment = {{"DATABASE_DSN", "sqlite::memory:"},
                                        {"HTTP_LISTEN_ADDRESS", "127.0.0.1:0"},
                                        {"PROMETHEUS_LISTEN_ADDRESS", "127.0.0.1:0"}};
    environment[VariableOf(wrong.flag)] = wrong.value;
    const Finished by_variable = RunToEnd({kManager}, environment);
    CheckRefused(by_variable, wrong.flag);
    CHECK(by_variable.error_output == by_flag.error_output);
  }
}

TEST_CASE("a flag without a value is refused") {
  CheckRefused(RunWith({"--workers"}), "workers");
  CheckRefused(RunWith({"--http_token="}), "http_token");
}

TEST_CASE("a missing setting is told") {
  CheckRefused(RunToEnd({kManager, "--http_listen_address", "127.0.0.1:0"}), "database_dsn");
  CheckRefused(RunToEnd({kManager, "--database_dsn", "sqlite::memory:"}), "http_listen_address");
  CheckRefused(
      RunToEnd({kManager, "--database_dsn", "sqlite::memory:"}, {{"HTTP_LISTEN_ADDRESS", ""}}),
      "http_listen_address");
}

TEST_CASE("listening beyond loopback without a token is refused") {
  for (const std::string address :
       {":0", "0.0.0.0:0", "[::]:0", "[::ffff:0.0.0.0]:0", "8.8.8.8:0"}) {
    INFO(address);
    const Finished finished = RunWith({"--http_listen_address", address});
    CheckRefused(finished, "http_listen_address");
    CHECK(finished.error_output.find("--http_token (HTTP_TOKEN)") != std::string::npos);
  }
  for (const std::string address : {"127.0.0.1:0", "127.1.2.3:0", "localhost:0"}) {
    INFO(address);
    DaemonProcess daemon(kManager, "sqlite::memory:", {"--http_listen_address", address});
    CHECK(daemon.Stop() == 0);
  }
  DaemonProcess guarded(kManager, "sqlite::memory:",
                        {"--http_listen_address", "0.0.0.0:0", "--http_token", "secret"});
  CHECK(Api(guarded.port()).Send("GET", "/v1/outdials").status_code == 401);
}

TEST_CASE("unknown flags and stray words are refused without repeating what may be a secret") {
  for (const std::vector<std::string>& arguments : {std::vector<std::string>{"--http_tokn", "hush"},
                                                    {"--http_tokn=hush"},
                                                    {"hush"},
                                                    {"-x"},
                                                    {"--workers"},
                                                    {"--workers", "1", "hush"}}) {
    const Finished finished = RunWith(arguments);
    INFO(finished.error_output);
    CHECK(finished.exit_code == 2);
    CHECK(IsOneLine(finished.error_output));
    CHECK(finished.error_output.find("hush") == std::string::npos);
  }
}

TEST_CASE("the flag wins over the variable, and the last flag over those before it") {
  const Process::Environment environment = {{"WORKERS", "none"}, {"LOG_LEVEL", "error"}};
  DaemonProcess daemon(kManager, "sqlite::memory:",
                       {"--workers", "rubbish", "--workers", "2", "--log_level", "info"},
                       environment);
  CHECK(daemon.Stop() == 0);
}

TEST_CASE("variables do what flags do") {
  TemporaryDirectory directory;
  Process process({kManager}, {{"DATABASE_DSN", "sqlite:" + directory.Join("outdial.db")},
                               {"HTTP_LISTEN_ADDRESS", "127.0.0.1:0"},
                               {"HTTP_TOKEN", "secret"},
                               {"PROMETHEUS_ENDPOINT", "none"},
                               {"LEASE_SECONDS", ""},
                               {"DATABASE_MIGRATE", "true"},
                               {"LOG_FORMAT", "text"}});
  REQUIRE(process.WaitForError("prometheus=\"none\""));
  const std::string begin = "http=\"127.0.0.1:";
  const std::string log = process.error_output();
  const int port = std::stoi(log.substr(log.find(begin) + begin.size()));
  CHECK(Api(port).Send("GET", "/v1/outdials").status_code == 401);
  CHECK(Api(port, "Authorization: Bearer secret\r\n").Send("GET", "/v1/outdials").status_code ==
        200);
  process.Signal(SIGTERM);
  CHECK(process.WaitForExit() == 0);
  CHECK(process.error_output().find("secret") == std::string::npos);
}

TEST_CASE("help and version are told on standard output") {
  const Finished help = RunToEnd({kManager, "--help"});
  CHECK(help.exit_code == 0);
  CHECK(help.error_output == "");
  for (const std::string flag :
       {"database_dsn", "rabbitmq_address", "http_listen_address", "http_token", "redis_address",
        "redis_password", "redis_database", "prometheus_endpoint", "prometheus_listen_address",
        "events", "outbox_limit", "lease_seconds", "workers", "log_level", "log_format",
        "database_migrate"}) {
    INFO(flag);
    CHECK(help.output.find("--" + flag) != std::string::npos);
  }
  const Finished version = RunToEnd({kManager, "--version"});
  CHECK(version.exit_code == 0);
  CHECK(version.output.starts_with("outdial-manager 1."));
}

TEST_CASE("a database that cannot be opened, or an address that is taken, is one line") {
  const Finished no_folder = RunWith({"--database_dsn", "sqlite:/nowhere/at/all/outdial.db"});
  INFO(no_folder.error_output);
  CHECK(no_folder.exit_code == 1);
  CHECK(IsOneLine(no_folder.error_output));
  CHECK(no_folder.error_output.find("--database_dsn (DATABASE_DSN)") != std::string::npos);

  DaemonProcess first(kManager, "sqlite::memory:");
  const Finished taken =
      RunWith({"--http_listen_address", "127.0.0.1:" + std::to_string(first.port())});
  INFO(taken.error_output);
  CHECK(taken.exit_code == 1);
  CHECK(IsOneLine(taken.error_output));
  CHECK(taken.error_output.find("--http_listen_address (HTTP_LISTEN_ADDRESS)") !=
        std::string::npos);
  CHECK(taken.error_output.find("in use") != std::string::npos);
}

}  // namespace
}  // namespace outdial::test
