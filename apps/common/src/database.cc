#include "outdial/apps/database.h"

#include <cstdint>
#include <limits>
#include <string>
#include <string_view>
#include <utility>

#include "absl/strings/str_cat.h"

namespace outdial::apps {
namespace {

constexpr char kDatabaseDsn[] = "database_dsn";
constexpr char kOutboxLimit[] = "outbox_limit";

// Calls the function for the settings' kind of database.
template <typename Sqlite, typename Mysql>
auto Visit(const DatabaseSettings& settings, Sqlite sqlite, Mysql mysql) {
  if (const auto* const file = std::get_if<sqlite::Settings>(&settings)) return sqlite(*file);
  return mysql(std::get<mysql::Settings>(settings));
}

absl::StatusOr<DatabaseSettings> ReadDsn(const Settings& settings) {
  constexpr std::string_view kSqliteScheme = "sqlite:";
  const std::string dsn = settings.Text(kDatabaseDsn);
  if (dsn.empty()) return Settings::Error(kDatabaseDsn, "is missing; try sqlite:outdial.db");
  if (dsn.starts_with(kSqliteScheme)) {
    sqlite::Settings file;
    file.path = dsn.substr(kSqliteScheme.size());
    if (!file.path.empty()) return file;
    return Settings::Error(kDatabaseDsn, "must be sqlite:PATH or sqlite::memory:");
  }
  if (dsn.find('/') == std::string::npos) {
    return Settings::Error(kDatabaseDsn,
                           "must be user:password@tcp(host:3306)/database,"
                           " mysql://user:password@host/database or sqlite:PATH");
  }
  auto server = mysql::ParseDsn(dsn);
  if (!server.ok()) return Settings::Error(kDatabaseDsn, std::string(server.status().message()));
  return *std::move(server);
}

absl::StatusOr<std::size_t> ReadOutboxLimit(const Settings& settings) {
  constexpr std::int64_t kDefault = 1'000'000;
  const auto limit =
      settings.Number(kOutboxLimit, kDefault, 1, std::numeric_limits<std::int64_t>::max());
  if (!limit.ok()) return limit.status();
  return static_cast<std::size_t>(*limit);
}

}  // namespace

void AddDatabaseSettings(Settings& settings) {
  settings.Add(kDatabaseDsn,
               "user:password@tcp(host:3306)/database, mysql://user:password@host/database,"
               " sqlite:PATH or sqlite::memory: (required)");
  settings.Add(kOutboxLimit,
               "how many events may wait before changes are refused (default 1000000)");
}

absl::StatusOr<DatabaseSettings> ReadDatabaseSettings(const Settings& settings,
                                                      std::size_t callers) {
  auto database = ReadDsn(settings);
  if (!database.ok()) return database.status();
  const auto outbox_limit = ReadOutboxLimit(settings);
  if (!outbox_limit.ok()) return outbox_limit.status();
  std::visit([&](auto& kind) { kind.outbox_limit = *outbox_limit; }, *database);
  if (auto* const server = std::get_if<mysql::Settings>(&*database)) {
    server->max_connections = callers;
  }
  return database;
}

absl::StatusOr<std::unique_ptr<Database>> OpenDatabase(const DatabaseSettings& settings) {
  using Result = absl::StatusOr<std::unique_ptr<Database>>;
  return Visit(
      settings, [](const sqlite::Settings& file) -> Result { return sqlite::Open(file); },
      [](const mysql::Settings& server) -> Result { return mysql::Open(server); });
}

std::unique_ptr<RelayLock> OpenRelayLock(const DatabaseSettings& settings) {
  return Visit(settings, sqlite::OpenRelayLock, mysql::OpenRelayLock);
}

absl::StatusOr<std::vector<sql::Migration>> ListMigrations(const DatabaseSettings& settings) {
  return Visit(settings, sqlite::ListMigrations, mysql::ListMigrations);
}

absl::Status MigrateDatabase(const DatabaseSettings& settings, std::stop_token stop) {
  return Visit(settings, sqlite::Migrate, [&](const mysql::Settings& server) {
    return mysql::Migrate(server, std::move(stop));
  });
}

absl::Status CheckMigrations(const DatabaseSettings& settings) {
  if (std::holds_alternative<sqlite::Settings>(settings)) return absl::OkStatus();
  const auto migrations = ListMigrations(settings);
  if (!migrations.ok()) return migrations.status();
  for (const sql::Migration& migration : *migrations) {
    if (migration.tm_applied.has_value()) continue;
    return absl::FailedPreconditionError(
        absl::StrCat("The database lacks migration ", migration.name,
                     ": run \"outdial-control database migrate\", or start the daemon with"
                     " --database_migrate."));
  }
  return absl::OkStatus();
}

}  // namespace outdial::apps
