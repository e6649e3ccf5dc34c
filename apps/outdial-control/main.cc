// The command line: works on the database directly, without the daemon.
#include <cstdlib>
#include <exception>
#include <iostream>
#include <optional>
#include <string>
#include <variant>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "absl/time/time.h"
#include "outdial-control/command_line.h"
#include "outdial-control/commands.h"
#include "outdial/apps/database.h"
#include "outdial/apps/settings.h"
#include "outdial/apps/signals.h"
#include "outdial/entities/error.h"
#include "outdial/mysql/settings.h"
#include "outdial/phonenumber/number_normalizer.h"
#include "outdial/ports/cache.h"
#include "outdial/redis/cache.h"
#include "outdial/services/services.h"
#include "outdial/system/random_id_source.h"
#include "outdial/system/system_clock.h"
#include "outdial/wire/json.h"

namespace outdial::control {
namespace {

// Twice: before a command, and after it where Redis could not be told of its changes.
constexpr absl::Duration kCachePatience = absl::Seconds(1);

using wire::Json;

absl::StatusOr<Outcome> RunOnServices(const apps::DatabaseSettings& settings,
                                      const ServiceSettings& service_settings,
                                      const std::optional<redis::Settings>& redis_settings,
                                      const Action& action, const Arguments& arguments) {
  const auto database = apps::OpenDatabase(settings);
  if (!database.ok()) return database.status();
  NoCache no_cache;
  std::optional<redis::Cache> redis;
  if (redis_settings.has_value()) redis.emplace(*redis_settings);
  if (redis.has_value()) redis->WaitUntilOnline(kCachePatience);
  Cache& cache = redis.has_value() ? static_cast<Cache&>(*redis) : no_cache;
  system::SystemClock clock;
  system::RandomIdSource ids;
  phonenumber::NumberNormalizer numbers;
  Services services(**database, cache, clock, ids, service_settings, &numbers);
  auto result = action(services, arguments);
  if (redis.has_value() && !redis->WaitUntilMadeUp(kCachePatience)) {
    apps::PrintError(kProgram,
                     "Redis could not be told of the change: others may see an old copy there");
  }
  return result;
}

int Finish(const absl::StatusOr<Outcome>& outcome) {
  if (outcome.ok()) {
    if (!outcome->result.has_value()) return outcome->exit_code;
    constexpr int kIndent = 2;
    std::cout << outcome->result->dump(kIndent, ' ', false, Json::error_handler_t::replace)
              << std::endl;
    if (std::cout.good()) return outcome->exit_code;
    apps::PrintError(kProgram, "the result could not be written");
    return EXIT_FAILURE;
  }
  std::string message(outcome.status().message());
  const Reason reason = GetReason(outcome.status());
  // What is about files has none.
  if (reason != Reason::kInternal || absl::IsInternal(outcome.status())) {
    absl::StrAppend(&message, " (", std::string(ReasonName(reason)), ")");
  }
  apps::PrintError(kProgram, message);
  return EXIT_FAILURE;
}

int FailUsage(const absl::Status& error) {
  apps::PrintError(kProgram, std::string(error.message()));
  return apps::kExitBadUsage;
}

int Main(int argc, char** argv) {
  apps::IgnoreWriteSignals();
  CommandLine command_line;
  const apps::Settings& settings = command_line.settings;
  if (const std::optional<int> exit_code = apps::ParseCommandLine(command_line.app, argc, argv)) {
    return *exit_code;
  }

  if (absl::Status status = apps::ConfigureLog(settings); !status.ok()) return FailUsage(status);
  const auto database = apps::ReadDatabaseSettings(settings, /*callers=*/1);
  if (!database.ok()) return FailUsage(database.status());
  const auto service_settings = apps::ReadServiceSettings(settings);
  if (!service_settings.ok()) return FailUsage(service_settings.status());
  const auto redis = apps::ReadRedisSettings(settings);
  if (!redis.ok()) return FailUsage(redis.status());

  // Behind a MySQL database there is usually a daemon that sends events.
  command_line.arguments.import_options.warn_of_missing_events =
      std::holds_alternative<mysql::Settings>(*database) && apps::AreEventsLeftOut(settings);
  if (command_line.database_action) return Finish(command_line.database_action(*database));
  return Finish(RunOnServices(*database, *service_settings, *redis, command_line.action,
                              command_line.arguments));
}

}  // namespace
}  // namespace outdial::control

int main(int argc, char** argv) {
  try {
    return outdial::control::Main(argc, argv);
  } catch (const std::exception& error) {
    outdial::apps::PrintError("outdial-control", error.what());
    return EXIT_FAILURE;
  }
}
