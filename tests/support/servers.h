// The real servers that tests talk to: those that a whole run shares, and a test's own.
#ifndef OUTDIAL_TESTS_SUPPORT_SERVERS_H_
#define OUTDIAL_TESTS_SUPPORT_SERVERS_H_

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "support/process.h"
#include "support/temporary_directory.h"

namespace outdial::test {

// The user that every MariadbServer has, who may do everything. Its password holds what a Go DSN is
// separated by.
inline constexpr char kMariadbUser[] = "outdial";
inline constexpr char kMariadbPassword[] = "p@ss:w/rd";

// Where with_servers tells the programs that it runs which ports its servers have.
inline constexpr char kMariadbPortVariable[] = "OUTDIAL_TEST_MARIADB_PORT";
inline constexpr char kRedisPortVariable[] = "OUTDIAL_TEST_REDIS_PORT";
inline constexpr char kRabbitmqPortVariable[] = "OUTDIAL_TEST_RABBITMQ_PORT";
inline constexpr char kRabbitmqManagementPortVariable[] = "OUTDIAL_TEST_RABBITMQ_MANAGEMENT_PORT";

// A TCP port of 127.0.0.1 that nobody listens on, and that clients are not given either.
int FreePort();

// A server on free ports of 127.0.0.1 that keeps its data in a temporary folder. It keeps port and
// data when it is stopped and started again. All throw std::runtime_error where it does not do what
// it is told. A server must not outlive the thread that started it.
class Server {
 public:
  virtual ~Server() = default;
  Server(const Server&) = delete;
  Server& operator=(const Server&) = delete;

  int port() const { return port_; }
  pid_t pid() const { return process_->pid(); }

  // Starts it and waits until it answers.
  void Start();

  // Ends it as a service manager does.
  void Stop();

  // Ends it at once.
  void Kill();

  // Holds it: from when this returns connections stay and get no answer. Until Thaw.
  void Freeze();
  void Thaw();

 protected:
  explicit Server(std::string name) : name_(std::move(name)), port_(FreePort()) {}

  virtual std::unique_ptr<Process> Launch() = 0;
  virtual bool Answers() const = 0;

  const TemporaryDirectory& folder() const { return folder_; }

 private:
  void End(int signal);

  const std::string name_;
  const int port_;
  const TemporaryDirectory folder_;
  std::unique_ptr<Process> process_;  // null where it does not run
};

// `options` of all of them come after those that tests share.
class MariadbServer final : public Server {
 public:
  explicit MariadbServer(std::vector<std::string> options = {});

  // In the Go driver's form, without parameters.
  std::string Dsn(const std::string& database) const;

 private:
  std::unique_ptr<Process> Launch() override;
  bool Answers() const override;

  const std::vector<std::string> options_;
};

class RedisServer final : public Server {
 public:
  explicit RedisServer(std::vector<std::string> options = {});

  std::string address() const { return "127.0.0.1:" + std::to_string(port()); }

 private:
  std::unique_ptr<Process> Launch() override;
  bool Answers() const override;

  const std::vector<std::string> options_;
};

// Its options are lines of rabbitmq.conf.
class RabbitmqServer final : public Server {
 public:
  explicit RabbitmqServer(std::vector<std::string> options = {});

  // The default virtual host.
  std::string address() const { return "amqp://guest:guest@127.0.0.1:" + std::to_string(port()); }
  int management_port() const { return management_port_; }

  // Runs rabbitmqctl on it.
  void Control(const std::vector<std::string>& arguments);

 private:
  std::unique_ptr<Process> Launch() override;
  bool Answers() const override;
  Process::Environment NodeEnvironment() const;

  const std::vector<std::string> options_;
  const int management_port_;
  const int distribution_port_;
  const int epmd_port_;
  std::unique_ptr<Process> epmd_;  // finds Erlang nodes; the broker does not start without it
};

// A connection to a MariaDB. Used by one thread. Throws std::runtime_error where it cannot be made,
// or a statement fails.
class DatabaseConnection {
 public:
  // `database` may be empty.
  DatabaseConnection(int port, const std::string& database);
  ~DatabaseConnection();

  DatabaseConnection(const DatabaseConnection&) = delete;
  DatabaseConnection& operator=(const DatabaseConnection&) = delete;

  // Runs one statement; the result's rows, with NULL as nullopt.
  using Row = std::vector<std::optional<std::string>>;
  std::vector<Row> Query(const std::string& sql);

 private:
  struct Handle;

  std::unique_ptr<Handle> handle_;
};

// A database of its own on the MariaDB of this run; gone with the object. Used by one thread.
// Throws as DatabaseConnection does.
class TestDatabase {
 public:
  // `port` is another server's, where it is not the shared one.
  explicit TestDatabase(std::optional<int> port = std::nullopt);
  ~TestDatabase();

  TestDatabase(const TestDatabase&) = delete;
  TestDatabase& operator=(const TestDatabase&) = delete;

  const std::string& name() const { return name_; }

  int port() const { return port_; }

  // In the Go driver's form, with the parameters that deployments have.
  std::string dsn() const;

  // As DatabaseConnection, on one connection.
  using Row = DatabaseConnection::Row;
  std::vector<Row> Query(const std::string& sql) { return connection_->Query(sql); }

  // Makes that connection anew, after the server has ended and come back.
  void Reconnect();

 private:
  const int port_;
  const std::string name_;
  std::unique_ptr<DatabaseConnection> connection_;
};

// "127.0.0.1:<port>" of the Redis of this run. Its keys are shared: tests use ids of their own.
std::string SharedRedisAddress();

// A virtual host of its own on the RabbitMQ of this run; gone with the object, with everything in
// it.
class TestVhost {
 public:
  TestVhost();
  ~TestVhost();

  TestVhost(const TestVhost&) = delete;
  TestVhost& operator=(const TestVhost&) = delete;

  // amqp://guest:guest@127.0.0.1:<port>/<name>
  std::string address() const;
  int port() const;
  const std::string& name() const { return name_; }

 private:
  const std::string name_;
};

// Asks the management API of a RabbitMQ as user guest; the status code and the body.
struct ManagementAnswer {
  int status_code;
  std::string body;
};
ManagementAnswer AskRabbitmqManagement(int management_port, const std::string& method,
                                       const std::string& path, const std::string& body = {});

}  // namespace outdial::test

#endif  // OUTDIAL_TESTS_SUPPORT_SERVERS_H_
