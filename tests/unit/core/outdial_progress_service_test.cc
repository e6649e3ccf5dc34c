// How long counts are kept, who counts and who waits. What is counted is tested by the contract
// suite over every database.
#include "outdial/services/outdial_progress_service.h"

#include <array>
#include <atomic>
#include <future>
#include <latch>
#include <optional>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

#include "absl/status/status.h"
#include "contract/suite/values.h"
#include "outdial/memory/database.h"
#include "outdial/memory/failure_injector.h"
#include "outdial/memory/manual_clock.h"
#include "outdial/memory/sequential_id_source.h"
#include "outdial/ports/cache.h"
#include "outdial/services/services.h"
#include "support/catch.h"

namespace outdial {
namespace {

using contract::Must;
using contract::Outcome;
using memory::Call;
using Service = OutdialProgressService;

constexpr TryThresholds kOnce = {1, 1, 1, 1, 1};

// Counts the counts, makes them fail, and runs something in the midst of one.
class Hook final : public memory::CallHook {
 public:
  absl::Status Before(Call call) override {
    if (call == Call::kTargetsCountGroups && on_count) on_count();
    return failures.Before(call);
  }
  absl::Status After(Call call) override { return failures.After(call); }

  std::size_t counts() const { return failures.count(Call::kTargetsCountGroups); }

  memory::FailureInjector failures;
  std::function<void()> on_count;
};

class ProgressServiceTest {
 public:
  OutdialId Create() { return Must(services.outdials.Create({})).id(); }
  void Add(OutdialId id) {
    Must(services.targets.Create(id, contract::TargetWith({contract::Tel("+1")})));
  }
  OutdialProgress Get(OutdialId id, const TryThresholds& thresholds = kOnce) {
    return Must(services.progress.Get(id, thresholds));
  }
  std::size_t Recount(std::size_t limit = 10) {
    return Must(services.progress.RecountWatched(limit));
  }

  Hook hook;
  memory::Database database{{.hook = &hook}};
  memory::ManualClock clock;
  memory::SequentialIdSource ids;
  NoCache cache;
  Services services{database, cache, clock, ids};
  const OutdialId list = Create();
};

TEST_CASE_METHOD(ProgressServiceTest, "A count is kept for five seconds, for all thresholds") {
  Add(list);
  const OutdialProgress first = Get(list);
  CHECK(first.idle == 1);
  CHECK(first.dialable == 1);
  CHECK(first.tm_count == clock.Now());

  Add(list);
  clock.Advance(Service::kMaxAge);
  const OutdialProgress second = Get(list, {});
  CHECK(second.tm_count == first.tm_count);
  CHECK(second.idle == 1);
  CHECK(second.dialable == 0);
  CHECK(second.exhausted == 1);
  CHECK(hook.counts() == 1);

  clock.Advance(absl::Microseconds(1));
  CHECK(Get(list).idle == 2);
  CHECK(Get(list).tm_count == clock.Now());
  CHECK(hook.counts() == 2);

  // Counted in what is the future now.
  clock.Advance(-absl::Seconds(1));
  CHECK(Get(list).tm_count == clock.Now());
  CHECK(hook.counts() == 3);
}

TEST_CASE_METHOD(ProgressServiceTest, "A list that is unknown or deleted has no progress") {
  Get(list);
  CHECK(Outcome(services.progress.Get(contract::IdOf<OutdialId>(0xeeee), {})) ==
        "OUTDIAL_NOT_FOUND");
  Must(services.outdials.Delete(list));
  CHECK(Outcome(services.progress.Get(list, {})) == "OUTDIAL_NOT_FOUND");
  CHECK(hook.counts() == 1);
}

TEST_CASE_METHOD(ProgressServiceTest, "What somebody looks at is counted again beforehand") {
  const OutdialId other = Create();
  const OutdialId third = Create();
  CHECK(Recount() == 0);
  Get(list);
  clock.Advance(absl::Seconds(1));
  Get(other);
  Get(third);
  clock.Advance(absl::Seconds(1));
  CHECK(Recount() == 0);  // the oldest is two seconds old
  clock.Advance(absl::Milliseconds(1));
  CHECK(Recount() == 1);
  CHECK(Get(list).tm_count == clock.Now());
  clock.Advance(absl::Seconds(1));
  CHECK(Recount(1) == 1);
  CHECK(Recount(1) == 1);
  CHECK(Recount(1) == 0);
  CHECK(Get(list).tm_count == clock.Now() - absl::Seconds(1));

  // Nobody who keeps asking waits for a count.
  Add(list);
  for (int i = 0; i < 30; ++i) {
    const std::size_t before = hook.counts();
    const OutdialProgress progress = Get(list);
    CHECK(hook.counts() == before);
    CHECK(clock.Now() - progress.tm_count <= absl::Seconds(3));
    clock.Advance(absl::Seconds(1));
    Recount();
  }
  CHECK(Get(list).idle == 1);
}

TEST_CASE_METHOD(ProgressServiceTest, "What is slow to count is counted beforehand for longer") {
  hook.on_count = [this] { clock.Advance(Service::kSlow); };
  Get(list);
  for (int i = 0; i < 9; ++i) {
    clock.Advance(absl::Seconds(1));
    Recount();
  }
  clock.Advance(absl::Seconds(2));
  std::size_t before = hook.counts();
  // Nobody looks: as rarely as an answer need not wait.
  for (int i = 0; i < 40; ++i) {
    clock.Advance(absl::Seconds(1));
    Recount();
  }
  CHECK(hook.counts() - before <= 15);
  before = hook.counts();
  CHECK(clock.Now() - Get(list).tm_count <= Service::kMaxAge);
  CHECK(hook.counts() == before);
  clock.Advance(Service::kSlowWatchTime + absl::Seconds(1));
  CHECK(Recount() == 0);
}

TEST_CASE_METHOD(ProgressServiceTest, "A count is kept for twice as long as it took") {
  hook.on_count = [this] { clock.Advance(absl::Seconds(4)); };
  const absl::Time counted = Get(list).tm_count;
  clock.Advance(absl::Seconds(4));
  CHECK(Get(list).tm_count == counted);
  clock.Advance(absl::Microseconds(1));
  CHECK(Get(list).tm_count > counted);
}

TEST_CASE_METHOD(ProgressServiceTest, "What nobody looks at any more is forgotten") {
  Get(list);
  clock.Advance(Service::kWatchTime);
  CHECK(Recount() == 1);
  clock.Advance(absl::Microseconds(1));
  CHECK(Recount() == 0);
  // It is gone: the same time would do.
  clock.Advance(-absl::Microseconds(1));
  Get(list);
  CHECK(hook.counts() == 3);
}

TEST_CASE_METHOD(ProgressServiceTest, "Counts are kept of a thousand lists, those asked for last") {
  std::vector<OutdialId> lists;
  for (std::size_t i = 0; i <= Service::kMaxKept; ++i) {
    lists.push_back(Create());
    Get(lists.back());
    clock.Advance(absl::Microseconds(1));
    Get(lists[0]);
    clock.Advance(absl::Microseconds(1));
  }
  const std::size_t before = hook.counts();
  CHECK(before == lists.size());
  Get(lists[0]);
  Get(lists[2]);
  CHECK(hook.counts() == before);
  Get(lists[1]);
  CHECK(hook.counts() == before + 1);
}

TEST_CASE_METHOD(ProgressServiceTest, "Who asks while the list is counted waits for that count") {
  constexpr int kThreads = 4;
  std::latch counting(1);
  std::latch go_on(1);
  hook.on_count = [&] {
    counting.count_down();
    go_on.wait();
  };
  auto first = std::async(std::launch::async, [&] { return services.progress.Get(list, kOnce); });
  counting.wait();
  std::vector<std::future<absl::StatusOr<OutdialProgress>>> others;
  for (int i = 0; i < kThreads; ++i) {
    others.push_back(
        std::async(std::launch::async, [&] { return services.progress.Get(list, {}); }));
  }
  // Who asks for another list does not wait, nor does the thread that counts again.
  const OutdialId other = contract::IdOf<OutdialId>(0xeeee);
  CHECK(Outcome(services.progress.Get(other, {})) == "OUTDIAL_NOT_FOUND");
  CHECK(Recount() == 0);
  SECTION("and gets it") {
    go_on.count_down();
    const OutdialProgress progress = Must(first.get());
    for (auto& asked : others) CHECK(Must(asked.get()).tm_count == progress.tm_count);
    CHECK(hook.counts() == 1);
  }
  SECTION("or its error") {
    hook.failures.Fail({.call = Call::kTargetsCountGroups, .times = memory::Failure::kForever});
    go_on.count_down();
    CHECK(Outcome(first.get()) == "DATABASE_UNAVAILABLE");
    for (auto& asked : others) CHECK(Outcome(asked.get()) == "DATABASE_UNAVAILABLE");
  }
}

TEST_CASE_METHOD(ProgressServiceTest, "A count that fails leaves the one before") {
  hook.failures.Fail({.call = Call::kCallsCount});
  CHECK(Outcome(services.progress.Get(list, {})) == "DATABASE_UNAVAILABLE");
  const absl::Time counted = Get(list).tm_count;
  clock.Advance(absl::Seconds(3));
  hook.failures.Fail({.call = Call::kDatabaseRead});
  CHECK(Outcome(services.progress.RecountWatched(1)) == "DATABASE_UNAVAILABLE");
  CHECK(Get(list).tm_count == counted);
  CHECK(Recount() == 1);
  CHECK(Get(list).tm_count == clock.Now());
}

TEST_CASE_METHOD(ProgressServiceTest, "A count that fails slowly is not tried again at once") {
  hook.on_count = [this] { clock.Advance(Service::kSlow); };
  hook.failures.Fail({.call = Call::kTargetsCountGroups});
  CHECK(Outcome(services.progress.Get(list, {})) == "DATABASE_UNAVAILABLE");
  const std::size_t counts = hook.counts();
  clock.Advance(Service::kMaxAge);
  CHECK(Outcome(services.progress.Get(list, {})) == "DATABASE_UNAVAILABLE");
  CHECK(hook.counts() == counts);
  clock.Advance(absl::Microseconds(1));
  CHECK(Get(list).idle == 0);
}

TEST_CASE_METHOD(ProgressServiceTest, "A list that cannot be counted keeps no other from it") {
  const OutdialId other = Create();
  Get(list);
  clock.Advance(absl::Microseconds(1));
  Get(other);
  clock.Advance(absl::Seconds(3));
  hook.failures.Fail({.call = Call::kTargetsCountGroups});
  CHECK(Outcome(services.progress.RecountWatched(10)) == "DATABASE_UNAVAILABLE");
  CHECK(Get(other).tm_count == clock.Now());
  CHECK(Get(list).tm_count < clock.Now());
}

TEST_CASE_METHOD(ProgressServiceTest, "A count that is thrown out of hinders no other") {
  hook.on_count = [] { throw std::runtime_error("the process ends"); };
  CHECK_THROWS_AS(services.progress.Get(list, {}), std::runtime_error);
  hook.on_count = nullptr;
  CHECK(Get(list).idle == 0);
}

}  // namespace
}  // namespace outdial
