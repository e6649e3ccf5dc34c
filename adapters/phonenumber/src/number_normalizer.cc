#include "outdial/phonenumber/number_normalizer.h"

#include <phonenumbers/phonenumberutil.h>

#include <algorithm>
#include <charconv>
#include <cstddef>
#include <cstdint>
#include <set>
#include <string>

#include "absl/status/status.h"
#include "absl/strings/ascii.h"
#include "absl/strings/str_replace.h"
#include "outdial/entities/error.h"

namespace outdial::phonenumber {
namespace {

using i18n::phonenumbers::PhoneNumber;
using i18n::phonenumbers::PhoneNumberUtil;

constexpr std::size_t kMaxCountryCodeDigits = 3;
constexpr std::size_t kMaxDigits = 15;
constexpr std::size_t kMaxLength = 250;  // of a text that the library reads
constexpr int kNorthAmerica = 1;
constexpr std::ptrdiff_t kMinVanityLetters = 4;

absl::Status Invalid(std::string_view problem) {
  return MakeError(Reason::kInvalidPhoneNumber, problem);
}

absl::Status TooShort() { return Invalid("The telephone number is too short."); }
absl::Status TooLong() { return Invalid("The telephone number is too long."); }

absl::Status Error(PhoneNumberUtil::ErrorType error) {
  switch (error) {
    case PhoneNumberUtil::INVALID_COUNTRY_CODE_ERROR:
      return Invalid("The telephone number has a country code that does not exist.");
    case PhoneNumberUtil::TOO_SHORT_AFTER_IDD:
    case PhoneNumberUtil::TOO_SHORT_NSN:
      return TooShort();
    case PhoneNumberUtil::TOO_LONG_NSN:
      return TooLong();
    default:
      return Invalid("This is not a telephone number.");
  }
}

std::uint64_t ToInteger(std::string_view digits) {
  std::uint64_t value = 0;
  std::from_chars(digits.data(), digits.data() + digits.size(), value);
  return value;
}

// Whether `number` is in the form of E.164 and exists. Most numbers of a list that a program wrote
// are, and reading them as people's notation takes twice as long.
bool IsE164(const PhoneNumberUtil& util, std::string_view number) {
  if (!number.starts_with('+') || number.size() > kMaxDigits + 1) return false;
  const std::string_view digits = number.substr(1);
  if (digits.find_first_not_of("0123456789") != std::string_view::npos) return false;
  // No country code is the beginning of another one.
  for (std::size_t length = 1; length <= kMaxCountryCodeDigits && length < digits.size();
       ++length) {
    const int country_code = static_cast<int>(ToInteger(digits.substr(0, length)));
    std::string region;
    util.GetRegionCodeForCountryCode(country_code, &region);
    if (region == "ZZ") continue;
    const std::string_view national = digits.substr(length);
    if (national.starts_with('0')) return false;  // the library keeps leading zeros apart
    PhoneNumber parsed;
    parsed.set_country_code(country_code);
    parsed.set_national_number(ToInteger(national));
    return util.IsValidNumber(parsed);
  }
  return false;
}

bool HasDigit(const PhoneNumberUtil& util, std::string_view text) {
  if (text.empty()) return false;
  std::string digits(text);
  util.NormalizeDigitsOnly(&digits);
  return !digits.empty();
}

// How many letters stand behind the first digit. The library takes letters for digits, as on the
// keys of a telephone: "030 123456 Ann" would be the number of somebody else. It reads none but
// ASCII's.
std::ptrdiff_t LettersBehindDigit(const PhoneNumberUtil& util, std::string_view number) {
  const auto is_letter = [](char c) { return absl::ascii_isalpha(static_cast<unsigned char>(c)); };
  auto begin = number.begin();
  auto letter = std::find_if(begin, number.end(), is_letter);
  while (letter != number.end() && !HasDigit(util, {begin, letter})) {
    begin = letter + 1;
    letter = std::find_if(begin, number.end(), is_letter);
  }
  return std::count_if(letter, number.end(), is_letter);
}

// Whether what stands before one of `separators`, and before further digits, is a number of its
// own. The library leaves slashes out, because they separate the parts of one number, too:
// "030/1234567".
bool HasNumberBefore(const PhoneNumberUtil& util, std::string_view number, std::string_view region,
                     std::string_view separators) {
  if (number.size() > kMaxLength) return false;
  std::size_t begin = 0;
  for (std::size_t at = number.find_first_of(separators); at != std::string_view::npos;
       begin = at, at = number.find_first_of(separators, at + 1)) {
    if (!HasDigit(util, number.substr(begin, at - begin))) continue;
    if (!HasDigit(util, number.substr(at))) return false;
    PhoneNumber parsed;
    const auto error = util.Parse(std::string(number.substr(0, at)), std::string(region), &parsed);
    if (error == PhoneNumberUtil::NO_PARSING_ERROR && util.IsValidNumber(parsed)) return true;
    if (error == PhoneNumberUtil::TOO_LONG_NSN) return false;  // so is what is longer
  }
  return false;
}

absl::Status MoreThanOne() {
  return Invalid(
      "There is more than one telephone number; each one needs a destination of its own.");
}

}  // namespace

bool NumberNormalizer::IsRegion(std::string_view region) {
  static const auto& regions = *[] {
    auto* const known = new std::set<std::string>;
    PhoneNumberUtil::GetInstance()->GetSupportedRegions(known);
    return known;
  }();
  return regions.contains(std::string(region));
}

absl::StatusOr<std::string> NumberNormalizer::Normalize(std::string_view number,
                                                        std::string_view region) {
  const PhoneNumberUtil& util = *PhoneNumberUtil::GetInstance();
  if (IsE164(util, number)) return std::string(number);
  PhoneNumber parsed;
  const auto error = util.Parse(std::string(number), std::string(region), &parsed);
  if (error != PhoneNumberUtil::NO_PARSING_ERROR) {
    return HasNumberBefore(util, number, region, "/,;|") ? MoreThanOne() : Error(error);
  }
  if (parsed.has_extension()) {
    return Invalid("The telephone number has an extension, which cannot be dialled with it.");
  }
  // A semicolon begins the parameters of a URI. The slash may be a full-width one.
  const std::string dialled =
      absl::StrReplaceAll(std::string(number.substr(0, number.find(';'))), {{"\xEF\xBC\x8F", "/"}});
  // Vanity numbers are usual in North America alone. Of the ten digits of a number a local one has
  // seven, behind which fewer letters are a word: "234-5678 Ann".
  const std::ptrdiff_t letters = LettersBehindDigit(util, dialled);
  if (letters > 0 && (parsed.country_code() != kNorthAmerica || letters < kMinVanityLetters)) {
    return Invalid(
        "There are letters in the telephone number, which may have digits and punctuation only.");
  }
  if (HasNumberBefore(util, dialled, region, "/")) return MoreThanOne();
  if (!util.IsValidNumber(parsed)) {
    switch (util.IsPossibleNumberWithReason(parsed)) {
      case PhoneNumberUtil::TOO_SHORT:
        return TooShort();
      case PhoneNumberUtil::TOO_LONG:
        return TooLong();
      default:
        return Invalid("There is no such telephone number.");
    }
  }
  std::string e164;
  util.Format(parsed, PhoneNumberUtil::E164, &e164);
  // Some plans have longer ones, which nobody abroad can dial.
  if (e164.size() > kMaxDigits + 1) return TooLong();
  return e164;
}

}  // namespace outdial::phonenumber
