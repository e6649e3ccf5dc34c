#include "outdial/entities/timestamp.h"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "absl/strings/str_cat.h"
#include "absl/time/civil_time.h"
#include "absl/time/time.h"

namespace outdial {
namespace {

// Reads a timestamp from its front, piece by piece. A piece that is not there is not consumed.
class Reader {
 public:
  explicit Reader(std::string_view text) : rest_(text) {}

  bool done() const { return rest_.empty(); }

  std::optional<int> Digits(std::size_t count) {
    if (rest_.size() < count) return std::nullopt;
    int value = 0;
    for (const char c : rest_.substr(0, count)) {
      if (c < '0' || c > '9') return std::nullopt;
      value = value * 10 + (c - '0');
    }
    rest_.remove_prefix(count);
    return value;
  }

  // One of the characters of `any`; 0 where another one, or none, comes next.
  char AnyOf(std::string_view any) {
    if (rest_.empty() || any.find(rest_.front()) == std::string_view::npos) return '\0';
    const char c = rest_.front();
    rest_.remove_prefix(1);
    return c;
  }

 private:
  std::string_view rest_;
};

constexpr int kMaxFractionDigits = 9;
constexpr int kMicrosecondDigits = 6;

std::optional<absl::CivilSecond> ReadCivilSecond(Reader& reader) {
  const auto year = reader.Digits(4);
  if (!year.has_value() || reader.AnyOf("-") == '\0') return std::nullopt;
  const auto month = reader.Digits(2);
  if (!month.has_value() || reader.AnyOf("-") == '\0') return std::nullopt;
  const auto day = reader.Digits(2);
  if (!day.has_value() || reader.AnyOf("Tt ") == '\0') return std::nullopt;
  const auto hour = reader.Digits(2);
  if (!hour.has_value() || reader.AnyOf(":") == '\0') return std::nullopt;
  const auto minute = reader.Digits(2);
  if (!minute.has_value() || reader.AnyOf(":") == '\0') return std::nullopt;
  const auto second = reader.Digits(2);
  if (!second.has_value()) return std::nullopt;

  // CivilSecond normalizes what is out of range ("February 30" becomes March 2): what it changes
  // was not a time.
  const absl::CivilSecond civil(*year, *month, *day, *hour, *minute, *second);
  const bool exact = civil.year() == *year && civil.month() == *month && civil.day() == *day &&
                     civil.hour() == *hour && civil.minute() == *minute &&
                     civil.second() == *second;
  return exact ? std::optional(civil) : std::nullopt;
}

std::optional<absl::Duration> ReadFraction(Reader& reader) {
  if (reader.AnyOf(".") == '\0') return absl::ZeroDuration();
  std::int64_t microseconds = 0;
  int digits = 0;
  while (const char c = reader.AnyOf("0123456789")) {
    if (++digits > kMaxFractionDigits) return std::nullopt;
    if (digits <= kMicrosecondDigits) microseconds = microseconds * 10 + (c - '0');
  }
  if (digits == 0) return std::nullopt;
  for (int i = digits; i < kMicrosecondDigits; ++i) microseconds *= 10;
  return absl::Microseconds(microseconds);
}

std::optional<absl::Duration> ReadOffset(Reader& reader) {
  if (reader.done() || reader.AnyOf("Zz") != '\0') return absl::ZeroDuration();
  const char sign = reader.AnyOf("+-");
  if (sign == '\0') return std::nullopt;
  const auto hours = reader.Digits(2);
  if (!hours.has_value() || *hours > 23 || reader.AnyOf(":") == '\0') return std::nullopt;
  const auto minutes = reader.Digits(2);
  if (!minutes.has_value() || *minutes > 59) return std::nullopt;
  const absl::Duration offset = absl::Hours(*hours) + absl::Minutes(*minutes);
  return sign == '-' ? -offset : offset;
}

}  // namespace

absl::Time TruncateToMicroseconds(absl::Time time) {
  return absl::FromUnixMicros(absl::ToUnixMicros(time));
}

std::string FormatTimestamp(absl::Time time) {
  const absl::TimeZone::CivilInfo info = absl::UTCTimeZone().At(time);
  const absl::CivilSecond& civil = info.cs;
  const auto two = [](int value) { return absl::Dec(value, absl::kZeroPad2); };
  return absl::StrCat(absl::Dec(civil.year(), absl::kZeroPad4), "-", two(civil.month()), "-",
                      two(civil.day()), "T", two(civil.hour()), ":", two(civil.minute()), ":",
                      two(civil.second()), ".",
                      absl::Dec(absl::ToInt64Microseconds(info.subsecond), absl::kZeroPad6), "Z");
}

std::optional<absl::Time> ParseTimestamp(std::string_view text) {
  Reader reader(text);
  const auto civil = ReadCivilSecond(reader);
  if (!civil.has_value()) return std::nullopt;
  const auto fraction = ReadFraction(reader);
  if (!fraction.has_value()) return std::nullopt;
  const auto offset = ReadOffset(reader);
  if (!offset.has_value() || !reader.done()) return std::nullopt;
  const absl::Time time = absl::FromCivil(*civil, absl::UTCTimeZone()) + *fraction - *offset;
  // The offset may lead to a year that FormatTimestamp has no form for.
  const absl::civil_year_t year = absl::ToCivilYear(time, absl::UTCTimeZone()).year();
  return year >= 0 && year <= 9999 ? std::optional(time) : std::nullopt;
}

absl::Time NextVersion(absl::Time last_change, absl::Time now) {
  return std::max(TruncateToMicroseconds(now), last_change + kTimestampResolution);
}

}  // namespace outdial
