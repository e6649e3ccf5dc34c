#include "outdial/redis/address.h"

#include <string>

#include "support/catch.h"

namespace outdial::redis {
namespace {

TEST_CASE("redis address: host and port") {
  CHECK(*ParseAddress("127.0.0.1:6379") == Address{"127.0.0.1", 6379});
  CHECK(*ParseAddress("redis.internal:1") == Address{"redis.internal", 1});
  CHECK(*ParseAddress("[::1]:65535") == Address{"::1", 65535});
}

TEST_CASE("redis address: anything else is refused, and not repeated") {
  for (const std::string text :
       {"", ":", "redis", "redis:", ":6379", "redis:0", "redis:65536", "redis:-1", "redis:+1",
        "redis: 6379", "redis:6379 ", "::1:6379", "[]:6379", "[::1]6379", "[redis:6379", "a b:1",
        "redis://secret@host:6379", "secret@host:6379", "host/secret:6379"}) {
    CAPTURE(text);
    const auto address = ParseAddress(text);
    REQUIRE_FALSE(address.ok());
    CHECK(address.status().message() == "It must be host:port.");
  }
}

}  // namespace
}  // namespace outdial::redis
