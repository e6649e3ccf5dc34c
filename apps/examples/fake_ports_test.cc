// Testing code of your own that calls the services: the memory adapters, a clock set by hand, a
// failure at will, and a mock of what is yours.
#include <string>

#include "outdial/memory/cache.h"
#include "outdial/memory/database.h"
#include "outdial/memory/failure_injector.h"
#include "outdial/memory/manual_clock.h"
#include "outdial/memory/sequential_id_source.h"
#include "outdial/services/services.h"

#if __has_include(<catch2/catch_test_macros.hpp>)
#include <catch2/catch_test_macros.hpp>
#include <catch2/trompeloeil.hpp>
#else
#include <catch2/catch.hpp>
#include <catch2/trompeloeil.hpp>
#endif

namespace {

// The code under test: calls the next person of a list, if there is one and the database is there.
class Phone {
 public:
  virtual ~Phone() = default;
  virtual void Dial(const std::string& number) = 0;
};

void CallNext(outdial::Services& services, outdial::OutdialId list, Phone& phone) {
  const auto claimed = services.targets.Claim(list, {1}, 1, absl::Minutes(1));
  if (!claimed.ok() || claimed->empty()) return;
  const outdial::ClaimedTarget& next = claimed->front();
  phone.Dial(next.target.slot(next.destination_index).address->target());
}

class MockPhone final : public Phone {
 public:
  MAKE_MOCK1(Dial, void(const std::string&), override);
};

struct World {
  World() {
    list = services.outdials.Create({})->id();
    outdial::NewOutdialTarget person;
    person.destinations[0] = *outdial::Address::Create("destination_0", {.target = "+15551230001"});
    target = services.targets.Create(list, person)->id();
  }

  outdial::memory::FailureInjector failures;
  outdial::memory::Database database{{.hook = &failures}};
  outdial::memory::Cache cache{&failures};
  outdial::memory::ManualClock clock;
  outdial::memory::SequentialIdSource ids;
  outdial::Services services{database, cache, clock, ids};
  outdial::OutdialId list;
  outdial::OutdialTargetId target;
  MockPhone phone;
};

TEST_CASE("the next person is called once") {
  World world;
  REQUIRE_CALL(world.phone, Dial("+15551230001")).TIMES(1);
  CallNext(world.services, world.list, world.phone);
  CallNext(world.services, world.list, world.phone);
}

TEST_CASE("nobody is called while the database is away") {
  World world;
  world.failures.Fail({.call = outdial::memory::Call::kDatabaseCommit});
  CallNext(world.services, world.list, world.phone);
  REQUIRE_CALL(world.phone, Dial("+15551230001"));
  CallNext(world.services, world.list, world.phone);
}

TEST_CASE("a person whose caller died is free again after the lease") {
  World world;
  ALLOW_CALL(world.phone, Dial("+15551230001"));
  CallNext(world.services, world.list, world.phone);
  world.clock.Advance(absl::Seconds(61));
  CHECK(*world.services.targets.ReclaimExpiredLeases(100) == 1);
  CHECK(world.services.targets.Get(world.target)->status() == outdial::TargetStatus::kIdle);
}

}  // namespace
