#include "outdial/wire/destination_text.h"

#include <algorithm>
#include <array>
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

#include "absl/status/statusor.h"
#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "outdial/entities/address.h"
#include "outdial/entities/error.h"
#include "outdial/wire/entity_json.h"
#include "outdial/wire/json.h"

namespace outdial::wire {
namespace {

// Of addresses. A cell may hold other words before a colon: "mobile: 030 123456".
constexpr std::array<std::string_view, 12> kTypes = {
    "agent", "ai",  "ai_team", "conference", "email",       "extension",
    "line",  "sip", "tel",     "webchat",    "web_session", "whatsapp"};

bool IsSip(std::string_view scheme) { return scheme == "sip" || scheme == "sips"; }

// The word before the colon; empty where it is no type. The schemes of URIs may be in any case.
std::string SchemeOf(std::string_view text) {
  const std::size_t colon = text.find(':');
  if (colon == std::string_view::npos) return "";
  std::string word(text.substr(0, colon));
  std::string lower = absl::AsciiStrToLower(word);
  if (lower == "tel" || IsSip(lower)) return lower;
  return std::find(kTypes.begin(), kTypes.end(), word) != kTypes.end() ? word : "";
}

// Many more than an address has.
constexpr std::size_t kMaxAddressValues = 100;

}  // namespace

bool NamesDestinationType(std::string_view text) {
  return text.starts_with('{') || !SchemeOf(text).empty();
}

absl::StatusOr<std::optional<Address>> ParseDestination(std::string_view field,
                                                        const std::string& text) {
  if (text.starts_with('{')) {
    const auto json = ParseJson(text, kMaxAddressValues);
    if (!json.ok()) {
      return MakeError(GetReason(json.status()),
                       absl::StrCat(std::string(field),
                                    " begins as a JSON address and is none, such as "
                                    "{\"type\":\"tel\",\"target\":\"+15551234567\"}."),
                       field);
    }
    return CheckedAddressFromJson(field, *json);
  }
  const std::string scheme = SchemeOf(text);
  if (scheme.empty() || scheme.size() + 1 == text.size()) {
    return MakeError(
        Reason::kWrongType,
        "Not a destination: write tel:+15551234567, sip:alice@example.com, or a JSON address.",
        field);
  }
  if (IsSip(scheme)) return Address::Create(field, {.type = "sip", .target = text});
  return Address::Create(field, {.type = scheme, .target = text.substr(scheme.size() + 1)});
}

}  // namespace outdial::wire
