// The numbered steps that bring a database up to date.
// Values and pure functions: many threads may read a value at once, and nothing here blocks.
#ifndef OUTDIAL_SQL_MIGRATION_H_
#define OUTDIAL_SQL_MIGRATION_H_

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "absl/types/span.h"

namespace outdial::sql {

// A step, and whether the database has it.
struct Migration {
  int number{};                            // 1, 2, 3, …
  std::string name{};                      // "0001_initial"
  std::string checksum{};                  // of its text, 16 hexadecimal digits
  std::optional<absl::Time> tm_applied{};  // nullopt: not yet
};

// A numbered file that is part of the program.
struct EmbeddedMigration {
  std::string_view name;  // without ".sql"
  std::string_view text;  // SQL
};

// What the database says of a step that it has.
struct AppliedMigration {
  // As those of Migration:
  int number{};
  std::string checksum{};
  absl::Time tm_applied{};
};

// The steps that `known` are, in order, and when each was applied, of which the database says
// `applied`, in order of their numbers. Errors, which say which:
//   - INTERNAL: the database has a step that is not known, or whose text was another one.
absl::StatusOr<std::vector<Migration>> MatchMigrations(absl::Span<const EmbeddedMigration> known,
                                                       absl::Span<const AppliedMigration> applied);

}  // namespace outdial::sql

#endif  // OUTDIAL_SQL_MIGRATION_H_
