// Two destinations are the same where their keys are.
#include "outdial/entities/destination_key.h"

#include <optional>
#include <string>
#include <vector>

#include "absl/time/time.h"
#include "outdial/entities/text.h"
#include "support/catch.h"

namespace outdial {
namespace {

std::string KeyOf(const std::string& type, const std::string& target) {
  const auto address = Address::FromStorage({.type = type, .target = target, .name = "Ann"});
  const auto key = DestinationKey::Of(*address);
  return key.has_value() ? key->value() : "none";
}

TEST_CASE("destination key: a number has one, in whatever notation") {
  for (const char* number :
       {"+15551230001", "+1 555 123-0001", "+1 (555) 123.0001", "+1/555/1230001",
        "\t+1\u00a0555\u00a01230001 ", "\u202a+1\u2011555\u2011123\u22120001\u202c"}) {
    CHECK(KeyOf("tel", number) == "tel:+15551230001");
  }
  CHECK(KeyOf("tel", "0151/234-567") == "tel:0151234567");
  // Without its country code nobody knows whether it is the same.
  CHECK(KeyOf("tel", "15551230001") != KeyOf("tel", "+15551230001"));
  CHECK(KeyOf("tel", "+1555123 ext. 7") == "tel:+1555123ext7");
  CHECK(KeyOf("tel", "-") == "tel:-");
}

TEST_CASE("destination key: any other destination is taken as it is") {
  CHECK(KeyOf("sip", "sip:ann-1@example.com") == "sip:sip:ann-1@example.com");
  CHECK(KeyOf("", "+1 5") == ":+1 5");
  CHECK(KeyOf("tel", "") == "none");
}

TEST_CASE("destination key: a long one is bounded, and its own") {
  const std::string longest(DestinationKey::kMaxBytes - 4, 'x');
  CHECK(KeyOf("sip", longest) == "sip:" + longest);
  const std::string a = KeyOf("sip", longest + "a");
  CHECK(a.size() == DestinationKey::kMaxBytes);
  CHECK(a == "sip:" + std::string(108, 'x') + "e0ac591f03d6a3cc");  // as it has always been
  CHECK(a != KeyOf("sip", longest + "b"));
  CHECK(a != KeyOf("sip", std::string(65'535, 'x')));
  // It is cut between two characters, wherever that is.
  for (const char* before : {"", "x", "xx", "xxx"}) {
    std::string text = before;
    for (int i = 0; i < 40; ++i) text += "\U0001F4DE";
    const std::string key = KeyOf("sip", text);
    CHECK(IsValidUtf8(key));
    CHECK(key.size() <= DestinationKey::kMaxBytes);
  }
}

TEST_CASE("destination key: a target has those of its destinations, each once") {
  NewOutdialTarget values;
  values.destinations[0] = Address::FromStorage({.type = "tel", .target = "+2"});
  values.destinations[1] = Address::FromStorage({.type = "tel", .name = "nobody"});
  values.destinations[2] = Address::FromStorage({.type = "tel", .target = "+1"});
  values.destinations[4] = Address::FromStorage({.type = "tel", .target = "+ 2"});
  const OutdialTarget target({}, {}, values, absl::UnixEpoch());
  std::vector<std::string> keys;
  for (const DestinationKey& key : DestinationKeysOf(target)) keys.push_back(key.value());
  CHECK(keys == std::vector<std::string>{"tel:+1", "tel:+2"});
}

TEST_CASE("destination key: targets whom nobody can call are the same where all of them is") {
  const auto key_of = [](const std::string& name, const std::string& detail,
                         std::optional<Address> address = std::nullopt) {
    const OutdialTarget target({}, {},
                               {.name = Name::FromStorage(name),
                                .detail = Text::FromStorage(detail),
                                .destinations = {std::move(address)}},
                               absl::UnixEpoch());
    const auto keys = DestinationKeysOf(target);
    REQUIRE(keys.size() == 1);
    return keys[0].value();
  };
  const std::string ann = key_of("Ann", "");
  CHECK(ann == "nobody 04e5ec9652094113");
  CHECK(ann == key_of("Ann", ""));
  CHECK(ann != key_of("An", "n"));
  CHECK(ann != key_of("", "Ann"));
  CHECK(ann != key_of("Ann", "", Address::FromStorage({.type = "tel", .name = "Ann"})));
}

}  // namespace
}  // namespace outdial
