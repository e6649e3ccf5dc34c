#include "deployment.h"

#include <iostream>
#include <stdexcept>
#include <vector>

#include "support/catch.h"
#include "support/eventually.h"
#include "support/process.h"

namespace outdial::test {
namespace {

constexpr std::size_t kFewDifferences = 30;

}  // namespace

HttpAnswer Get(const DaemonProcess& daemon, const std::string& path) {
  return AskOnce(daemon.port(), MakeRequest("GET", path));
}

void WaitForReadiness(const DaemonProcess& daemon, const std::string& missing) {
  const int expected = missing.empty() ? 200 : 503;
  HttpAnswer answer;
  const bool met = Eventually([&] {
    answer = Get(daemon, "/readyz");
    return answer.status_code == expected && answer.body.find(missing) != std::string::npos;
  });
  if (!met) throw std::runtime_error("/readyz says " + answer.body);
}

std::unique_ptr<DaemonProcess> StartDaemon(const Addresses& addresses) {
  auto daemon = std::make_unique<DaemonProcess>(
      std::string(OUTDIAL_BIN_DIR) + "/outdial-manager", addresses.database_dsn,
      std::vector<std::string>{"--database_migrate", "--rabbitmq_address", addresses.rabbitmq,
                               "--redis_address", addresses.redis});
  WaitForReadiness(*daemon, "");
  return daemon;
}

std::string MetricOf(const DaemonProcess& daemon, const std::string& name) {
  const std::string text = "\n" + Get(daemon, "/metrics").body;
  const std::size_t begin = text.find("\n" + name + " ");
  if (begin == std::string::npos) return "?";
  const std::size_t value = begin + name.size() + 2;
  return text.substr(value, text.find('\n', value) - value);
}

MemoryWatch::MemoryWatch(pid_t process) : process_(process), before_(ResidentKiB(process)) {}

void MemoryWatch::Check() const {
  const long after = ResidentKiB(process_);
  std::cout << "resident: " << before_ << " KiB before, " << after << " KiB after\n";
  if (!kSanitized) CHECK(after <= before_ + 8192);
}

Tally CheckAll(Workload& workload, TestDatabase& database, const std::string& redelivered) {
  const Tally tally = workload.Finish(database);
  std::vector<std::string> differences = workload.FindDifferences(database);
  // Where one thing is wrong many are: the first ones tell.
  if (differences.size() > kFewDifferences) differences.resize(kFewDifferences);
  const Ledger& ledger = workload.ledger();
  std::cout << "sent " << tally.sent << ", answered " << tally.answered << ", conflicts "
            << tally.conflicts << ", refused " << tally.refused << ", unanswered "
            << tally.unanswered << ", redelivered " << redelivered << "; created " << tally.created
            << ", deleted " << tally.deleted << ", won " << tally.won << ", claimed "
            << tally.claimed << ", renewed " << tally.renewed << ", abandoned " << tally.abandoned
            << ", read " << tally.read << ", events " << ledger.events() << " ("
            << ledger.distinct_events() << " different), webhooks " << ledger.webhooks() << "\n";
  CHECK(differences == std::vector<std::string>());
  CHECK(tally.sent == tally.answered + tally.conflicts + tally.refused + tally.unanswered);
  return tally;
}

}  // namespace outdial::test
