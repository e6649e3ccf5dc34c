#include "outdial/entities/text.h"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "outdial/entities/error.h"

namespace outdial {
namespace {

// How long the code point is that starts with `lead`, and the range of its second byte; the ranges
// keep out overlong forms, surrogates and code points above U+10FFFF (RFC 3629, section 4).
struct Sequence {
  std::size_t length;
  std::uint8_t second_min;
  std::uint8_t second_max;
};

constexpr Sequence SequenceOf(std::uint8_t lead) {
  if (lead < 0x80) return {1, 0, 0};
  if (lead >= 0xc2 && lead <= 0xdf) return {2, 0x80, 0xbf};
  if (lead == 0xe0) return {3, 0xa0, 0xbf};
  if (lead == 0xed) return {3, 0x80, 0x9f};
  if (lead >= 0xe1 && lead <= 0xef) return {3, 0x80, 0xbf};
  if (lead == 0xf0) return {4, 0x90, 0xbf};
  if (lead >= 0xf1 && lead <= 0xf3) return {4, 0x80, 0xbf};
  if (lead == 0xf4) return {4, 0x80, 0x8f};
  return {0, 0, 0};
}

// The number of code points; nullopt where `value` is not valid UTF-8.
std::optional<std::size_t> CountCodePoints(std::string_view value) {
  std::size_t count = 0;
  for (std::size_t i = 0; i < value.size(); ++count) {
    const Sequence sequence = SequenceOf(static_cast<std::uint8_t>(value[i]));
    if (sequence.length == 0 || value.size() - i < sequence.length) return std::nullopt;
    for (std::size_t k = 1; k < sequence.length; ++k) {
      const auto byte = static_cast<std::uint8_t>(value[i + k]);
      const std::uint8_t min = k == 1 ? sequence.second_min : 0x80;
      const std::uint8_t max = k == 1 ? sequence.second_max : 0xbf;
      if (byte < min || byte > max) return std::nullopt;
    }
    i += sequence.length;
  }
  return count;
}

}  // namespace

bool IsValidUtf8(std::string_view value) { return CountCodePoints(value).has_value(); }

absl::Status CheckText(std::string_view field, std::string_view value, const TextLimits& limits) {
  const std::string name(field);
  const std::optional<std::size_t> characters = CountCodePoints(value);
  if (!characters.has_value()) {
    return MakeError(Reason::kTextNotUtf8, absl::StrCat("The field ", name, " is not valid UTF-8."),
                     field);
  }
  if (value.find('\0') != std::string_view::npos) {
    return MakeError(
        Reason::kTextHasNul,
        absl::StrCat("The field ", name, " contains a NUL character, which cannot be stored."),
        field);
  }
  if (*characters > limits.max_characters) {
    return MakeError(
        Reason::kTextTooLong,
        absl::StrCat("The field ", name, " is longer than ", limits.max_characters, " characters."),
        field);
  }
  if (value.size() > limits.max_bytes) {
    return MakeError(
        Reason::kTextTooLong,
        absl::StrCat("The field ", name, " is longer than ", limits.max_bytes, " bytes."), field);
  }
  return absl::OkStatus();
}

}  // namespace outdial
