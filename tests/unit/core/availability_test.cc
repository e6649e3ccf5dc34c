#include "outdial/entities/availability.h"

#include <cstddef>
#include <cstdint>
#include <limits>
#include <optional>
#include <string_view>

#include "outdial/entities/address.h"
#include "outdial/entities/slot.h"
#include "rapidcheck.h"
#include "support/catch.h"

namespace outdial {
namespace {

const std::optional<Address> kSomewhere =
    Address::FromStorage({.type = "tel", .target = "+15551230001"});
constexpr std::int32_t kMaxCount = std::numeric_limits<std::int32_t>::max();

std::optional<std::size_t> LowestOf(const Slots& slots, const TryThresholds& thresholds) {
  const auto index = Signature(slots).LowestEligible(thresholds);
  return index.has_value() ? std::optional(index->value()) : std::nullopt;
}

TEST_CASE("A slot is eligible while it is set and below its threshold") {
  const Slots slots = {Slot{kSomewhere, 2}, Slot{std::nullopt, 0}, Slot{kSomewhere, 0}, Slot{},
                       Slot{}};
  CHECK(LowestOf(slots, {3, 0, 0, 0, 0}) == 0);
  CHECK(LowestOf(slots, {2, 0, 0, 0, 0}) == std::nullopt);
  CHECK(LowestOf(slots, {2, 0, 1, 0, 0}) == 2);
  CHECK(LowestOf(slots, {3, 9, 1, 0, 0}) == 0);
  CHECK(LowestOf(slots, {0, 9, 0, 9, 9}) == std::nullopt);
  CHECK(LowestOf(slots, {}) == std::nullopt);
}

TEST_CASE("A negative threshold makes its slot ineligible and nothing more") {
  const Slots slots = {Slot{kSomewhere, -7}, Slot{kSomewhere, 0}, Slot{}, Slot{}, Slot{}};
  CHECK(LowestOf(slots, {-1, 1, 0, 0, 0}) == 1);
  CHECK(LowestOf(slots, {-1, 0, 0, 0, 0}) == std::nullopt);
}

TEST_CASE("The largest counts and thresholds compare as numbers") {
  const Slots slots = {Slot{kSomewhere, kMaxCount}, Slot{}, Slot{}, Slot{}, Slot{}};
  CHECK(LowestOf(slots, {kMaxCount, 0, 0, 0, 0}) == std::nullopt);
  CHECK(LowestOf(slots, {std::int64_t{kMaxCount} + 1, 0, 0, 0, 0}) == 0);
  CHECK(LowestOf(slots, {std::numeric_limits<std::int64_t>::max(), 0, 0, 0, 0}) == 0);
}

TEST_CASE("A signature's text has eight digits for each slot") {
  const Slots slots = {Slot{kSomewhere, 0}, Slot{std::nullopt, 3}, Slot{kSomewhere, 26},
                       Slot{kSomewhere, -1}, Slot{kSomewhere, kMaxCount}};
  CHECK(Signature(slots).ToText() == "00000000--------0000001affffffff7fffffff");
}

TEST_CASE("A signature is read from its text alone") {
  for (const std::string_view text :
       {"", "00000000", "0000000000000000000000000000000000000000x",
        "0000000g--------------------------------", "-------0--------------------------------",
        "+0000000--------------------------------", "0x000000--------------------------------"}) {
    CAPTURE(text);
    CHECK_FALSE(Signature::FromText(text).has_value());
  }
}

TEST_CASE("A signature's text keeps all of it") {
  CHECK(rc::check([] {
    Slots slots;
    for (Slot& slot : slots) {
      if (*rc::gen::arbitrary<bool>()) slot.address = kSomewhere;
      slot.try_count = *rc::gen::arbitrary<std::int32_t>();
    }
    const Signature signature(slots);
    RC_ASSERT(Signature::FromText(signature.ToText()) == signature);
  }));
}

}  // namespace
}  // namespace outdial
