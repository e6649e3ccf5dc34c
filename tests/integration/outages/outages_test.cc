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

#include "deployment.h"
#include "support/catch.h"
#include "support/daemon_process.h"
#include "support/eventually.h"
#include "support/raw_http.h"
#include "support/servers.h"
#include "workload.h"

namespace outdial::test {
namespace {

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
  workload.AllowOldAnswers();
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
  RedisServer redis({"--appendonly", "yes"});  // it comes back with copies that are old by then
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
    if (&server == &redis) workload.WaitForAnswers(kSome);  // it is not needed
    const bool both = round / static_cast<int>(servers.size()) % 2 == 1;
    if (both) Kill(*daemon);
    server.Start();
    if (both) daemon = StartDaemon(addresses);
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
