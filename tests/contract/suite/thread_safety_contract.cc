// Many threads on one set of services: every public function at the same time as every other.
#include <cstddef>
#include <cstdint>
#include <mutex>
#include <optional>
#include <random>
#include <set>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "contract/suite/database_test.h"
#include "contract/suite/values.h"
#include "outdial/entities/claimed_target.h"
#include "outdial/memory/cache.h"
#include "outdial/memory/manual_clock.h"
#include "outdial/memory/sequential_id_source.h"
#include "outdial/services/services.h"
#include "support/catch.h"

namespace outdial::contract {
namespace {

constexpr int kThreads = 4;
constexpr int kStepsOfThread = 200;
constexpr std::size_t kTargets = 12;  // few, so that threads meet

// What the threads share.
struct World {
  explicit World(Database& database) : services(database, cache, clock, ids) {
    outdial = Must(services.outdials.Create({})).id();
    for (std::size_t i = 0; i < kTargets; ++i) CreateTarget().IgnoreError();
  }

  absl::Status CreateTarget() {
    auto target = services.targets.Create(
        outdial, {.destinations = {Tel("+15550100"), std::nullopt, Tel("+15550102")}});
    if (!target.ok()) return target.status();
    const std::lock_guard lock(mutex);
    targets.push_back(target->id());
    return absl::OkStatus();
  }

  memory::Cache cache{};
  memory::ManualClock clock{};
  memory::SequentialIdSource ids{};
  Services services;
  OutdialId outdial{};

  absl::Status CreateOutdial() {
    auto created = services.outdials.Create({});
    if (!created.ok()) return created.status();
    const std::lock_guard lock(mutex);
    others.push_back(created->id());
    return absl::OkStatus();
  }

  std::mutex mutex{};               // guards what follows
  std::vector<OutdialId> others{};  // which may be deleted
  std::vector<OutdialTargetId> targets{};
  std::vector<OutdialTargetCallId> calls{};
};

// One thread's way through the services.
class Walker {
 public:
  Walker(World& world, int thread) : world_(world), random_(static_cast<unsigned>(thread)) {}

  absl::Status Step() {
    Services& services = world_.services;
    const OutdialTargetId target = Any(world_.targets);
    const OutdialTargetCallId call = Any(world_.calls);
    const OutdialId outdial = world_.outdial;
    const OutdialId other = Any(world_.others);
    switch (Number(35)) {
      case 0:
        return world_.CreateTarget();
      case 1:
        return services.targets.Get(target).status();
      case 2:
        return services.targets.List(outdial, {}).status();
      case 3:
        return services.targets.Available(outdial, {3, 3, 3, 3, 3}, 5).status();
      case 4:
      case 5:
        return Claim();
      case 6:
        return services.targets.Progress(target, {}, absl::Seconds(5)).status();
      case 7:
        return services.targets.Renew(target, absl::Seconds(5), std::nullopt).status();
      case 8:
      case 9:
      case 10:
        return services.targets.Report(target, TargetStatus::kIdle, std::nullopt).status();
      case 11:
        return services.targets.Delete(target).status();
      case 12:
        world_.clock.Advance(absl::Seconds(1));
        return services.targets.ReclaimExpiredLeases(3).status();
      case 13:
        return world_.CreateOutdial();
      case 14:
        return services.outdials.Get(outdial).status();
      case 15:
        return services.outdials.List({}, {}).status();
      case 16:
        return services.outdials.UpdateBasicInfo(outdial, NameOf("name"), TextOf("detail"))
            .status();
      case 17:
        return services.outdials.UpdateData(outdial, TextOf(std::to_string(Number(100)))).status();
      case 18:
        return services.calls.Update(call, {.reference_type = ReferenceType::kCall}).status();
      case 19:
        return services.calls.ListOfTarget(target, {}).status();
      case 20:
        return services.journal.Find("key").status();
      case 21:
        return services.journal.Remove({"key"});
      case 22:
        return services.journal.RemoveExpired(3).status();
      case 23:
        return services.progress.Get(outdial, {3, 3, 3, 3, 3}).status();
      case 24:
        return services.progress.Get(other, {}).status();
      case 25:
        return services.progress.RecountWatched(2).status();
      case 26:
        return services.imports.Import(outdial, Rows(), OnDuplicate::kSkip).status();
      case 27:
        return services.imports.Import(other, Rows(), OnDuplicate::kAllow).status();
      case 28: {
        ImportRehearsal rehearsal;
        return services.imports.Rehearse(outdial, Rows(), OnDuplicate::kRefuse, rehearsal).status();
      }
      case 29:
        return services.imports.RegisterMissingKeys(3).status();
      case 30:
        return services.targets.ListOldest(outdial, {}, 5).status();
      case 31:
        return services.outdials.UpdateCampaign(other, IdOf<CampaignId>(Number(100))).status();
      case 32:
        return services.outdials.Delete(other).status();
      case 33:
        return services.calls.List({.outdial_id = outdial}, {}).status();
      default:
        return services.calls.Get(call).status();
    }
  }

 private:
  std::size_t Number(std::size_t below) { return random_() % below; }

  template <typename Id>
  Id Any(const std::vector<Id>& ids) {
    const std::lock_guard lock(world_.mutex);
    return ids.empty() ? Id() : ids[Number(ids.size())];
  }

  // One of few, so that most are there already.
  std::vector<absl::StatusOr<NewOutdialTarget>> Rows() {
    return {TargetWith({Tel("+1555010" + std::to_string(Number(4)))})};
  }

  absl::Status Claim() {
    const auto claimed =
        world_.services.targets.Claim(world_.outdial, {3, 3, 3, 3, 3}, 3, absl::Seconds(5));
    if (!claimed.ok()) return claimed.status();
    const std::lock_guard lock(world_.mutex);
    for (const ClaimedTarget& target : *claimed) world_.calls.push_back(target.call_id);
    return absl::OkStatus();
  }

  World& world_;
  std::minstd_rand random_;
};

// What a step may come to where others are at work.
bool IsExpected(const absl::Status& status) {
  static const std::set<std::string> kExpected = {
      "OK",
      "DATABASE_UNAVAILABLE",
      "OUTDIAL_NOT_FOUND",              // it is deleted, or none was created yet
      "OUTDIAL_TARGET_CALL_NOT_FOUND",  // no call was made yet
      "OUTDIAL_TARGET_NOT_FOUND",
      "OUTDIAL_TARGET_NOT_IDLE",
      "OUTDIAL_TARGET_NOT_PROGRESSING",
  };
  return kExpected.count(Outcome(status)) == 1;
}

TEST_CASE_METHOD(DatabaseTest, "services: many threads call every function of the same ones",
                 "[contract][services][concurrency]") {
  World world(database());
  std::mutex mutex;
  std::set<std::string> unexpected;
  RunInParallel(kThreads, [&](int thread) {
    Walker walker(world, thread);
    for (int step = 0; step < kStepsOfThread; ++step) {
      if (const absl::Status status = walker.Step(); !IsExpected(status)) {
        const std::lock_guard lock(mutex);
        unexpected.insert(status.ToString());
      }
    }
  });
  CHECK(unexpected == std::set<std::string>());

  CHECK_FALSE(world.calls.empty());
  for (const OutdialTargetId id : world.targets) {
    const OutdialTarget target =
        Read([&](const UnitOfWork& work) { return work.targets().Get(id); });
    CHECK(Must(world.services.targets.Get(id)) == target.WithoutLease());
    std::int64_t tries = 0;
    for (const Slot& slot : target.fields().slots) tries += slot.try_count;
    int open = 0;
    const auto calls = Must(world.services.calls.ListOfTarget(id, {}));
    for (const OutdialTargetCall& call : calls) open += call.open() ? 1 : 0;
    CHECK(tries == static_cast<std::int64_t>(calls.size()));
    CHECK(open == (target.status() == TargetStatus::kProgressing && !target.deleted() ? 1 : 0));
  }
}

// Reports, deletes and leases that run out write the call that an update of it writes too.
TEST_CASE_METHOD(ServicesTest, "services: what a call was updated to stays when the call is ended",
                 "[contract][services][concurrency]") {
  constexpr int kRounds = 10;
  constexpr std::size_t kClaimed = 16;
  const TryThresholds often = {1'000, 0, 0, 0, 0};
  const Outdial outdial = CreateOutdial();
  for (std::size_t i = 0; i < kClaimed; ++i) CreateTarget(outdial.id());

  for (int round = 1; round <= kRounds; ++round) {
    CAPTURE(round);
    const auto claimed =
        Must(services().targets.Claim(outdial.id(), often, kClaimed, absl::Seconds(1)));
    REQUIRE(claimed.size() == kClaimed);
    const bool leases_end = round % 2 == 0;
    if (leases_end) clock().Advance(absl::Seconds(2));

    const auto activeflow_of = [](std::size_t i) { return IdOf<ActiveflowId>(100 + i); };
    std::vector<std::string> outcomes(2);
    RunInParallel(2, [&](int thread) {
      const bool updates = thread == 0;
      std::string& outcome = outcomes[static_cast<std::size_t>(thread)];
      if (!updates && leases_end) {
        outcome = Outcome(RetryWhileBusy(
            [&] { return services().targets.ReclaimExpiredLeases(kClaimed).status(); }));
        return;
      }
      for (std::size_t i = 0; i < kClaimed; ++i) {
        outcome = Outcome(RetryWhileBusy([&] {
          if (updates) {
            return services()
                .calls.Update(claimed[i].call_id, {.activeflow_id = activeflow_of(i)})
                .status();
          }
          return services()
              .targets.Report(claimed[i].target.id(), TargetStatus::kIdle, claimed[i].call_id)
              .status();
        }));
        if (outcome != "OK") return;
      }
    });
    CHECK(outcomes == std::vector<std::string>(2, "OK"));
    for (std::size_t i = 0; i < kClaimed; ++i) {
      const OutdialTargetCall call = Must(services().calls.Get(claimed[i].call_id));
      CHECK(call.fields().activeflow_id == activeflow_of(i));
      CHECK_FALSE(call.open());
    }
  }
}

}  // namespace
}  // namespace outdial::contract
