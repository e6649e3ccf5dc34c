// The contract suite of the cache, over a real Redis server.
#include <memory>
#include <vector>

#include "contract/suite/port_implementations.h"
#include "integration/redis/redis_client.h"
#include "outdial/redis/cache.h"
#include "support/servers.h"

namespace outdial::contract {

std::vector<CacheImplementation> CacheImplementations() {
  return {{"redis", [] {
             // Not the one that tests share: the suite's caches hold nothing at first.
             static test::RedisServer server;
             static const bool started = (server.Start(), true);
             REQUIRE(started);
             test::RedisClient(server.port()).Command({"FLUSHALL"});
             auto cache = std::make_unique<redis::Cache>(test::SettingsFor(server.port()));
             REQUIRE(test::GetsOnline(*cache));
             return cache;
           }}};
}

}  // namespace outdial::contract
