#include "outdial/memory/number_normalizer.h"

#include <algorithm>
#include <array>
#include <cstddef>

#include "outdial/entities/error.h"

namespace outdial::memory {
namespace {

struct Region {
  std::string_view name;
  std::string_view country_code;
  std::string_view trunk_prefix;  // what numbers begin with inside of the country; may be empty
};

constexpr std::array<Region, 4> kRegions = {
    {{"DE", "49", "0"}, {"GB", "44", "0"}, {"KR", "82", "0"}, {"US", "1", ""}}};
constexpr std::size_t kMinDigits = 7;
constexpr std::size_t kMaxDigits = 15;
constexpr std::size_t kMaxAreaDigits = 8;  // of a country and an area, in front of a slash

const Region* Find(std::string_view name) {
  const auto* const found = std::find_if(kRegions.begin(), kRegions.end(),
                                         [&](const Region& region) { return region.name == name; });
  return found == kRegions.end() ? nullptr : found;
}

absl::Status Invalid() {
  return MakeError(Reason::kInvalidPhoneNumber, "This is not a telephone number.");
}

}  // namespace

bool NumberNormalizer::IsRegion(std::string_view region) { return Find(region) != nullptr; }

absl::StatusOr<std::string> NumberNormalizer::Normalize(std::string_view number,
                                                        std::string_view region) {
  std::string digits;
  bool international = false;
  for (const char c : number) {
    if (c >= '0' && c <= '9') {
      digits += c;
    } else if (c == '+' && digits.empty() && !international) {
      international = true;
    } else if (std::string_view(" -./()").find(c) == std::string_view::npos ||
               (c == '/' && digits.size() > kMaxAreaDigits)) {  // a second number
      return Invalid();
    }
  }
  if (!international) {
    const Region* const known = Find(region);
    if (known == nullptr) return Invalid();
    if (digits.starts_with(known->trunk_prefix)) digits.erase(0, known->trunk_prefix.size());
    digits.insert(0, known->country_code);
  }
  if (digits.size() < kMinDigits || digits.size() > kMaxDigits) return Invalid();
  return "+" + digits;
}

}  // namespace outdial::memory
