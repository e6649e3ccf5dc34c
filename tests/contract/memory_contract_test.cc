// The contract suite over the in-process database.
#include <memory>
#include <vector>

#include "contract/suite/database_under_test.h"
#include "outdial/memory/database.h"

namespace outdial::contract {
namespace {

class MemoryDatabase final : public DatabaseUnderTest {
 public:
  explicit MemoryDatabase(const memory::DatabaseSettings& settings) : database_(settings) {}

  Database& database() override { return database_; }
  void Reopen() override {}  // its state is part of it

 private:
  memory::Database database_;
};

DatabaseImplementation Memory(const char* name, bool run_bodies_twice) {
  return {name, [run_bodies_twice](const DatabaseUnderTestSettings& settings) {
            return std::make_unique<MemoryDatabase>(
                memory::DatabaseSettings{.outbox_limit = settings.outbox_limit,
                                         .run_bodies_twice = run_bodies_twice,
                                         .hook = nullptr});
          }};
}

}  // namespace

std::vector<DatabaseImplementation> DatabaseImplementations() {
  return {Memory("memory", false), Memory("memory that runs each body twice", true)};
}

}  // namespace outdial::contract
