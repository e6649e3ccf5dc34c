// The contract suite over MariaDB.
#include <memory>
#include <stdexcept>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "contract/suite/database_under_test.h"
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

 private:
  const test::EmptyMysqlDatabase schema_;
  mysql::Settings settings_;
  std::unique_ptr<Database> database_;
};

}  // namespace

std::vector<DatabaseImplementation> DatabaseImplementations() {
  return {{"MariaDB", [](const DatabaseUnderTestSettings& settings) {
             return std::make_unique<Mysql>(settings);
           }}};
}

}  // namespace outdial::contract
