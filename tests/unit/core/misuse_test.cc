// Using the library wrongly does not compile where that is possible, and otherwise stops the
// program with a message that names the mistake.
#include "outdial/entities/misuse.h"

#include <cstddef>
#include <cstdint>
#include <functional>
#include <limits>
#include <memory>
#include <optional>
#include <string>
#include <tuple>
#include <type_traits>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "outdial/entities/error.h"
#include "outdial/entities/event.h"
#include "outdial/entities/use_counted.h"
#include "outdial/http/listen_address.h"
#include "outdial/http/server.h"
#include "outdial/memory/cache.h"
#include "outdial/memory/database.h"
#include "outdial/memory/event_publisher.h"
#include "outdial/memory/failure_injector.h"
#include "outdial/memory/manual_clock.h"
#include "outdial/memory/relay_lock.h"
#include "outdial/memory/sequential_id_source.h"
#include "outdial/metrics/metrics.h"
#include "outdial/mysql/database.h"
#include "outdial/ports/cache.h"
#include "outdial/rabbitmq/consumer.h"
#include "outdial/rabbitmq/event_publisher.h"
#include "outdial/redis/cache.h"
#include "outdial/router/import_stream.h"
#include "outdial/router/router.h"
#include "outdial/services/outbox_relay.h"
#include "outdial/services/services.h"
#include "outdial/sqlite/database.h"
#include "outdial/target_files/batched_import.h"
#include "outdial/target_files/file_export.h"
#include "outdial/target_files/row_parser.h"
#include "support/catch.h"
#include "support/death.h"

namespace outdial {
namespace {

// What does not compile: a port that is null, or that ends before the services are there, …
template <typename DatabaseArgument>
constexpr bool kServicesTake =
    std::is_constructible_v<Services, DatabaseArgument, Cache&, Clock&, IdSource&>;
static_assert(kServicesTake<Database&>);
static_assert(!kServicesTake<std::nullptr_t>);
static_assert(!kServicesTake<Database*>);
static_assert(!kServicesTake<std::unique_ptr<Database>&>);
static_assert(!kServicesTake<memory::Database>);
static_assert(!kServicesTake<const Database&>);
static_assert(!std::is_constructible_v<OutboxRelay, Database&, std::nullptr_t>);
static_assert(!std::is_constructible_v<OutboxRelay, Database&, memory::EventPublisher>);

// … services that are copied or moved away from what refers to them, …
static_assert(!std::is_copy_constructible_v<Services> && !std::is_move_constructible_v<Services>);
static_assert(!std::is_copy_assignable_v<Services> && !std::is_move_assignable_v<Services>);

// … a sixth destination, or a sixth threshold, …
template <typename List, typename... Values>
concept Holds = requires(Values... values) {
  List{values...};
};
using Destinations = decltype(NewOutdialTarget::destinations);
using A = std::optional<Address>;
static_assert(Holds<Destinations, A, A, A, A, A>);
static_assert(!Holds<Destinations, A, A, A, A, A, A>);
static_assert(Holds<TryThresholds, int, int, int, int, int>);
static_assert(!Holds<TryThresholds, int, int, int, int, int, int>);
static_assert(!Holds<TryThresholds, double>);
static_assert(!std::is_convertible_v<int, TryThresholds>);
static_assert(!Holds<Slots, Slot, Slot, Slot, Slot, Slot, Slot>);

// … an index that nobody has checked, an address that nobody has checked, …
static_assert(!std::is_constructible_v<DestinationIndex, int>);
static_assert(!std::is_constructible_v<Address, Address::Fields>);

// … the id of something else, and a number where a duration is due.
template <typename Id>
concept CanGetTarget = requires(Services& services, Id id) {
  services.targets.Get(id);
};
static_assert(CanGetTarget<OutdialTargetId>);
static_assert(!CanGetTarget<OutdialId>);
static_assert(!CanGetTarget<Uuid>);
static_assert(!std::is_convertible_v<int, decltype(ServiceSettings::default_lease)>);

// Five values can be used in constants, and what is not given is there too.
constexpr TryThresholds kTwo = {1, 2};
static_assert(kTwo[1] == 2 && kTwo[4] == 0 && kTwo.size() == kSlotCount);
static_assert(kTwo == TryThresholds{1, 2, 0, 0, 0} && kTwo < TryThresholds{1, 3});

TEST_CASE("misuse: an index beyond the last slot stops the program", "[misuse]") {
  const std::size_t index = GENERATE(std::size_t{5}, std::size_t{6}, static_cast<std::size_t>(-1));
  const std::string message =
      "the index " + std::to_string(index) + ": a target has the slots 0 to 4";
  CHECK_THAT(DeathMessage([&] {
               NewOutdialTarget target;
               target.destinations[index] = std::nullopt;
             }),
             ContainsSubstring(message));
  CHECK_THAT(DeathMessage([&] {
               TryThresholds thresholds;
               thresholds[index] = 1;
             }),
             ContainsSubstring(message));
  CHECK_THAT(DeathMessage([&] {
               const OutdialTarget target({}, {}, {}, {});
               std::ignore = target.fields().slots[index].try_count;
             }),
             ContainsSubstring(message));
}

TEST_CASE("misuse: what a slot is not given is zero", "[misuse]") {
  TryThresholds thresholds;
  for (const std::int64_t threshold : thresholds) CHECK(threshold == 0);
  thresholds.fill(3);
  CHECK(thresholds == TryThresholds{3, 3, 3, 3, 3});
}

// The ports of a Services; any of them can be made to end early.
struct World {
  std::unique_ptr<Database> database = std::make_unique<memory::Database>();
  std::unique_ptr<Cache> cache = std::make_unique<NoCache>();
  std::unique_ptr<Clock> clock = std::make_unique<memory::ManualClock>();
  std::unique_ptr<IdSource> ids = std::make_unique<memory::SequentialIdSource>();
  Services services{*database, *cache, *clock, *ids};
};

TEST_CASE("misuse: a port that ends before the services stops the program", "[misuse]") {
  CHECK_THAT(DeathMessage([] { World().database.reset(); }),
             ContainsSubstring("Database ends before what uses it"));
  CHECK_THAT(DeathMessage([] { World().cache.reset(); }), ContainsSubstring("Cache ends before"));
  CHECK_THAT(DeathMessage([] { World().clock.reset(); }), ContainsSubstring("Clock ends before"));
  CHECK_THAT(DeathMessage([] { World().ids.reset(); }), ContainsSubstring("IdSource ends before"));
}

TEST_CASE("misuse: a port that ends before a relay stops the program", "[misuse]") {
  memory::Database database;
  CHECK_THAT(DeathMessage([&] {
               auto publisher = std::make_unique<memory::EventPublisher>();
               const OutboxRelay relay(database, *publisher);
               publisher.reset();
             }),
             ContainsSubstring("EventPublisher ends before"));
}

// A null reference is undefined before anybody can check it; this is what checks it.
TEST_CASE("misuse: a reference to nothing stops the program", "[misuse]") {
  CHECK_THAT(DeathMessage([] { CheckReference(nullptr, "Services"); }),
             ContainsSubstring("a reference to nothing is given to Services"));
  const int something = 0;
  CheckReference(&something, "Services");
}

// What keeps a reference to something that may end before it.
template <typename Used, typename Make>
std::string DeathOfUsed(std::unique_ptr<Used> used, Make make_user) {
  return DeathMessage([&] {
    const auto user = make_user(*used);
    used.reset();
  });
}

TEST_CASE("misuse: what ends before who uses it stops the program", "[misuse]") {
  World world;
  metrics::Metrics metrics;
  const auto in_use = [](const std::string& name) {
    return ContainsSubstring(name + " ends before what uses it");
  };
  const auto router = [&] { return std::make_unique<router::Router>(world.services, metrics); };
  const http::Settings settings{.address = *http::ListenAddress::Resolve("127.0.0.1:0")};

  CHECK_THAT(DeathOfUsed(std::make_unique<World>(),
                         [&](World& some) { return router::Router(some.services, metrics); }),
             in_use("Services"));
  CHECK_THAT(
      DeathOfUsed(std::make_unique<metrics::Metrics>(),
                  [&](metrics::Metrics& some) { return router::Router(world.services, some); }),
      in_use("metrics::Metrics"));
  CHECK_THAT(DeathOfUsed(std::make_unique<metrics::Metrics>(),
                         [&](metrics::Metrics& some) {
                           return std::make_unique<http::Server>(settings, nullptr, some);
                         }),
             in_use("metrics::Metrics"));
  CHECK_THAT(DeathOfUsed(std::make_unique<metrics::Metrics>(),
                         [&](metrics::Metrics& some) {
                           return std::make_unique<rabbitmq::EventPublisher>(
                               rabbitmq::EventPublisherSettings{}, some);
                         }),
             in_use("metrics::Metrics"));
  CHECK_THAT(DeathOfUsed(router(),
                         [&](router::Router& some) {
                           return std::make_unique<http::Server>(settings, &some, metrics);
                         }),
             in_use("router::Router"));
  CHECK_THAT(DeathOfUsed(router(),
                         [&](router::Router& some) {
                           return std::make_unique<rabbitmq::Consumer>(
                               rabbitmq::ConsumerSettings{}, some, world.services.journal);
                         }),
             in_use("router::Router"));
  const std::string list = world.services.outdials.Create({})->id().ToString();
  CHECK_THAT(
      DeathOfUsed(router(),
                  [&](router::Router& some) {
                    return some.OpenImport({.method = "POST",
                                            .uri = "/v1/outdials/" + list + "/targets/import",
                                            .content_type = "text/csv"});
                  }),
      in_use("router::Router"));
  CHECK_THAT(DeathOfUsed(std::make_unique<memory::RelayLocks>(),
                         [](memory::RelayLocks& some) { return some.Open(); }),
             in_use("memory::RelayLocks"));
}

TEST_CASE("misuse: a hook that ends before a memory adapter stops the program", "[misuse]") {
  const auto death_of_hook = [](auto make_adapter) {
    return DeathOfUsed(std::make_unique<memory::FailureInjector>(), make_adapter);
  };
  const auto in_use = ContainsSubstring("memory::CallHook ends before what uses it");
  using Hook = memory::FailureInjector;
  CHECK_THAT(death_of_hook([](Hook& hook) {
               return std::make_unique<memory::Database>(memory::DatabaseSettings{.hook = &hook});
             }),
             in_use);
  CHECK_THAT(death_of_hook([](Hook& hook) { return std::make_unique<memory::Cache>(&hook); }),
             in_use);
  CHECK_THAT(
      death_of_hook([](Hook& hook) { return std::make_unique<memory::EventPublisher>(&hook); }),
      in_use);
  CHECK_THAT(death_of_hook([](Hook& hook) { return std::make_unique<memory::ManualClock>(&hook); }),
             in_use);
  CHECK_THAT(death_of_hook(
                 [](Hook& hook) { return std::make_unique<memory::SequentialIdSource>(0, &hook); }),
             in_use);
}

TEST_CASE("misuse: a port may end after the services, and so may its copies", "[misuse]") {
  NoCache cache;
  memory::ManualClock clock;
  {
    memory::Database database;
    memory::SequentialIdSource ids;
    const Services first(database, cache, clock, ids);
    const Services second(database, cache, clock, ids);
    const NoCache copy = cache;
    cache = copy;
  }
  memory::Database database;
  memory::SequentialIdSource ids;
  Services services(database, cache, clock, ids);
  CHECK(services.outdials.Create({}).ok());
}

TEST_CASE("misuse: a lease out of range is an error, and no default", "[misuse]") {
  World world;
  const OutdialId list = world.services.outdials.Create({})->id();
  const OutdialTargetId target = world.services.targets.Create(list, {})->id();
  const absl::Duration lease =
      GENERATE(absl::Seconds(-1), kMaxLease + absl::Nanoseconds(1), absl::InfiniteDuration());
  OutdialTargetService& targets = world.services.targets;
  CHECK(GetReason(targets.Claim(list, {1}, 1, lease).status()) == Reason::kLeaseOutOfRange);
  CHECK(GetReason(targets.Progress(target, {}, lease).status()) == Reason::kLeaseOutOfRange);
  CHECK(GetReason(targets.Renew(target, lease, {}).status()) == Reason::kLeaseOutOfRange);
  CHECK_THAT(DeathMessage([&] {
               const Services services(*world.database, *world.cache, *world.clock, *world.ids,
                                       {.default_lease = lease});
             }),
             ContainsSubstring("default_lease is negative or more than kMaxLease"));
}

TEST_CASE("misuse: a setting out of range stops the program and is named", "[misuse]") {
  World world;
  metrics::Metrics metrics;
  const router::Router router(world.services, metrics);
  const auto serve = [&](auto change) {
    http::Settings settings{.address = *http::ListenAddress::Resolve("127.0.0.1:0")};
    change(settings);
    const http::Server server(settings, nullptr, metrics);
  };
  const auto consume = [&](rabbitmq::ConsumerSettings settings) {
    const rabbitmq::Consumer consumer(settings, router, world.services.journal);
  };
  const auto publish = [&](absl::Duration timeout) {
    const rabbitmq::EventPublisher publisher({.confirm_timeout = timeout}, metrics);
  };
  const auto keep = [&](auto change) {
    redis::Settings settings{.address = {.host = "127.0.0.1", .port = 1}};
    change(settings);
    const redis::Cache cache(settings);
  };
  const auto open_mysql = [&](auto change) {
    mysql::Settings settings;
    change(settings);
    mysql::Open(settings);
  };
  constexpr auto kTooMany = std::numeric_limits<std::size_t>::max();
  const absl::Duration out_of_range =
      GENERATE(absl::ZeroDuration(), absl::Seconds(-1), absl::Hours(25), absl::InfiniteDuration());
  const std::size_t none_or_too_many = out_of_range > absl::ZeroDuration() ? kTooMany : 0;
  const absl::Duration stop_timeout =
      out_of_range == absl::ZeroDuration() ? absl::Nanoseconds(-1) : out_of_range;
  const absl::Duration outage =  // may be infinite
      out_of_range == absl::InfiniteDuration() ? absl::Hours(25) : out_of_range;
  struct Mistake {
    std::string setting;
    std::function<void()> make;
  };
  const std::vector<Mistake> mistakes = {
      {"http::Settings::max_requests",
       [&] { serve([&](auto& some) { some.max_requests = none_or_too_many; }); }},
      {"http::Settings::max_connections",
       [&] { serve([&](auto& some) { some.max_connections = none_or_too_many; }); }},
      {"http::Settings::idle_timeout",
       [&] { serve([&](auto& some) { some.idle_timeout = out_of_range; }); }},
      {"http::Settings::request_timeout",
       [&] { serve([&](auto& some) { some.request_timeout = out_of_range; }); }},
      {"http::Settings::response_timeout",
       [&] { serve([&](auto& some) { some.response_timeout = out_of_range; }); }},
      {"http::Settings::stop_timeout",
       [&] { serve([&](auto& some) { some.stop_timeout = stop_timeout; }); }},
      {"rabbitmq::ConsumerSettings::workers", [&] { consume({.workers = none_or_too_many}); }},
      {"rabbitmq::ConsumerSettings::stop_timeout",
       [&] { consume({.stop_timeout = stop_timeout}); }},
      {"rabbitmq::ConsumerSettings::removal_delay",
       [&] { consume({.removal_delay = stop_timeout}); }},
      {"rabbitmq::EventPublisherSettings::confirm_timeout", [&] { publish(out_of_range); }},
      {"redis::Settings::database", [&] { keep([](auto& some) { some.database = -1; }); }},
      {"redis::Settings::connections",
       [&] { keep([&](auto& some) { some.connections = none_or_too_many; }); }},
      {"redis::Settings::timeout", [&] { keep([&](auto& some) { some.timeout = out_of_range; }); }},
      {"redis::Settings::max_backoff",
       [&] { keep([&](auto& some) { some.max_backoff = out_of_range; }); }},
      {"redis::Settings::long_outage",
       [&] { keep([&](auto& some) { some.long_outage = outage; }); }},
      {"sqlite::Settings::max_readers",
       [&] { std::ignore = sqlite::Open({.path = ":memory:", .max_readers = none_or_too_many}); }},
      {"sqlite::Settings::busy_timeout",
       [&] { std::ignore = sqlite::Open({.path = ":memory:", .busy_timeout = out_of_range}); }},
      {"mysql::Settings::connect_timeout",
       [&] { open_mysql([&](auto& some) { some.connect_timeout = out_of_range; }); }},
      {"mysql::Settings::read_timeout",
       [&] { open_mysql([&](auto& some) { some.read_timeout = out_of_range; }); }},
      {"mysql::Settings::write_timeout",
       [&] { open_mysql([&](auto& some) { some.write_timeout = out_of_range; }); }},
      {"mysql::Settings::timeout",
       [&] { open_mysql([&](auto& some) { some.timeout = out_of_range; }); }},
      {"mysql::Settings::max_connections",
       [&] { open_mysql([&](auto& some) { some.max_connections = none_or_too_many; }); }},
  };
  for (const Mistake& mistake : mistakes) {
    CHECK_THAT(DeathMessage(mistake.make),
               ContainsSubstring("outdial: " + mistake.setting + " is "));
  }
  // The least and the most that they may be.
  serve([](auto& some) { some.max_requests = 1; });
  serve([](auto& some) { some.max_connections = kMaxCountSetting; });
  serve([](auto& some) { some.idle_timeout = absl::Nanoseconds(1); });
  serve([](auto& some) { some.idle_timeout = kMaxTimeoutSetting; });
  serve([](auto& some) { some.stop_timeout = absl::ZeroDuration(); });
  keep([](auto& some) { some.long_outage = absl::InfiniteDuration(); });
}

TEST_CASE("misuse: a relay lock refuses what its database refuses", "[misuse]") {
  const auto lock_mysql = [](const mysql::Settings& settings) {
    return DeathMessage([&] { mysql::OpenRelayLock(settings); });
  };
  const absl::Duration too_long = absl::Hours(25);
  CHECK_THAT(lock_mysql({.connect_timeout = too_long}), ContainsSubstring("connect_timeout is "));
  CHECK_THAT(lock_mysql({.read_timeout = absl::ZeroDuration()}),
             ContainsSubstring("read_timeout is "));
  CHECK_THAT(lock_mysql({.max_connections = 0}), ContainsSubstring("max_connections is "));
  const std::string path = GENERATE(as<std::string>{}, "outdial.db", ":memory:");
  const auto lock_sqlite = [](const sqlite::Settings& settings) {
    return DeathMessage([&] { sqlite::OpenRelayLock(settings); });
  };
  CHECK_THAT(lock_sqlite({.path = path, .busy_timeout = too_long}),
             ContainsSubstring("busy_timeout is "));
  CHECK_THAT(lock_sqlite({.path = path, .max_readers = 0}), ContainsSubstring("max_readers is "));
}

TEST_CASE("misuse: a database that ends during a transaction stops the program", "[misuse]") {
  const std::string path = GENERATE(as<std::string>{}, "", ":memory:");
  const auto make = [&]() -> std::unique_ptr<Database> {
    if (path.empty()) return std::make_unique<memory::Database>();
    return *sqlite::Open({.path = path});
  };
  const auto in_use = ContainsSubstring("Database ends before what uses it");
  CHECK_THAT(DeathMessage([&] {
               std::unique_ptr<Database> database = make();
               std::ignore = database->Write([&](UnitOfWork&) {
                 database.reset();
                 return absl::OkStatus();
               });
             }),
             in_use);
  CHECK_THAT(DeathMessage([&] {
               std::unique_ptr<Database> database = make();
               std::ignore = database->Read([&](const UnitOfWork&) {
                 database.reset();
                 return absl::OkStatus();
               });
             }),
             in_use);
}

TEST_CASE("misuse: a value that is no enumerator stops the program", "[misuse]") {
  CHECK_THAT(DeathMessage([] { OnDuplicateName(static_cast<OnDuplicate>(3)); }),
             ContainsSubstring("OnDuplicate has no such value"));
  CHECK_THAT(DeathMessage([] { EventTypeName(static_cast<EventType>(7)); }),
             ContainsSubstring("EventType has no such value"));
  CHECK_THAT(DeathMessage([] { MakeError(static_cast<Reason>(-1), "").IgnoreError(); }),
             ContainsSubstring("Reason has no such value"));
  CHECK_THAT(DeathMessage([] { CallName(static_cast<memory::Call>(memory::kCallCount)); }),
             ContainsSubstring("memory::Call has no such value"));
  CHECK_THAT(DeathMessage([] { TargetStatusName(static_cast<TargetStatus>(3)); }),
             ContainsSubstring("TargetStatus has no such value"));
  CHECK_THAT(DeathMessage([] { TargetCallStatusName(static_cast<TargetCallStatus>(2)); }),
             ContainsSubstring("TargetCallStatus has no such value"));
  CHECK_THAT(DeathMessage([] { ReferenceTypeName(static_cast<ReferenceType>(-1)); }),
             ContainsSubstring("ReferenceType has no such value"));
}

TEST_CASE("misuse: services, files and failures take enumerators only", "[misuse]") {
  World world;
  Services& services = world.services;
  const OutdialId list = services.outdials.Create({})->id();
  NewOutdialTarget values;
  values.destinations[0] = Address::FromStorage({.type = "tel", .target = "+15550100"});
  const OutdialTargetId target = services.targets.Create(list, values)->id();
  const OutdialTargetCallId call =
      services.targets.Claim(list, {1}, 1, absl::Seconds(1))->front().call_id;
  constexpr auto kNoOnDuplicate = static_cast<OnDuplicate>(77);
  CHECK_THAT(
      DeathMessage([&] {
        services.targets.Report(target, static_cast<TargetStatus>(77), std::nullopt).IgnoreError();
      }),
      ContainsSubstring("TargetStatus has no such value"));
  CHECK_THAT(DeathMessage([&] { services.imports.Import(list, {}, kNoOnDuplicate).IgnoreError(); }),
             ContainsSubstring("OnDuplicate has no such value"));
  CHECK_THAT(DeathMessage([&] {
               ImportRehearsal rehearsal;
               services.imports.Rehearse(list, {}, kNoOnDuplicate, rehearsal).IgnoreError();
             }),
             ContainsSubstring("OnDuplicate has no such value"));
  CHECK_THAT(DeathMessage([&] {
               services.calls.Update(call, {.reference_type = static_cast<ReferenceType>(77)})
                   .IgnoreError();
             }),
             ContainsSubstring("ReferenceType has no such value"));

  using target_files::Encoding;
  using target_files::Format;
  const auto parse = [](const target_files::FileSettings& settings) {
    return DeathMessage(
        [&] { const target_files::RowParser parser(settings, [](target_files::Row) {}); });
  };
  CHECK_THAT(parse({.format = static_cast<Format>(2)}),
             ContainsSubstring("target_files::Format has no such value"));
  CHECK_THAT(parse({.encoding = static_cast<Encoding>(2)}),
             ContainsSubstring("target_files::Encoding has no such value"));
  CHECK_THAT(DeathMessage([&] {
               const target_files::FileExport file(
                   [&](const CreationPlace& after, std::size_t limit) {
                     return services.targets.ListOldest(list, after, limit);
                   },
                   static_cast<Format>(2));
             }),
             ContainsSubstring("target_files::Format has no such value"));

  CHECK_THAT(DeathMessage([] { memory::FailureInjector().Fail({.call = memory::Call(999)}); }),
             ContainsSubstring("memory::Call has no such value"));
  CHECK_THAT(
      DeathMessage([] { memory::FailureInjector().Before(memory::Call(999)).IgnoreError(); }),
      ContainsSubstring("memory::Call has no such value"));
  CHECK_THAT(DeathMessage([] {
               memory::FailureInjector().Fail({.call = memory::Call::kDatabaseRead,
                                               .point = static_cast<memory::FailurePoint>(2)});
             }),
             ContainsSubstring("memory::FailurePoint has no such value"));
}

TEST_CASE("misuse: an empty function stops the program", "[misuse]") {
  metrics::Metrics metrics;
  CHECK_THAT(DeathMessage([&] { metrics.Watch(metrics::Watched::kCacheErrors, "", nullptr); }),
             ContainsSubstring("Watch is given an empty function"));
  CHECK_THAT(DeathMessage([&] {
               const http::Server server({.address = *http::ListenAddress::Resolve("127.0.0.1:0"),
                                          .readiness = {{.name = "database", .check = nullptr}}},
                                         nullptr, metrics);
             }),
             ContainsSubstring("has a check without function"));
  CHECK_THAT(DeathMessage([] { const target_files::RowParser parser({}, nullptr); }),
             ContainsSubstring("RowParser is given an empty function"));
  CHECK_THAT(DeathMessage(
                 [] { const target_files::FileExport file(nullptr, target_files::Format::kCsv); }),
             ContainsSubstring("FileExport is given an empty function"));
  CHECK_THAT(DeathMessage([] { const target_files::BatchedImport batches(nullptr); }),
             ContainsSubstring("BatchedImport is given an empty function"));
}

TEST_CASE("misuse: an import that has ended takes nothing more, and does not end again",
          "[misuse]") {
  using target_files::BatchedImport;
  const bool finished = GENERATE(true, false);
  const auto death_after_end = [&](auto use) {
    return DeathMessage([&] {
      BatchedImport batches([](target_files::Batch&) { return ImportResult(); });
      (finished ? batches.Finish() : batches.Stop()).IgnoreError();
      use(batches);
    });
  };
  const auto after_end = ContainsSubstring("BatchedImport is used after its end");
  CHECK_THAT(death_after_end([](BatchedImport& batches) { batches.Add({}).IgnoreError(); }),
             after_end);
  CHECK_THAT(death_after_end([](BatchedImport& batches) { batches.Finish().IgnoreError(); }),
             after_end);
  CHECK_THAT(death_after_end([](BatchedImport& batches) { batches.Stop().IgnoreError(); }),
             after_end);
}

TEST_CASE("misuse: an import stream that has ended takes nothing more, and has one answer",
          "[misuse]") {
  World world;
  metrics::Metrics metrics;
  const router::Router router(world.services, metrics);
  const std::string list = world.services.outdials.Create({})->id().ToString();
  const bool finished = GENERATE(true, false);
  const auto death_after_end = [&](auto use) {
    return DeathMessage([&] {
      const auto stream = *router.OpenImport({.method = "POST",
                                              .uri = "/v1/outdials/" + list + "/targets/import",
                                              .content_type = "text/csv"});
      stream->Write("destination_0\n+1\n");
      if (finished) {
        stream->Finish();
      } else {
        stream->BreakOff(absl::CancelledError("the client has gone"));
      }
      use(*stream);
    });
  };
  const auto after_end = ContainsSubstring("ImportStream is used after its end");
  using router::ImportStream;
  CHECK_THAT(death_after_end([](ImportStream& stream) { stream.Write("Bob\n"); }), after_end);
  CHECK_THAT(death_after_end([](ImportStream& stream) { stream.Finish(); }), after_end);
  CHECK_THAT(death_after_end([](ImportStream& stream) {
               stream.BreakOff(absl::CancelledError("the client has gone"));
             }),
             after_end);
}

TEST_CASE("misuse: a clock at the end of time stops the program", "[misuse]") {
  memory::ManualClock clock(absl::InfiniteFuture());
  TimestampSource timestamps(clock);
  timestamps.Next();
  CHECK_THAT(DeathMessage([&] { timestamps.Next(); }), ContainsSubstring("the end of time"));
}

TEST_CASE("misuse: a failure that could never come about stops the program", "[misuse]") {
  const auto death_of = [](memory::Failure failure) {
    return DeathMessage([&] { memory::FailureInjector().Fail(std::move(failure)); });
  };
  using memory::Call;
  CHECK_THAT(death_of({.call = Call::kDatabaseRead, .status = absl::OkStatus()}),
             ContainsSubstring("nothing would fail"));
  CHECK_THAT(death_of({.call = Call::kDatabaseRead, .nth = 0}), ContainsSubstring("count from 1"));
  CHECK_THAT(death_of({.call = Call::kDatabaseRead, .times = 0}),
             ContainsSubstring("count from 1"));
  CHECK_THAT(DeathMessage([] { memory::SequentialIdSource::Nth(std::uint64_t{1} << 48); }),
             ContainsSubstring("more than 2^48 - 1"));
}

TEST_CASE("misuse: a server is started once", "[misuse]") {
  const metrics::Metrics metrics;
  CHECK_THAT(DeathMessage([&] {
               http::Server server({.address = *http::ListenAddress::Resolve("127.0.0.1:0")},
                                   nullptr, metrics);
               server.Start().IgnoreError();
               server.Stop();
               server.Start().IgnoreError();
             }),
             ContainsSubstring("http::Server::Start is called twice"));
}

TEST_CASE("misuse: a consumer has workers, and is started once", "[misuse]") {
  World world;
  metrics::Metrics metrics;
  const router::Router router(world.services, metrics);
  CHECK_THAT(DeathMessage([&] {
               rabbitmq::Consumer({.workers = 0}, router, world.services.journal).Stop();
             }),
             ContainsSubstring("ConsumerSettings::workers is 0"));
  CHECK_THAT(DeathMessage([&] {
               rabbitmq::Consumer consumer({.address = {.port = 1}, .workers = 1}, router,
                                           world.services.journal);
               consumer.Start();
               consumer.Stop();
               consumer.Start();
             }),
             ContainsSubstring("rabbitmq::Consumer::Start is called twice"));
}

}  // namespace
}  // namespace outdial
