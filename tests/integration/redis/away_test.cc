// A server that goes, hangs and comes back.
#include <algorithm>
#include <optional>
#include <regex>
#include <string>
#include <vector>

#include "contract/suite/values.h"
#include "integration/redis/redis_client.h"
#include "outdial/redis/cache.h"
#include "support/catch.h"
#include "support/servers.h"

namespace outdial::redis {
namespace {

using namespace contract;  // NOLINT(google-build-using-namespace): the values of all tests
using test::GetsOnline;
using test::kShortTimeout;
using test::RedisClient;
using test::SettingsFor;

Outdial Version(int version, std::uint64_t number = 1) {
  Outdial::Fields fields = OutdialFields(number);
  fields.tm_create = At(0);
  fields.tm_update = At(version);
  return Outdial(fields);
}

const OutdialId kId = Version(0).id();
const std::string kKey = "outdial:" + kId.ToString();

void Expect(Cache& cache, const Outdial& outdial) { cache.Expect({.outdials = {&outdial, 1}}, {}); }
void Put(Cache& cache, const Outdial& outdial) {
  cache.Put({.outdials = {&outdial, 1}}, cache.Ticket());
}

// Reads until the cache finds out that its server does not answer.
bool GetsOffline(Cache& cache) {
  return test::Eventually([&] {
    (void)cache.GetOutdial(kId);
    return !cache.stats().online;
  });
}

TEST_CASE("redis away: nothing is there at the start, then it is", "[redis]") {
  test::RedisServer server;
  Cache cache(SettingsFor(server.port(), kShortTimeout));
  CHECK(cache.Ticket().value == 0);
  CHECK_FALSE(cache.GetOutdial(kId).has_value());
  Expect(cache, Version(1));
  Put(cache, Version(1));
  CHECK(cache.stats().overdue == 1);
  CHECK(cache.stats().round_trips == 0);
  server.Start();
  REQUIRE(GetsOnline(cache));
  CHECK(cache.stats().overdue == 0);
  CHECK(cache.stats().reconnects == 0);
  Put(cache, Version(1));
  CHECK(cache.GetOutdial(kId) == Version(1));
}

TEST_CASE("redis away: a host that has no address", "[redis]") {
  Settings settings = SettingsFor(1, kShortTimeout);
  settings.address.host = "nobody.invalid";
  const Cache cache(settings);
  CHECK(test::Eventually([&] { return cache.stats().errors >= 2; }));
  CHECK_FALSE(cache.stats().online);
}

TEST_CASE("redis away: keys that could not be written are gone when it is back", "[redis]") {
  test::RedisServer server;
  server.Start();
  Cache cache(SettingsFor(server.port(), kShortTimeout));
  REQUIRE(GetsOnline(cache));
  const OutdialTargetCall call(CallFields(1, IdOf<OutdialTargetId>(1)));
  OutdialTargetCall::Fields fields = call.fields();
  fields.activeflow_id = IdOf<ActiveflowId>(70);
  fields.tm_update = call.version() + absl::Seconds(1);
  const OutdialTargetCall linked(fields);
  fields.activeflow_id = IdOf<ActiveflowId>(71);
  fields.tm_update = linked.version() + absl::Seconds(1);
  const OutdialTargetCall relinked(fields);
  Put(cache, Version(1));
  Put(cache, Version(1, 2));
  cache.Put({.calls = {&linked, 1}}, cache.Ticket());
  const std::string old_link = "outdialtargetcall_activeflowid:" + UuidOf(70).ToString();
  REQUIRE(RedisClient(server.port()).Exists(old_link));

  const bool told_by_expect = GENERATE(true, false);
  const auto go_away = [&] {
    server.Freeze();
    REQUIRE(GetsOffline(cache));
  };
  // It goes before the step before the commit, or between the two steps.
  if (told_by_expect) go_away();
  Expect(cache, Version(2));
  cache.Expect({.calls = {&relinked, 1}}, {&linked, 1});
  if (!told_by_expect) go_away();
  Put(cache, Version(2));
  cache.Put({.calls = {&relinked, 1}}, cache.Ticket());
  CHECK_FALSE(cache.stats().online);
  CHECK(cache.stats().overdue >= 2);
  server.Thaw();
  REQUIRE(GetsOnline(cache));
  CHECK(cache.stats().overdue == 0);
  CHECK(cache.stats().reconnects == 1);
  CHECK_FALSE(cache.GetOutdial(kId).has_value());
  CHECK_FALSE(cache.GetOutdialTargetCall(call.id()).has_value());
  RedisClient redis(server.port());
  CHECK_FALSE(redis.Exists(old_link));
  CHECK(cache.GetOutdial(Version(1, 2).id()) == Version(1, 2));
  // A reader that read the old one before.
  Put(cache, Version(1));
  CHECK_FALSE(cache.GetOutdial(kId).has_value());
  Put(cache, Version(2));
  CHECK(cache.GetOutdial(kId) == Version(2));
}

// Brings a server back that `cache` had connections to.
void Restart(test::RedisServer& server, Cache& cache) {
  server.Kill();
  server.Start();
  REQUIRE(test::Eventually([&] {
    (void)cache.GetOutdial(kId);
    return cache.stats().reconnects > 0 && cache.stats().online;
  }));
}

TEST_CASE("redis away: it comes back with what it had saved long before", "[redis]") {
  test::RedisServer server;
  server.Start();
  std::optional<Cache> cache(SettingsFor(server.port()));
  REQUIRE(GetsOnline(*cache));
  const CacheTicket ticket = cache->Ticket();
  Put(*cache, Version(1));
  RedisClient(server.port()).Command({"SAVE"});
  Expect(*cache, Version(2));
  Put(*cache, Version(2));
  const bool lives_on = GENERATE(true, false);
  if (lives_on) {
    Restart(server, *cache);
  } else {
    // Nobody who knew the server before is there any more.
    server.Kill();
    cache.emplace(SettingsFor(server.port()));
    server.Start();
    REQUIRE(GetsOnline(*cache));
  }
  CHECK_FALSE(cache->GetOutdial(kId).has_value());
  // Nor does what was read before come back.
  const Outdial old = Version(1);
  cache->Fill({.outdials = {&old, 1}}, ticket);
  CHECK_FALSE(cache->GetOutdial(kId).has_value());
  Put(*cache, Version(2));
  CHECK(cache->GetOutdial(kId) == Version(2));

  // Once is enough.
  Cache other(SettingsFor(server.port()));
  REQUIRE(GetsOnline(other));
  CHECK(other.GetOutdial(kId) == Version(2));
}

TEST_CASE("redis away: nobody reads before everything that was saved is deleted", "[redis]") {
  // Who begins to delete does not get through.
  test::RedisServer server({"--rename-command", "SCAN", "HIDDEN"});
  server.Start();
  RedisClient redis(server.port());
  redis.Set(kKey, "saved");
  const Cache first(SettingsFor(server.port()));
  REQUIRE(test::Eventually([&] { return first.stats().errors > 0; }));
  const Cache second(SettingsFor(server.port()));
  CHECK(test::Eventually([&] { return second.stats().errors > 0; }));
  CHECK_FALSE(first.stats().online);
  CHECK_FALSE(second.stats().online);
  CHECK(redis.Get(kKey) == "saved");
}

TEST_CASE("redis away: one that does not tell whether it was restarted is taken to be", "[redis]") {
  test::RedisServer server({"--rename-command", "INFO", "HIDDEN"});
  server.Start();
  Cache cache(SettingsFor(server.port()));
  REQUIRE(GetsOnline(cache));
  Put(cache, Version(1));
  SECTION("when it was") {
    RedisClient(server.port()).Command({"SAVE"});
    Restart(server, cache);
    CHECK_FALSE(cache.GetOutdial(kId).has_value());
    Put(cache, Version(2));
    CHECK(cache.GetOutdial(kId) == Version(2));
  }
  SECTION("but not by who has just come") {
    Cache other(SettingsFor(server.port()));
    REQUIRE(GetsOnline(other));
    CHECK(other.GetOutdial(kId) == Version(1));
  }
}

TEST_CASE("redis away: copies that are old by then go, newer ones stay", "[redis]") {
  test::RedisServer server;
  server.Start();
  Cache cache(SettingsFor(server.port(), kShortTimeout));
  REQUIRE(GetsOnline(cache));
  Put(cache, Version(1));
  Put(cache, Version(3, 2));
  server.Freeze();
  REQUIRE(GetsOffline(cache));
  Expect(cache, Version(2));
  Put(cache, Version(2));
  Expect(cache, Version(2, 2));  // older than the copy that is there
  server.Thaw();
  REQUIRE(GetsOnline(cache));
  CHECK_FALSE(cache.GetOutdial(kId).has_value());
  CHECK(cache.GetOutdial(Version(3, 2).id()) == Version(3, 2));
}

TEST_CASE("redis away: too many keys to remember: all of ours go, and nobody else's", "[redis]") {
  test::RedisServer server;
  server.Start();
  Settings settings = SettingsFor(server.port(), kShortTimeout);
  settings.max_overdue = 10;
  Cache cache(settings);
  Cache other(SettingsFor(server.port(), kShortTimeout));
  REQUIRE(GetsOnline(cache));
  REQUIRE(GetsOnline(other));
  RedisClient redis(server.port());
  const std::vector<std::string> foreign = {"outdials:1", "outdial", "call:1",
                                            "outdial-manager:something"};
  for (const std::string& key : foreign) redis.Set(key, "theirs");
  OutdialTargetCall::Fields fields = CallFields(1, IdOf<OutdialTargetId>(1));
  fields.activeflow_id = IdOf<ActiveflowId>(1);
  fields.reference_id = IdOf<ReferenceId>(1);
  const OutdialTargetCall call(fields);
  const OutdialTarget target(TargetFields(1, IdOf<OutdialId>(1)));
  constexpr int kCount = 3000;  // more than one page
  std::vector<Outdial> outdials;
  for (int i = 1; i <= kCount; ++i) outdials.push_back(Version(1, static_cast<std::uint64_t>(i)));
  cache.Put({.outdials = outdials, .targets = {&target, 1}, .calls = {&call, 1}}, cache.Ticket());
  const CacheTicket ticket = other.Ticket();
  // The other process reads version 1 here.
  REQUIRE(other.GetOutdial(kId) == Version(1));
  const auto copies = [&] {
    return std::stoi(*redis.Command(
        {"EVAL",
         "local n = 0 for _, k in ipairs(redis.call('KEYS', 'outdial*')) do "
         "if string.find(k, '^outdial[a-z_]*:%x+%-') then n = n + 1 end end return n",
         "0"}));
  };
  REQUIRE(copies() == kCount + 4);

  server.Freeze();
  REQUIRE(GetsOffline(cache));
  for (int i = 1; i <= 11; ++i) Expect(cache, Version(2, static_cast<std::uint64_t>(i)));
  CHECK(cache.stats().overdue == 0);  // it does not know them any more
  server.Thaw();
  REQUIRE(GetsOnline(cache));
  CHECK(copies() == 0);
  for (const std::string& key : foreign) CHECK(redis.Get(key) == "theirs");
  // What was read before does not come back.
  const Outdial old = Version(1);
  other.Fill({.outdials = {&old, 1}}, ticket);
  CHECK_FALSE(other.GetOutdial(kId).has_value());
}

// Changes what it has put while the server hangs, and dies.
void ChangeAndDie(test::RedisServer& server) {
  Cache cache(SettingsFor(server.port(), kShortTimeout));
  REQUIRE(GetsOnline(cache));
  Put(cache, Version(1));
  server.Freeze();
  REQUIRE(GetsOffline(cache));
  Expect(cache, Version(2));
  Put(cache, Version(2));
}

TEST_CASE("redis away: what somebody could not write who died is forgotten at the start",
          "[redis]") {
  test::RedisServer server;
  server.Start();
  RedisClient redis(server.port());
  redis.Set("call:1", "theirs");
  ChangeAndDie(server);
  Settings settings = SettingsFor(server.port(), kShortTimeout);
  settings.forget_at_start = GENERATE(true, false);
  Cache next(settings);
  // It cannot be reached for a while, in which nothing is read from it.
  CHECK_FALSE(next.GetOutdial(kId).has_value());
  Put(next, Version(1, 2));
  server.Thaw();
  REQUIRE(GetsOnline(next));
  CHECK(next.GetOutdial(kId).has_value() != settings.forget_at_start);
  CHECK(redis.Get("call:1") == "theirs");
  Put(next, Version(2));
  CHECK(next.GetOutdial(kId) == Version(2));
}

TEST_CASE("redis away: what somebody could not write who died is forgotten after a long outage",
          "[redis]") {
  test::RedisServer server;
  server.Start();
  const bool is_long = GENERATE(true, false);
  Settings settings = SettingsFor(server.port(), kShortTimeout);
  settings.long_outage = is_long ? absl::Milliseconds(100) : absl::InfiniteDuration();
  Cache other(settings);
  REQUIRE(GetsOnline(other));
  const CacheTicket ticket = other.Ticket();
  ChangeAndDie(server);
  if (is_long) {
    // It notices by itself.
    REQUIRE(test::Eventually([&] { return !other.stats().online; }));
  } else {
    REQUIRE(GetsOffline(other));
  }
  // The pauses between these last longer than the 100 ms.
  const std::uint64_t before = other.stats().connection_attempts;
  REQUIRE(test::Eventually([&] { return other.stats().connection_attempts >= before + 4; }));
  server.Thaw();
  REQUIRE(GetsOnline(other));
  CHECK(other.GetOutdial(kId).has_value() != is_long);
  // Nor does what was read before come back.
  const Outdial old = Version(1);
  other.Fill({.outdials = {&old, 1}}, ticket);
  CHECK(other.GetOutdial(kId).has_value() != is_long);
}

TEST_CASE("redis away: nobody has to ask to notice it", "[redis]") {
  test::RedisServer server;
  server.Start();
  Settings settings = SettingsFor(server.port(), kShortTimeout);
  settings.long_outage = absl::Milliseconds(100);
  const Cache cache(settings);
  REQUIRE(GetsOnline(cache));
  server.Kill();
  CHECK(test::Eventually([&] { return !cache.stats().online; }));
  server.Start();
  REQUIRE(GetsOnline(cache));
  CHECK(cache.stats().reconnects >= 1);
  CHECK(cache.stats().round_trips > 0);
}

TEST_CASE("redis away: whoever ends can wait until nothing is overdue", "[redis]") {
  test::RedisServer server;
  server.Start();
  Settings settings = SettingsFor(server.port(), kShortTimeout);
  settings.max_overdue = GENERATE(10u, 0u);  // known by name, or too many
  Cache cache(settings);
  REQUIRE(GetsOnline(cache));
  Put(cache, Version(1));
  server.Freeze();
  REQUIRE(GetsOffline(cache));
  CHECK(cache.WaitUntilMadeUp(absl::ZeroDuration()));  // nothing is
  Expect(cache, Version(2));
  CHECK_FALSE(cache.WaitUntilMadeUp(absl::ZeroDuration()));
  server.Thaw();
  CHECK(cache.WaitUntilMadeUp(absl::FromChrono(test::kPatience)));
  CHECK_FALSE(RedisClient(server.port()).Exists(kKey));
}

TEST_CASE("redis away: a server that hangs costs nothing but the first calls", "[redis]") {
  test::RedisServer server;
  server.Start();
  Settings settings = SettingsFor(server.port(), kShortTimeout);
  settings.max_backoff = absl::Hours(1);  // longer than the test: the next attempts are far apart
  Cache cache(settings);
  REQUIRE(GetsOnline(cache));
  Put(cache, Version(1));
  server.Freeze();
  REQUIRE(GetsOffline(cache));
  const Stats before = cache.stats();
  for (int i = 0; i < 10'000; ++i) {
    CHECK_FALSE(cache.GetOutdial(kId).has_value());
    Expect(cache, Version(2));
    Put(cache, Version(2));
  }
  const Stats after = cache.stats();
  CHECK(after.round_trips == before.round_trips);
  CHECK(after.overdue == 1);
  server.Thaw();
}

TEST_CASE("redis away: while it is, it is asked less and less often", "[redis]") {
  test::RedisServer server;  // does not run: each attempt ends at once
  Settings settings = SettingsFor(server.port(), kShortTimeout);
  settings.max_backoff = absl::Hours(1);
  const Cache cache(settings);
  // The pauses double from 50 ms, less up to half of each: before the tenth attempt they add up to
  // 12 s at least.
  REQUIRE(test::Eventually([&] { return cache.stats().connection_attempts == 3; }));
  CHECK(cache.stats().connection_attempts < 10);
}

TEST_CASE("redis away: a command that nobody waits for any more changes nothing", "[redis]") {
  test::RedisServer server;
  server.Start();
  Cache slow(SettingsFor(server.port(), kShortTimeout));
  Cache other(SettingsFor(server.port()));
  REQUIRE(GetsOnline(slow));
  REQUIRE(GetsOnline(other));
  SECTION("a put, when a newer one has been put since") {
    Expect(slow, Version(2));
    server.Freeze();
    Put(slow, Version(2));  // waits in the server's socket
    REQUIRE_FALSE(slow.stats().online);
    server.Thaw();
    Expect(other, Version(3));
    Put(other, Version(3));
    REQUIRE(GetsOnline(slow));
    CHECK(other.GetOutdial(kId) == Version(3));
  }
  SECTION("a put, when a newer one could not even be expected") {
    Expect(slow, Version(2));
    server.Freeze();
    Put(slow, Version(2));
    Expect(slow, Version(3));  // is committed; its put is lost with the process, say
    server.Thaw();
    REQUIRE(GetsOnline(slow));
    CHECK_FALSE(slow.GetOutdial(kId).has_value());
  }
  SECTION("an expectation, when what it expected is there") {
    server.Freeze();
    Expect(slow, Version(2));
    server.Thaw();
    REQUIRE(GetsOnline(slow));
    Put(other, Version(2));
    CHECK(slow.GetOutdial(kId) == Version(2));
  }
}

TEST_CASE("redis away: a server that can write nothing is not used", "[redis]") {
  test::RedisServer server;
  server.Start();
  Cache cache(SettingsFor(server.port(), kShortTimeout));
  REQUIRE(GetsOnline(cache));
  Put(cache, Version(1));
  RedisClient redis(server.port());
  redis.Command({"REPLICAOF", "127.0.0.1", std::to_string(test::FreePort())});  // READONLY
  Expect(cache, Version(2));
  CHECK(test::Eventually([&] { return cache.stats().errors >= 3; }));
  CHECK_FALSE(cache.stats().online);
  CHECK_FALSE(cache.GetOutdial(kId).has_value());
  redis.Command({"REPLICAOF", "NO", "ONE"});
  REQUIRE(GetsOnline(cache));
  CHECK_FALSE(cache.GetOutdial(kId).has_value());
}

TEST_CASE("redis away: where one connection fails, all are made anew", "[redis]") {
  test::RedisServer server;
  server.Start();
  Cache cache(SettingsFor(server.port()));
  REQUIRE(GetsOnline(cache));
  Put(cache, Version(1));
  REQUIRE(cache.GetOutdial(kId).has_value());
  RedisClient redis(server.port());
  const auto connections = [&] {
    const std::string list = *redis.Command({"CLIENT", "LIST", "TYPE", "normal"});
    return std::count(list.begin(), list.end(), '\n') - 1;  // less this one
  };
  REQUIRE(connections() == 3);
  const bool one = GENERATE(true, false);
  if (one) {
    // The one that is used, which is the last one that was made.
    const std::string list = *redis.Command({"CLIENT", "LIST", "TYPE", "normal"});
    std::smatch match;
    REQUIRE(std::regex_search(list, match, std::regex("[^]*\\bid=([0-9]+) [^\n]*cmd=get")));
    redis.Command({"CLIENT", "KILL", "ID", match[1]});
  } else {
    redis.Command({"CLIENT", "KILL", "TYPE", "normal", "SKIPME", "yes"});
  }
  REQUIRE(test::Eventually([&] { return cache.GetOutdial(kId).has_value(); }));
  CHECK(cache.stats().reconnects == 1);
  CHECK(cache.stats().connection_attempts == 6);
  CHECK(test::Eventually([&] { return connections() == 3; }));
}

}  // namespace
}  // namespace outdial::redis
