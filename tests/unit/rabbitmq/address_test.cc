#include "outdial/rabbitmq/address.h"

#include <string>

#include "support/catch.h"

namespace outdial::rabbitmq {
namespace {

Address Parse(const std::string& text) {
  INFO(text);
  const auto address = ParseAddress(text);
  REQUIRE(address.ok());
  return *address;
}

TEST_CASE("a broker's address") {
  const Address address = Parse("amqp://user:secret@broker.example:1234/calls");
  CHECK(address.host == "broker.example");
  CHECK(address.port == 1234);
  CHECK(address.user == "user");
  CHECK(address.password == "secret");
  CHECK(address.virtual_host == "calls");
  CHECK_FALSE(address.tls.has_value());
}

TEST_CASE("what a broker's address leaves out") {
  for (const std::string text : {"amqp://", "amqp:///", "amqp://localhost", "amqp://localhost/",
                                 "amqp://guest:guest@localhost:5672/%2f", "amqp://:5672/"}) {
    const Address address = Parse(text);
    CHECK(address.host == "localhost");
    CHECK(address.port == 5672);
    CHECK(address.user == "guest");
    CHECK(address.password == "guest");
    CHECK(address.virtual_host == "/");
  }
  CHECK(Parse("amqp://user@h").user == "user");
  CHECK(Parse("amqp://user@h").password == "");
  CHECK(Parse("amqps://h").port == 5671);
}

TEST_CASE("what is encoded in a broker's address") {
  const Address address = Parse("amqp://u%40x:p%3A%2F%3f%25@h/a%2Fb%20c");
  CHECK(address.user == "u@x");
  CHECK(address.password == "p:/?%");
  CHECK(address.virtual_host == "a/b c");
  // The last @ separates, a colon after the first one is the password's.
  CHECK(Parse("amqp://u:p@:q@h").password == "p@:q");
  CHECK(Parse("amqp://u:p@h/a/b").virtual_host == "a/b");
}

TEST_CASE("a broker at an IPv6 address") {
  CHECK(Parse("amqp://[::1]").host == "::1");
  CHECK(Parse("amqp://[::1]").port == 5672);
  CHECK(Parse("amqp://u:p@[2001:db8::1]:1234/v").host == "2001:db8::1");
  CHECK(Parse("amqp://u:p@[2001:db8::1]:1234/v").port == 1234);
}

TEST_CASE("the parameters of a broker's address") {
  const Address plain = Parse("amqps://h");
  REQUIRE(plain.tls.has_value());
  CHECK(plain.tls->ca_file == "");
  CHECK(plain.tls->verify);
  const Address address = Parse(
      "amqps://h/v?heartbeat=10&cacertfile=/a%20b/ca.pem&certfile=c.pem&keyfile=k.pem"
      "&verify=verify_none&connection_timeout=5000&&x");
  REQUIRE(address.tls.has_value());
  CHECK(address.virtual_host == "v");
  CHECK(address.tls->ca_file == "/a b/ca.pem");
  CHECK(address.tls->cert_file == "c.pem");
  CHECK(address.tls->key_file == "k.pem");
  CHECK_FALSE(address.tls->verify);
  CHECK(Parse("amqps://h?verify=verify_peer").tls->verify);
  CHECK_FALSE(Parse("amqp://h?verify=verify_none").tls.has_value());
}

TEST_CASE("what is no broker's address is refused without being repeated") {
  for (const std::string text : {"",
                                 "hush",
                                 "hush:5672",
                                 "http://hush",
                                 "AMQP://hush",
                                 "amqp:/hush",
                                 "amqp://hush:",
                                 "amqp://hush:port",
                                 "amqp://hush:0",
                                 "amqp://hush:65536",
                                 "amqp://hush:-1",
                                 "amqp://hush:56 72",
                                 "amqp://hu sh",
                                 "amqp://[::1",
                                 "amqp://[]",
                                 "amqp://[::1]hush",
                                 "amqp://[::1]:",
                                 "amqp://::1",
                                 "amqp://u:hush%@h",
                                 "amqp://u:hush%2@h",
                                 "amqp://u:hush%2x@h",
                                 "amqp://u:hush%00@h",
                                 "amqp://h/hush%",
                                 "amqp://h/%00",
                                 "amqp://hush%41",
                                 "amqps://h?verify=hush",
                                 "amqps://h?verify=",
                                 "amqps://h?certfile=hush",
                                 "amqps://h?keyfile=hush",
                                 "amqps://h?cacertfile=hush%",
                                 "amqp://h?verify=hush"}) {
    INFO(text);
    const auto address = ParseAddress(text);
    REQUIRE_FALSE(address.ok());
    CHECK(absl::IsInvalidArgument(address.status()));
    const std::string message(address.status().message());
    CHECK_FALSE(message.empty());
    CHECK(message.find("hush") == std::string::npos);
  }
}

}  // namespace
}  // namespace outdial::rabbitmq
