#include "migrations.h"

#include <cstddef>
#include <string>
#include <string_view>

#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "columns.h"
#include "embedded_migrations.h"
#include "soci/sqlite3/soci-sqlite3.h"

namespace outdial::sqlite {
namespace {

struct CreateMigrationsTable final : Statement {
  explicit CreateMigrationsTable(soci::session& session)
      : Statement(session,
                  "create table if not exists outdial_schema_migrations ("
                  "number integer primary key, name text not null, checksum text not null,"
                  " tm_applied integer not null) strict") {
    Bind();
  }
};

struct SelectMigrationsTable final : Statement {
  explicit SelectMigrationsTable(soci::session& session)
      : Statement(session,
                  "select name from sqlite_schema"
                  " where type = 'table' and name = 'outdial_schema_migrations'") {
    Into(name);
    Bind();
  }

  TextColumn name;
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

// Runs the statements of a file one by one: SOCI prepares the first one of a text only.
void RunScript(soci::session& session, std::string_view text) {
  std::string statement;
  for (const char character : text) {
    statement += character;
    // SQLite knows where a statement ends: not every semicolon is outside of a string or comment.
    if (character == ';' && sqlite_api::sqlite3_complete(statement.c_str()) != 0) {
      session << statement;
      statement.clear();
    }
  }
}

}  // namespace

absl::StatusOr<std::vector<Migration>> ReadMigrations(Connection& connection) {
  return connection.Run([&]() -> absl::StatusOr<std::vector<Migration>> {
    std::vector<sql::AppliedMigration> applied;
    if (connection.Get<SelectMigrationsTable>().FetchOne()) {
      auto& select = connection.Get<SelectApplied>();
      select.ForEachRow([&] {
        applied.push_back({.number = static_cast<int>(select.number.value()),
                           .checksum = select.checksum.value(),
                           .tm_applied = select.tm_applied.ToTime().value_or(absl::UnixEpoch())});
      });
    }
    return sql::MatchMigrations(kEmbeddedMigrations, applied);
  });
}

absl::Status ApplyMigrations(Connection& connection) {
  return connection.Transact(Connection::Access::kReadWrite, [&]() -> absl::Status {
    absl::StatusOr<std::vector<Migration>> migrations = ReadMigrations(connection);
    if (!migrations.ok()) return migrations.status();
    return connection.Run([&]() -> absl::Status {
      connection.Get<CreateMigrationsTable>().Execute();
      for (std::size_t i = 0; i < migrations->size(); ++i) {
        const Migration& migration = (*migrations)[i];
        if (migration.tm_applied.has_value()) continue;
        RunScript(connection.session(), kEmbeddedMigrations[i].text);
        auto& insert = connection.Get<InsertApplied>();
        insert.number.Set(migration.number);
        insert.name.Set(migration.name);
        insert.checksum.Set(migration.checksum);
        insert.tm_applied.Set(absl::Now());
        insert.Execute();
      }
      return absl::OkStatus();
    });
  });
}

}  // namespace outdial::sqlite
