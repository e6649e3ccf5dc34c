// The command line: works on the database directly, without the daemon.
#include <cstdlib>
#include <exception>
#include <functional>
#include <iostream>
#include <optional>
#include <string>

#include "CLI/CLI.hpp"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "absl/time/time.h"
#include "commands.h"
#include "outdial/apps/database.h"
#include "outdial/apps/settings.h"
#include "outdial/entities/error.h"
#include "outdial/entities/timestamp.h"
#include "outdial/ports/cache.h"
#include "outdial/redis/cache.h"
#include "outdial/services/services.h"
#include "outdial/system/random_id_source.h"
#include "outdial/system/system_clock.h"
#include "outdial/version.h"
#include "outdial/wire/json.h"

namespace outdial::control {
namespace {

constexpr char kProgram[] = "outdial-control";
constexpr absl::Duration kCachePatience = absl::Seconds(1);

using wire::Json;

// What a command does to a database that may not be there, or not be up to date.
using DatabaseAction = std::function<absl::StatusOr<Json>(const apps::DatabaseSettings&)>;

absl::StatusOr<Json> ShowMigrations(const apps::DatabaseSettings& database) {
  const auto migrations = apps::ListMigrations(database);
  if (!migrations.ok()) return migrations.status();
  Json list = Json::array();
  for (const sql::Migration& migration : *migrations) {
    list.push_back({{"number", migration.number},
                    {"name", migration.name},
                    {"checksum", migration.checksum},
                    {"tm_applied", migration.tm_applied.has_value()
                                       ? Json(FormatTimestamp(*migration.tm_applied))
                                       : Json(nullptr)}});
  }
  return list;
}

absl::StatusOr<Json> Migrate(const apps::DatabaseSettings& database) {
  if (absl::Status status = apps::MigrateDatabase(database); !status.ok()) return status;
  return ShowMigrations(database);
}

void AddDatabaseCommands(CLI::App& app, DatabaseAction& action) {
  CLI::App& group = *app.add_subcommand("database", "Create the tables, or see which are there");
  group.require_subcommand(1);
  group.add_subcommand("migrate", "Apply the migrations that the database lacks")
      ->callback([&action] { action = Migrate; });
  group.add_subcommand("status", "List the migrations, and when each was applied")
      ->callback([&action] { action = ShowMigrations; });
}

absl::StatusOr<Json> RunOnServices(const apps::DatabaseSettings& settings,
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
  Services services(**database, cache, clock, ids, service_settings);
  auto result = action(services, arguments);
  if (redis.has_value() && redis->stats().overdue > 0) {
    apps::PrintError(kProgram,
                     "Redis could not be told of the change: others may see an old copy there");
  }
  return result;
}

int Finish(const absl::StatusOr<Json>& result) {
  if (result.ok()) {
    constexpr int kIndent = 2;
    std::cout << result->dump(kIndent, ' ', false, Json::error_handler_t::replace) << std::endl;
    if (std::cout.good()) return EXIT_SUCCESS;
    apps::PrintError(kProgram, "the result could not be written");
    return EXIT_FAILURE;
  }
  apps::PrintError(kProgram,
                   absl::StrCat(std::string(result.status().message()), " (",
                                std::string(ReasonName(GetReason(result.status()))), ")"));
  return EXIT_FAILURE;
}

int FailUsage(const absl::Status& error) {
  apps::PrintError(kProgram, std::string(error.message()));
  return apps::kExitBadUsage;
}

int Main(int argc, char** argv) {
  CLI::App app("Reads and changes outdials and targets in the database directly.", kProgram);
  app.set_version_flag("--version", absl::StrCat(kProgram, " ", kVersion));
  app.set_help_all_flag("--help-all", "Print the help of all commands");
  app.require_subcommand(1);
  app.fallthrough();  // the settings may also follow a command

  apps::Settings settings(app);
  apps::AddDatabaseSettings(settings);
  apps::AddServiceSettings(settings);
  apps::AddLogSettings(settings);
  apps::AddRedisSettings(settings);

  Arguments arguments;
  Action action;
  DatabaseAction database_action;
  AddCommands(app, arguments, action);
  AddDatabaseCommands(app, database_action);
  if (const std::optional<int> exit_code = apps::ParseCommandLine(app, argc, argv)) {
    return *exit_code;
  }

  if (absl::Status status = apps::ConfigureLog(settings); !status.ok()) return FailUsage(status);
  const auto database = apps::ReadDatabaseSettings(settings, /*callers=*/1);
  if (!database.ok()) return FailUsage(database.status());
  const auto service_settings = apps::ReadServiceSettings(settings);
  if (!service_settings.ok()) return FailUsage(service_settings.status());
  const auto redis = apps::ReadRedisSettings(settings);
  if (!redis.ok()) return FailUsage(redis.status());

  if (database_action) return Finish(database_action(*database));
  return Finish(RunOnServices(*database, *service_settings, *redis, action, arguments));
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
