// What the daemon promises while its servers, or itself, go away under load: no answer is untrue,
// no change and no event is lost or doubled, nobody waits for an answer in vain.
#include <signal.h>

#include <array>
#include <cstdlib>
#include <functional>
#include <iostream>
#include <memory>
#include <stdexcept>
#include <string>
#include <vector>

#include "support/catch.h"
#include "support/daemon_process.h"
#include "support/eventually.h"
#include "support/raw_http.h"
#include "support/servers.h"
#include "workload.h"

namespace outdial::test {
namespace {

constexpr int kClients = 8;
constexpr int kSome = 300;  // answers: some seconds of work

// A sanitizer's own memory says nothing of the daemon's.
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
constexpr bool kMeasuresMemory = false;
#elif defined(__has_feature)
constexpr bool kMeasuresMemory = !__has_feature(address_sanitizer);
#else
constexpr bool kMeasuresMemory = true;
#endif

// Where the servers of a deployment are.
struct Addresses {
  std::string database_dsn;
  std::string rabbitmq;
  std::string redis;
};

HttpAnswer Get(const DaemonProcess& daemon, const std::string& path) {
  return AskOnce(daemon.port(), MakeRequest("GET", path));
}

// Waits until GET /readyz answers 200 and names nothing, or 503 and names `missing`.
void WaitForReadiness(const DaemonProcess& daemon, const std::string& missing) {
  const int expected = missing.empty() ? 200 : 503;
  HttpAnswer answer;
  const bool met = Eventually([&] {
    answer = Get(daemon, "/readyz");
    return answer.status_code == expected && answer.body.find(missing) != std::string::npos;
  });
  if (!met) throw std::runtime_error("/readyz says " + answer.body);
}

// It is ready when this returns.
std::unique_ptr<DaemonProcess> StartDaemon(const Addresses& addresses) {
  auto daemon = std::make_unique<DaemonProcess>(
      std::string(OUTDIAL_BIN_DIR) + "/outdial-manager", addresses.database_dsn,
      std::vector<std::string>{"--database_migrate", "--rabbitmq_address", addresses.rabbitmq,
                               "--redis_address", addresses.redis});
  WaitForReadiness(*daemon, "");
  return daemon;
}

// The value of a metric without labels.
std::string MetricOf(const DaemonProcess& daemon, const std::string& name) {
  const std::string text = "\n" + Get(daemon, "/metrics").body;
  const std::size_t begin = text.find("\n" + name + " ");
  if (begin == std::string::npos) return "?";
  const std::size_t value = begin + name.size() + 2;
  return text.substr(value, text.find('\n', value) - value);
}

// A daemon's memory must be about where it was when the load had just begun. The heap finds its
// size with the first outages: thirty in a row end where ten do, some 6 MB above the beginning.
class MemoryWatch {
 public:
  explicit MemoryWatch(pid_t process) : process_(process), before_(ResidentKiB(process)) {}

  void Check() const {
    const long after = ResidentKiB(process_);
    std::cout << "resident: " << before_ << " KiB before, " << after << " KiB after\n";
    if (kMeasuresMemory) CHECK(after <= before_ + 8192);
  }

 private:
  const pid_t process_;
  const long before_;
};

// Ends the work, prints the counts and compares everything.
Tally CheckAll(Workload& workload, TestDatabase& database, const std::string& redelivered) {
  const Tally tally = workload.Finish();
  const std::vector<std::string> differences = workload.FindDifferences(database);
  std::cout << "sent " << tally.sent << ", answered " << tally.answered << ", refused "
            << tally.refused << ", unanswered " << tally.unanswered << ", redelivered "
            << redelivered << ", events " << workload.events() << " (" << workload.distinct_events()
            << " different)\n";
  CHECK(differences == std::vector<std::string>());
  CHECK(tally.sent == tally.answered + tally.refused + tally.unanswered);
  return tally;
}

constexpr char kRedelivered[] = "outdial_manager_redelivered_requests_total";

TEST_CASE("the broker ends, or dies, and comes back") {
  RabbitmqServer rabbitmq;
  rabbitmq.Start();
  TestDatabase database;
  const auto daemon = StartDaemon({database.dsn(), rabbitmq.address(), SharedRedisAddress()});
  Workload workload(rabbitmq.address(), kClients);
  workload.WaitForAnswers(kSome);
  const MemoryWatch memory(daemon->process().pid());
  for (const bool killed : {false, true}) {
    killed ? rabbitmq.Kill() : rabbitmq.Stop();
    WaitForReadiness(*daemon, "broker");
    // Who does not need the broker is served meanwhile, and is heard of later.
    const HttpAnswer created =
        AskOnce(daemon->port(), MakeRequest("POST", "/v1/outdials", R"({"name":"meanwhile"})"));
    CHECK(created.status_code == 200);
    rabbitmq.Start();
    WaitForReadiness(*daemon, "");
    workload.WaitForEventOf(nlohmann::json::parse(created.body)["id"]);
    workload.WaitForAnswers(kSome);
  }
  memory.Check();
  const Tally tally = CheckAll(workload, database, MetricOf(*daemon, kRedelivered));
  CHECK(tally.refused == 0);
  CHECK(daemon->Stop() == 0);
}

TEST_CASE("Redis ends, comes back empty, hangs, and goes on") {
  RedisServer redis;
  redis.Start();
  TestVhost vhost;
  TestDatabase database;
  const auto daemon = StartDaemon({database.dsn(), vhost.address(), redis.address()});
  Workload workload(vhost.address(), kClients);
  workload.WaitForAnswers(kSome);
  const MemoryWatch memory(daemon->process().pid());
  for (int round = 0; round < 2; ++round) {
    redis.Kill();
    workload.WaitForAnswers(kSome);
    WaitForReadiness(*daemon, "");  // it is not needed
    redis.Start();
    workload.WaitForAnswers(kSome);
    redis.Freeze();
    workload.WaitForAnswers(kSome);
    redis.Thaw();
    workload.WaitForAnswers(kSome);
  }
  memory.Check();
  const Tally tally = CheckAll(workload, database, MetricOf(*daemon, kRedelivered));
  CHECK(tally.refused + tally.unanswered == 0);
  CHECK(daemon->Stop() == 0);
}

TEST_CASE("the database ends, or dies, and comes back") {
  MariadbServer mariadb;
  mariadb.Start();
  TestVhost vhost;
  TestDatabase database(mariadb.port());
  const std::string name = database.name();
  const auto daemon = StartDaemon({database.dsn(), vhost.address(), SharedRedisAddress()});
  Workload workload(vhost.address(), kClients);
  workload.WaitForAnswers(kSome);
  const MemoryWatch memory(daemon->process().pid());
  for (const bool killed : {false, true}) {
    killed ? mariadb.Kill() : mariadb.Stop();
    workload.WaitForRefusals(kClients);
    WaitForReadiness(*daemon, "database");
    mariadb.Start();
    WaitForReadiness(*daemon, "");
    workload.WaitForAnswers(kSome);
  }
  memory.Check();
  database.Reconnect();
  const Tally tally = CheckAll(workload, database, MetricOf(*daemon, kRedelivered));
  CHECK(tally.unanswered == 0);
  CHECK(daemon->Stop() == 0);
}

// `end` ends the daemon, again and again, and another one takes its place. Nobody notices.
void EndOverAndOver(const std::function<void(DaemonProcess&)>& end) {
  TestVhost vhost;
  TestDatabase database;
  const Addresses addresses{database.dsn(), vhost.address(), SharedRedisAddress()};
  auto daemon = StartDaemon(addresses);
  Workload workload(vhost.address(), kClients);
  for (int round = 0; round < 5; ++round) {
    workload.WaitForAnswers(kSome);
    end(*daemon);
    daemon = StartDaemon(addresses);
  }
  workload.WaitForAnswers(kSome);
  const Tally tally = CheckAll(workload, database, MetricOf(*daemon, kRedelivered));
  CHECK(tally.refused + tally.unanswered == 0);
  CHECK(daemon->Stop() == 0);
}

void Kill(DaemonProcess& daemon) {
  daemon.process().Signal(SIGKILL);
  REQUIRE(daemon.process().WaitForExit() == 128 + SIGKILL);
}

TEST_CASE("the daemon is killed with requests in hand") { EndOverAndOver(Kill); }

TEST_CASE("a daemon that is told to stop leaves nobody without an answer") {
  EndOverAndOver([](DaemonProcess& daemon) { CHECK(daemon.Stop() == 0); });
}

TEST_CASE("two daemons share the queue, and each outlives the other") {
  TestVhost vhost;
  TestDatabase database;
  const Addresses addresses{database.dsn(), vhost.address(), SharedRedisAddress()};
  auto first = StartDaemon(addresses);
  Workload workload(vhost.address(), kClients);
  workload.WaitForAnswers(kSome);
  auto second = StartDaemon(addresses);
  for (auto* daemon : {&first, &second}) {
    workload.WaitForAnswers(kSome);
    // It was at work, and so was its relay where it held the lock.
    Kill(**daemon);
    workload.WaitForAnswers(kSome);
    *daemon = StartDaemon(addresses);
  }
  workload.WaitForAnswers(kSome);
  const Tally tally =
      CheckAll(workload, database,
               MetricOf(*first, kRedelivered) + " and " + MetricOf(*second, kRedelivered));
  CHECK(tally.refused + tally.unanswered == 0);
  CHECK(first->Stop() == 0);
  CHECK(second->Stop() == 0);
}

// How often the daemon dies. The tests have time for a few; somebody who wants to know takes more.
int Rounds() {
  const char* const rounds = std::getenv("OUTDIAL_CHAOS_ROUNDS");
  return rounds == nullptr ? 5 : std::stoi(rounds);
}

TEST_CASE("chaos: the daemon dies over and over, and each server in between") {
  MariadbServer mariadb;
  RedisServer redis;
  RabbitmqServer rabbitmq;
  const std::array<Server*, 3> servers = {&mariadb, &redis, &rabbitmq};
  for (Server* const server : servers) server->Start();
  TestDatabase database(mariadb.port());
  const Addresses addresses{database.dsn(), rabbitmq.address(), redis.address()};
  auto daemon = StartDaemon(addresses);
  Workload workload(rabbitmq.address(), kClients);
  for (int round = 0; round < Rounds(); ++round) {
    workload.WaitForAnswers(kSome);
    Kill(*daemon);
    daemon = StartDaemon(addresses);
    workload.WaitForAnswers(kSome);
    Server& server = *servers.at(static_cast<std::size_t>(round) % servers.size());
    server.Kill();
    server.Start();
    WaitForReadiness(*daemon, "");
  }
  workload.WaitForAnswers(kSome);
  database.Reconnect();
  std::cout << Rounds() << " rounds: ";
  CheckAll(workload, database, MetricOf(*daemon, kRedelivered));
  CHECK(daemon->Stop() == 0);
}

}  // namespace
}  // namespace outdial::test
