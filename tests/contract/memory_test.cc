// What the memory adapters have beyond their ports: forced failures, hooks, and how they stop who
// uses them wrongly.
#include <array>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <set>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "contract/suite/values.h"
#include "outdial/entities/error.h"
#include "outdial/memory/cache.h"
#include "outdial/memory/call_hook.h"
#include "outdial/memory/database.h"
#include "outdial/memory/event_publisher.h"
#include "outdial/memory/failure_injector.h"
#include "outdial/memory/manual_clock.h"
#include "outdial/memory/sequential_id_source.h"
#include "outdial/services/services.h"
#include "support/catch.h"
#include "support/death.h"

namespace outdial::contract {
namespace {

using memory::Call;
using memory::FailurePoint;

const Outdial kOutdial(OutdialFields(1));

absl::Status InsertOutdial(UnitOfWork& work) { return work.outdials().Insert(kOutdial); }

bool HasOutdial(Database& database) {
  return database
      .Read([](const UnitOfWork& work) { return work.outdials().Get(kOutdial.id()).status(); })
      .ok();
}

TEST_CASE("memory database: fails as it is told, before or after the effect", "[memory]") {
  memory::FailureInjector failures;
  memory::Database database({.hook = &failures});
  const absl::Status failure = MakeError(Reason::kInternal, "Something broke.");
  const auto [call, point, effect] = GENERATE(
      table<Call, FailurePoint, bool>({{Call::kDatabaseWrite, FailurePoint::kBefore, false},
                                       {Call::kDatabaseWrite, FailurePoint::kAfter, true},
                                       {Call::kDatabaseCommit, FailurePoint::kBefore, false},
                                       {Call::kDatabaseCommit, FailurePoint::kAfter, true},
                                       {Call::kOutdialsInsert, FailurePoint::kBefore, false},
                                       {Call::kOutdialsInsert, FailurePoint::kAfter, false}}));
  CAPTURE(std::string(memory::CallName(call)), point);
  failures.Fail({.call = call, .point = point, .status = failure});
  CHECK(failures.pending() == 1);
  CHECK(database.Write(InsertOutdial) == failure);
  CHECK(failures.pending() == 0);
  CHECK(failures.count(call) == 1);
  CHECK(HasOutdial(database) == effect);
  if (!effect) CHECK(database.Write(InsertOutdial).ok());
}

TEST_CASE("memory failures: come when they are due, as often as they are due", "[memory]") {
  memory::FailureInjector failures;
  memory::Database database({.hook = &failures});
  const auto outcomes = [&](int count) {
    std::string all;
    for (int i = 0; i < count; ++i) all += database.Ping().ok() ? '.' : 'x';
    return all;
  };
  CHECK(outcomes(2) == "..");
  failures.Fail({.call = Call::kDatabasePing, .nth = 2, .times = 3});
  CHECK(outcomes(6) == ".xxx..");
  failures.Fail({.call = Call::kDatabasePing, .times = memory::Failure::kForever});
  CHECK(outcomes(5) == "xxxxx");
  CHECK(failures.pending() == 1);
  failures.Clear();
  CHECK(outcomes(2) == "..");
  failures.Fail({.call = Call::kDatabaseRead});
  CHECK(outcomes(2) == "..");
  CHECK_FALSE(HasOutdial(database));
  CHECK(failures.pending() == 0);
  CHECK(failures.count(Call::kDatabasePing) == 17);
  CHECK(Outcome(memory::Failure::DefaultStatus()) == "DATABASE_UNAVAILABLE");
}

// Throws at one of the calls.
class Thrower final : public memory::CallHook {
 public:
  Thrower(Call call, FailurePoint point) : call_(call), point_(point) {}

  absl::Status Before(Call call) override { return At(call, FailurePoint::kBefore); }
  absl::Status After(Call call) override { return At(call, FailurePoint::kAfter); }

 private:
  absl::Status At(Call call, FailurePoint point) {
    if (call == call_ && point == point_) {
      call_ = Call::kIdsNewUuid;
      throw std::runtime_error("the process died");
    }
    return absl::OkStatus();
  }

  Call call_;
  const FailurePoint point_;
};

TEST_CASE("memory database: what is thrown rolls back and passes through", "[memory]") {
  SECTION("from a body") {
    memory::Database database;
    CHECK_THROWS_AS(database.Write([](UnitOfWork& work) -> absl::Status {
      if (auto status = InsertOutdial(work); !status.ok()) return status;
      throw std::runtime_error("no");
    }),
                    std::runtime_error);
    CHECK_FALSE(HasOutdial(database));
    CHECK(database.Write(InsertOutdial).ok());
  }
  SECTION("from a hook") {
    const auto [call, point, effect] = GENERATE(
        table<Call, FailurePoint, bool>({{Call::kOutdialsInsert, FailurePoint::kBefore, false},
                                         {Call::kOutdialsInsert, FailurePoint::kAfter, false},
                                         {Call::kDatabaseCommit, FailurePoint::kBefore, false},
                                         {Call::kDatabaseCommit, FailurePoint::kAfter, true},
                                         {Call::kDatabaseWrite, FailurePoint::kAfter, true}}));
    CAPTURE(std::string(memory::CallName(call)), point);
    Thrower thrower(call, point);
    memory::Database database({.hook = &thrower});
    CHECK_THROWS_AS(database.Write(InsertOutdial), std::runtime_error);
    CHECK(HasOutdial(database) == effect);
    CHECK(Outcome(database.Write(InsertOutdial)) == (effect ? "INTERNAL" : "OK"));
  }
}

// Lets another client act before and after each transaction.
class Intruder final : public memory::CallHook {
 public:
  std::function<void(Call)> act;

  absl::Status Before(Call call) override { return Act(call); }
  absl::Status After(Call call) override { return Act(call); }

 private:
  absl::Status Act(Call call) {
    if (call != Call::kDatabaseWrite || !act) return absl::OkStatus();
    const auto once = std::exchange(act, nullptr);
    once(call);
    return absl::OkStatus();
  }
};

TEST_CASE("memory database: a hook may run transactions between transactions", "[memory]") {
  Intruder intruder;
  memory::Database database({.hook = &intruder});
  intruder.act = [&](Call) { CHECK(database.Write(InsertOutdial).ok()); };
  CHECK(Outcome(database.Write(InsertOutdial)) == "INTERNAL");  // the other one was first
}

TEST_CASE("memory database: says what is wrong with a nested transaction, and stops", "[memory]") {
  memory::Database database;
  const std::string nested = "called inside of another one";
  CHECK_THAT(DeathMessage([&] {
               database
                   .Write([&](UnitOfWork&) {
                     return database.Read([](const UnitOfWork&) { return absl::OkStatus(); });
                   })
                   .IgnoreError();
             }),
             ContainsSubstring(nested));
  CHECK_THAT(DeathMessage([&] {
               database
                   .Read([&](const UnitOfWork&) {
                     return database.Read([](const UnitOfWork&) { return absl::OkStatus(); });
                   })
                   .IgnoreError();
             }),
             ContainsSubstring(nested));
  // Two databases have nothing to do with each other.
  memory::Database other;
  CHECK(database.Write([&](UnitOfWork&) { return other.Write(InsertOutdial); }).ok());
}

TEST_CASE("memory database: says what is wrong with an unlocked update, and stops", "[memory]") {
  memory::Database database;
  const OutdialTarget target(TargetFields(2, kOutdial.id()));
  const OutdialTargetCall call(CallFields(3, target.id()));
  Must(database.Write([&](UnitOfWork& work) -> absl::Status {
    if (auto status = InsertOutdial(work); !status.ok()) return status;
    if (auto status = work.targets().Insert({{target}}); !status.ok()) return status;
    return work.calls().Insert({{call}});
  }));
  const auto death_of = [&](const std::function<absl::Status(UnitOfWork&)>& body) {
    return DeathMessage([&] { database.Write(body).IgnoreError(); });
  };
  CHECK_THAT(death_of([](UnitOfWork& work) { return work.outdials().Update(kOutdial); }),
             ContainsSubstring("outdial is updated"));
  CHECK_THAT(death_of([](UnitOfWork& work) -> absl::Status {
               if (auto got = work.outdials().GetForShare(kOutdial.id()); !got.ok()) {
                 return got.status();
               }
               return work.outdials().Update(kOutdial);
             }),
             ContainsSubstring("outdial is updated"));
  CHECK_THAT(death_of([&](UnitOfWork& work) { return work.targets().Update({{target}}); }),
             ContainsSubstring("outdial target is updated"));
  CHECK_THAT(death_of([&](UnitOfWork& work) { return work.calls().Update(call); }),
             ContainsSubstring("call is updated"));
}

TEST_CASE("memory cache: counts its hits and misses", "[memory]") {
  memory::Cache cache;
  const auto put = [&](const Outdial& outdial) { cache.Put({.outdials = {&outdial, 1}}, {}); };
  CHECK_FALSE(cache.GetOutdial(kOutdial.id()).has_value());
  put(kOutdial);
  CHECK(cache.GetOutdial(kOutdial.id()).has_value());
  CHECK(cache.GetOutdial(kOutdial.id()).has_value());
  CHECK(cache.hits() == 2);
  CHECK(cache.misses() == 1);
  cache.Clear();
  CHECK_FALSE(cache.GetOutdial(kOutdial.id()).has_value());
}

TEST_CASE("memory cache: a call that fails is a miss, now or later", "[memory]") {
  memory::FailureInjector failures;
  memory::Cache cache(&failures);
  const auto put = [&](const Outdial& outdial) { cache.Put({.outdials = {&outdial, 1}}, {}); };
  Outdial::Fields fields = OutdialFields(1);
  fields.tm_update = At(100);
  const Outdial newer(fields);
  put(kOutdial);
  SECTION("Get") {
    const auto point = GENERATE(FailurePoint::kBefore, FailurePoint::kAfter);
    failures.Fail({.call = Call::kCacheGet, .point = point});
    CHECK_FALSE(cache.GetOutdial(kOutdial.id()).has_value());
    CHECK(cache.GetOutdial(kOutdial.id()) == kOutdial);
  }
  SECTION("Put") {
    failures.Fail({.call = Call::kCachePut});
    put(newer);
    CHECK_FALSE(cache.GetOutdial(kOutdial.id()).has_value());
    put(kOutdial);
    CHECK_FALSE(cache.GetOutdial(kOutdial.id()).has_value());
    put(newer);
    CHECK(cache.GetOutdial(kOutdial.id()) == newer);
  }
  SECTION("Expect") {
    failures.Fail({.call = Call::kCacheExpect});
    cache.Expect({.outdials = {&newer, 1}}, {});
    CHECK_FALSE(cache.GetOutdial(kOutdial.id()).has_value());
  }
  SECTION("but Clear forgets copies only") {
    cache.Expect({.outdials = {&newer, 1}}, {});
    cache.Clear();
    put(kOutdial);
    CHECK_FALSE(cache.GetOutdial(kOutdial.id()).has_value());
  }
}

TEST_CASE("memory publisher: publishes nothing before, and everything after", "[memory]") {
  memory::FailureInjector failures;
  memory::EventPublisher publisher(&failures);
  const Event event{EventType::kOutdialCreated, kOutdial};
  failures.Fail({.call = Call::kPublisherPublish});
  CHECK_FALSE(publisher.Publish({{event}}).ok());
  CHECK(publisher.events().empty());
  failures.Fail({.call = Call::kPublisherPublish, .point = FailurePoint::kAfter});
  CHECK_FALSE(publisher.Publish({{event}}).ok());
  CHECK(publisher.events() == std::vector<Event>{event});
  publisher.Clear();
  CHECK(publisher.events().empty());
}

TEST_CASE("memory clock: moves when it is told to", "[memory]") {
  memory::FailureInjector calls;
  memory::ManualClock clock(At(0), &calls);
  CHECK(clock.Now() == At(0));
  CHECK(clock.Now() == At(0));
  clock.Advance(absl::Microseconds(5));
  CHECK(clock.Now() == At(5));
  clock.Advance(-absl::Microseconds(7));
  CHECK(clock.Now() == At(-2));
  clock.Set(At(9));
  CHECK(clock.Now() == At(9));
  CHECK(calls.count(Call::kClockNow) == 5);
  CHECK(memory::ManualClock().Now() == At(0));
}

TEST_CASE("memory ids: are known beforehand", "[memory]") {
  memory::FailureInjector calls;
  memory::SequentialIdSource ids(0, &calls);
  CHECK(ids.NewUuid().ToString() == "00000000-0000-4000-8000-000000000001");
  CHECK(ids.NewUuid().ToString() == "00000000-0000-4000-8000-000000000002");
  CHECK(ids.NewUuid() == memory::SequentialIdSource::Nth(3));
  CHECK(calls.count(Call::kIdsNewUuid) == 3);
  CHECK(memory::SequentialIdSource(0xdecade01).NewUuid().ToString() ==
        "decade01-0000-4000-8000-000000000001");
  CHECK(memory::SequentialIdSource::Nth(0x123456789abc).ToString() ==
        "00000000-0000-4000-8000-123456789abc");
}

TEST_CASE("memory calls: have a name each", "[memory]") {
  std::set<std::string_view> names;
  for (std::size_t i = 0; i < memory::kCallCount; ++i) {
    names.insert(memory::CallName(static_cast<Call>(i)));
  }
  CHECK(names.size() == memory::kCallCount);
  CHECK(memory::CallName(Call::kDatabaseRead) == "database.Read");
  CHECK(memory::CallName(Call::kTargetsLockAvailable) == "targets.LockAvailable");
  CHECK(memory::CallName(Call::kCallsUpdate) == "calls.Update");
  CHECK(memory::CallName(Call::kJournalRemoveOlderThan) == "journal.RemoveOlderThan");
  CHECK(memory::CallName(Call::kIdsNewUuid) == "ids.NewUuid");
}

// Fails one call, before or after its effect: the one whose turn that is, counted over all calls of
// all ports.
class FailAt final : public memory::CallHook {
 public:
  FailAt(int number, FailurePoint point) : left_(number), point_(point) {}

  absl::Status Before(Call call) override { return At(call, FailurePoint::kBefore); }
  absl::Status After(Call call) override {
    if (call == Call::kDatabaseCommit) committed_ = true;
    return At(call, FailurePoint::kAfter);
  }

  bool reached() const { return failed_.has_value(); }
  std::string failed() const { return std::string(memory::CallName(failed_.value())); }
  bool committed() const { return committed_; }

 private:
  absl::Status At(Call call, FailurePoint point) {
    if (point != point_ || --left_ != 0) return absl::OkStatus();
    failed_ = call;
    return MakeError(Reason::kDatabaseUnavailable, "The database cannot be reached.");
  }

  int left_;
  const FailurePoint point_;
  std::optional<Call> failed_;
  bool committed_ = false;
};

// The hook of adapters that changes from test to test, or is none.
class Switch final : public memory::CallHook {
 public:
  memory::CallHook* to = nullptr;

  absl::Status Before(Call call) override {
    return to == nullptr ? absl::OkStatus() : to->Before(call);
  }
  absl::Status After(Call call) override {
    return to == nullptr ? absl::OkStatus() : to->After(call);
  }
};

TEST_CASE("services: cut short at any port call, a change is made in whole or not at all",
          "[memory]") {
  struct Ids {
    OutdialId outdial;
    OutdialTargetId target;  // it is progressing
    OutdialTargetCallId call;
  };
  using Operation = std::function<absl::Status(Services&, const Ids&)>;
  const auto journal_entry = [](const auto&) {
    return JournalEntry{.key = "key", .fingerprint = "", .reply = "", .tm_create = {}};
  };
  const std::vector<std::pair<std::string, Operation>> operations = {
      {"create outdial",
       [&](Services& services, const Ids&) {
         return services.outdials.Create({}, journal_entry).status();
       }},
      {"update outdial",
       [&](Services& services, const Ids& ids) {
         return services.outdials.UpdateData(ids.outdial, TextOf("new"), journal_entry).status();
       }},
      {"delete outdial",
       [&](Services& services, const Ids& ids) {
         return services.outdials.Delete(ids.outdial, journal_entry).status();
       }},
      {"create target",
       [&](Services& services, const Ids& ids) {
         return services.targets.Create(ids.outdial, {}, journal_entry).status();
       }},
      {"claim",
       [&](Services& services, const Ids& ids) {
         return services.targets.Claim(ids.outdial, {9, 9}, 2, absl::Seconds(1), journal_entry)
             .status();
       }},
      {"report",
       [&](Services& services, const Ids& ids) {
         return services.targets
             .Report(ids.target, TargetStatus::kDone, std::nullopt, journal_entry)
             .status();
       }},
      {"delete target",
       [&](Services& services, const Ids& ids) {
         return services.targets.Delete(ids.target, journal_entry).status();
       }},
      {"update call", [&](Services& services, const Ids& ids) {
         return services.calls
             .Update(ids.call,
                     {.activeflow_id = IdOf<ActiveflowId>(5),
                      .reference_type = std::nullopt,
                      .reference_id = std::nullopt},
                     journal_entry)
             .status();
       }}};
  const auto point = GENERATE(FailurePoint::kBefore, FailurePoint::kAfter);

  for (const auto& [name, operation] : operations) {
    CAPTURE(name, point);
    std::set<std::string> cut;
    std::optional<Outdial> stored_outdial;
    std::optional<OutdialTarget> stored_target;
    std::optional<OutdialTargetCall> stored_call;
    for (int number = 1;; ++number) {
      Switch hook;
      memory::Database database({.hook = &hook});
      memory::Cache cache(&hook);
      memory::ManualClock clock(&hook);
      memory::SequentialIdSource ids(0, &hook);
      Services services(database, cache, clock, ids);
      const OutdialId outdial_id = Must(services.outdials.Create({})).id();
      const NewOutdialTarget values = TargetWith({Tel("+1")});
      const OutdialTargetId busy = Must(services.targets.Create(outdial_id, values)).id();
      Must(services.targets.Progress(busy, {}, std::nullopt));
      const OutdialTargetCallId call_id = Must(services.calls.ListOfTarget(busy, {})).front().id();
      for (int i = 0; i < 2; ++i) Must(services.targets.Create(outdial_id, values));

      const auto everything = [&] {
        std::string all;
        Must(database.Read([&](const UnitOfWork& work) -> absl::Status {
          const auto add = [&](const auto& entities) {
            for (const auto& entity : entities) all += Catch::Detail::stringify(entity) + "\n";
          };
          OutdialFilter deleted;
          deleted.deleted = true;
          add(work.outdials().List({}, {}).value());
          add(work.outdials().List(deleted, {}).value());
          add(work.targets().List(outdial_id, {}).value());
          add(work.calls().List({.outdial_id = outdial_id}, {}).value());
          const auto entries = work.outbox().Peek(100);
          for (const OutboxEntry& entry : entries.value()) {
            all += Catch::Detail::stringify(entry.event) + "\n";
          }
          all += work.journal().Find("key")->has_value() ? "journaled" : "not journaled";
          return absl::OkStatus();
        }));
        return all;
      };
      const std::string before = everything();

      FailAt failure(number, point);
      hook.to = &failure;
      const std::string outcome = Outcome(operation(services, {outdial_id, busy, call_id}));
      hook.to = nullptr;
      if (!failure.reached()) {
        CHECK(outcome == "OK");
        break;
      }
      cut.insert(failure.failed());
      CAPTURE(number, failure.failed(), outcome);
      const std::string after = everything();
      const bool journaled = Must(services.journal.Find("key")).has_value();
      CHECK((after != before) == failure.committed());
      CHECK(journaled == failure.committed());
      if (!failure.committed()) CHECK(outcome == "DATABASE_UNAVAILABLE");
      // The cache holds nothing that the commit made old.
      Must(database.Read([&](const UnitOfWork& work) -> absl::Status {
        stored_outdial = work.outdials().Get(outdial_id).value();
        stored_target = work.targets().Get(busy).value();
        stored_call = work.calls().Get(call_id).value();
        return absl::OkStatus();
      }));
      CHECK(Must(services.outdials.Get(outdial_id)) == *stored_outdial);
      CHECK(Must(services.targets.Get(busy)) == stored_target->WithoutLease());
      CHECK(Must(services.calls.Get(call_id)) == *stored_call);
    }
    CHECK(cut.contains("database.Commit"));
    CHECK(cut.contains("journal.Insert"));
    CHECK(cut.contains("outbox.Append") == (name != "update call"));
  }
}

}  // namespace
}  // namespace outdial::contract
