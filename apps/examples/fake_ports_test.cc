// Testing code of your own that calls the services: the memory adapters, a clock set by hand, and a
// failure at will.
#include <optional>

#include "outdial/memory/cache.h"
#include "outdial/memory/database.h"
#include "outdial/memory/failure_injector.h"
#include "outdial/memory/manual_clock.h"
#include "outdial/memory/sequential_id_source.h"
#include "outdial/services/services.h"
#include "support/catch.h"

namespace {

// The code under test: calls the next person of a list, if there is one and the database is there.
std::optional<outdial::OutdialTargetId> CallNext(outdial::Services& services,
                                                 outdial::OutdialId list) {
  const auto claimed = services.targets.Claim(list, {1}, 1, absl::Minutes(1));
  if (!claimed.ok() || claimed->empty()) return std::nullopt;
  return claimed->front().target.id();
}

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
};

TEST_CASE("the next person is called once") {
  World world;
  CHECK(CallNext(world.services, world.list) == world.target);
  CHECK(CallNext(world.services, world.list) == std::nullopt);
}

TEST_CASE("nobody is called while the database is away") {
  World world;
  world.failures.Fail({.call = outdial::memory::Call::kDatabaseCommit});
  CHECK(CallNext(world.services, world.list) == std::nullopt);
  CHECK(CallNext(world.services, world.list) == world.target);
}

TEST_CASE("a person whose caller died is free again after the lease") {
  World world;
  CHECK(CallNext(world.services, world.list) == world.target);
  world.clock.Advance(absl::Seconds(61));
  CHECK(*world.services.targets.ReclaimExpiredLeases(100) == 1);
  CHECK(world.services.targets.Get(world.target)->status() == outdial::TargetStatus::kIdle);
}

}  // namespace
