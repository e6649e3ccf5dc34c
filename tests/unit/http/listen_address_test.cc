#include "outdial/http/listen_address.h"

#include <string>

#include "absl/status/status.h"
#include "support/catch.h"

namespace outdial::http {
namespace {

ListenAddress Resolve(const std::string& text) {
  const auto address = ListenAddress::Resolve(text);
  INFO(text);
  REQUIRE(address.ok());
  return *address;
}

TEST_CASE("addresses are read as people write them") {
  CHECK(Resolve("127.0.0.1:8080").ToString() == "127.0.0.1:8080");
  CHECK(Resolve("[::1]:8080").ToString() == "[::1]:8080");
  CHECK(Resolve("0.0.0.0:0").ToString() == "0.0.0.0:0");
  CHECK(Resolve("localhost:65535").ToString() == "127.0.0.1:65535");
  CHECK(Resolve(":8080").port() == 8080);
}

TEST_CASE("what is no address is refused") {
  for (const char* text :
       {"", ":", "8080", "127.0.0.1", "127.0.0.1:", "127.0.0.1:x", "127.0.0.1:8080 ",
        "127.0.0.1: 80", "127.0.0.1:+80", "127.0.0.1:65536", "127.0.0.1:-1", "::1:80", "[::1]",
        "[::1", "[]:80", "[localhost]:80", "[127.0.0.1:80", "a:b:80"}) {
    INFO(text);
    CHECK(absl::IsInvalidArgument(ListenAddress::Resolve(text).status()));
  }
  CHECK(absl::IsNotFound(ListenAddress::Resolve("no-such-host.invalid:80").status()));
}

TEST_CASE("only loopback needs no token") {
  for (const char* text :
       {"127.0.0.1:80", "127.255.0.1:80", "[::1]:80", "localhost:80", "[::ffff:127.0.0.1]:80"}) {
    INFO(text);
    CHECK(Resolve(text).IsLoopback());
    CHECK(CheckExposure(Resolve(text), "").ok());
  }
  for (const char* text : {":80", "0.0.0.0:80", "[::]:80", "128.0.0.1:80", "10.0.0.1:80",
                           "[fe80::1]:80", "[::ffff:10.0.0.1]:80", "[::2]:80"}) {
    INFO(text);
    CHECK_FALSE(Resolve(text).IsLoopback());
    CHECK(absl::IsFailedPrecondition(CheckExposure(Resolve(text), "")));
    CHECK(CheckExposure(Resolve(text), "token").ok());
  }
}

}  // namespace
}  // namespace outdial::http
