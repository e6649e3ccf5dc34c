// Telephone numbers. The first byte of an input says of which region.
#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "fuzz.h"
#include "outdial/phonenumber/number_normalizer.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  constexpr std::array<std::string_view, 8> kRegions = {"US", "DE", "GB", "KR",
                                                        "IT", "AR", "MX", "CI"};
  constexpr std::size_t kMaxDigits = 15;
  if (size == 0) return 0;
  outdial::phonenumber::NumberNormalizer normalizer;
  const std::string_view region = kRegions[data[0] % kRegions.size()];
  const auto number = normalizer.Normalize(outdial::fuzz::ToText(data + 1, size - 1), region);
  if (!number.ok()) {
    OUTDIAL_FUZZ_CHECK(outdial::GetReason(number.status()) == outdial::Reason::kInvalidPhoneNumber);
    return 0;
  }
  OUTDIAL_FUZZ_CHECK(number->starts_with('+'));
  OUTDIAL_FUZZ_CHECK(number->size() > 1 && number->size() <= kMaxDigits + 1);
  OUTDIAL_FUZZ_CHECK(
      std::all_of(number->begin() + 1, number->end(), [](char c) { return c >= '0' && c <= '9'; }));
  // One number has one form, wherever it is read.
  for (const std::string_view other : {region, kRegions.front()}) {
    const auto again = normalizer.Normalize(*number, other);
    OUTDIAL_FUZZ_CHECK(again.ok());
    OUTDIAL_FUZZ_CHECK(*again == *number);
  }
  return 0;
}
