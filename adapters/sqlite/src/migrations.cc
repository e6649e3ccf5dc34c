#include "migrations.h"

#include <charconv>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "embedded_migrations.h"
#include "outdial/entities/error.h"
#include "soci/sqlite3/soci-sqlite3.h"
#include "statement.h"

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
  IntegerColumn tm_applied;
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
  IntegerColumn tm_applied;
};

// FNV-1a with 64 bits: it is there to find a file that was edited, not one that was forged.
std::string Checksum(std::string_view text) {
  std::uint64_t hash = 0xcbf29ce484222325;
  for (const char character : text) {
    hash = (hash ^ static_cast<unsigned char>(character)) * 0x100000001b3;
  }
  return absl::StrCat(absl::Hex(hash, absl::kZeroPad16));
}

std::vector<Migration> KnownMigrations() {
  std::vector<Migration> migrations;
  for (const EmbeddedMigration& embedded : kEmbeddedMigrations) {
    int number = 0;
    std::from_chars(embedded.name.data(), embedded.name.data() + embedded.name.size(), number);
    migrations.push_back({.number = number,
                          .name = std::string(embedded.name),
                          .checksum = Checksum(embedded.text),
                          .tm_applied = std::nullopt});
  }
  return migrations;
}

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
    std::vector<Migration> migrations = KnownMigrations();
    if (!connection.Get<SelectMigrationsTable>().FetchOne()) return migrations;
    auto& applied = connection.Get<SelectApplied>();
    absl::Status status;
    std::size_t next = 0;
    applied.ForEachRow([&] {
      if (!status.ok()) return;
      if (next == migrations.size()) {
        status = MakeError(Reason::kInternal,
                           "The database was made by a newer version of this program.");
        return;
      }
      Migration& migration = migrations[next++];
      if (applied.number.value() != migration.number ||
          applied.checksum.value() != migration.checksum) {
        status = MakeError(Reason::kInternal,
                           absl::StrCat("Migration ", migration.name,
                                        " of the database is not the one of this program."));
        return;
      }
      migration.tm_applied = applied.tm_applied.ToTime();
    });
    if (!status.ok()) return status;
    return migrations;
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
