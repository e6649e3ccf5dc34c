// What tests run as a process of its own on a database file. Prints a line for each change once it
// is committed, and says on standard error how far it is.
//
// usage: sqlite_test_client open  PATH
//        sqlite_test_client claim PATH OUTDIAL_ID COUNT
//        sqlite_test_client dial  PATH OUTDIAL_ID
//
// Before it begins it waits for the file PATH.go.

#include <unistd.h>

#include <chrono>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <thread>
#include <utility>
#include <vector>

#include "absl/functional/function_ref.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "outdial/entities/error.h"
#include "outdial/ports/cache.h"
#include "outdial/services/services.h"
#include "outdial/sqlite/database.h"
#include "outdial/system/random_id_source.h"
#include "outdial/system/system_clock.h"

namespace outdial {
namespace {

constexpr TryThresholds kOneTry = {1, 1, 1, 1, 1};

// One system call for a line, so that a line is whole or not there.
void Print(int stream, const std::string& line) {
  if (write(stream, line.data(), line.size()) != static_cast<ssize_t>(line.size())) std::exit(3);
}

template <typename Value>
Value Require(absl::StatusOr<Value> value) {
  if (!value.ok()) {
    Print(STDERR_FILENO, absl::StrCat(value.status().ToString(), "\n"));
    std::exit(1);
  }
  return *std::move(value);
}

// A caller has to expect that the database is busy.
template <typename Call>
auto Repeat(Call call) {
  while (true) {
    auto result = call();
    if (result.ok() || GetReason(result.status()) != Reason::kDatabaseUnavailable) {
      return Require(std::move(result));
    }
  }
}

void WaitForFile(const std::string& path) {
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(60);
  while (!std::filesystem::exists(path)) {
    if (std::chrono::steady_clock::now() > deadline) std::exit(4);
    std::this_thread::sleep_for(std::chrono::milliseconds(1));
  }
}

void Claim(Services& services, OutdialId outdial_id, std::size_t count) {
  std::size_t claimed = 0;
  while (claimed < count) {
    const std::size_t limit = std::min<std::size_t>(3, count - claimed);
    const auto targets =
        Repeat([&] { return services.targets.Claim(outdial_id, kOneTry, limit, std::nullopt); });
    if (targets.empty()) return;
    for (const ClaimedTarget& target : targets) {
      Print(STDOUT_FILENO, absl::StrCat(target.target.id().ToString(), "\n"));
    }
    claimed += targets.size();
  }
}

// Creates, dials and reports until it is killed.
void Dial(Services& services, OutdialId outdial_id) {
  int step = 0;
  const auto acknowledge = [&step](const char* change, OutdialTargetId id) {
    Print(STDOUT_FILENO, absl::StrCat(change, " ", id.ToString(), "\n"));
    Print(STDERR_FILENO, absl::StrCat("step ", ++step, "\n"));
  };
  while (true) {
    NewOutdialTarget values;
    Address::Fields address;
    address.type = "tel";
    address.target = "+15551230001";
    values.destinations[0] = Address::FromStorage(address);
    const OutdialTarget target =
        Repeat([&] { return services.targets.Create(outdial_id, values); });
    acknowledge("created", target.id());
    Repeat(
        [&] { return services.targets.Progress(target.id(), DestinationIndex(), std::nullopt); });
    acknowledge("progressing", target.id());
    Repeat([&] { return services.targets.Report(target.id(), TargetStatus::kDone, std::nullopt); });
    acknowledge("done", target.id());
  }
}

int Main(const std::vector<std::string>& arguments) {
  if (arguments.size() < 2) return 2;
  Print(STDERR_FILENO, "ready\n");
  WaitForFile(arguments[1] + ".go");
  sqlite::Settings settings;
  settings.path = arguments[1];
  settings.busy_timeout = absl::Seconds(30);
  const auto database = Require(sqlite::Open(settings));
  if (arguments[0] == "open") return 0;

  NoCache cache;
  system::SystemClock clock;
  system::RandomIdSource ids;
  Services services(*database, cache, clock, ids);
  const OutdialId outdial_id = OutdialId::Parse(arguments.at(2)).value();
  if (arguments[0] == "claim") Claim(services, outdial_id, std::stoul(arguments.at(3)));
  if (arguments[0] == "dial") Dial(services, outdial_id);
  return 0;
}

}  // namespace
}  // namespace outdial

int main(int argc, char** argv) {
  return outdial::Main(std::vector<std::string>(argv + 1, argv + argc));
}
