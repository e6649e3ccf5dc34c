// Ids, texts, addresses, slots, pages and errors.
#include <cstdint>
#include <limits>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <type_traits>

#include "absl/status/status.h"
#include "outdial/entities/address.h"
#include "outdial/entities/error.h"
#include "outdial/entities/page.h"
#include "outdial/entities/slot.h"
#include "outdial/entities/text.h"
#include "outdial/entities/uuid.h"
#include "support/catch.h"

namespace outdial {
namespace {

static_assert(!std::is_convertible_v<OutdialId, OutdialTargetId>);
static_assert(!std::is_constructible_v<OutdialTargetId, OutdialId>);
static_assert(!std::is_default_constructible_v<Address>);

TEST_CASE("UUIDs are read in either case and written in lower case") {
  const auto uuid = Uuid::Parse("5E4A0680-804e-11EC-8477-2fea5968D85B");
  REQUIRE(uuid.has_value());
  CHECK(uuid->ToString() == "5e4a0680-804e-11ec-8477-2fea5968d85b");
  CHECK_FALSE(uuid->is_nil());
}

TEST_CASE("Only the canonical form is a UUID") {
  for (const std::string_view text :
       {"", "5e4a0680", "5e4a0680804e11ec84772fea5968d85b",
        "{5e4a0680-804e-11ec-8477-2fea5968d85b}", "5e4a0680-804e-11ec-8477-2fea5968d85",
        "5e4a0680-804e-11ec-8477-2fea5968d85bb", "5e4a0680-804e-11ec-8477-2fea5968d85g",
        "5e4a0680_804e_11ec_8477_2fea5968d85b", "-5e4a0680804e-11ec-8477-2fea5968d85b"}) {
    CAPTURE(text);
    CHECK_FALSE(Uuid::Parse(text).has_value());
  }
}

TEST_CASE("The UUID that is not set is nil") {
  CHECK(Uuid().is_nil());
  CHECK(Uuid().ToString() == "00000000-0000-0000-0000-000000000000");
  CHECK(OutdialId().is_nil());
}

TEST_CASE("Version 4 UUIDs carry their version and variant") {
  Uuid::Bytes ones;
  ones.fill(0xff);
  CHECK(Uuid::Version4(ones).ToString() == "ffffffff-ffff-4fff-bfff-ffffffffffff");
  CHECK(Uuid::Version4({}).ToString() == "00000000-0000-4000-8000-000000000000");
}

TEST_CASE("UTF-8 is valid as RFC 3629 says") {
  for (const std::string_view valid :
       {"", "plain", "\x7f", "\xc2\x80", "\xdf\xbf", "\xe0\xa0\x80", "\xed\x9f\xbf", "\xee\x80\x80",
        "\xf0\x90\x80\x80", "\xf4\x8f\xbf\xbf", "名前 😀"}) {
    CAPTURE(valid);
    CHECK(IsValidUtf8(valid));
  }
  for (const std::string_view invalid :
       {"\x80", "\xbf", "\xc0\x80", "\xc1\xbf", "\xc2", "\xc2\x7f", "\xc2\xc0", "\xe0\x9f\xbf",
        "\xe1\x80", "\xed\xa0\x80", "\xed\xbf\xbf", "\xf0\x8f\xbf\xbf", "\xf0\x90\x80",
        "\xf4\x90\x80\x80", "\xf5\x80\x80\x80", "\xff", "\xe2\x28\xa1", "\xf0\x90\x28\xbc",
        "ok\xe1\x80"}) {
    CAPTURE(invalid);
    CHECK_FALSE(IsValidUtf8(invalid));
  }
}

TEST_CASE("A name holds 255 characters, however many bytes they take") {
  std::string name;
  for (int i = 0; i < 255; ++i) name += "😀";
  REQUIRE(Name::Create("name", name).ok());
  CHECK(Name::Create("name", name)->value() == name);
  const auto too_long = Name::Create("name", name + "x");
  REQUIRE_FALSE(too_long.ok());
  CHECK(GetReason(too_long.status()) == Reason::kTextTooLong);
  CHECK(GetField(too_long.status()) == "name");
}

TEST_CASE("A text holds 65,535 bytes") {
  CHECK(Text::Create("data", std::string(65'535, 'x')).ok());
  CHECK(GetReason(Text::Create("data", std::string(65'536, 'x')).status()) == Reason::kTextTooLong);
  std::string wide;
  for (int i = 0; i < 32'768; ++i) wide += "é";
  CHECK(GetReason(Text::Create("data", wide).status()) == Reason::kTextTooLong);
}

TEST_CASE("A text that a database could cut is refused") {
  const auto with_nul = Text::Create("detail", std::string("a\0b", 3));
  CHECK(GetReason(with_nul.status()) == Reason::kTextHasNul);
  CHECK(GetField(with_nul.status()) == "detail");
  CHECK(GetReason(Text::Create("detail", "\xff").status()) == Reason::kTextNotUtf8);
}

TEST_CASE("An address with nothing in it is not set") {
  CHECK_FALSE(Address::FromStorage({}).has_value());
  const auto created = Address::Create("destination_0", {});
  REQUIRE(created.ok());
  CHECK_FALSE(created->has_value());
}

TEST_CASE("An address with any field is set and keeps it") {
  const Address::Fields tests[] = {{.type = "no such type"},
                                   {.target = "t"},
                                   {.target_name = "t"},
                                   {.name = "t"},
                                   {.detail = "t"}};
  for (const Address::Fields& fields : tests) {
    const auto address = Address::Create("destination_0", fields);
    REQUIRE(address.ok());
    REQUIRE(address->has_value());
    const Address::Fields read{.type = (*address)->type(),
                               .target = (*address)->target(),
                               .target_name = (*address)->target_name(),
                               .name = (*address)->name(),
                               .detail = (*address)->detail()};
    CHECK(read == fields);
  }
}

TEST_CASE("An error in an address names the destination and its field") {
  const auto bad = Address::Create("destination_2", {.target = "\xff"});
  CHECK(GetReason(bad.status()) == Reason::kTextNotUtf8);
  CHECK(GetField(bad.status()) == "destination_2.target");
  const auto long_name = Address::Create("destination_4", {.name = std::string(256, 'n')});
  CHECK(GetReason(long_name.status()) == Reason::kTextTooLong);
  CHECK(GetField(long_name.status()) == "destination_4.name");
}

TEST_CASE("A destination index is one of five") {
  for (std::int64_t i = 0; i < 5; ++i)
    CHECK(DestinationIndex::Create(i)->value() == static_cast<std::size_t>(i));
  for (const std::int64_t i :
       {std::int64_t{-1}, std::int64_t{5}, std::numeric_limits<std::int64_t>::max(),
        std::numeric_limits<std::int64_t>::min()}) {
    CAPTURE(i);
    CHECK(GetReason(DestinationIndex::Create(i).status()) == Reason::kDestinationIndexOutOfRange);
    CHECK(DestinationIndex::FromStorage(i) == DestinationIndex());
  }
}

TEST_CASE("A list's size has a default and a cap") {
  CHECK(*ListSize("limit", std::nullopt) == 100);
  CHECK(*ListSize("limit", 0) == 100);
  CHECK(*ListSize("limit", 1) == 1);
  CHECK(*ListSize("limit", 1000) == 1000);
  CHECK(*ListSize("limit", 1001) == 1000);
  CHECK(*ListSize("limit", std::numeric_limits<std::int64_t>::max()) == 1000);
  const auto negative = ListSize("page_size", -1);
  CHECK(GetReason(negative.status()) == Reason::kInvalidNumber);
  CHECK(GetField(negative.status()) == "page_size");
}

TEST_CASE("Every reason has a word of its own and survives in a status") {
  std::set<std::string_view> names;
  for (int i = 0; i <= static_cast<int>(Reason::kInternal); ++i) {
    const auto reason = static_cast<Reason>(i);
    CHECK(names.insert(ReasonName(reason)).second);
    const absl::Status status = MakeError(reason, "Something is wrong.", "a_field");
    CHECK(status.code() == ReasonCode(reason));
    CHECK(GetReason(status) == reason);
    CHECK(GetField(status) == "a_field");
    CHECK(std::string(status.message()) == "Something is wrong.");
  }
}

TEST_CASE("A status that is none of ours is internal") {
  CHECK(GetReason(absl::NotFoundError("a file")) == Reason::kInternal);
  CHECK(GetField(absl::NotFoundError("a file")).empty());
}

}  // namespace
}  // namespace outdial
