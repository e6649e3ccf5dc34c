// The database that the programs work on: a SQLite file, or a MySQL or MariaDB server.
#ifndef OUTDIAL_APPS_DATABASE_H_
#define OUTDIAL_APPS_DATABASE_H_

#include <cstddef>
#include <memory>
#include <stop_token>
#include <variant>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "outdial/apps/settings.h"
#include "outdial/mysql/database.h"
#include "outdial/ports/database.h"
#include "outdial/ports/relay_lock.h"
#include "outdial/sql/migration.h"
#include "outdial/sqlite/database.h"

namespace outdial::apps {

using DatabaseSettings = std::variant<sqlite::Settings, mysql::Settings>;

// --database_dsn, --outbox_limit
void AddDatabaseSettings(Settings& settings);
// For up to `callers` who use the database at the same time. Errors: a setting is missing or
// malformed.
absl::StatusOr<DatabaseSettings> ReadDatabaseSettings(const Settings& settings,
                                                      std::size_t callers);

// Each does what the function of its adapter does. A SQLite database migrates itself when it is
// opened; a server need not be reachable yet.
absl::StatusOr<std::unique_ptr<Database>> OpenDatabase(const DatabaseSettings& settings);
std::unique_ptr<RelayLock> OpenRelayLock(const DatabaseSettings& settings);
absl::StatusOr<std::vector<sql::Migration>> ListMigrations(const DatabaseSettings& settings);
absl::Status MigrateDatabase(const DatabaseSettings& settings, std::stop_token stop = {});

// OK where OpenDatabase's database can be used. Errors: those of ListMigrations; FailedPrecondition
// where migrations are missing, which says which is the first and what to do.
absl::Status CheckMigrations(const DatabaseSettings& settings);

}  // namespace outdial::apps

#endif  // OUTDIAL_APPS_DATABASE_H_
