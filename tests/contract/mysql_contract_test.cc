// The contract suite over MariaDB.
#include <memory>
#include <vector>

#include "contract/suite/database_under_test.h"
#include "contract/suite/port_implementations.h"
#include "outdial/mysql/database.h"
#include "support/mysql_database.h"

namespace outdial::contract {
namespace {

class Mysql final : public DatabaseUnderTest {
 public:
  explicit Mysql(const DatabaseUnderTestSettings& settings) : settings_(schema_.settings()) {
    settings_.outbox_limit = settings.outbox_limit;
    database_ = mysql::Open(settings_);
  }

  Database& database() override { return *database_; }
  void Reopen() override {
    database_ = nullptr;
    database_ = mysql::Open(settings_);
  }
  bool ForgetDestinationKeys() override {
    schema_.Query("delete from outdial_destination_keys");
    schema_.Query("update outdial_outdialtargets set lease_until = null");
    return true;
  }

 private:
  test::EmptyMysqlDatabase schema_;
  mysql::Settings settings_;
  std::unique_ptr<Database> database_;
};

class MysqlRelayLocks final : public RelayLocksUnderTest {
 public:
  std::unique_ptr<RelayLock> Open() override { return mysql::OpenRelayLock(schema_.settings()); }

 private:
  const test::EmptyMysqlDatabase schema_;
};

}  // namespace

std::vector<RelayLockImplementation> RelayLockImplementations() {
  return {{"MariaDB", [] { return std::make_unique<MysqlRelayLocks>(); }}};
}

std::vector<DatabaseImplementation> DatabaseImplementations() {
  return {{"MariaDB", [](const DatabaseUnderTestSettings& settings) {
             return std::make_unique<Mysql>(settings);
           }}};
}

}  // namespace outdial::contract
