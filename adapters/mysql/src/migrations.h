// The numbered steps that bring a database up to date.
#ifndef OUTDIAL_ADAPTERS_MYSQL_SRC_MIGRATIONS_H_
#define OUTDIAL_ADAPTERS_MYSQL_SRC_MIGRATIONS_H_

#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "connection.h"
#include "outdial/mysql/database.h"

namespace outdial::mysql {

// As ListMigrations, over a connection.
absl::StatusOr<std::vector<Migration>> ReadMigrations(Connection& connection);

// DATABASE_UNAVAILABLE, naming the first migration that is missing, and what to do; errors as
// ListMigrations.
absl::Status CheckMigrations(Connection& connection);

// As Migrate, over a connection that was made for it.
absl::Status ApplyMigrations(Connection& connection);

}  // namespace outdial::mysql

#endif  // OUTDIAL_ADAPTERS_MYSQL_SRC_MIGRATIONS_H_
