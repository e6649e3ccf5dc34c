#include "outdial/entities/availability.h"

#include <charconv>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <system_error>

#include "absl/strings/str_cat.h"

namespace outdial {
namespace {

constexpr std::size_t kDigits = 8;
constexpr std::string_view kUnset = "--------";

}  // namespace

Signature::Signature(const Slots& slots) {
  for (std::size_t i = 0; i < kSlotCount; ++i) {
    if (slots[i].address.has_value()) try_counts_[i] = slots[i].try_count;
  }
}

std::optional<Signature> Signature::FromText(std::string_view text) {
  if (text.size() != kSlotCount * kDigits) return std::nullopt;
  Signature signature;
  for (std::size_t i = 0; i < kSlotCount; ++i) {
    const std::string_view part = text.substr(i * kDigits, kDigits);
    if (part == kUnset) continue;
    std::uint32_t bits = 0;
    const char* const end = part.data() + part.size();
    const auto [parsed_to, error] = std::from_chars(part.data(), end, bits, 16);
    if (error != std::errc() || parsed_to != end) return std::nullopt;
    signature.try_counts_[i] = static_cast<std::int32_t>(bits);
  }
  return signature;
}

std::string Signature::ToText() const {
  std::string text;
  text.reserve(kSlotCount * kDigits);
  for (const std::optional<std::int32_t>& try_count : try_counts_) {
    if (try_count.has_value()) {
      absl::StrAppend(&text, absl::Hex(static_cast<std::uint32_t>(*try_count), absl::kZeroPad8));
    } else {
      text += kUnset;
    }
  }
  return text;
}

std::optional<DestinationIndex> Signature::LowestEligible(const TryThresholds& thresholds) const {
  for (std::size_t i = 0; i < kSlotCount; ++i) {
    // A negative threshold makes the slot ineligible, also where the stored count is lower still.
    if (try_counts_[i].has_value() && thresholds[i] >= 0 && *try_counts_[i] < thresholds[i]) {
      return DestinationIndex::FromStorage(static_cast<std::int64_t>(i));
    }
  }
  return std::nullopt;
}

}  // namespace outdial
