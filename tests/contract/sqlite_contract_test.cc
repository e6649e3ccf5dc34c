// The contract suite over SQLite, on a file and in memory.
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "contract/suite/database_under_test.h"
#include "contract/suite/port_implementations.h"
#include "outdial/sqlite/database.h"
#include "support/raw_sqlite.h"
#include "support/temporary_directory.h"

namespace outdial::contract {
namespace {

std::unique_ptr<Database> OpenSqlite(const sqlite::Settings& settings) {
  absl::StatusOr<std::unique_ptr<Database>> database = sqlite::Open(settings);
  if (!database.ok()) throw std::runtime_error(database.status().ToString());
  return *std::move(database);
}

class SqliteFile final : public DatabaseUnderTest {
 public:
  explicit SqliteFile(const DatabaseUnderTestSettings& settings)
      : settings_{.path = folder_.Join("outdial.db"), .outbox_limit = settings.outbox_limit},
        database_(OpenSqlite(settings_)) {}

  Database& database() override { return *database_; }
  void Reopen() override {
    database_ = nullptr;
    database_ = OpenSqlite(settings_);
  }
  bool ForgetDestinationKeys() override {
    test::RawSqlite raw(settings_.path);
    raw.Run("delete from outdial_destination_keys");
    raw.Run("update outdial_outdialtargets set has_keys = null");
    return true;
  }

 private:
  const test::TemporaryDirectory folder_;
  const sqlite::Settings settings_;
  std::unique_ptr<Database> database_;
};

class SqliteMemory final : public DatabaseUnderTest {
 public:
  explicit SqliteMemory(const DatabaseUnderTestSettings& settings)
      : database_(OpenSqlite({.path = ":memory:", .outbox_limit = settings.outbox_limit})) {}

  Database& database() override { return *database_; }
  void Reopen() override {}  // its state is part of it

 private:
  const std::unique_ptr<Database> database_;
};

class SqliteRelayLocks final : public RelayLocksUnderTest {
 public:
  std::unique_ptr<RelayLock> Open() override {
    return sqlite::OpenRelayLock({.path = folder_.Join("outdial.db")});
  }

 private:
  const test::TemporaryDirectory folder_;
};

}  // namespace

std::vector<RelayLockImplementation> RelayLockImplementations() {
  return {{"SQLite file", [] { return std::make_unique<SqliteRelayLocks>(); }}};
}

std::vector<DatabaseImplementation> DatabaseImplementations() {
  return {{"SQLite file",
           [](const DatabaseUnderTestSettings& settings) {
             return std::make_unique<SqliteFile>(settings);
           }},
          {"SQLite in memory", [](const DatabaseUnderTestSettings& settings) {
             return std::make_unique<SqliteMemory>(settings);
           }}};
}

}  // namespace outdial::contract
