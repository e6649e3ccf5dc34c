#include "support/servers.h"

#include <arpa/inet.h>
#include <mysql.h>
#include <netinet/in.h>
#include <pwd.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <cstdint>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <random>
#include <stdexcept>
#include <utility>

#include "support/amqp_client.h"
#include "support/eventually.h"
#include "support/raw_http.h"

namespace outdial::test {
namespace {

using std::chrono::steady_clock;

// Debian's RabbitMQ keeps the script that starts the broker as whoever calls it there.
constexpr char kRabbitmqServer[] = "/usr/lib/rabbitmq/bin/rabbitmq-server";
constexpr char kRabbitmqControl[] = "/usr/lib/rabbitmq/bin/rabbitmqctl";
constexpr char kEnv[] = "/usr/bin/env";  // finds programs on the path

[[noreturn]] void Fail(const std::string& message) { throw std::runtime_error(message); }

int PortFrom(const char* variable) {
  const char* const port = std::getenv(variable);
  if (port == nullptr) {
    Fail(std::string(variable) + " is not set: run the test by tests/with-servers.sh");
  }
  return std::stoi(port);
}

std::string RandomName() {
  constexpr char kLetters[] = "abcdefghijklmnopqrstuvwxyz";
  std::random_device random;
  std::string name = "test_";
  for (int i = 0; i < 16; ++i) name += kLetters[random() % (sizeof(kLetters) - 1)];
  return name;
}

void WriteFile(const std::string& path, const std::vector<std::string>& lines) {
  std::ofstream file(path);
  for (const std::string& line : lines) file << line << '\n';
  if (!file.flush()) Fail("cannot write " + path);
}

// MariaDB does not run as root unless told so.
std::string UserOption() {
  const passwd* const user = ::getpwuid(::geteuid());
  return user == nullptr ? "" : std::string("--user=") + user->pw_name;
}

bool AnswersPing(int port) {
  try {
    RawConnection connection(port);
    // "PONG", or that a password is needed: it is there.
    return connection.Send("PING\r\n") && connection.ReadUntil("\r\n");
  } catch (const std::runtime_error&) {
    return false;
  }
}

std::string GoDsn(int port, const std::string& database) {
  return std::string(kMariadbUser) + ":" + kMariadbPassword +
         "@tcp(127.0.0.1:" + std::to_string(port) + ")/" + database;
}

// A connection of the client library's, closed with the object.
using Mysql = std::unique_ptr<MYSQL, decltype(&mysql_close)>;

Mysql Connect(int port, const std::string& database) {
  Mysql mysql(mysql_init(nullptr), &mysql_close);
  const unsigned int timeout = kPatience.count();
  mysql_options(mysql.get(), MYSQL_OPT_CONNECT_TIMEOUT, &timeout);
  mysql_options(mysql.get(), MYSQL_OPT_READ_TIMEOUT, &timeout);
  mysql_options(mysql.get(), MYSQL_SET_CHARSET_NAME, "utf8mb4");
  if (mysql_real_connect(mysql.get(), "127.0.0.1", kMariadbUser, kMariadbPassword, database.c_str(),
                         static_cast<unsigned int>(port), nullptr, 0) == nullptr) {
    Fail(mysql_error(mysql.get()));
  }
  return mysql;
}

// Below those that Linux gives to clients, so that one is still free when a server takes it later.
constexpr int kFirstPort = 10'000;
constexpr int kLastPort = 32'000;

bool CanListenOn(int port) {
  const int socket = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(static_cast<std::uint16_t>(port));
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  const bool bound =
      ::bind(socket, reinterpret_cast<const sockaddr*>(&address), sizeof(address)) == 0;
  ::close(socket);
  return bound;
}

}  // namespace

int FreePort() {
  std::random_device random;
  std::uniform_int_distribution<int> any(kFirstPort, kLastPort);
  for (int attempt = 0; attempt < 100; ++attempt) {
    const int port = any(random);
    if (CanListenOn(port)) return port;
  }
  Fail("no free port");
}

void Server::Start() {
  if (process_ != nullptr) Fail(name_ + " runs already");
  process_ = Launch();
  const auto deadline = steady_clock::now() + kPatience;
  while (!Answers()) {
    const bool ended = process_->WaitForExit(std::chrono::milliseconds(20)).has_value();
    if (ended || steady_clock::now() > deadline) {
      Fail(name_ + " does not start: " + process_->output() + process_->error_output());
    }
  }
}

void Server::Stop() { End(SIGTERM); }

void Server::Kill() { End(SIGKILL); }

void Server::Freeze() {
  process_->Signal(SIGSTOP);
  // Its threads stop one after the other.
  const bool held = Eventually([this] {
    siginfo_t stopped{};
    return ::waitid(P_PID, static_cast<id_t>(pid()), &stopped, WSTOPPED | WNOHANG) == 0 &&
           stopped.si_pid != 0;
  });
  if (!held) Fail(name_ + " cannot be held");
}

void Server::Thaw() { process_->Signal(SIGCONT); }

void Server::End(int signal) {
  if (process_ == nullptr) Fail(name_ + " does not run");
  process_->Signal(signal);
  if (!process_->WaitForExit().has_value()) Fail(name_ + " does not end");
  process_ = nullptr;
}

MariadbServer::MariadbServer(std::vector<std::string> options)
    : Server("MariaDB"), options_(std::move(options)) {}

std::string MariadbServer::Dsn(const std::string& database) const {
  return GoDsn(port(), database);
}

std::unique_ptr<Process> MariadbServer::Launch() {
  // Servers that start clear away temporary tables, also those of others.
  const Process::Environment environment = {{"TMPDIR", folder().path().string()}};
  const std::string data = folder().Join("data");
  const std::string users = folder().Join("users.sql");
  if (!std::filesystem::exists(data)) {
    const Finished installed = RunToEnd(
        {kEnv, "mariadb-install-db", "--no-defaults", "--datadir=" + data, UserOption(),
         "--auth-root-authentication-method=normal", "--skip-test-db", "--skip-name-resolve"},
        environment);
    if (installed.exit_code != 0) Fail("no data folder for MariaDB: " + installed.error_output);
    WriteFile(
        users,
        {std::string("create user ") + kMariadbUser + " identified by '" + kMariadbPassword + "';",
         std::string("grant all privileges on *.* to ") + kMariadbUser + " with grant option;"});
  }
  std::vector<std::string> command = {kEnv,
                                      "mariadbd",
                                      "--no-defaults",
                                      "--datadir=" + data,
                                      "--port=" + std::to_string(port()),
                                      "--bind-address=127.0.0.1",
                                      "--socket=" + folder().Join("mariadb.sock"),
                                      "--pid-file=" + folder().Join("mariadb.pid"),
                                      UserOption(),
                                      "--skip-name-resolve",
                                      "--innodb-buffer-pool-size=512M"};
  if (std::filesystem::exists(users)) command.push_back("--init-file=" + users);
  command.insert(command.end(), options_.begin(), options_.end());
  return std::make_unique<Process>(command, environment);
}

bool MariadbServer::Answers() const {
  try {
    Connect(port(), "");
  } catch (const std::runtime_error&) {
    return false;
  }
  // The users are made, once is enough.
  std::filesystem::remove(folder().Join("users.sql"));
  return true;
}

RedisServer::RedisServer(std::vector<std::string> options)
    : Server("Redis"), options_(std::move(options)) {}

std::unique_ptr<Process> RedisServer::Launch() {
  std::vector<std::string> command = {kEnv,     "redis-server",
                                      "--port", std::to_string(port()),
                                      "--bind", "127.0.0.1",
                                      "--save", "",
                                      "--dir",  folder().path().string()};
  command.insert(command.end(), options_.begin(), options_.end());
  return std::make_unique<Process>(command);
}

bool RedisServer::Answers() const { return AnswersPing(port()); }

RabbitmqServer::RabbitmqServer(std::vector<std::string> options)
    : Server("RabbitMQ"),
      options_(std::move(options)),
      management_port_(FreePort()),
      distribution_port_(FreePort()),
      epmd_port_(FreePort()) {}

// How Erlang's programs find the node, and each other.
Process::Environment RabbitmqServer::NodeEnvironment() const {
  return {{"HOME", folder().path().string()},
          {"ERL_EPMD_PORT", std::to_string(epmd_port_)},
          {"ERL_EPMD_ADDRESS", "127.0.0.1"},
          {"RABBITMQ_NODENAME", "outdial-test@localhost"},
          {"RABBITMQ_CONF_ENV_FILE", "/dev/null"}};
}

void RabbitmqServer::Control(const std::vector<std::string>& arguments) {
  std::vector<std::string> command = {kRabbitmqControl};
  command.insert(command.end(), arguments.begin(), arguments.end());
  const Finished finished = RunToEnd(command, NodeEnvironment());
  if (finished.exit_code != 0) throw std::runtime_error("rabbitmqctl: " + finished.error_output);
}

std::unique_ptr<Process> RabbitmqServer::Launch() {
  const std::string epmd_port = std::to_string(epmd_port_);
  if (epmd_ == nullptr) {
    epmd_ = std::make_unique<Process>(
        std::vector<std::string>{kEnv, "epmd", "-port", epmd_port, "-address", "127.0.0.1"});
    std::vector<std::string> lines = {"listeners.tcp.1 = 127.0.0.1:" + std::to_string(port()),
                                      "management.tcp.ip = 127.0.0.1",
                                      "management.tcp.port = " + std::to_string(management_port_),
                                      "management_agent.disable_metrics_collector = true",
                                      "log.file = false",
                                      "log.console = true",
                                      "log.console.level = warning"};
    lines.insert(lines.end(), options_.begin(), options_.end());
    WriteFile(folder().Join("rabbitmq.conf"), lines);
    WriteFile(folder().Join("enabled_plugins"), {"[rabbitmq_management]."});
  }
  Process::Environment environment = NodeEnvironment();
  environment.merge(
      Process::Environment{{"RABBITMQ_DIST_PORT", std::to_string(distribution_port_)},
                           {"RABBITMQ_CONFIG_FILE", folder().Join("rabbitmq.conf")},
                           {"RABBITMQ_ENABLED_PLUGINS_FILE", folder().Join("enabled_plugins")},
                           {"RABBITMQ_MNESIA_BASE", folder().Join("mnesia")},
                           {"RABBITMQ_LOG_BASE", folder().Join("log")},
                           {"RABBITMQ_PID_FILE", folder().Join("rabbitmq.pid")},
                           // The script becomes the broker, instead of watching over it.
                           {"RABBITMQ_ALLOW_INPUT", "1"},
                           // No busy waiting: the processors are for the tests.
                           {"RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS",
                            "-noinput -kernel inet_dist_use_interface {127,0,0,1}"
                            " +sbwt none +sbwtdcpu none +sbwtdio none"}});
  return std::make_unique<Process>(std::vector<std::string>{kRabbitmqServer}, environment);
}

bool RabbitmqServer::Answers() const {
  try {
    if (AskRabbitmqManagement(management_port_, "GET", "/api/vhosts").status_code != 200) {
      return false;
    }
    // It listens before it lets anybody in.
    AmqpClient client(address());
    return true;
  } catch (const std::runtime_error&) {
    return false;
  }
}

struct DatabaseConnection::Handle {
  Mysql mysql;
};

DatabaseConnection::DatabaseConnection(int port, const std::string& database)
    : handle_(std::make_unique<Handle>(Handle{Connect(port, database)})) {}

DatabaseConnection::~DatabaseConnection() = default;

std::vector<DatabaseConnection::Row> DatabaseConnection::Query(const std::string& sql) {
  MYSQL* const mysql = handle_->mysql.get();
  if (mysql_real_query(mysql, sql.data(), sql.size()) != 0) Fail(mysql_error(mysql));
  const std::unique_ptr<MYSQL_RES, decltype(&mysql_free_result)> result(mysql_store_result(mysql),
                                                                        &mysql_free_result);
  std::vector<Row> rows;
  if (result == nullptr) return rows;
  const unsigned int columns = mysql_num_fields(result.get());
  while (MYSQL_ROW values = mysql_fetch_row(result.get())) {
    const unsigned long* const sizes = mysql_fetch_lengths(result.get());
    Row& row = rows.emplace_back();
    for (unsigned int i = 0; i < columns; ++i) {
      row.push_back(values[i] == nullptr
                        ? std::nullopt
                        : std::optional<std::string>(std::in_place, values[i], sizes[i]));
    }
  }
  return rows;
}

TestDatabase::TestDatabase(std::optional<int> port)
    : port_(port.has_value() ? *port : PortFrom(kMariadbPortVariable)), name_(RandomName()) {
  DatabaseConnection(port_, "").Query("create database " + name_ + " character set utf8mb4");
  Reconnect();
}

TestDatabase::~TestDatabase() {
  try {
    DatabaseConnection(port_, "").Query("drop database " + name_);
  } catch (const std::runtime_error&) {
    // The server is gone.
  }
}

void TestDatabase::Reconnect() { connection_ = std::make_unique<DatabaseConnection>(port_, name_); }

std::string TestDatabase::dsn() const {
  return GoDsn(port_, name_) + "?charset=utf8mb4&parseTime=true&loc=UTC";
}

std::string SharedRedisAddress() {
  return "127.0.0.1:" + std::to_string(PortFrom(kRedisPortVariable));
}

TestVhost::TestVhost() : name_(RandomName()) {
  const ManagementAnswer answer = AskRabbitmqManagement(PortFrom(kRabbitmqManagementPortVariable),
                                                        "PUT", "/api/vhosts/" + name_);
  if (answer.status_code != 201) Fail("no virtual host: " + answer.body);
}

TestVhost::~TestVhost() {
  try {
    AskRabbitmqManagement(PortFrom(kRabbitmqManagementPortVariable), "DELETE",
                          "/api/vhosts/" + name_);
  } catch (const std::runtime_error&) {
    // The server is gone.
  }
}

std::string TestVhost::address() const {
  return "amqp://guest:guest@127.0.0.1:" + std::to_string(port()) + "/" + name_;
}

int TestVhost::port() const { return PortFrom(kRabbitmqPortVariable); }

ManagementAnswer AskRabbitmqManagement(int management_port, const std::string& method,
                                       const std::string& path, const std::string& body) {
  // guest:guest
  const HttpAnswer answer =
      AskOnce(management_port, MakeRequest(method, path, body,
                                           "Authorization: Basic Z3Vlc3Q6Z3Vlc3Q=\r\n"
                                           "Content-Type: application/json\r\n"));
  return {answer.status_code, answer.body};
}

}  // namespace outdial::test
