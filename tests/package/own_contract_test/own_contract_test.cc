// Somebody's database, which happens to be the one in memory, under the installed contract suite.
#include <memory>
#include <vector>

#include "contract/suite/database_under_test.h"
#include "outdial/memory/database.h"

namespace outdial::contract {
namespace {

class OwnDatabase final : public DatabaseUnderTest {
 public:
  explicit OwnDatabase(std::size_t outbox_limit) : database_({.outbox_limit = outbox_limit}) {}

  Database& database() override { return database_; }
  void Reopen() override {}

 private:
  memory::Database database_;
};

}  // namespace

std::vector<DatabaseImplementation> DatabaseImplementations() {
  return {{"own", [](const DatabaseUnderTestSettings& settings) {
             return std::make_unique<OwnDatabase>(settings.outbox_limit);
           }}};
}

}  // namespace outdial::contract
