// Steps of several processes in an order that luck would seldom give. Each cache stands for a
// process; the commits that the steps belong to are told in comments.
#include <optional>
#include <string>

#include "contract/suite/values.h"
#include "integration/redis/redis_client.h"
#include "outdial/redis/cache.h"
#include "support/catch.h"
#include "support/servers.h"

namespace outdial::redis {
namespace {

using namespace contract;  // NOLINT(google-build-using-namespace): the values of all tests
using test::RedisClient;
using test::SettingsFor;

OutdialTarget Version(int version) {
  OutdialTarget::Fields fields = TargetFields(1, IdOf<OutdialId>(1));
  fields.tm_create = At(0);
  fields.tm_update = At(version);
  fields.slots[0].try_count = version;
  return OutdialTarget(fields);
}

const OutdialTargetId kId = Version(0).id();
const std::string kKey = "outdialtarget:" + kId.ToString();

// One process that uses the cache.
class Writer {
 public:
  explicit Writer(int port) : cache(SettingsFor(port)) { REQUIRE(test::GetsOnline(cache)); }

  // As the services do it, one step at a time.
  void Begin() { ticket_ = cache.Ticket(); }
  void Expect(int version) {
    const OutdialTarget target = Version(version);
    cache.Expect({.targets = {&target, 1}}, {});
  }
  void Put(int version) {
    const OutdialTarget target = Version(version);
    cache.Put({.targets = {&target, 1}}, ticket_);
  }
  void Fill(int version) {
    const OutdialTarget target = Version(version);
    cache.Fill({.targets = {&target, 1}}, ticket_);
  }
  // The version that a reader gets; nullopt for a miss.
  std::optional<int> Get() {
    const auto copy = cache.GetOutdialTarget(kId);
    if (!copy.has_value()) return std::nullopt;
    return static_cast<int>(copy->fields().slots[0].try_count);
  }

  Cache cache;

 private:
  CacheTicket ticket_;
};

struct Fixture {
  Fixture() {
    server.Start();
    redis.emplace(server.port());
    a.emplace(server.port());
    b.emplace(server.port());
  }

  // The server forgets everything, and both processes have got over it.
  void Restart() {
    redis.reset();
    server.Kill();
    server.Start();
    redis.emplace(server.port());
    for (Writer* writer : {&*a, &*b}) {
      REQUIRE(test::Eventually([&] {
        writer->Get();
        return writer->cache.stats().reconnects > 0 && writer->cache.stats().online;
      }));
    }
  }

  test::RedisServer server;
  std::optional<RedisClient> redis;
  std::optional<Writer> a;
  std::optional<Writer> b;
};

TEST_CASE("redis order: a writer that puts late", "[redis]") {
  Fixture f;
  f.a->Begin();
  f.a->Expect(2);
  // A commits 2.
  f.b->Begin();
  f.b->Expect(3);
  // B commits 3.
  SECTION("after the other has put") {
    f.b->Put(3);
    f.a->Put(2);
    CHECK(f.b->Get() == 3);
  }
  SECTION("before the other has put") {
    f.a->Put(2);
    CHECK(f.b->Get() == std::nullopt);
    f.b->Put(3);
    CHECK(f.a->Get() == 3);
  }
  SECTION("when the other has died instead") {
    f.a->Put(2);
    CHECK(f.a->Get() == std::nullopt);
  }
  SECTION("when the other's copy was evicted") {
    f.b->Put(3);
    f.redis->Command({"DEL", kKey});
    f.a->Put(2);
    CHECK(f.a->Get() == std::nullopt);
  }
}

TEST_CASE("redis order: a writer that expects late", "[redis]") {
  Fixture f;
  f.a->Begin();
  f.b->Begin();
  f.b->Expect(3);
  SECTION("after the other has put") {
    f.b->Put(3);
    // Its transaction is rolled back: nothing is newer than 3.
    f.a->Expect(2);
    CHECK(f.b->Get() == 3);
    f.a->Put(2);
    CHECK(f.b->Get() == 3);
  }
  SECTION("before the other has put") {
    f.a->Expect(2);
    f.a->Put(2);
    CHECK(f.b->Get() == std::nullopt);
    f.b->Put(3);
    CHECK(f.b->Get() == 3);
  }
}

TEST_CASE("redis order: a reader that fills in late", "[redis]") {
  Fixture f;
  f.a->Begin();
  // A reads 1.
  f.b->Begin();
  f.b->Expect(2);
  SECTION("before the commit") {
    f.a->Fill(1);
    CHECK(f.a->Get() == std::nullopt);
    f.b->Put(2);
    CHECK(f.a->Get() == 2);
  }
  SECTION("after the commit") {
    f.b->Put(2);
    f.a->Fill(1);
    CHECK(f.a->Get() == 2);
  }
}

TEST_CASE("redis order: a server that was restarted and forgot what is expected", "[redis]") {
  Fixture f;
  SECTION("a reader from before") {
    f.a->Begin();
    // A reads 1.
    f.b->Begin();
    f.b->Expect(2);
    f.b->Put(2);
    f.Restart();
    f.a->Fill(1);
    CHECK(f.a->Get() == std::nullopt);
    CHECK(f.b->Get() == std::nullopt);
  }
  SECTION("a writer from before, when another has changed the same since") {
    f.a->Begin();
    f.a->Expect(2);
    f.b->Begin();
    f.b->Expect(3);
    f.b->Put(3);
    f.Restart();
    f.a->Put(2);
    CHECK(f.a->Get() == std::nullopt);
  }
  SECTION("a reader from after, and a writer whose expectation is lost") {
    f.b->Begin();
    f.b->Expect(2);
    f.Restart();
    f.a->Begin();
    // A reads 1; B commits 2.
    SECTION("who puts before") {
      f.b->Put(2);
      f.a->Fill(1);
      CHECK(f.a->Get() == std::nullopt);
    }
    SECTION("who puts after") {
      f.a->Fill(1);
      f.b->Put(2);
      CHECK(f.a->Get() == std::nullopt);
    }
  }
  // Who begins now is not held up by it.
  f.a->Begin();
  f.a->Expect(4);
  f.a->Put(4);
  CHECK(f.b->Get() == 4);
}

TEST_CASE("redis order: somebody has emptied the server", "[redis]") {
  Fixture f;
  f.a->Begin();
  // A reads 1.
  f.b->Begin();
  f.b->Expect(2);
  f.b->Put(2);
  f.redis->Command({"FLUSHALL"});
  f.a->Fill(1);
  CHECK(f.b->Get() == std::nullopt);
  f.a->Begin();
  f.a->Fill(2);
  CHECK(f.b->Get() == 2);
}

}  // namespace
}  // namespace outdial::redis
