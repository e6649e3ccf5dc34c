// Half of full load for a long time: nothing grows.
#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <iostream>
#include <iterator>
#include <string>

#include "deployment.h"
#include "support/catch.h"
#include "support/eventually.h"

namespace outdial::test {
namespace {

using std::chrono::duration;
using std::chrono::steady_clock;

// The tests have time for a minute; somebody who wants to know takes an hour.
duration<double> SoakTime() {
  const char* const seconds = std::getenv("OUTDIAL_SOAK_SECONDS");
  if (seconds != nullptr) return duration<double>(std::stod(seconds));
  return duration<double>(kSanitized ? 5 : 60);
}

duration<double> WarmUpTime() { return duration<double>(kSanitized ? 1 : 15); }

// What a daemon holds.
struct Holdings {
  explicit Holdings(DaemonProcess& daemon) : resident_kib(ResidentKiB(daemon.process().pid())) {
    const std::string process = "/proc/" + std::to_string(daemon.process().pid());
    const auto count = [&](const std::string& folder) {
      return std::distance(std::filesystem::directory_iterator(process + folder), {});
    };
    // Connections to the database are opened as they are needed, up to a number that is set.
    connections = std::stol(MetricOf(daemon, "outdial_manager_database_connections_open"));
    // All else that it has open: other connections, files and what it waits on.
    descriptors = count("/fd") - connections;
    threads = count("/task");
  }

  void Print(const char* when) const {
    std::cout << when << ": " << resident_kib << " KiB resident, " << descriptors
              << " descriptors, " << connections << " connections to the database, " << threads
              << " threads\n";
  }

  long resident_kib;
  long connections = 0;
  long descriptors = 0;
  long threads = 0;
};

TEST_CASE("soak: at half of full load nothing grows") {
  TestVhost vhost;
  TestDatabase database;
  const auto daemon = StartDaemon({database.dsn(), vhost.address(), SharedRedisAddress()});
  Workload workload(vhost.address(), kClients);
  workload.WaitForAnswers(kSome);
  const auto begin = steady_clock::now();
  workload.WaitForAnswers(5 * kSome);
  const double full = 5 * kSome / duration<double>(steady_clock::now() - begin).count();
  workload.SetRate(full / 2);
  // Until it holds as much as it ever does of what is kept for ten seconds: what has been answered.
  const auto rate_set = steady_clock::now();
  while (steady_clock::now() - rate_set < WarmUpTime()) workload.WaitForAnswers(kSome);

  const Holdings before(*daemon);
  before.Print("before");
  const auto soak_begin = steady_clock::now();
  int answers = 0;
  while (steady_clock::now() - soak_begin < SoakTime()) {
    workload.WaitForAnswers(kSome);
    answers += kSome;
  }
  const duration<double> soaked = steady_clock::now() - soak_begin;
  const Holdings after(*daemon);
  after.Print("after");
  std::cout << "full load " << full << " requests a second, " << answers / soaked.count() << " for "
            << soaked.count() << " s\n";
  // A connection may be in the act of being opened or closed by who asks for metrics.
  CHECK(after.descriptors <= before.descriptors + 1);
  CHECK(after.threads <= before.threads + 1);
  if (!kSanitized) CHECK(after.resident_kib <= before.resident_kib + 2048);

  const Tally tally = CheckAll(workload, database, MetricOf(*daemon, kRedelivered));
  CHECK(tally.refused + tally.unanswered == 0);
  CHECK(Eventually([&] { return MetricOf(*daemon, "outdial_manager_outbox_events") == "0"; }));
  CHECK(daemon->Stop() == 0);
}

}  // namespace
}  // namespace outdial::test
