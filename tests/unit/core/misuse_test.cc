// Using the library wrongly does not compile where that is possible, and otherwise stops the
// program with a message that names the mistake.
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <type_traits>
#include <utility>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "outdial/entities/error.h"
#include "outdial/http/listen_address.h"
#include "outdial/http/server.h"
#include "outdial/memory/database.h"
#include "outdial/memory/event_publisher.h"
#include "outdial/memory/failure_injector.h"
#include "outdial/memory/manual_clock.h"
#include "outdial/memory/sequential_id_source.h"
#include "outdial/metrics/metrics.h"
#include "outdial/ports/cache.h"
#include "outdial/rabbitmq/consumer.h"
#include "outdial/router/router.h"
#include "outdial/services/outbox_relay.h"
#include "outdial/services/services.h"
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
             ContainsSubstring("Database ends before the services that use it"));
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
