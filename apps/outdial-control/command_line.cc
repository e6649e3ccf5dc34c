#include "outdial-control/command_line.h"

#include <string>

#include "absl/status/status.h"
#include "outdial/entities/timestamp.h"
#include "outdial/version.h"

namespace outdial::control {
namespace {

using wire::Json;

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

}  // namespace

CommandLine::CommandLine()
    : app("Reads and changes outdials and targets in the database directly.", kProgram),
      settings(app) {
  app.set_version_flag("--version", std::string(kProgram) + " " + kVersion);
  app.set_help_all_flag("--help-all", "Print the help of all commands");
  app.require_subcommand(1);
  app.fallthrough();  // the settings may also follow a command

  apps::AddDatabaseSettings(settings);
  apps::AddServiceSettings(settings);
  apps::AddLogSettings(settings);
  apps::AddRedisSettings(settings);
  AddCommands(app, arguments, action);
  AddDatabaseCommands(app, database_action);
  app.footer(
      "Exit status: 0 when it is done, 1 when the operation failed or rows were refused, 2 when "
      "the "
      "command line or a setting is wrong.");
}

}  // namespace outdial::control
