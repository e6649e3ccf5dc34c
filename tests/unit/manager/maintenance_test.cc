#include "maintenance.h"

#include <atomic>
#include <cstddef>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "contract/suite/values.h"
#include "outdial/memory/database.h"
#include "outdial/memory/failure_injector.h"
#include "outdial/memory/manual_clock.h"
#include "outdial/memory/sequential_id_source.h"
#include "outdial/ports/cache.h"
#include "outdial/services/services.h"
#include "periodic_tasks.h"
#include "support/catch.h"
#include "support/eventually.h"

namespace outdial::manager {
namespace {

using contract::Must;
using memory::Call;
using test::Eventually;

class MaintenanceTest {
 public:
  OutdialProgress Progress() { return Must(services.progress.Get(list, {})); }

  memory::FailureInjector calls;
  memory::Database database{{.hook = &calls}};
  memory::ManualClock clock;
  memory::SequentialIdSource ids;
  NoCache cache;
  Services services{database, cache, clock, ids};
  const OutdialId list = Must(services.outdials.Create({})).id();
  MaintenanceStats stats;
};

TEST_CASE_METHOD(MaintenanceTest, "The maintenance brings leases back") {
  const OutdialTarget target =
      Must(services.targets.Create(list, contract::TargetWith({contract::Tel("+1")})));
  Must(services.targets.Progress(target.id(), {}, absl::Seconds(1)));
  const Maintenance maintenance(services, database, stats);
  clock.Advance(absl::Seconds(2));
  CHECK(Eventually([&] { return stats.leases_reclaimed() == 1; }));
}

TEST_CASE_METHOD(MaintenanceTest, "The maintenance registers missing keys") {
  const Maintenance maintenance(services, database, stats);
  CHECK(Eventually([&] { return calls.count(Call::kTargetsRegisterKeys) >= 1; }));
}

TEST_CASE_METHOD(MaintenanceTest, "The maintenance counts what somebody looks at") {
  const Maintenance maintenance(services, database, stats);
  Progress();
  clock.Advance(absl::Seconds(3));
  CHECK(Eventually([&] { return calls.count(Call::kTargetsCountGroups) == 2; }));
  CHECK(Eventually([&] { return Progress().tm_count == clock.Now(); }));
  CHECK(calls.count(Call::kTargetsCountGroups) == 2);
}

TEST_CASE_METHOD(MaintenanceTest, "A count that fails does not keep leases from coming back") {
  calls.Fail({.call = Call::kTargetsCountGroups, .nth = 2, .times = memory::Failure::kForever});
  Progress();
  clock.Advance(absl::Seconds(3));
  const Maintenance maintenance(services, database, stats);
  REQUIRE(Eventually([&] { return calls.count(Call::kTargetsCountGroups) >= 2; }));
  const std::size_t before = calls.count(Call::kTargetsLockLeaseExpired);
  CHECK(Eventually([&] { return calls.count(Call::kTargetsLockLeaseExpired) > before; }));
  CHECK(stats.database_works());
}

TEST_CASE("A task that did a full batch goes on at once") {
  std::atomic<std::size_t> runs = 0;
  std::atomic<std::size_t> asked = 0;
  const PeriodicTasks tasks({{.failure = "none",
                              .interval = absl::Hours(1),
                              .batch = 7,
                              .run = [&](std::size_t limit) -> absl::StatusOr<std::size_t> {
                                asked = limit;
                                return ++runs < 3 ? limit : limit - 1;
                              }}});
  CHECK(Eventually([&] { return runs == 3; }));
  CHECK(asked == 7);
}

TEST_CASE("A task that fails is tried again") {
  std::atomic<std::size_t> runs = 0;
  const PeriodicTasks tasks({{.failure = "It failed",
                              .interval = absl::Milliseconds(1),
                              .run = [&](std::size_t) -> absl::StatusOr<std::size_t> {
                                if (++runs < 3) return absl::UnavailableError("away");
                                return 0;
                              }}});
  CHECK(Eventually([&] { return runs > 4; }));
}

TEST_CASE("Tasks end while one of them is far from due") {
  std::atomic<std::size_t> runs = 0;
  {
    const PeriodicTasks tasks({{.failure = "none",
                                .interval = absl::Hours(1),
                                .run = [&](std::size_t) -> absl::StatusOr<std::size_t> {
                                  ++runs;
                                  return 0;
                                }}});
    CHECK(Eventually([&] { return runs == 1; }));
  }
  CHECK(runs == 1);
}

}  // namespace
}  // namespace outdial::manager
