// The program: reads its settings, runs the daemon, and waits to be stopped.
#include <malloc.h>

#include <cstdlib>
#include <exception>
#include <memory>
#include <optional>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "daemon.h"
#include "outdial-manager/command_line.h"
#include "outdial-manager/manager_settings.h"
#include "outdial/apps/settings.h"
#include "outdial/apps/signals.h"
#include "outdial/logging/log.h"

namespace outdial::manager {
namespace {

constexpr int kExitMigrationMissing = 3;

int Fail(const absl::Status& error, int exit_code = EXIT_FAILURE) {
  apps::PrintError(kProgram, std::string(error.message()));
  return exit_code;
}

// The C library would give each thread a heap of its own, and keep what it frees. Large texts are
// kept outside of these, and given back at once: the library would take the largest one that was
// ever freed for small.
void LimitHeaps() {
  ::mallopt(M_ARENA_MAX, 2);
  ::mallopt(M_MMAP_THRESHOLD, 256 * 1024);
}

int Run(const ManagerSettings& settings) {
  apps::BlockStopSignals();
  apps::IgnoreWriteSignals();
  const absl::StatusOr<std::unique_ptr<Daemon>> made = Daemon::Make(settings);
  if (!made.ok()) return Fail(made.status());
  Daemon& daemon = **made;
  if (absl::Status failure = daemon.DatabaseFailure(); !failure.ok()) {
    return Fail(failure, kExitMigrationMissing);
  }
  if (absl::Status status = daemon.Start(); !status.ok()) return Fail(status);
  const int signal = apps::WaitForStopSignal();
  daemon.Stop();
  if (absl::Status failure = daemon.DatabaseFailure(); !failure.ok()) {
    return Fail(failure, kExitMigrationMissing);
  }
  logging::Log(logging::Level::kInfo, "stopped", {{"signal", std::to_string(signal)}});
  return EXIT_SUCCESS;
}

int Main(int argc, char** argv) {
  LimitHeaps();
  CommandLine command_line;
  if (const std::optional<int> exit_code = apps::ParseCommandLine(command_line.app, argc, argv)) {
    return *exit_code;
  }
  const absl::StatusOr<ManagerSettings> settings = ReadManagerSettings(command_line.settings);
  if (!settings.ok()) {
    apps::PrintError(kProgram, std::string(settings.status().message()));
    return apps::kExitBadUsage;
  }
  return Run(*settings);
}

}  // namespace
}  // namespace outdial::manager

int main(int argc, char** argv) {
  try {
    return outdial::manager::Main(argc, argv);
  } catch (const std::exception& error) {
    outdial::apps::PrintError("outdial-manager", error.what());
    return EXIT_FAILURE;
  }
}
