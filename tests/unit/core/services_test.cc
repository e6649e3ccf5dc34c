// What the services do with their ports, where the order of the calls is the point. What they
// answer is tested by the contract suite over every database.
#include "outdial/services/services.h"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <set>
#include <stdexcept>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "absl/functional/function_ref.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "outdial/entities/error.h"
#include "outdial/entities/event.h"
#include "outdial/memory/call_hook.h"
#include "outdial/memory/database.h"
#include "outdial/memory/failure_injector.h"
#include "outdial/memory/manual_clock.h"
#include "outdial/memory/sequential_id_source.h"
#include "outdial/ports/event_publisher.h"
#include "outdial/services/outbox_relay.h"
#include "support/mock.h"

namespace outdial {
namespace {

using trompeloeil::_;

class MockClock : public Clock {
 public:
  MAKE_MOCK0(Now, absl::Time(), override);
};

class MockIdSource : public IdSource {
 public:
  MAKE_MOCK0(NewUuid, Uuid(), override);
};

class MockCache : public Cache {
 public:
  MAKE_MOCK1(GetOutdial, std::optional<Outdial>(OutdialId), override);
  MAKE_MOCK1(GetOutdialTarget, std::optional<OutdialTarget>(OutdialTargetId), override);
  MAKE_MOCK1(GetOutdialTargetCall, std::optional<OutdialTargetCall>(OutdialTargetCallId), override);
  MAKE_MOCK0(Ticket, CacheTicket(), override);
  MAKE_MOCK2(Expect, void(const CacheCopies&, absl::Span<const OutdialTargetCall>), override);
  MAKE_MOCK1(Withdraw, void(const CacheCopies&), override);
  MAKE_MOCK2(Put, void(const CacheCopies&, CacheTicket), override);
  MAKE_MOCK2(Fill, void(const CacheCopies&, CacheTicket), override);
};

class MockOutdialRepository : public OutdialRepository {
 public:
  using Outdials = std::vector<Outdial>;
  MAKE_CONST_MOCK1(Get, absl::StatusOr<Outdial>(OutdialId), override);
  MAKE_CONST_MOCK2(List, absl::StatusOr<Outdials>(const OutdialFilter&, const Page&), override);
  MAKE_MOCK1(GetForUpdate, absl::StatusOr<Outdial>(OutdialId), override);
  MAKE_MOCK1(GetForShare, absl::StatusOr<Outdial>(OutdialId), override);
  MAKE_MOCK1(Insert, absl::Status(const Outdial&), override);
  MAKE_MOCK1(Update, absl::Status(const Outdial&), override);
};

class MockOutbox : public EventOutbox {
 public:
  using Entries = std::vector<OutboxEntry>;
  MAKE_CONST_MOCK1(Peek, absl::StatusOr<Entries>(std::size_t), override);
  MAKE_CONST_MOCK0(Size, absl::StatusOr<std::size_t>(), override);
  MAKE_MOCK1(Append, absl::Status(absl::Span<const Event>), override);
  MAKE_MOCK1(Remove, absl::Status(absl::Span<const std::int64_t>), override);
};

class MockJournal : public RequestJournal {
 public:
  using Found = std::optional<JournalEntry>;
  MAKE_CONST_MOCK1(Find, absl::StatusOr<Found>(const std::string&), override);
  MAKE_MOCK1(Insert, absl::Status(const JournalEntry&), override);
  MAKE_MOCK1(Remove, absl::Status(absl::Span<const std::string>), override);
  MAKE_MOCK2(RemoveOlderThan, absl::StatusOr<std::size_t>(absl::Time, std::size_t), override);
};

class MockPublisher : public EventPublisher {
 public:
  MAKE_MOCK1(Publish, absl::Status(absl::Span<const Event>), override);
};

// A transaction of mocks; the repositories that no test here uses are not there.
class FakeUnitOfWork : public UnitOfWork {
 public:
  OutdialRepository& outdials() override { return outdials_; }
  OutdialTargetRepository& targets() override { throw std::logic_error("no targets here"); }
  OutdialTargetCallRepository& calls() override { throw std::logic_error("no calls here"); }
  EventOutbox& outbox() override { return outbox_; }
  RequestJournal& journal() override { return journal_; }
  const OutdialRepository& outdials() const override { return outdials_; }
  const OutdialTargetRepository& targets() const override {
    throw std::logic_error("no targets here");
  }
  const OutdialTargetCallRepository& calls() const override {
    throw std::logic_error("no calls here");
  }
  const EventOutbox& outbox() const override { return outbox_; }
  const RequestJournal& journal() const override { return journal_; }

  MockOutdialRepository outdials_;
  MockOutbox outbox_;
  MockJournal journal_;
};

// Runs each body on the mocks, `runs` times, then commits as `Commit` says.
class FakeDatabase : public Database {
 public:
  absl::Status Read(absl::FunctionRef<absl::Status(const UnitOfWork&)> body) override {
    return body(work);
  }
  absl::Status Write(absl::FunctionRef<absl::Status(UnitOfWork&)> body) override {
    absl::Status status;
    for (int i = 0; i < runs; ++i) status = body(work);
    return status.ok() ? Commit() : status;
  }
  absl::Status Ping() override { return absl::OkStatus(); }
  MAKE_MOCK0(Commit, absl::Status());

  FakeUnitOfWork work;
  int runs = 1;
};

const absl::Time kThen = absl::FromUnixMicros(1'000'000);
const absl::Time kNow = absl::FromUnixMicros(2'000'000);

Outdial SomeOutdial() {
  return Outdial(*OutdialId::Parse("ee393330-964f-494d-9225-898ef59a2bfb"), NewOutdial{}, kThen);
}

absl::Status Unavailable() {
  return MakeError(Reason::kDatabaseUnavailable, "The database cannot be reached.");
}

bool Is(const CacheCopies& copies, const Outdial& outdial) {
  return copies.outdials == absl::MakeConstSpan(&outdial, 1) && copies.targets.empty() &&
         copies.calls.empty();
}

struct Fixture {
  Fixture() {
    any_time = NAMED_ALLOW_CALL(clock, Now()).RETURN(kNow);
    any_ticket = NAMED_ALLOW_CALL(cache, Ticket()).RETURN(CacheTicket{});
  }

  FakeDatabase database;
  MockCache cache;
  MockClock clock;
  MockIdSource ids;
  std::unique_ptr<trompeloeil::expectation> any_time;
  std::unique_ptr<trompeloeil::expectation> any_ticket;
  Services services{database, cache, clock, ids};
};

TEST_CASE("Times of a process strictly increase, whatever its clock does") {
  MockClock clock;
  TimestampSource source(clock);
  const auto next_at = [&](absl::Time now) {
    REQUIRE_CALL(clock, Now()).RETURN(now);
    return source.Next();
  };
  CHECK(next_at(kNow) == kNow);
  CHECK(next_at(kNow) == kNow + absl::Microseconds(1));
  CHECK(next_at(kNow - absl::Hours(1)) == kNow + absl::Microseconds(2));
  CHECK(next_at(kNow + absl::Seconds(1) + absl::Nanoseconds(7)) == kNow + absl::Seconds(1));
}

TEST_CASE("Threads never get the same time") {
  MockClock clock;
  ALLOW_CALL(clock, Now()).RETURN(kNow);
  TimestampSource source(clock);
  constexpr int kThreads = 4;
  constexpr int kTimes = 500;
  std::vector<std::vector<absl::Time>> times(kThreads);
  {
    std::vector<std::jthread> threads;
    for (auto& own : times) {
      threads.emplace_back([&source, &own] {
        for (int i = 0; i < kTimes; ++i) own.push_back(source.Next());
      });
    }
  }
  std::set<absl::Time> distinct;
  for (const auto& own : times) distinct.insert(own.begin(), own.end());
  CHECK(distinct.size() == kThreads * kTimes);
}

TEST_CASE("A lease has limits") {
  CHECK(*LeaseFromSeconds(0) == absl::ZeroDuration());
  CHECK(*LeaseFromSeconds(60) == absl::Minutes(1));
  CHECK(*LeaseFromSeconds(365 * 86'400) == kMaxLease);
  for (const std::int64_t seconds : {std::int64_t{-1}, std::int64_t{365 * 86'400 + 1}}) {
    const auto lease = LeaseFromSeconds(seconds);
    CHECK(GetReason(lease.status()) == Reason::kLeaseOutOfRange);
    CHECK(GetField(lease.status()) == "lease_seconds");
  }
}

TEST_CASE("What is cached is not read from the database") {
  Fixture f;
  REQUIRE_CALL(f.cache, GetOutdial(SomeOutdial().id())).RETURN(SomeOutdial());
  CHECK(*f.services.outdials.Get(SomeOutdial().id()) == SomeOutdial());
}

TEST_CASE("What is read from the database is cached") {
  Fixture f;
  REQUIRE_CALL(f.cache, GetOutdial(_)).RETURN(std::nullopt);
  trompeloeil::sequence order;
  REQUIRE_CALL(f.cache, Ticket()).RETURN(CacheTicket{7}).IN_SEQUENCE(order);
  REQUIRE_CALL(f.database.work.outdials_, Get(SomeOutdial().id()))
      .RETURN(SomeOutdial())
      .IN_SEQUENCE(order);
  REQUIRE_CALL(f.cache, Fill(_, _)).WITH(Is(_1, SomeOutdial()) && _2.value == 7).IN_SEQUENCE(order);
  CHECK(*f.services.outdials.Get(SomeOutdial().id()) == SomeOutdial());
}

TEST_CASE("The cache expects a change before its commit and gets it after") {
  Fixture f;
  trompeloeil::sequence order;
  Outdial changed = SomeOutdial();
  REQUIRE(changed.UpdateData({}, kNow).ok());
  const Event event{EventType::kOutdialUpdated, changed};

  REQUIRE_CALL(f.cache, Ticket()).RETURN(CacheTicket{7}).IN_SEQUENCE(order);
  REQUIRE_CALL(f.database.work.outdials_, GetForUpdate(SomeOutdial().id()))
      .RETURN(SomeOutdial())
      .IN_SEQUENCE(order);
  REQUIRE_CALL(f.database.work.outdials_, Update(changed))
      .RETURN(absl::OkStatus())
      .IN_SEQUENCE(order);
  REQUIRE_CALL(f.database.work.outbox_, Append(_))
      .WITH(_1.size() == 1 && _1[0] == event)
      .RETURN(absl::OkStatus())
      .IN_SEQUENCE(order);
  REQUIRE_CALL(f.cache, Expect(_, _)).WITH(Is(_1, changed) && _2.empty()).IN_SEQUENCE(order);
  REQUIRE_CALL(f.database, Commit()).RETURN(absl::OkStatus()).IN_SEQUENCE(order);
  REQUIRE_CALL(f.cache, Put(_, _)).WITH(Is(_1, changed) && _2.value == 7).IN_SEQUENCE(order);
  CHECK(*f.services.outdials.UpdateData(SomeOutdial().id(), {}) == changed);
}

TEST_CASE("What is not committed, or may not be, is not cached") {
  Fixture f;
  REQUIRE_CALL(f.database.work.outdials_, GetForUpdate(_)).RETURN(SomeOutdial());
  REQUIRE_CALL(f.database.work.outdials_, Update(_)).RETURN(absl::OkStatus());
  REQUIRE_CALL(f.database.work.outbox_, Append(_)).RETURN(absl::OkStatus());
  REQUIRE_CALL(f.cache, Expect(_, _));
  REQUIRE_CALL(f.database, Commit()).RETURN(Unavailable());
  CHECK(GetReason(f.services.outdials.UpdateData(SomeOutdial().id(), {}).status()) ==
        Reason::kDatabaseUnavailable);
}

TEST_CASE("The cache is told of what it expects in vain, where that is known") {
  Fixture f;
  const Outdial before = SomeOutdial();
  Outdial changed = before;
  REQUIRE(changed.UpdateData({}, kNow).ok());
  const absl::Status refused = MakeError(Reason::kInternal, "The commit was refused.");
  trompeloeil::sequence order;
  REQUIRE_CALL(f.database.work.outdials_, GetForUpdate(_)).RETURN(before);
  REQUIRE_CALL(f.database.work.outdials_, Update(_)).RETURN(absl::OkStatus());
  REQUIRE_CALL(f.database.work.outbox_, Append(_)).RETURN(absl::OkStatus());
  REQUIRE_CALL(f.cache, Expect(_, _)).IN_SEQUENCE(order);
  REQUIRE_CALL(f.database, Commit()).RETURN(refused).IN_SEQUENCE(order);
  REQUIRE_CALL(f.cache, Withdraw(_)).WITH(Is(_1, changed)).IN_SEQUENCE(order);
  CHECK(f.services.outdials.UpdateData(before.id(), {}).status() == refused);
}

TEST_CASE("What fails before the commit is known not to be committed, for whatever reason") {
  Fixture f;
  memory::FailureInjector failures;
  memory::Database database({.hook = &failures});
  memory::SequentialIdSource ids;
  Services services(database, f.cache, f.clock, ids);
  ALLOW_CALL(f.cache, Put(_, _));
  const OutdialId outdial = services.outdials.Create({}).value().id();
  NewOutdialTarget party;
  party.destinations[0] = *Address::Create("destination_0", {.target = "+15551230001"});
  const OutdialTarget target = services.targets.Create(outdial, party).value();
  const auto journal = [](const auto& /*result*/) {
    return JournalEntry{.key = "key", .fingerprint = {}, .reply = "reply", .tm_create = {}};
  };
  failures.Fail({.call = memory::Call::kJournalInsert});
  std::vector<OutdialTarget> expected;
  REQUIRE_CALL(f.cache, Expect(_, _))
      .LR_SIDE_EFFECT(expected.assign(_1.targets.begin(), _1.targets.end()));
  REQUIRE_CALL(f.cache, Withdraw(_))
      .LR_WITH(_1.targets == absl::MakeConstSpan(expected) && _1.outdials.empty() &&
               _1.calls.empty());
  SECTION("claim") {
    CHECK(GetReason(services.targets.Claim(outdial, {1, 0, 0, 0, 0}, 1, std::nullopt, journal)
                        .status()) == Reason::kDatabaseUnavailable);
  }
  SECTION("progress") {
    CHECK(GetReason(services.targets.Progress(target.id(), {}, std::nullopt, journal).status()) ==
          Reason::kDatabaseUnavailable);
  }
  REQUIRE(expected.size() == 1);
  CHECK(expected[0].id() == target.id());
}

TEST_CASE("A transaction that runs again starts again") {
  Fixture f;
  f.database.runs = 2;
  Outdial changed = SomeOutdial();
  REQUIRE(changed.UpdateData({}, kNow).ok());
  REQUIRE_CALL(f.database.work.outdials_, GetForUpdate(_)).RETURN(SomeOutdial()).TIMES(2);
  REQUIRE_CALL(f.database.work.outdials_, Update(changed)).RETURN(absl::OkStatus()).TIMES(2);
  REQUIRE_CALL(f.database.work.outbox_, Append(_)).RETURN(absl::OkStatus()).TIMES(2);
  REQUIRE_CALL(f.database.work.journal_, Insert(_))
      .WITH(_1.key == "key" && _1.reply == "reply" && _1.tm_create == kNow)
      .RETURN(absl::OkStatus())
      .TIMES(2);
  trompeloeil::sequence order;
  REQUIRE_CALL(f.cache, Expect(_, _)).WITH(Is(_1, changed)).IN_SEQUENCE(order);
  REQUIRE_CALL(f.cache, Withdraw(_)).WITH(Is(_1, changed)).IN_SEQUENCE(order);
  REQUIRE_CALL(f.cache, Expect(_, _)).WITH(Is(_1, changed)).IN_SEQUENCE(order);
  REQUIRE_CALL(f.database, Commit()).RETURN(absl::OkStatus());
  REQUIRE_CALL(f.cache, Put(_, _)).WITH(Is(_1, changed)).IN_SEQUENCE(order);
  const auto journal = [](const Outdial& /*result*/) {
    return JournalEntry{.key = "key", .fingerprint = {}, .reply = "reply", .tm_create = {}};
  };
  CHECK(*f.services.outdials.UpdateData(SomeOutdial().id(), {}, journal) == changed);
}

TEST_CASE("A request whose event has no room changes nothing") {
  Fixture f;
  const absl::Status full = MakeError(Reason::kOutboxFull, "Too many events wait.");
  REQUIRE_CALL(f.database.work.outdials_, GetForUpdate(_)).RETURN(SomeOutdial());
  REQUIRE_CALL(f.database.work.outdials_, Update(_)).RETURN(absl::OkStatus());
  REQUIRE_CALL(f.database.work.outbox_, Append(_)).RETURN(full);
  CHECK(GetReason(f.services.outdials.UpdateData(SomeOutdial().id(), {}).status()) ==
        Reason::kOutboxFull);
}

TEST_CASE("Without events nothing is written to the outbox") {
  Fixture f;
  Services services(f.database, f.cache, f.clock, f.ids, {.record_events = false});
  REQUIRE_CALL(f.ids, NewUuid()).RETURN(Uuid(SomeOutdial().id().uuid()));
  REQUIRE_CALL(f.database.work.outdials_, Insert(_)).RETURN(absl::OkStatus());
  REQUIRE_CALL(f.database, Commit()).RETURN(absl::OkStatus());
  REQUIRE_CALL(f.cache, Put(_, _));
  CHECK(services.outdials.Create({}).ok());
}

TEST_CASE("Who wants to know of recorded events is told after the commit of each change") {
  memory::Database database;
  NoCache cache;
  memory::ManualClock clock;
  memory::SequentialIdSource ids;
  std::size_t told = 0;
  std::size_t waited = 0;  // how many events there were to see when it was told last
  Services services(database, cache, clock, ids, {.on_events_recorded = [&] {
                      ++told;
                      CHECK(database
                                .Read([&](const UnitOfWork& work) {
                                  waited = work.outbox().Size().value();
                                  return absl::OkStatus();
                                })
                                .ok());
                    }});
  std::size_t changes = 0;
  const auto check_told = [&] {
    ++changes;
    CHECK(told == changes);
    CHECK(waited == changes);
  };
  const OutdialId outdial = services.outdials.Create({}).value().id();
  check_told();
  CHECK(services.outdials.UpdateData(outdial, {}).ok());
  check_told();
  NewOutdialTarget party;
  party.destinations[0] = *Address::Create("destination_0", {.target = "+15551230001"});
  const OutdialTargetId target = services.targets.Create(outdial, party).value().id();
  check_told();
  CHECK(services.targets.Claim(outdial, {1, 0, 0, 0, 0}, 1, absl::Seconds(1)).value().size() == 1);
  check_told();
  clock.Advance(absl::Seconds(2));
  CHECK(services.targets.ReclaimExpiredLeases(10).value() == 1);
  check_told();
  CHECK(services.targets.Delete(target).ok());
  check_told();
  CHECK(services.outdials.Delete(outdial).ok());
  check_told();

  // Nothing is changed, and nothing to be told.
  CHECK_FALSE(services.outdials.UpdateData(outdial, {}).ok());
  CHECK(services.targets.ReclaimExpiredLeases(10).value() == 0);
  CHECK(told == changes);
}

TEST_CASE("Target calls are listed by something") {
  Fixture f;
  CHECK(GetReason(f.services.calls.List({}, {}).status()) == Reason::kFilterRequired);
}

TEST_CASE("The relay removes what is published, and nothing else") {
  FakeDatabase database;
  MockPublisher publisher;
  OutboxRelay relay(database, publisher);
  const Event event{EventType::kOutdialCreated, SomeOutdial()};
  std::vector<OutboxEntry> entries = {{.sequence = 7, .event = event, .tm_create = kNow},
                                      {.sequence = 9, .event = event, .tm_create = kNow}};

  SECTION("published") {
    REQUIRE_CALL(database.work.outbox_, Peek(100)).RETURN(entries);
    REQUIRE_CALL(publisher, Publish(_))
        .WITH(_1.size() == 2 && _1[0] == event)
        .RETURN(absl::OkStatus());
    REQUIRE_CALL(database.work.outbox_, Remove(_))
        .WITH(_1.size() == 2 && _1[0] == 7 && _1[1] == 9)
        .RETURN(absl::OkStatus());
    REQUIRE_CALL(database, Commit()).RETURN(absl::OkStatus());
    const RelayedBatch relayed = relay.RelayBatch(100).value();
    CHECK(relayed.events == 2);
    CHECK_FALSE(relayed.more_may_wait);
  }
  SECTION("not published") {
    REQUIRE_CALL(database.work.outbox_, Peek(100)).RETURN(entries);
    REQUIRE_CALL(publisher, Publish(_)).RETURN(absl::UnavailableError("away"));
    CHECK(relay.RelayBatch(100).status().code() == absl::StatusCode::kUnavailable);
  }
  SECTION("more may wait") {
    std::size_t limit = 100;
    std::size_t published = 2;
    SECTION("than were asked for") { limit = 2; }
    SECTION("than fits into one result") {
      // Two thirds of it.
      NewOutdial large;
      large.data = Text::FromStorage(std::string(kMaxResultBytes / 3, 'x'));
      const Event event_of_large{EventType::kOutdialCreated,
                                 Outdial(SomeOutdial().id(), large, kNow)};
      for (OutboxEntry& entry : entries) entry.event = event_of_large;
    }
    REQUIRE_CALL(database.work.outbox_, Peek(limit)).RETURN(entries);
    REQUIRE_CALL(publisher, Publish(_)).WITH(_1.size() == published).RETURN(absl::OkStatus());
    REQUIRE_CALL(database.work.outbox_, Remove(_))
        .WITH(_1.size() == published)
        .RETURN(absl::OkStatus());
    REQUIRE_CALL(database, Commit()).RETURN(absl::OkStatus());
    const RelayedBatch relayed = relay.RelayBatch(limit).value();
    CHECK(relayed.events == published);
    CHECK(relayed.more_may_wait);
  }
  SECTION("many of one entity, in several calls") {
    constexpr std::size_t kMax = OutboxRelay::kMaxEventsOfOneEntity;
    entries.assign(2 * kMax + 1, {.sequence = 7, .event = event, .tm_create = kNow});
    std::vector<std::size_t> published;
    REQUIRE_CALL(database.work.outbox_, Peek(100)).RETURN(entries);
    ALLOW_CALL(publisher, Publish(_))
        .LR_SIDE_EFFECT(published.push_back(_1.size()))
        .RETURN(absl::OkStatus());
    ALLOW_CALL(database.work.outbox_, Remove(_)).RETURN(absl::OkStatus());
    ALLOW_CALL(database, Commit()).RETURN(absl::OkStatus());
    SECTION("all") {
      const RelayedBatch relayed = relay.RelayBatch(100).value();
      CHECK(published == std::vector<std::size_t>{kMax, kMax, 1});
      CHECK(relayed.events == entries.size());
      CHECK_FALSE(relayed.more_may_wait);
    }
    SECTION("as long as somebody wants") {
      const RelayedBatch relayed = relay.RelayBatch(100, [] { return false; }).value();
      CHECK(published == std::vector<std::size_t>{kMax});
      CHECK(relayed.events == kMax);
      CHECK(relayed.more_may_wait);
    }
  }
  SECTION("fewer, where the publisher fails") {
    entries.assign(9, {.sequence = 7, .event = event, .tm_create = kNow});
    std::vector<std::size_t> limits;
    std::vector<std::size_t> published;
    // Of one entity no more than one get across in time.
    ALLOW_CALL(database.work.outbox_, Peek(_))
        .LR_SIDE_EFFECT(limits.push_back(_1))
        .LR_RETURN(MockOutbox::Entries(
            entries.begin(),
            entries.begin() + static_cast<std::ptrdiff_t>(std::min(_1, entries.size()))));
    ALLOW_CALL(publisher, Publish(_))
        .LR_SIDE_EFFECT(published.push_back(_1.size()))
        .RETURN(_1.size() > 1 ? absl::UnavailableError("slow") : absl::OkStatus());
    ALLOW_CALL(database.work.outbox_, Remove(_)).RETURN(absl::OkStatus());
    ALLOW_CALL(database, Commit()).RETURN(absl::OkStatus());
    for (int i = 0; i < 3; ++i) CHECK_FALSE(relay.RelayBatch(16).ok());
    CHECK(relay.RelayBatch(16, [] { return false; }).value().events == 1);
    CHECK(published == std::vector<std::size_t>{8, 4, 2, 1});
    CHECK(limits == std::vector<std::size_t>{16, 8, 4, 2});
    // They grow again, one by one.
    CHECK_FALSE(relay.RelayBatch(16).ok());
    CHECK(relay.RelayBatch(16, [] { return false; }).value().events == 1);
    CHECK(published == std::vector<std::size_t>{8, 4, 2, 1, 2, 1});
  }
  SECTION("nothing waits") {
    REQUIRE_CALL(database.work.outbox_, Peek(100)).RETURN(MockOutbox::Entries{});
    const RelayedBatch relayed = relay.RelayBatch(100).value();
    CHECK(relayed.events == 0);
    CHECK_FALSE(relayed.more_may_wait);
  }
}

}  // namespace
}  // namespace outdial
