// What holds for every operation that changes something: its change, its events and its journal
// entry are one.
#include <algorithm>
#include <cstddef>
#include <functional>
#include <optional>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "contract/suite/database_test.h"
#include "contract/suite/values.h"
#include "outdial/entities/claimed_target.h"
#include "outdial/memory/event_publisher.h"
#include "outdial/memory/failure_injector.h"
#include "outdial/services/outbox_relay.h"
#include "support/catch.h"

namespace outdial::contract {
namespace {

// Writes an entry that tells which result it was given.
template <typename Result>
JournalRecorder<Result> Record(const std::string& key) {
  return [key](const Result& result) {
    return JournalEntry{.key = key,
                        .fingerprint = "fingerprint of " + key,
                        .reply = Catch::Detail::stringify(result),
                        .tm_create = {}};
  };
}

template <>
JournalRecorder<std::vector<ClaimedTarget>> Record(const std::string& key) {
  return [key](const std::vector<ClaimedTarget>& claimed) {
    std::string reply;
    for (const ClaimedTarget& target : claimed) reply += Catch::Detail::stringify(target.target);
    return JournalEntry{.key = key,
                        .fingerprint = "fingerprint of " + key,
                        .reply = std::move(reply),
                        .tm_create = {}};
  };
}

// A list with a target that is idle and one in progress, whose call has a lease of an hour.
class ChangesTest : public ServicesTest {
 public:
  struct Operation {
    std::string name;
    // Runs it, journaled under `key`; returns the result, as Record writes it.
    std::function<absl::StatusOr<std::string>(const std::string& key)> run;
    std::vector<std::string> events;
  };

  ChangesTest() {
    Must(services().targets.Progress(busy_.id(), {}, absl::Hours(1)));
    call_ = Must(services().calls.ListOfTarget(busy_.id(), {})).front().id();
    TakeEventTypes();
  }

  std::vector<Operation> Operations() {
    const auto operation = [](std::string name, std::vector<std::string> events, auto call) {
      return Operation{std::move(name),
                       [call](const std::string& key) -> absl::StatusOr<std::string> {
                         auto result = call(key);
                         if (!result.ok()) return result.status();
                         using Result = std::decay_t<decltype(*result)>;
                         return Record<Result>("")(*result).reply;
                       },
                       std::move(events)};
    };
    const auto outdial = Record<Outdial>;
    const auto target = Record<OutdialTarget>;
    return {
        operation("create outdial", {"outdial_created"},
                  [=, this](const std::string& key) {
                    return services().outdials.Create({}, outdial(key));
                  }),
        operation("update basic info", {"outdial_updated"},
                  [=, this](const std::string& key) {
                    return services().outdials.UpdateBasicInfo(outdial_.id(), NameOf("n"),
                                                               TextOf("d"), outdial(key));
                  }),
        operation("update campaign", {"outdial_updated"},
                  [=, this](const std::string& key) {
                    return services().outdials.UpdateCampaign(outdial_.id(), {}, outdial(key));
                  }),
        operation("update data", {"outdial_updated"},
                  [=, this](const std::string& key) {
                    return services().outdials.UpdateData(outdial_.id(), {}, outdial(key));
                  }),
        operation("delete outdial", {"outdial_deleted"},
                  [=, this](const std::string& key) {
                    return services().outdials.Delete(outdial_.id(), outdial(key));
                  }),
        operation("create target", {"outdialtarget_created"},
                  [=, this](const std::string& key) {
                    return services().targets.Create(outdial_.id(), {}, target(key));
                  }),
        operation("claim", {"outdialtarget_updated"},
                  [=, this](const std::string& key) {
                    return services().targets.Claim(outdial_.id(), {9}, 10, std::nullopt,
                                                    Record<std::vector<ClaimedTarget>>(key));
                  }),
        operation("progress", {"outdialtarget_updated"},
                  [=, this](const std::string& key) {
                    return services().targets.Progress(idle_.id(), {}, std::nullopt, target(key));
                  }),
        operation("renew", {},
                  [=, this](const std::string& key) {
                    return services().targets.Renew(busy_.id(), absl::Hours(2), call_, target(key));
                  }),
        operation("report", {"outdialtarget_updated"},
                  [=, this](const std::string& key) {
                    return services().targets.Report(busy_.id(), TargetStatus::kDone, call_,
                                                     target(key));
                  }),
        operation("delete target", {"outdialtarget_deleted"},
                  [=, this](const std::string& key) {
                    return services().targets.Delete(busy_.id(), target(key));
                  }),
        operation("update call", {},
                  [=, this](const std::string& key) {
                    return services().calls.Update(call_,
                                                   {.activeflow_id = IdOf<ActiveflowId>(5),
                                                    .reference_type = std::nullopt,
                                                    .reference_id = std::nullopt},
                                                   Record<OutdialTargetCall>(key));
                  }),
    };
  }

  // All that an operation can change, but for events and journal.
  std::vector<std::string> Everything() {
    std::vector<std::string> all;
    const auto add = [&](const auto& entities) {
      for (const auto& entity : entities) all.push_back(Catch::Detail::stringify(entity));
    };
    OutdialFilter deleted;
    deleted.deleted = true;
    add(Must(services().outdials.List({}, {})));
    add(Must(services().outdials.List(deleted, {})));
    add(std::vector{Must(services().targets.Get(idle_.id())),
                    Must(services().targets.Get(busy_.id()))});
    add(Must(services().targets.List(outdial_.id(), {})));
    add(Must(services().calls.List({.outdial_id = outdial_.id()}, {})));
    return all;
  }

  std::optional<JournalEntry> Journaled(const std::string& key) {
    return Must(services().journal.Find(key));
  }

 protected:
  const Outdial outdial_ = CreateOutdial();
  const OutdialTarget idle_ = CreateTarget(outdial_.id());
  const OutdialTarget busy_ = CreateTarget(outdial_.id());
  OutdialTargetCallId call_;
};

TEST_CASE_METHOD(ChangesTest, "changes: are committed with their events and their journal entry",
                 "[contract][services]") {
  const auto operations = Operations();
  const auto& operation = operations[GENERATE(range(std::size_t{0}, std::size_t{12}))];
  CAPTURE(operation.name);
  REQUIRE(operations.size() == 12);
  const auto before = Everything();
  clock().Advance(absl::Seconds(1));

  const std::string result = Must(operation.run("key"));
  CHECK(Everything() != before);
  CHECK(TakeEventTypes() == operation.events);
  const auto entry = Journaled("key");
  REQUIRE(entry.has_value());
  CHECK(entry->reply == result);
  CHECK(entry->fingerprint == "fingerprint of key");
  CHECK(entry->tm_create >= clock().Now());
  CHECK(entry->tm_create < clock().Now() + absl::Milliseconds(1));
}

TEST_CASE_METHOD(ChangesTest, "changes: are not made for a request that is journaled already",
                 "[contract][services]") {
  const auto operations = Operations();
  const auto& operation = operations[GENERATE(range(std::size_t{0}, std::size_t{12}))];
  CAPTURE(operation.name);
  const JournalEntry earlier{
      .key = "key", .fingerprint = "earlier", .reply = "earlier", .tm_create = At(0)};
  Write([&](UnitOfWork& work) { return work.journal().Insert(earlier); });
  const auto before = Everything();

  CHECK(Outcome(operation.run("key")) == "REQUEST_ALREADY_JOURNALED");
  CHECK(Everything() == before);
  CHECK(TakeEventTypes().empty());
  CHECK((Journaled("key") == earlier));
}

TEST_CASE_METHOD(ChangesTest, "changes: are not made for a request whose identity cannot be kept",
                 "[contract][services]") {
  const auto operations = Operations();
  const auto& operation = operations[GENERATE(range(std::size_t{0}, std::size_t{12}))];
  CAPTURE(operation.name);
  const auto before = Everything();
  CHECK(Outcome(operation.run(std::string(kMaxJournalKeyBytes + 1, 'k'))) == "TEXT_TOO_LONG");
  CHECK(Outcome(operation.run(std::string(kMaxJournalKeyBytes, 'k'))) == "TEXT_TOO_LONG");
  for (const std::string& key : {std::string("\u00e9"), std::string("k\0", 2), std::string("\n")}) {
    CHECK(Outcome(operation.run(key)) == "TEXT_NOT_STORABLE");
  }
  CHECK(Everything() == before);
  CHECK(TakeEventTypes().empty());
}

TEST_CASE_METHOD(ChangesTest, "changes: are refused while the outbox is full",
                 "[contract][services]") {
  Open({.outbox_limit = 4});  // one for each of the four events that made the list
  const Outdial outdial = CreateOutdial();
  const OutdialTarget target = CreateTarget(outdial.id());
  CreateTarget(outdial.id());
  const OutdialTarget busy = Must(services().targets.Progress(target.id(), {}, absl::Hours(1)));

  OutdialTargetService& targets = services().targets;
  const std::string full = "OUTBOX_FULL";
  CHECK(Outcome(services().outdials.Create({}, Record<Outdial>("key"))) == full);
  CHECK(Outcome(services().outdials.UpdateData(outdial.id(), {}, Record<Outdial>("key"))) == full);
  CHECK(Outcome(services().outdials.Delete(outdial.id(), Record<Outdial>("key"))) == full);
  CHECK(Outcome(targets.Create(outdial.id(), {}, Record<OutdialTarget>("key"))) == full);
  CHECK(Outcome(targets.Claim(outdial.id(), {9}, 1, std::nullopt)) == full);
  CHECK(Outcome(targets.Report(busy.id(), TargetStatus::kDone, std::nullopt)) == full);
  CHECK(Outcome(targets.Delete(busy.id())) == full);
  clock().Advance(absl::Hours(2));
  CHECK(Outcome(targets.ReclaimExpiredLeases(10)) == full);

  CHECK(Must(services().outdials.List({}, {})) == std::vector<Outdial>{outdial});
  CHECK(Must(targets.Get(busy.id())) == busy.WithoutLease());
  CHECK(Must(targets.List(outdial.id(), {})).size() == 2);
  CHECK(Must(targets.Available(outdial.id(), {9}, 9)).size() == 1);
  CHECK(Must(services().calls.ListOfTarget(busy.id(), {})).front().open());
  CHECK_FALSE(Journaled("key").has_value());
  CHECK(WaitingEvents().size() == 4);

  // What announces nothing needs no room.
  CHECK(Outcome(targets.Renew(busy.id(), absl::Hours(1), std::nullopt)) == "OK");
  TakeEventTypes();
  CHECK(Outcome(targets.Report(busy.id(), TargetStatus::kDone, std::nullopt)) == "OK");
}

TEST_CASE_METHOD(ChangesTest, "changes: announce nothing where events are not recorded",
                 "[contract][services]") {
  Restart({.record_events = false, .default_lease = absl::ZeroDuration()});
  for (const Operation& operation : Operations()) {
    CAPTURE(operation.name);
    if (operation.name == "delete outdial" || operation.name == "progress") continue;
    Must(operation.run("key of " + operation.name));
  }
  Must(services().targets.Report(idle_.id(), TargetStatus::kIdle, std::nullopt));
  Must(services().targets.Progress(idle_.id(), {}, absl::Seconds(1)));
  clock().Advance(absl::Seconds(2));
  CHECK(Must(services().targets.ReclaimExpiredLeases(10)) == 1);
  Must(services().outdials.Delete(outdial_.id()));
  CHECK(WaitingEvents().empty());
}

TEST_CASE_METHOD(ChangesTest, "changes: those of one entity wait in the order they were made",
                 "[contract][services]") {
  Must(services().targets.Progress(idle_.id(), {}, std::nullopt));
  Must(services().targets.Report(idle_.id(), TargetStatus::kIdle, std::nullopt));
  Must(services().targets.Delete(idle_.id()));
  Must(services().targets.Report(idle_.id(), TargetStatus::kDone, std::nullopt));
  const std::vector<Event> events = WaitingEvents();
  REQUIRE(events.size() == 4);
  absl::Time last = absl::InfinitePast();
  for (const Event& event : events) {
    const auto& target = std::get<OutdialTarget>(event.entity);
    CHECK(target.version() > last);
    last = target.version();
  }
  CHECK(TakeEventTypes() ==
        std::vector<std::string>{"outdialtarget_updated", "outdialtarget_updated",
                                 "outdialtarget_deleted", "outdialtarget_updated"});
}

TEST_CASE_METHOD(ChangesTest, "journal service: finds and removes entries, and the old ones",
                 "[contract][services]") {
  CHECK_FALSE(Journaled("first").has_value());
  Must(services().outdials.UpdateData(outdial_.id(), {}, [](const Outdial&) {
    return JournalEntry{.key = "first", .tm_create = {}, .first_delivery = true};
  }));
  Must(services().outdials.UpdateData(outdial_.id(), {}, Record<Outdial>("second")));
  CHECK(Journaled("first").has_value());
  Must(services().journal.Remove(std::vector<std::string>{"first", "unknown"}));
  CHECK_FALSE(Journaled("first").has_value());
  CHECK(Journaled("second").has_value());

  clock().Advance(kJournalRetention - absl::Seconds(1));
  Must(services().outdials.UpdateData(outdial_.id(), {}, Record<Outdial>("third")));
  CHECK(Must(services().journal.RemoveExpired(10)) == 0);
  clock().Advance(absl::Seconds(2));
  CHECK(Must(services().journal.RemoveExpired(0)) == 0);
  CHECK(Must(services().journal.RemoveExpired(10)) == 1);
  CHECK_FALSE(Journaled("second").has_value());
  CHECK(Journaled("third").has_value());
}

TEST_CASE_METHOD(ChangesTest,
                 "outbox relay: publishes what waits, the oldest first, and removes it",
                 "[contract][services]") {
  memory::FailureInjector failures;
  memory::EventPublisher publisher(&failures);
  OutboxRelay relay(database(), publisher);
  CHECK(Must(relay.RelayBatch(10)).events == 0);
  CHECK(failures.count(memory::Call::kPublisherPublish) == 0);

  for (int i = 0; i < 3; ++i) Must(services().outdials.UpdateData(outdial_.id(), {}));
  const std::vector<Event> waiting = WaitingEvents();
  REQUIRE(waiting.size() == 3);
  const auto published = [&] {
    std::vector<Event> events = publisher.events();
    std::transform(events.begin(), events.end(), events.begin(), AsSent);
    return events;
  };

  SECTION("in batches") {
    CHECK(Must(relay.RelayBatch(2)).events == 2);
    CHECK(published() == std::vector<Event>{waiting[0], waiting[1]});
    CHECK(WaitingEvents() == std::vector<Event>{waiting[2]});
    CHECK(Must(relay.RelayBatch(2)).events == 1);
    CHECK(published() == waiting);
    CHECK(Must(relay.RelayBatch(2)).events == 0);
  }
  SECTION("again where nothing arrived") {
    failures.Fail({.call = memory::Call::kPublisherPublish});
    CHECK_FALSE(relay.RelayBatch(10).ok());
    CHECK(WaitingEvents() == waiting);
    CHECK(Must(relay.RelayBatch(10)).events == 3);
    CHECK(published() == waiting);
  }
  SECTION("again where nobody knows whether it arrived") {
    failures.Fail({.call = memory::Call::kPublisherPublish, .point = memory::FailurePoint::kAfter});
    CHECK_FALSE(relay.RelayBatch(10).ok());
    CHECK(WaitingEvents() == waiting);
    CHECK(Must(relay.RelayBatch(10)).events == 3);
    CHECK(published().size() == 6);
    CHECK(WaitingEvents().empty());
  }
}

}  // namespace
}  // namespace outdial::contract
