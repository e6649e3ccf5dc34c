// How a database file is made and brought up to date.
#include <deque>
#include <filesystem>
#include <fstream>
#include <string>
#include <thread>
#include <vector>

#include "integration/sqlite/sqlite_file.h"
#include "support/catch.h"
#include "support/process.h"
#include "support/temporary_directory.h"

namespace outdial {
namespace {

std::vector<std::string> Numbers(const std::string& path) {
  return RawSqlite(path).Run("select number from outdial_schema_migrations order by number");
}

TEST_CASE("a new file gets every migration, and keeps them") {
  const test::TemporaryDirectory directory;
  const sqlite::Settings settings{.path = directory.Join("outdial.db")};
  CHECK(Outcome(sqlite::ListMigrations(settings).status()) == "DATABASE_UNAVAILABLE");
  CHECK_FALSE(std::filesystem::exists(settings.path));

  const absl::Time before = absl::Now();
  Must(sqlite::Migrate(settings));
  const auto migrations = Must(sqlite::ListMigrations(settings));
  REQUIRE(!migrations.empty());
  int number = 0;
  for (const sqlite::Migration& migration : migrations) {
    CHECK(migration.number == ++number);
    CHECK(migration.checksum.size() == 16);
    REQUIRE(migration.tm_applied.has_value());
    CHECK(*migration.tm_applied >= before - absl::Microseconds(1));
    CHECK(*migration.tm_applied <= absl::Now());
  }
  CHECK(migrations[0].name == "0001_initial");

  Must(sqlite::Migrate(settings));
  const auto again = Must(sqlite::ListMigrations(settings));
  CHECK(again.size() == migrations.size());
  CHECK(again[0].tm_applied == migrations[0].tm_applied);
}

TEST_CASE("of a file that was not migrated, no migration is applied, and looking changes nothing") {
  const test::TemporaryDirectory directory;
  const sqlite::Settings settings{.path = directory.Join("outdial.db")};
  RawSqlite(settings.path).Run("create table somebody_elses (id integer)");
  for (const sqlite::Migration& migration : Must(sqlite::ListMigrations(settings))) {
    CHECK_FALSE(migration.tm_applied.has_value());
  }
  CHECK(RawSqlite(settings.path).Run("select name from sqlite_schema").size() == 1);
  CHECK_FALSE(Must(sqlite::ListMigrations({.path = ":memory:"}))[0].tm_applied.has_value());
}

TEST_CASE("processes and threads that open a new file at once all succeed") {
  for (int round = 0; round < 5; ++round) {
    const test::TemporaryDirectory directory;
    const std::string path = directory.Join("outdial.db");
    std::deque<test::Process> processes;
    for (int i = 0; i < 3; ++i) {
      processes.emplace_back(
          std::vector<std::string>{OUTDIAL_BIN_DIR "/sqlite_test_client", "open", path});
    }
    for (test::Process& process : processes) REQUIRE(process.WaitForError("ready"));
    std::vector<absl::Status> statuses(3);
    std::vector<std::thread> threads;
    std::ofstream(path + ".go");
    for (absl::Status& status : statuses) {
      threads.emplace_back([&status, &path] {
        status = sqlite::Open({.path = path, .busy_timeout = absl::Seconds(30)}).status();
      });
    }
    for (std::thread& thread : threads) thread.join();
    for (const absl::Status& status : statuses) CHECK(status.ToString() == "OK");
    for (test::Process& process : processes) {
      CHECK(process.WaitForExit() == 0);
      CHECK(process.error_output() == "ready\n");
    }
    CHECK(Numbers(path).size() == Must(sqlite::ListMigrations({.path = path})).size());
  }
}

TEST_CASE("a migration that is not the one we know is an error that names it") {
  const test::TemporaryDirectory directory;
  const sqlite::Settings settings{.path = directory.Join("outdial.db")};
  Must(sqlite::Migrate(settings));
  RawSqlite(settings.path)
      .Run("update outdial_schema_migrations set checksum = '0000000000000000' where number = 1");
  for (const absl::Status& status :
       {sqlite::Open(settings).status(), sqlite::ListMigrations(settings).status()}) {
    CHECK(Outcome(status) == "INTERNAL");
    CHECK(std::string(status.message()) ==
          "Migration 0001_initial of the database is not the one of this program.");
  }
}

TEST_CASE("a database that a newer program made is an error, and is left alone") {
  const test::TemporaryDirectory directory;
  const sqlite::Settings settings{.path = directory.Join("outdial.db")};
  Must(sqlite::Migrate(settings));
  RawSqlite(settings.path)
      .Run("insert into outdial_schema_migrations values (9999, '9999_later', 'x', 0)");
  const auto before = Numbers(settings.path);
  for (const absl::Status& status :
       {sqlite::Open(settings).status(), sqlite::ListMigrations(settings).status()}) {
    CHECK(Outcome(status) == "INTERNAL");
    CHECK(std::string(status.message()) ==
          "The database was made by a newer version of this program.");
  }
  CHECK(Numbers(settings.path) == before);
}

TEST_CASE("a migration that fails leaves nothing behind") {
  const test::TemporaryDirectory directory;
  const sqlite::Settings settings{.path = directory.Join("outdial.db")};
  RawSqlite(settings.path).Run("create table outdial_request_journal (id integer)");
  CHECK(Outcome(sqlite::Open(settings).status()) == "INTERNAL");
  CHECK(RawSqlite(settings.path).Run("select name from sqlite_schema").size() == 1);
}

}  // namespace
}  // namespace outdial
