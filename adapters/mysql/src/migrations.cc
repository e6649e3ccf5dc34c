#include "migrations.h"

#include <cstddef>
#include <exception>
#include <string>
#include <string_view>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "columns.h"
#include "embedded_migrations.h"
#include "outdial/entities/error.h"
#include "soci/mysql/soci-mysql.h"

namespace outdial::mysql {
namespace {

// How long one process waits while another migrates.
constexpr int kLockSeconds = 600;

struct SelectMigrationsTable final : Statement {
  explicit SelectMigrationsTable(soci::session& session)
      : Statement(session,
                  "select count(*) from information_schema.tables"
                  " where table_schema = database()"
                  " and table_name = 'outdial_schema_migrations'") {
    Into(count);
    Bind();
  }

  IntegerColumn count;
};

struct SelectApplied final : Statement {
  explicit SelectApplied(soci::session& session)
      : Statement(session,
                  "select number, checksum, tm_applied from outdial_schema_migrations"
                  " order by number") {
    Into(number);
    Into(checksum);
    Into(tm_applied);
    Bind();
  }

  IntegerColumn number;
  TextColumn checksum;
  TimeColumn tm_applied;
};

struct InsertApplied final : Statement {
  explicit InsertApplied(soci::session& session)
      : Statement(
            session,
            "insert into outdial_schema_migrations (number, name, checksum, tm_applied) values"
            " (:number, :name, :checksum, :tm_applied)") {
    Use(number);
    Use(name);
    Use(checksum);
    Use(tm_applied);
    Bind();
  }

  IntegerColumn number;
  TextColumn name;
  TextColumn checksum;
  TimeColumn tm_applied;
};

// The lock that one process at a time holds who migrates this database: names of locks belong to
// the whole server.
struct TakeMigrationLock final : Statement {
  explicit TakeMigrationLock(soci::session& session)
      : Statement(session,
                  "select get_lock(concat('outdial_migrate_', md5(database())), :seconds)"),
        seconds(kLockSeconds) {
    Use(seconds);
    Into(taken);
    Bind();
  }

  IntegerColumn seconds;
  IntegerColumn taken;
};

// Whether a statement failed because what it adds is there already: it was run before, by one who
// did not come to write that down.
bool IsDoneAlready(const soci::mysql_soci_error& error) {
  constexpr unsigned kDuplicateColumn = 1060;
  constexpr unsigned kDuplicateIndex = 1061;
  return error.err_num_ == kDuplicateColumn || error.err_num_ == kDuplicateIndex;
}

// Runs the statements of a file: each ends with a semicolon at the end of a line. SOCI would look
// for parameters in the comments.
void RunScript(soci::session& session, std::string_view text) {
  std::string statement;
  for (const auto line : absl::StrSplit(absl::string_view(text.data(), text.size()), '\n')) {
    if (absl::StartsWith(absl::StripLeadingAsciiWhitespace(line), "--")) continue;
    absl::StrAppend(&statement, line, "\n");
    if (!absl::EndsWith(line, ";")) continue;
    try {
      session << statement;
    } catch (const soci::mysql_soci_error& error) {
      if (!IsDoneAlready(error)) throw;
    }
    statement.clear();
  }
}

}  // namespace

absl::StatusOr<std::vector<Migration>> ReadMigrations(Connection& connection) {
  return connection.Run([&]() -> absl::StatusOr<std::vector<Migration>> {
    std::vector<sql::AppliedMigration> applied;
    SelectMigrationsTable table(connection.session());
    table.FetchOne();
    if (table.count.value() > 0) {
      SelectApplied select(connection.session());
      select.ForEachRow([&] {
        applied.push_back({.number = static_cast<int>(select.number.value()),
                           .checksum = select.checksum.value(),
                           .tm_applied = select.tm_applied.ToTime().value_or(absl::UnixEpoch())});
      });
    }
    return sql::MatchMigrations(kEmbeddedMigrations, applied);
  });
}

absl::Status CheckMigrations(Connection& connection) {
  const absl::StatusOr<std::vector<Migration>> migrations = ReadMigrations(connection);
  if (!migrations.ok()) return migrations.status();
  for (const Migration& migration : *migrations) {
    if (migration.tm_applied.has_value()) continue;
    return MakeError(Reason::kDatabaseUnavailable,
                     absl::StrCat("The database lacks migration ", migration.name,
                                  ": \"outdial-control database migrate\" applies it."));
  }
  return absl::OkStatus();
}

absl::Status ApplyMigrations(Connection& connection) {
  return connection.Run([&]() -> absl::Status {
    soci::session& session = connection.session();
    TakeMigrationLock lock(session);
    lock.FetchOne();
    if (lock.taken.value() != 1) {
      return MakeError(Reason::kDatabaseUnavailable,
                       "Somebody else has been migrating the database for a long time.");
    }
    session << "create table if not exists outdial_schema_migrations ("
               "number integer not null primary key, name varchar(255) not null,"
               " checksum varchar(16) not null, tm_applied datetime(6) not null"
               ") engine = InnoDB default character set utf8mb4";
    const absl::StatusOr<std::vector<Migration>> migrations = ReadMigrations(connection);
    if (!migrations.ok()) return migrations.status();
    for (std::size_t i = 0; i < migrations->size(); ++i) {
      const Migration& migration = (*migrations)[i];
      if (migration.tm_applied.has_value()) continue;
      RunScript(session, kEmbeddedMigrations[i].text);
      InsertApplied insert(session);
      insert.number.Set(migration.number);
      insert.name.Set(migration.name);
      insert.checksum.Set(migration.checksum);
      insert.tm_applied.Set(absl::Now());
      insert.Execute();
      session << "commit";
    }
    return absl::OkStatus();
  });
}

}  // namespace outdial::mysql
