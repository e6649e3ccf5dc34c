// What the daemon does where something is full, or held, or slow: it says so or waits, stays small,
// serves who can be served, and has lost nothing when the cause is gone.
#include <sys/resource.h>
#include <sys/time.h>

#include <filesystem>
#include <memory>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include "deployment.h"
#include "nlohmann/json.hpp"
#include "support/amqp_client.h"
#include "support/catch.h"
#include "support/eventually.h"
#include "support/temporary_directory.h"

namespace outdial::test {
namespace {

using Json = nlohmann::json;

const std::string kManager = std::string(OUTDIAL_BIN_DIR) + "/outdial-manager";

// A client over HTTP, with a connection for each request.
class Client {
 public:
  explicit Client(const DaemonProcess& daemon) : port_(daemon.port()) {}

  HttpAnswer Send(const std::string& method, const std::string& uri,
                  const Json& body = nullptr) const {
    return AskOnce(port_, MakeRequest(method, uri, body.is_null() ? "" : body.dump()));
  }

  // The answer must be a 200.
  Json Ask(const std::string& method, const std::string& uri, const Json& body = nullptr) const {
    const HttpAnswer answer = Send(method, uri, body);
    if (answer.status_code != 200) throw std::runtime_error(uri + ": " + answer.body);
    return Json::parse(answer.body);
  }

  std::string CreateOutdial(const std::string& name = "list") const {
    return Ask("POST", "/v1/outdials", {{"name", name}})["id"];
  }

  std::string CreateTarget(const std::string& outdial) const {
    return Ask("POST", "/v1/outdials/" + outdial + "/targets",
               {{"destination_0", {{"type", "tel"}, {"target", "+15551230001"}}}})["id"];
  }

 private:
  const int port_;
};

void CheckUnavailable(const HttpAnswer& answer) {
  CHECK(answer.status_code == 503);
  CHECK(Json::parse(answer.body)["reason"] == "DATABASE_UNAVAILABLE");
}

HttpAnswer Progress(const Client& client, const std::string& target) {
  return client.Send("POST", "/v1/outdialtargets/" + target + "/progressing",
                     {{"destination_index", 0}});
}

// How large the files that a process writes may become, from now on.
void LimitFileSize(pid_t process, rlim_t bytes) {
  rlimit limit{};
  REQUIRE(prlimit(process, RLIMIT_FSIZE, nullptr, &limit) == 0);
  limit.rlim_cur = bytes;
  REQUIRE(prlimit(process, RLIMIT_FSIZE, &limit, nullptr) == 0);
}

TEST_CASE("SQLite: no space is left, and then there is") {
  const TemporaryDirectory folder;
  const std::string path = folder.Join("outdial.db");
  DaemonProcess daemon(kManager, "sqlite:" + path);
  const Client client(daemon);
  std::vector<std::string> created = {client.CreateOutdial()};
  const pid_t process = daemon.process().pid();
  LimitFileSize(process, std::filesystem::file_size(path + "-wal") + 20'000);

  // It fits for a while, and then it does not.
  HttpAnswer answer;
  const bool full = Eventually([&] {
    answer = client.Send("POST", "/v1/outdials", {{"name", std::string(255, 'x')}});
    if (answer.status_code == 200) created.push_back(Json::parse(answer.body)["id"]);
    return answer.status_code != 200;
  });
  REQUIRE(full);
  CheckUnavailable(answer);
  CheckUnavailable(client.Send("PUT", "/v1/outdials/" + created[0] + "/data",
                               {{"data", std::string(60'000, 'd')}}));
  for (const std::string& id : created) CHECK(client.Ask("GET", "/v1/outdials/" + id)["id"] == id);

  LimitFileSize(process, RLIM_INFINITY);
  CHECK(Eventually([&] {
    answer = client.Send("POST", "/v1/outdials", {{"name", "at last"}});
    return answer.status_code == 200;
  }));
  created.push_back(Json::parse(answer.body)["id"]);
  CHECK(client.Ask("GET", "/v1/outdials/" + created[0])["data"] == "");
  CHECK(client.Ask("GET", "/v1/outdials?page_size=1000").size() == created.size());
  CHECK(daemon.Stop() == 0);
  CHECK(daemon.process().error_output().find(path) == std::string::npos);

  DaemonProcess next(kManager, "sqlite:" + path);
  for (const std::string& id : created) {
    CHECK(Client(next).Ask("GET", "/v1/outdials/" + id)["id"] == id);
  }
  CHECK(next.Stop() == 0);
}

TEST_CASE("MySQL: others hold all connections, and then they do not") {
  MariadbServer mariadb({"--max-connections=10"});
  mariadb.Start();
  TestDatabase database(mariadb.port());
  DaemonProcess daemon(kManager, database.dsn(), {"--database_migrate"});
  const Client client(daemon);
  WaitForReadiness(daemon, "");
  const std::string outdial = client.CreateOutdial();

  // Its own are ended, and others take their places, but for the one that they need.
  std::vector<std::unique_ptr<DatabaseConnection>> others;
  const bool taken = Eventually([&] {
    for (const auto& row : database.Query(
             "select id from information_schema.processlist where id <> connection_id() and"
             " db = '" +
             database.name() + "'")) {
      try {
        database.Query("kill " + *row[0]);
      } catch (const std::runtime_error&) {  // it is gone already
      }
    }
    try {
      while (true) others.push_back(std::make_unique<DatabaseConnection>(mariadb.port(), ""));
    } catch (const std::runtime_error&) {  // there are no more
    }
    return client.Send("POST", "/v1/outdials", {{"name", "x"}}).status_code == 503;
  });
  REQUIRE(taken);
  WaitForReadiness(daemon, "database");
  CheckUnavailable(client.Send("GET", "/v1/outdials/" + outdial));

  others.clear();
  WaitForReadiness(daemon, "");
  CHECK(client.Ask("GET", "/v1/outdials/" + outdial)["id"] == outdial);
  CHECK_FALSE(client.CreateTarget(outdial).empty());
  CHECK(daemon.Stop() == 0);
}

TEST_CASE("MySQL: somebody else holds a row, and then he does not") {
  TestDatabase database;
  DaemonProcess daemon(kManager, database.dsn(), {"--database_migrate"});
  const Client client(daemon);
  WaitForReadiness(daemon, "");
  const std::string outdial = client.CreateOutdial();
  const std::string held = client.CreateTarget(outdial);
  const std::string free = client.CreateTarget(outdial);

  const auto hold = [&](const std::string& table, const std::string& id) {
    database.Query("begin");
    database.Query("select id from " + table + " where id = unhex(replace('" + id +
                   "', '-', '')) for update");
  };
  hold("outdial_outdialtargets", held);
  // It waits for a while, and meanwhile others are served.
  CheckUnavailable(Progress(client, held));
  const Json claimed =
      client.Ask("POST", "/v1/outdials/" + outdial + "/claim", {{"try_count_0", 1}, {"limit", 10}});
  REQUIRE(claimed.size() == 1);
  CHECK(claimed[0]["id"] == free);
  CHECK(client.Ask("GET", "/v1/outdialtargets/" + held)["try_count_0"] == 0);
  database.Query("rollback");
  CHECK(Progress(client, held).status_code == 200);

  hold("outdial_outdials", outdial);
  CheckUnavailable(client.Send("POST", "/v1/outdials/" + outdial + "/targets", Json::object()));
  CHECK(client.Ask("GET", "/v1/outdials/" + outdial)["id"] == outdial);
  CHECK_FALSE(client.CreateTarget(client.CreateOutdial("another")).empty());
  database.Query("rollback");
  CHECK_FALSE(client.CreateTarget(outdial).empty());
  CHECK(client.Ask("GET", "/v1/outdials/" + outdial + "/targets").size() == 3);
  CHECK(daemon.Stop() == 0);
}

TEST_CASE("the broker takes nothing because its memory is full, and then it does") {
  RabbitmqServer rabbitmq;
  rabbitmq.Start();
  TestDatabase database;
  const auto daemon = StartDaemon({database.dsn(), rabbitmq.address(), SharedRedisAddress()});
  Workload workload(rabbitmq.address(), kClients);
  workload.WaitForAnswers(kSome);
  const MemoryWatch memory(daemon->process().pid());

  rabbitmq.Control({"set_vm_memory_high_watermark", "absolute", "1"});
  // Who does not need the broker is served, and heard of later.
  const Client client(*daemon);
  std::vector<std::string> created;
  for (int i = 0; i < kSome; ++i) created.push_back(client.CreateOutdial());
  CHECK(Eventually(
      [&] { return std::stoi(MetricOf(*daemon, "outdial_manager_outbox_events")) >= kSome / 2; }));

  rabbitmq.Control({"set_vm_memory_high_watermark", "0.4"});
  for (const std::string& id : created) workload.WaitForEventOf(id);
  workload.WaitForAnswers(kSome);
  memory.Check();
  CheckAll(workload, database, MetricOf(*daemon, kRedelivered));
  CHECK(Eventually([&] { return MetricOf(*daemon, "outdial_manager_outbox_events") == "0"; }));
  CHECK(daemon->Stop() == 0);
}

TEST_CASE("clients never read their replies") {
  TestVhost vhost;
  TestDatabase database;
  const auto daemon = StartDaemon({database.dsn(), vhost.address(), SharedRedisAddress()});
  const Client client(*daemon);
  const std::string outdial = client.CreateOutdial(std::string(255, 'x'));
  const std::string uri = "/v1/outdials/" + outdial;
  const MemoryWatch memory(daemon->process().pid());

  // Over RabbitMQ it is the broker who keeps them.
  constexpr int kReplies = 5000;
  AmqpClient deaf(vhost.address());
  const std::string replies = deaf.DeclareOwnQueue();
  for (int i = 0; i < kReplies; ++i) {
    deaf.Publish("", kRequestQueue, {.body = MakeEnvelope("GET", uri), .reply_to = replies});
  }
  CHECK(Eventually([&] { return deaf.QueueSize(replies) == kReplies; }));

  // Over HTTP the connection ends, and does not hold anybody up.
  RawConnection connection(daemon->port());
  const std::string request = MakeRequest("GET", uri);
  bool open = true;
  for (int i = 0; open && i < 1'000'000; ++i) {
    open = connection.Send(request);
    if (i % 1000 == 0) CHECK(client.Ask("GET", uri)["id"] == outdial);
  }
  CHECK_FALSE(open);
  memory.Check();
  CHECK(daemon->Stop() == 0);
}

TEST_CASE("100,000 requests wait when the daemon starts") {
  TestVhost vhost;
  TestDatabase database;
  const Addresses addresses{database.dsn(), vhost.address(), SharedRedisAddress()};
  auto daemon = StartDaemon(addresses);
  const std::string outdial = Client(*daemon).CreateOutdial();
  CHECK(daemon->Stop() == 0);

  constexpr int kRequests = kSanitized ? 5'000 : 100'000;
  constexpr int kEach = 50;  // so many of them are one that creates
  AmqpClient client(vhost.address());
  const std::string replies = client.DeclareOwnQueue();
  const std::string read = MakeEnvelope("GET", "/v1/outdials/" + outdial);
  const std::string create =
      MakeEnvelope("POST", "/v1/outdials/" + outdial + "/targets", R"({"name":"waited"})");
  for (int i = 0; i < kRequests; ++i) {
    client.Publish("", kRequestQueue,
                   {.body = i % kEach == 0 ? create : read,
                    .reply_to = replies,
                    .correlation_id = std::to_string(i)});
  }
  REQUIRE(Eventually([&] { return client.QueueSize(kRequestQueue) == kRequests; }));

  daemon = StartDaemon(addresses);
  const MemoryWatch memory(daemon->process().pid());
  client.Consume(replies, AmqpClient::Acknowledgement::kAutomatic);
  std::vector<bool> answered(kRequests, false);
  for (int i = 0; i < kRequests; ++i) {
    const auto reply = client.Receive();
    REQUIRE(reply.has_value());
    const auto number = static_cast<std::size_t>(std::stoi(reply->message.correlation_id));
    const Json envelope = Json::parse(reply->message.body);
    if (envelope["status_code"] != 200 || answered[number]) FAIL(reply->message.body);
    answered[number] = true;
  }
  memory.Check();
  CHECK(database.Query("select count(*) from outdial_outdialtargets where name = 'waited'")
            .at(0)
            .at(0) == std::to_string(kRequests / kEach));
  CHECK(daemon->Stop() == 0);
}

}  // namespace
}  // namespace outdial::test
