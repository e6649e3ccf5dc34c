// What the cache keeps in Redis, and what it costs.
#include "outdial/redis/cache.h"

#include <cstdint>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "contract/suite/values.h"
#include "integration/redis/redis_client.h"
#include "outdial/wire/entity_json.h"
#include "outdial/wire/json.h"
#include "support/catch.h"
#include "support/servers.h"

namespace outdial::redis {
namespace {

using namespace contract;  // NOLINT(google-build-using-namespace): the values of all tests
using test::RedisClient;
using test::SettingsFor;

const Outdial kOutdial(OutdialFields(1));
const OutdialTarget kTarget(TargetFields(1, kOutdial.id()));

OutdialTargetCall CallWith(std::optional<std::uint64_t> activeflow,
                           std::optional<std::uint64_t> reference, int version) {
  OutdialTargetCall::Fields fields = CallFields(1, kTarget.id());
  fields.activeflow_id = activeflow ? IdOf<ActiveflowId>(*activeflow) : ActiveflowId();
  fields.reference_id = reference ? IdOf<ReferenceId>(*reference) : ReferenceId();
  fields.tm_create = At(0);
  fields.tm_update = At(version);
  return OutdialTargetCall(fields);
}

std::string ActiveflowKey(std::uint64_t number) {
  return "outdialtargetcall_activeflowid:" + UuidOf(number).ToString();
}
std::string ReferenceKey(std::uint64_t number) {
  return "outdialtargetcall_referenceid:" + UuidOf(number).ToString();
}

template <typename Entity>
std::string JsonOf(const Entity& entity) {
  return wire::DumpJson(wire::ToJson(entity));
}

struct Fixture {
  Fixture() {
    server.Start();
    redis.emplace(server.port());
    cache.emplace(SettingsFor(server.port()));
    REQUIRE(test::GetsOnline(*cache));
  }

  void Put(const CacheCopies& copies) { cache->Put(copies, cache->Ticket()); }
  void Change(const OutdialTargetCall& from, const OutdialTargetCall& to) {
    cache->Expect({.calls = {&to, 1}}, {&from, 1});
    Put({.calls = {&to, 1}});
  }

  test::RedisServer server;
  std::optional<RedisClient> redis;
  std::optional<Cache> cache;
};

TEST_CASE("redis: copies are the entities' JSON, for a day, under the keys that are agreed on",
          "[redis]") {
  Fixture f;
  const OutdialTargetCall call = CallWith(7, 8, 1);
  f.Put({.outdials = {&kOutdial, 1}, .targets = {&kTarget, 1}, .calls = {&call, 1}});
  const std::vector<std::pair<std::string, std::string>> expected = {
      {"outdial:" + kOutdial.id().ToString(), JsonOf(kOutdial)},
      {"outdialtarget:" + kTarget.id().ToString(), JsonOf(kTarget)},
      {"outdialtargetcall:" + call.id().ToString(), JsonOf(call)},
      {ActiveflowKey(7), JsonOf(call)},
      {ReferenceKey(8), JsonOf(call)}};
  for (const auto& [key, text] : expected) {
    CAPTURE(key);
    CHECK(f.redis->Get(key) == text);
    const int seconds = std::stoi(*f.redis->Command({"TTL", key}));
    CHECK(seconds <= 86'400);
    CHECK(seconds > 86'300);
  }
}

TEST_CASE("redis: what is expected is written beside the copy, and forgotten", "[redis]") {
  Fixture f;
  f.Put({.outdials = {&kOutdial, 1}});
  const auto version = [](std::int64_t microseconds) {
    Outdial::Fields fields = kOutdial.fields();
    fields.tm_update = At(microseconds);
    return Outdial(fields);
  };
  const Outdial next = version(1'000'000);
  const Outdial other = version(GENERATE(500'000, 2'000'000));
  const std::string key = "outdial-manager:expected:outdial:" + kOutdial.id().ToString();
  const auto lasts = [&](int most) {
    const int seconds = std::stoi(*f.redis->Command({"TTL", key}));
    return seconds <= most && seconds > most - 50;
  };
  constexpr int kMinute = 60;
  constexpr int kDay = 86'400;

  // As long as a copy of what was there before would last.
  f.cache->Expect({.outdials = {&next, 1}}, {});
  CHECK_FALSE(f.redis->Exists("outdial:" + kOutdial.id().ToString()));
  CHECK(f.redis->Get(key) == "2026-01-15T09:30:01.000000Z");
  CHECK(lasts(kDay));

  SECTION("once it is put") {
    f.Put({.outdials = {&next, 1}});
    CHECK(lasts(kMinute));
    f.cache->Expect({.outdials = {&next, 1}}, {});
    CHECK(lasts(kDay));
  }
  SECTION("once it is put, when the server has forgotten everything meanwhile") {
    const CacheTicket ticket = f.cache->Ticket();
    f.redis->Command({"DEL", "outdial-manager:era"});
    f.cache->Put({.outdials = {&next, 1}}, ticket);
    CHECK(lasts(kMinute));
  }
  SECTION("once it is read") {
    f.cache->Fill({.outdials = {&next, 1}}, f.cache->Ticket());
    CHECK(lasts(kMinute));
  }
  SECTION("once it is withdrawn") {
    f.cache->Withdraw({.outdials = {&next, 1}});
    CHECK(lasts(kMinute));
    CHECK(f.redis->Get(key) == "2026-01-15T09:30:01.000000Z");
  }
  SECTION("not when another is withdrawn") {
    f.cache->Withdraw({.outdials = {&other, 1}});
    CHECK(lasts(kDay));
  }
  SECTION("not when what was there before is read") {
    f.cache->Fill({.outdials = {&kOutdial, 1}}, f.cache->Ticket());
    CHECK(lasts(kDay));
  }
  SECTION("nothing that is not expected gets so by a withdrawal") {
    f.redis->Command({"DEL", key});
    f.cache->Withdraw({.outdials = {&next, 1}});
    CHECK_FALSE(f.redis->Exists(key));
  }
  CHECK(f.cache->stats().errors == 0);
}

TEST_CASE("redis: a call is found by the ids that it has, and by no other", "[redis]") {
  Fixture f;
  const OutdialTargetCall bare = CallWith(std::nullopt, std::nullopt, 1);
  const OutdialTargetCall first = CallWith(11, 21, 2);
  const OutdialTargetCall second = CallWith(12, 21, 3);
  const std::string nil = Uuid().ToString();
  f.Put({.calls = {&bare, 1}});
  CHECK(f.redis->Get("outdialtargetcall:" + bare.id().ToString()) == JsonOf(bare));
  CHECK_FALSE(f.redis->Exists("outdialtargetcall_activeflowid:" + nil));
  CHECK_FALSE(f.redis->Exists("outdialtargetcall_referenceid:" + nil));

  f.Change(bare, first);
  CHECK(f.redis->Get(ActiveflowKey(11)) == JsonOf(first));
  CHECK(f.redis->Get(ReferenceKey(21)) == JsonOf(first));

  f.cache->Expect({.calls = {&second, 1}}, {&first, 1});
  CHECK_FALSE(f.redis->Exists(ActiveflowKey(11)));
  CHECK_FALSE(f.redis->Exists(ReferenceKey(21)));
  f.Put({.calls = {&second, 1}});
  CHECK_FALSE(f.redis->Exists(ActiveflowKey(11)));
  CHECK(f.redis->Get(ActiveflowKey(12)) == JsonOf(second));
  CHECK(f.redis->Get(ReferenceKey(21)) == JsonOf(second));

  // What an older copy was found by does not come back with it.
  f.Put({.calls = {&first, 1}});
  CHECK_FALSE(f.redis->Exists(ActiveflowKey(11)));
  CHECK(f.redis->Get(ReferenceKey(21)) == JsonOf(second));
}

TEST_CASE("redis: what the service before this one wrote is understood", "[redis]") {
  Fixture f;
  const std::string id = kTarget.id().ToString();
  const std::string key = "outdialtarget:" + id;
  const auto text = [&](const std::string& tm_update) {
    return R"({"id":")" + id +
           R"(","outdial_id":"ee393330-964f-494d-9225-898ef59a2bfb","name":"Ann","detail":"","data":"",)"
           R"("status":"idle","destination_0":{"type":"tel","target":"+1"},"destination_1":{},)"
           R"("destination_2":null,"destination_3":null,"destination_4":null,"try_count_0":1,)"
           R"("try_count_1":0,"try_count_2":0,"try_count_3":0,"try_count_4":0,)"
           R"("tm_create":"2026-01-15T09:30:00Z","tm_update":")" +
           tm_update + R"(","tm_delete":"9999-01-01T00:00:00Z"})";
  };
  OutdialTarget::Fields fields = kTarget.fields();
  const auto put = [&](std::int64_t microseconds) {
    fields.tm_update = At(microseconds);
    const OutdialTarget target(fields);
    f.Put({.targets = {&target, 1}});
    return f.redis->Get(key) == JsonOf(target);
  };

  f.redis->Set(key, text("2026-01-15T09:30:00.7Z"));
  const auto copy = f.cache->GetOutdialTarget(kTarget.id());
  REQUIRE(copy.has_value());
  CHECK(copy->fields().tm_update == At(700'000));
  CHECK(copy->fields().slots[0].try_count == 1);
  CHECK_FALSE(copy->fields().slots[1].address.has_value());
  CHECK_FALSE(copy->deleted());

  // Trimmed zeros make it neither older nor newer.
  CHECK_FALSE(put(699'999));
  CHECK(put(700'000));
  f.redis->Set(key, text("2026-01-15T09:30:00.7Z"));
  CHECK(put(700'001));
  f.redis->Set(key, text("2026-01-15 09:30:01"));
  CHECK_FALSE(put(999'999));
  CHECK(put(1'000'000));
  // No time of a change: the time of its creation counts.
  f.redis->Set(key, text("9999-01-01T00:00:00Z"));
  f.redis->Command({"DEL", "outdial-manager:expected:" + key});
  CHECK_FALSE(put(-1));
  CHECK(put(0));
}

TEST_CASE("redis: rubbish in a key is a miss, and goes when there is a copy", "[redis]") {
  Fixture f;
  const std::string key = "outdial:" + kOutdial.id().ToString();
  const auto rubbish = GENERATE(
      std::string("not JSON"), std::string("{}"), std::string("[]"), std::string("\"text\""),
      std::string("{\"id\":7}"), std::string("null"), std::string("\xff\xfe"), std::string(),
      std::string(R"({"id":"ee393330-964f-494d-9225-898ef59a2bfb"})"),
      std::string(R"({"tm_update":"yesterday","tm_create":7})"), std::string(2000, '['));
  CAPTURE(rubbish);
  f.redis->Set(key, rubbish);
  CHECK_FALSE(f.cache->GetOutdial(kOutdial.id()).has_value());
  f.Put({.outdials = {&kOutdial, 1}});
  CHECK(f.cache->GetOutdial(kOutdial.id()) == kOutdial);
  CHECK(f.cache->stats().errors == 0);
}

TEST_CASE("redis: keys that hold something else than texts do no harm", "[redis]") {
  Fixture f;
  const std::string key = "outdial:" + kOutdial.id().ToString();
  const std::string expected = "outdial-manager:expected:" + key;
  f.redis->Command({"RPUSH", key, "1"});
  f.redis->Command({"RPUSH", expected, "1"});
  CHECK_FALSE(f.cache->GetOutdial(kOutdial.id()).has_value());
  SECTION("put") {
    f.Put({.outdials = {&kOutdial, 1}});
    CHECK(f.cache->GetOutdial(kOutdial.id()) == kOutdial);
  }
  SECTION("expect") {
    f.cache->Expect({.outdials = {&kOutdial, 1}}, {});
    CHECK_FALSE(f.redis->Exists(key));
    CHECK(f.redis->Exists(expected));
  }
  CHECK(f.cache->stats().errors == 0);
}

TEST_CASE("redis: what a step costs", "[redis]") {
  Fixture f;
  constexpr std::uint64_t kCount = 50;  // a claim
  std::vector<OutdialTarget> targets;
  std::vector<OutdialTargetCall> calls;
  for (std::uint64_t i = 1; i <= kCount; ++i) {
    targets.emplace_back(TargetFields(i, kOutdial.id()));
    calls.emplace_back(CallFields(i, targets.back().id()));
  }
  auto round_trips = [&, last = f.cache->stats().round_trips]() mutable {
    const auto now = f.cache->stats().round_trips;
    return now - std::exchange(last, now);
  };
  f.redis->ResetCalls();
  f.cache->Expect({.targets = targets}, {});
  CHECK(round_trips() == 1);
  CHECK(f.redis->Calls("evalsha") == 1);
  f.Put({.targets = targets, .calls = calls});
  CHECK(round_trips() == 1);
  CHECK(f.redis->Calls("evalsha") == 3);
  f.cache->Withdraw({.targets = targets, .calls = calls});
  CHECK(round_trips() == 1);
  CHECK(f.redis->Calls("evalsha") == 5);

  f.redis->ResetCalls();
  CHECK(f.cache->GetOutdialTarget(targets.front().id()) == targets.front());
  CHECK(round_trips() == 1);
  CHECK(f.redis->Calls("get") == 1);
  CHECK(f.redis->Calls("evalsha") == 0);
  CHECK(f.redis->Calls("eval") == 0);

  const Stats stats = f.cache->stats();
  CHECK(stats.targets.hits == 1);
  CHECK(stats.targets.misses == 0);
  CHECK(stats.outdials.hits + stats.outdials.misses + stats.calls.hits + stats.calls.misses == 0);
}

TEST_CASE("redis: scripts that the server has forgotten are sent again", "[redis]") {
  Fixture f;
  f.redis->Command({"SCRIPT", "FLUSH"});
  f.cache->Expect({.outdials = {&kOutdial, 1}}, {});
  f.Put({.outdials = {&kOutdial, 1}});
  CHECK(f.cache->GetOutdial(kOutdial.id()) == kOutdial);
  CHECK(f.cache->stats().errors == 0);
  f.redis->ResetCalls();
  f.Put({.outdials = {&kOutdial, 1}});
  CHECK(f.redis->Calls("evalsha") == 1);
  CHECK(f.redis->Calls("eval") == 0);
}

TEST_CASE("redis: password and database", "[redis]") {
  constexpr char kPassword[] = "s3cret p@ss";
  test::RedisServer server({"--requirepass", kPassword});
  server.Start();
  Settings settings = SettingsFor(server.port());
  settings.password = kPassword;
  settings.database = 3;
  SECTION("right") {
    Cache cache(settings);
    REQUIRE(test::GetsOnline(cache));
    cache.Put({.outdials = {&kOutdial, 1}}, cache.Ticket());
    RedisClient redis(server.port());
    redis.Command({"AUTH", kPassword});
    CHECK_FALSE(redis.Exists("outdial:" + kOutdial.id().ToString()));
    redis.Command({"SELECT", "3"});
    CHECK(redis.Exists("outdial:" + kOutdial.id().ToString()));
  }
  SECTION("wrong") {
    settings.password = GENERATE(std::string(), std::string("wrong"));
    const Cache cache(settings);
    CHECK(test::Eventually([&] { return cache.stats().errors >= 2; }));
    CHECK_FALSE(cache.stats().online);
  }
  SECTION("no such database") {
    settings.database = 99;
    const Cache cache(settings);
    CHECK(test::Eventually([&] { return cache.stats().errors >= 2; }));
    CHECK_FALSE(cache.stats().online);
  }
}

TEST_CASE("redis: more threads than connections", "[redis]") {
  Fixture f;
  f.Put({.outdials = {&kOutdial, 1}});
  constexpr int kThreads = 12;
  constexpr int kReads = 200;
  std::vector<std::thread> threads;
  for (int i = 0; i < kThreads; ++i) {
    threads.emplace_back([&] {
      for (int j = 0; j < kReads; ++j) {
        f.cache->GetOutdial(kOutdial.id());
        if (j % 10 == 0) {
          f.cache->Expect({.outdials = {&kOutdial, 1}}, {});
          f.Put({.outdials = {&kOutdial, 1}});
        }
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  const Stats stats = f.cache->stats();
  CHECK(stats.outdials.hits == kThreads * kReads);
  CHECK(stats.errors == 0);
  CHECK(stats.connection_attempts == 3);
}

}  // namespace
}  // namespace outdial::redis
