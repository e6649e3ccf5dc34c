#include "query.h"

#include <algorithm>
#include <charconv>
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "outdial/entities/error.h"
#include "outdial/entities/text.h"
#include "safe_text.h"

namespace outdial::router {
namespace {

// nullopt for a malformed escape, and for what is not valid UTF-8 without NUL.
std::optional<std::string> Decode(std::string_view text) {
  constexpr std::size_t kHexDigits = 2;
  std::string decoded;
  decoded.reserve(text.size());
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '+') {
      decoded.push_back(' ');
    } else if (text[i] == '%') {
      const std::string_view digits = text.substr(i + 1, kHexDigits);
      unsigned char byte = 0;
      const char* const end = digits.data() + digits.size();
      const auto [last, error] = std::from_chars(digits.data(), end, byte, 16);
      if (digits.size() != kHexDigits || error != std::errc() || last != end) return std::nullopt;
      decoded.push_back(static_cast<char>(byte));
      i += kHexDigits;
    } else {
      decoded.push_back(text[i]);
    }
  }
  if (decoded.find('\0') != std::string::npos || !IsValidUtf8(decoded)) return std::nullopt;
  return decoded;
}

absl::Status InvalidQuery(std::string_view key, std::string_view problem) {
  const std::string name = SafeText(key);
  return MakeError(Reason::kInvalidQuery,
                   absl::StrCat("The query's ", name, " ", std::string(problem), "."), name);
}

}  // namespace

absl::StatusOr<Query> ParseQuery(std::string_view text) {
  Query query;
  while (!text.empty()) {
    const std::string_view pair = text.substr(0, text.find('&'));
    text.remove_prefix(std::min(pair.size() + 1, text.size()));
    if (pair.empty()) continue;

    const std::string_view raw_key = pair.substr(0, pair.find('='));
    const std::string_view raw_value = pair.substr(std::min(raw_key.size() + 1, pair.size()));
    std::optional<std::string> key = Decode(raw_key);
    std::optional<std::string> value = Decode(raw_value);
    if (!key.has_value()) return InvalidQuery(raw_key, "is not a valid name");
    if (!value.has_value()) {
      return InvalidQuery(*key, "has a value that is not percent-encoded UTF-8 text");
    }
    const auto [position, is_new] = query.try_emplace(*std::move(key), *std::move(value));
    if (!is_new) return InvalidQuery(position->first, "is given twice");
  }
  return query;
}

}  // namespace outdial::router
