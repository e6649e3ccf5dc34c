// What the test cases of the suite stand on.
#ifndef OUTDIAL_TESTS_CONTRACT_SUITE_DATABASE_TEST_H_
#define OUTDIAL_TESTS_CONTRACT_SUITE_DATABASE_TEST_H_

#include <memory>
#include <optional>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

#include "absl/functional/function_ref.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "contract/suite/database_under_test.h"
#include "contract/suite/each_implementation.h"
#include "contract/suite/parallel.h"
#include "contract/suite/values.h"
#include "outdial/entities/event.h"
#include "outdial/memory/manual_clock.h"
#include "outdial/memory/number_normalizer.h"
#include "outdial/memory/sequential_id_source.h"
#include "outdial/ports/cache.h"
#include "outdial/ports/database.h"
#include "outdial/services/services.h"
#include "support/catch.h"

namespace outdial::contract {

// A test case on a new database, for TEST_CASE_METHOD; it runs once for each implementation.
class DatabaseTest {
 public:
  DatabaseTest();

  Database& database() { return under_test_->database(); }
  void Reopen() { under_test_->Reopen(); }
  bool ForgetDestinationKeys() { return under_test_->ForgetDestinationKeys(); }

  // Starts anew, on an empty database.
  void Open(const DatabaseUnderTestSettings& settings) {
    under_test_ = nullptr;
    under_test_ = implementation_->make(settings);
  }

  // Runs `body` in a transaction that must succeed, and returns the value of what it returns.
  template <typename Body>
  auto Read(Body body) {
    std::optional<std::invoke_result_t<Body&, const UnitOfWork&>> result;
    Must(database().Read([&](const UnitOfWork& work) {
      result = body(work);
      return result->status();
    }));
    return Must(*std::move(result));
  }
  void Write(absl::FunctionRef<absl::Status(UnitOfWork&)> body) { Must(database().Write(body)); }
  template <typename Body>
  auto WriteResult(Body body) {
    std::optional<std::invoke_result_t<Body&, UnitOfWork&>> result;
    Must(database().Write([&](UnitOfWork& work) {
      result = body(work);
      return result->status();
    }));
    return Must(*std::move(result));
  }

  // The outcome of a transaction: "OK" or the reason of its error.
  std::string OutcomeOfRead(absl::FunctionRef<absl::Status(const UnitOfWork&)> body) {
    return Outcome(database().Read(body));
  }
  std::string OutcomeOfWrite(absl::FunctionRef<absl::Status(UnitOfWork&)> body) {
    return Outcome(database().Write(body));
  }

  // The events that wait in the outbox, as they are sent.
  std::vector<Event> WaitingEvents();

 private:
  const EachImplementation<DatabaseImplementation> implementation_;
  std::unique_ptr<DatabaseUnderTest> under_test_;
};

// A test case on the services, over a new database and with a clock that is set by hand. Services
// have no cache here, so that every answer comes from the database.
class ServicesTest : public DatabaseTest {
 public:
  Services& services() { return *services_; }
  memory::ManualClock& clock() { return clock_; }

  // Starts anew, on an empty database.
  void Open(const DatabaseUnderTestSettings& settings) {
    services_.reset();
    DatabaseTest::Open(settings);
    Restart({});
  }

  // Starts anew with these settings, on the same database.
  void Restart(const ServiceSettings& settings) {
    services_.emplace(database(), cache_, clock_, ids_, settings, &numbers_);
  }

  Outdial CreateOutdial();
  OutdialTarget CreateTarget(OutdialId outdial_id);  // with destinations 0, 1 and 3

  // The types of the events that wait, and then none wait.
  std::vector<std::string> TakeEventTypes();

 private:
  memory::ManualClock clock_;
  memory::SequentialIdSource ids_;
  memory::NumberNormalizer numbers_;
  NoCache cache_;
  std::optional<Services> services_{std::in_place, database(),        cache_,   clock_,
                                    ids_,          ServiceSettings{}, &numbers_};
};

// Repeats `attempt` while the database is too busy, which a caller has to expect.
absl::Status RetryWhileBusy(absl::FunctionRef<absl::Status()> attempt);

}  // namespace outdial::contract

#endif  // OUTDIAL_TESTS_CONTRACT_SUITE_DATABASE_TEST_H_
