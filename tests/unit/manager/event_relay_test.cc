#include "event_relay.h"

#include <atomic>
#include <condition_variable>
#include <mutex>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "outdial/entities/error.h"
#include "outdial/memory/database.h"
#include "outdial/memory/event_publisher.h"
#include "outdial/memory/failure_injector.h"
#include "outdial/memory/manual_clock.h"
#include "outdial/memory/sequential_id_source.h"
#include "outdial/services/services.h"
#include "support/catch.h"
#include "support/process.h"

namespace outdial::manager {
namespace {

// Counts what happens, and lets a test wait for it.
class Signal {
 public:
  void Raise() {
    const std::lock_guard lock(mutex_);
    ++count_;
    changed_.notify_all();
  }

  bool WaitFor(std::size_t count) {
    std::unique_lock lock(mutex_);
    return changed_.wait_for(lock, test::kPatience, [&] { return count_ >= count; });
  }

  std::size_t count() {
    const std::lock_guard lock(mutex_);
    return count_;
  }

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  std::size_t count_ = 0;
};

// Keeps what arrives, as the adapter in memory does, and tells of it.
class Publisher final : public EventPublisher {
 public:
  absl::Status Publish(absl::Span<const Event> events) override {
    if (failing) {
      failed.Raise();
      return MakeError(Reason::kInternal, "the broker is away");
    }
    const absl::Status status = kept.Publish(events);
    batches.Raise();
    for (std::size_t i = 0; i < events.size(); ++i) published.Raise();
    return status;
  }

  memory::EventPublisher kept;
  std::atomic<bool> failing = false;
  Signal published;
  Signal batches;
  Signal failed;
};

class Lock final : public RelayLock {
 public:
  absl::StatusOr<bool> TryHold() override {
    tried.Raise();
    if (unreachable) return MakeError(Reason::kDatabaseUnavailable, "away");
    held = free.load();
    return free.load();
  }
  void Release() override { held = false; }

  std::atomic<bool> free = true;
  std::atomic<bool> unreachable = false;
  std::atomic<bool> held = false;
  Signal tried;
};

struct RelayFixture {
  // Long enough to be never over: what happens, happens because somebody woke the relay.
  static constexpr absl::Duration kNever = absl::Hours(1);

  static EventRelaySettings OnlyWoken() { return {.poll_interval = kNever}; }

  void Make(int count = 1) {
    for (int i = 0; i < count; ++i) {
      REQUIRE(services.outdials.Create({.name = Name::FromStorage(std::to_string(made++))}).ok());
    }
  }

  std::vector<std::string> Published() {
    std::vector<std::string> names;
    for (const Event& event : publisher.kept.events()) {
      names.push_back(std::get<Outdial>(event.entity).fields().name.value());
    }
    return names;
  }

  std::vector<std::string> Made() const {
    std::vector<std::string> names;
    for (int i = 0; i < made; ++i) names.push_back(std::to_string(i));
    return names;
  }

  std::size_t Waiting() {
    std::size_t size = 0;
    REQUIRE(database
                .Read([&](const UnitOfWork& work) {
                  size = work.outbox().Size().value();
                  return absl::OkStatus();
                })
                .ok());
    return size;
  }

  int made = 0;
  memory::FailureInjector failures;
  memory::Database database{{.hook = &failures}};
  NoCache cache;
  memory::ManualClock clock;
  memory::SequentialIdSource ids;
  EventRelay* relay = nullptr;  // whom commits wake
  Services services{database, cache, clock, ids, {.on_events_recorded = [this] {
                      if (relay != nullptr) relay->Wake();
                    }}};
  Publisher publisher;
  Lock lock;
};

TEST_CASE_METHOD(RelayFixture, "the relay publishes what waits when it starts, in order") {
  Make(3);
  EventRelay started(database, publisher, lock, OnlyWoken());
  started.Start();
  REQUIRE(publisher.published.WaitFor(3));
  started.Stop();
  CHECK(Published() == Made());
  CHECK(Waiting() == 0);
}

TEST_CASE_METHOD(RelayFixture, "a commit wakes the relay") {
  EventRelay started(database, publisher, lock, OnlyWoken());
  relay = &started;
  started.Start();
  for (std::size_t i = 1; i <= 50; ++i) {
    Make();
    REQUIRE(publisher.published.WaitFor(i));
  }
  started.Stop();
  CHECK(Published() == Made());
}

TEST_CASE_METHOD(RelayFixture, "the relay looks by itself for what others commit") {
  EventRelay started(database, publisher, lock, {.poll_interval = absl::Milliseconds(1)});
  started.Start();
  REQUIRE(lock.tried.WaitFor(3));
  Make();
  CHECK(publisher.published.WaitFor(1));
}

TEST_CASE_METHOD(RelayFixture, "full batches follow each other without a pause") {
  Make(25);
  EventRelay started(database, publisher, lock, {.batch = 10, .poll_interval = kNever});
  started.Start();
  REQUIRE(publisher.published.WaitFor(25));
  started.Stop();
  CHECK(publisher.batches.count() == 3);
  CHECK(Published() == Made());
}

TEST_CASE_METHOD(RelayFixture, "a relay without the lock publishes nothing, until it has it") {
  lock.free = false;
  EventRelay started(database, publisher, lock, {.poll_interval = absl::Milliseconds(1)});
  relay = &started;
  started.Start();
  Make(3);
  REQUIRE(lock.tried.WaitFor(lock.tried.count() + 3));
  CHECK(Published().empty());
  lock.free = true;
  REQUIRE(publisher.published.WaitFor(3));
  CHECK(Published() == Made());
}

TEST_CASE_METHOD(RelayFixture, "a relay that another one works for is not woken by commits") {
  lock.free = false;
  EventRelay started(database, publisher, lock, OnlyWoken());
  relay = &started;
  started.Start();
  REQUIRE(lock.tried.WaitFor(1));
  Make(100);
  started.Stop();
  // Once at the start, and once when it was stopped.
  CHECK(lock.tried.count() <= 2);
  CHECK(Waiting() == 100);
}

TEST_CASE_METHOD(RelayFixture, "events wait while the broker is away, and follow in order") {
  publisher.failing = true;
  EventRelay started(database, publisher, lock,
                     {.poll_interval = kNever,
                      .min_backoff = absl::Milliseconds(1),
                      .max_backoff = absl::Milliseconds(2)});
  relay = &started;
  started.Start();
  Make(5);
  REQUIRE(publisher.failed.WaitFor(4));
  CHECK(Published().empty());
  publisher.failing = false;
  REQUIRE(publisher.published.WaitFor(5));
  started.Stop();
  CHECK(Published() == Made());
  CHECK(Waiting() == 0);
}

TEST_CASE_METHOD(RelayFixture, "the relay goes on once the database is back") {
  const EventRelaySettings settings = {.poll_interval = kNever,
                                       .min_backoff = absl::Milliseconds(1)};
  Make();
  SECTION("its lock cannot be asked for") { lock.unreachable = true; }
  SECTION("the outbox cannot be read") {
    failures.Fail({.call = memory::Call::kOutboxPeek, .times = 3});
  }
  SECTION("what is published cannot be removed") {
    failures.Fail({.call = memory::Call::kOutboxRemove, .times = 3});
  }
  EventRelay started(database, publisher, lock, settings);
  started.Start();
  REQUIRE(lock.tried.WaitFor(4));
  lock.unreachable = false;
  REQUIRE(publisher.published.WaitFor(1));
  started.Stop();
  CHECK(failures.pending() == 0);
  CHECK(Waiting() == 0);
}

TEST_CASE_METHOD(RelayFixture, "a relay that is stopped publishes what waits, and lets go") {
  lock.free = false;
  EventRelay started(database, publisher, lock, {.batch = 10, .poll_interval = kNever});
  started.Start();
  REQUIRE(lock.tried.WaitFor(1));
  Make(35);
  lock.free = true;
  started.Stop();
  CHECK(Published() == Made());
  CHECK_FALSE(lock.held);
  started.Stop();
}

TEST_CASE_METHOD(RelayFixture, "a relay whose broker is away stops all the same") {
  publisher.failing = true;
  Make(35);
  EventRelay started(database, publisher, lock,
                     {.poll_interval = kNever, .min_backoff = kNever, .max_backoff = kNever});
  started.Start();
  REQUIRE(publisher.failed.WaitFor(1));
  started.Stop();
  CHECK(publisher.failed.count() <= 2);  // once more at the stop, but where it fails just then
  CHECK(Waiting() == 35);
  CHECK_FALSE(lock.held);
}

TEST_CASE("a relay that never started can be woken and stopped") {
  RelayFixture fixture;
  EventRelay relay(fixture.database, fixture.publisher, fixture.lock);
  relay.Wake();
  relay.Stop();
}

}  // namespace
}  // namespace outdial::manager
