// What a test program says about the database adapter that it runs the contract suite over.
//
// The suite is the test cases of every sentence in the headers of ports/, and of every operation of
// the services on top of them. A program that links outdial::contract_suite and defines
// DatabaseImplementations() has them all, as Catch2 test cases:
//
//   class MyDatabase final : public DatabaseUnderTest {
//    public:
//     Database& database() override { return database_; }
//     void Reopen() override { … }
//    …
//   };
//
//   std::vector<DatabaseImplementation> outdial::contract::DatabaseImplementations() {
//     return {{"mine", [](const DatabaseUnderTestSettings& settings) {
//                return std::make_unique<MyDatabase>(settings);
//              }}};
//   }
#ifndef OUTDIAL_TESTS_CONTRACT_SUITE_DATABASE_UNDER_TEST_H_
#define OUTDIAL_TESTS_CONTRACT_SUITE_DATABASE_UNDER_TEST_H_

#include <cstddef>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "outdial/ports/database.h"

namespace outdial::contract {

// A database that is empty when it is made, and gone when it is destroyed. Test cases make one
// each.
class DatabaseUnderTest {
 public:
  virtual ~DatabaseUnderTest() = default;

  // The same object until Reopen.
  virtual Database& database() = 0;

  // Closes the adapter and opens it again on the same state, as a process does that is started
  // again. Does nothing where the state is part of the adapter and cannot outlive it.
  virtual void Reopen() = 0;

  // Leaves all targets as if somebody had added them who knows nothing of destination keys. False:
  // nobody can, because keys are no table of their own.
  virtual bool ForgetDestinationKeys() { return false; }
};

struct DatabaseUnderTestSettings {
  std::size_t outbox_limit = 1'000'000;  // see EventOutbox::Append
};

struct DatabaseImplementation {
  std::string name;
  std::function<std::unique_ptr<DatabaseUnderTest>(const DatabaseUnderTestSettings&)> make;
};

// Defined by the test program; at least one. Each test case runs over each of them.
std::vector<DatabaseImplementation> DatabaseImplementations();

}  // namespace outdial::contract

#endif  // OUTDIAL_TESTS_CONTRACT_SUITE_DATABASE_UNDER_TEST_H_
