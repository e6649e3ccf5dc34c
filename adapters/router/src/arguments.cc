#include "arguments.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <cstdint>
#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>
#include <system_error>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "outdial/entities/error.h"
#include "outdial/entities/page.h"
#include "outdial/entities/timestamp.h"
#include "outdial/wire/json.h"
#include "safe_text.h"

namespace outdial::router {
namespace {

constexpr std::string_view kPageSize = "page_size";
constexpr std::string_view kPageToken = "page_token";

constexpr std::string_view kMustBeInteger = "must be an integer of 64 bits";

std::optional<bool> ParseBoolean(std::string_view word) {
  if (word == "true") return true;
  if (word == "false") return false;
  return std::nullopt;
}

std::optional<std::int64_t> ParseInteger(std::string_view text) {
  std::int64_t value = 0;
  const char* const end = text.data() + text.size();
  const auto [last, error] = std::from_chars(text.data(), end, value);
  if (error != std::errc() || last != end) return std::nullopt;
  return value;
}

// Whether a number is an integer that 64 bits do not hold. The parser makes the largest ones
// floating point numbers, and so does this for all that size.
bool Overflows(const wire::Json& value) {
  constexpr double kLimit = 9223372036854775808.0;  // 2^63
  return value.is_number_unsigned() ||
         (value.is_number_float() && std::abs(value.get<double>()) >= kLimit);
}

}  // namespace

void Arguments::Remember(const absl::Status& error) {
  if (status_.ok()) status_ = error;
}

void Arguments::Fail(Reason reason, std::string_view key, std::string_view problem) {
  Remember(MakeError(
      reason, absl::StrCat("The field ", std::string(key), " ", std::string(problem), "."), key));
}

const wire::Json* Arguments::FindInBody(std::string_view key) const {
  if (!body_.is_object()) return nullptr;
  for (const auto& [name, value] : body_.get_ref<const wire::Json::object_t&>()) {
    if (name == key) return value.is_null() ? nullptr : &value;
  }
  return nullptr;
}

const std::string* Arguments::FindInQuery(std::string_view key) const {
  const auto found = query_.find(key);
  return found == query_.end() || found->second.empty() ? nullptr : &found->second;
}

std::optional<std::string> Arguments::FindString(std::string_view key) {
  if (const wire::Json* value = FindInBody(key)) {
    if (value->is_string()) return value->get<std::string>();
    Fail(Reason::kWrongType, key, "must be a string");
  } else if (const std::string* text = FindInQuery(key)) {
    return *text;
  }
  return std::nullopt;
}

std::optional<bool> Arguments::FindBoolean(std::string_view key) {
  const wire::Json* value = FindInBody(key);
  if (value != nullptr && value->is_boolean()) return value->get<bool>();
  const std::optional<std::string> word = FindString(key);
  if (!word.has_value()) return std::nullopt;
  const std::optional<bool> parsed = ParseBoolean(*word);
  if (!parsed.has_value()) Fail(Reason::kWrongType, key, "must be true or false");
  return parsed;
}

std::optional<std::int64_t> Arguments::FindInteger(std::string_view key) {
  if (const wire::Json* value = FindInBody(key)) {
    const bool fits =
        value->is_number_integer() &&
        (!value->is_number_unsigned() || std::in_range<std::int64_t>(value->get<std::uint64_t>()));
    if (fits) return value->get<std::int64_t>();
    Fail(Overflows(*value) ? Reason::kInvalidNumber : Reason::kWrongType, key, kMustBeInteger);
  } else if (const std::string* text = FindInQuery(key)) {
    const std::optional<std::int64_t> parsed = ParseInteger(*text);
    if (!parsed.has_value()) Fail(Reason::kInvalidNumber, key, kMustBeInteger);
    return parsed;
  }
  return std::nullopt;
}

const wire::Json* Arguments::FindList(std::string_view key) {
  const wire::Json* value = FindInBody(key);
  if (value != nullptr && value->is_array()) return value;
  Fail(Reason::kWrongType, key, "must be a list");
  return nullptr;
}

Page Arguments::ReadPage() {
  Page page;
  page.size = Take(ListSize(kPageSize, FindInteger(kPageSize))).value_or(kDefaultListSize);
  if (const std::optional<std::string> token = FindString(kPageToken)) {
    page.before = ParseTimestamp(*token);
    if (!page.before.has_value()) {
      Fail(Reason::kInvalidPageToken, kPageToken, "must be the tm_create of the last row seen");
    }
  }
  return page;
}

void Arguments::AllowOnly(std::initializer_list<std::string_view> keys) {
  const auto check = [&](std::string_view key) {
    if (key == kPageSize || key == kPageToken) return;
    if (std::find(keys.begin(), keys.end(), key) != keys.end()) return;
    const std::string name = SafeText(key);
    Remember(MakeError(Reason::kUnknownFilter,
                       absl::StrCat("There is no filter named \"", name, "\"."), name));
  };
  for (const auto& entry : query_) check(entry.first);
  for (const auto& entry : body_.items()) check(entry.key());
}

}  // namespace outdial::router
