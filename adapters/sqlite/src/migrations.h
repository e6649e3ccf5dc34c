// The numbered steps that bring a database up to date.
#ifndef OUTDIAL_ADAPTERS_SQLITE_SRC_MIGRATIONS_H_
#define OUTDIAL_ADAPTERS_SQLITE_SRC_MIGRATIONS_H_

#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "connection.h"
#include "outdial/sqlite/database.h"

namespace outdial::sqlite {

// As ListMigrations, over a connection.
absl::StatusOr<std::vector<Migration>> ReadMigrations(Connection& connection);

// Applies what is missing, in one transaction.
absl::Status ApplyMigrations(Connection& connection);

}  // namespace outdial::sqlite

#endif  // OUTDIAL_ADAPTERS_SQLITE_SRC_MIGRATIONS_H_
