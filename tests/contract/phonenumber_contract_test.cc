// The contract suite over libphonenumber, and what only numbering plans know.
#include <memory>
#include <string>
#include <vector>

#include "contract/suite/port_implementations.h"
#include "contract/suite/values.h"
#include "outdial/phonenumber/number_normalizer.h"
#include "support/catch.h"

namespace outdial::contract {

std::vector<NumberNormalizerImplementation> NumberNormalizerImplementations() {
  return {{"libphonenumber", [] { return std::make_unique<phonenumber::NumberNormalizer>(); }}};
}

namespace {

// The number, or what the message says of it.
std::string Normalize(const std::string& number, const std::string& region) {
  phonenumber::NumberNormalizer normalizer;
  const auto normalized = normalizer.Normalize(number, region);
  return normalized.ok() ? *normalized : std::string(normalized.status().message());
}

TEST_CASE("numbers: those of a plan") {
  CHECK(Normalize("1-800-FLOWERS", "US") == "+18003569377");
  CHECK(Normalize("011 49 30 1234567", "US") == "+49301234567");
  CHECK(Normalize("tel:+1-212-555-0123", "DE") == "+12125550123");
  CHECK(Normalize("+44 (0)20 7946 0958", "US") == "+442079460958");
  CHECK(Normalize("06 698 12345", "IT") == "+390669812345");  // its zero belongs to the number
  CHECK(Normalize("+390669812345", "US") == "+390669812345");
  CHECK(Normalize("+80012345678", "US") == "+80012345678");  // of no country
  // What looks like a number and is none.
  CHECK(Normalize("555-0123", "US") == "There is no such telephone number.");
  CHECK(Normalize("+1 112 555 0123", "US") == "There is no such telephone number.");
  CHECK(Normalize("21255501", "US") == "The telephone number is too short.");
  CHECK(Normalize("212 555 01234", "US") == "The telephone number is too long.");
  CHECK(Normalize("+999 212 555 0123", "US") ==
        "The telephone number has a country code that does not exist.");
  CHECK(Normalize("212 555 0123 ext. 7", "US") ==
        "The telephone number has an extension, which cannot be dialled with it.");
  CHECK(Normalize("Ann", "US") == "This is not a telephone number.");
}

TEST_CASE("numbers: letters are digits in North America alone") {
  CHECK(Normalize("+1 800 FLOWERS", "DE") == "+18003569377");
  CHECK(Normalize("1-888-555-HELP", "US") == "+18885554357");
  const std::string letters =
      "There are letters in the telephone number, which may have digits and punctuation only.";
  CHECK(Normalize("030 123456 Ann", "DE") == letters);
  CHECK(Normalize("030 1234567 (privat)", "DE") == letters);
  CHECK(Normalize("030 1234567 ab 8", "DE") == letters);
  CHECK(Normalize("0800 FLOWERS", "DE") == letters);
  CHECK(Normalize("0512 12345 Eva", "AT") == letters);
  CHECK(Normalize("06 123456 Ada", "IT") == letters);
  CHECK(Normalize("011 49 30 1234567 Ann", "US") == letters);
  // A local number and a word, which together are as long as a number.
  CHECK(Normalize("234-5678 Ann", "US") == letters);
  CHECK(Normalize("Office: 234-5678 Ann", "US") == letters);
  // Digits of other scripts are digits: those of full width, and those of Arabic.
  CHECK(Normalize("\uFF10\uFF13\uFF10\uFF11\uFF12\uFF13\uFF14 Work", "DE") == letters);
  CHECK(Normalize("\u0660\u0663\u0660\u0661\u0662\u0663\u0664 Work", "DE") == letters);
  // Letters of others are none of a number anywhere.
  for (const char* word : {"\uFF21\uFF2E\uFF2E", "\u0410\u043D\u043D\u0430", "\u03A9"}) {
    CHECK(Normalize(std::string("030 123456 ") + word, "DE") == "This is not a telephone number.");
  }
  // In front of a number they say what it is.
  CHECK(Normalize("Tel. 030 1234567", "DE") == "+49301234567");
  CHECK(Normalize("Mobile: 0151 23456789", "DE") == "+4915123456789");
  CHECK(Normalize("B\u00FCro 030 1234567", "DE") == "+49301234567");
  CHECK(Normalize("tel:030-1234567;phone-context=+49", "DE") == "+49301234567");
  CHECK(Normalize("030 123456 x5", "DE") ==
        "The telephone number has an extension, which cannot be dialled with it.");
}

TEST_CASE("numbers: several are none") {
  const std::string several =
      "There is more than one telephone number; each one needs a destination of its own.";
  for (const char* number :
       {"030 1234 / 1235", "030 1234567/68", "030 1234\uFF0F1235", "+49 30 1234567/68",
        "030 1234567 / 030 1234568", "030 1234567, 030 1234568", "030 1234567; 030 1234568",
        "030 1234567 | 030 1234568", "030/1234567/68"}) {
    CAPTURE(number);
    CHECK(Normalize(number, "DE") == several);
  }
  CHECK(Normalize("0664 1234567/68", "AT") == several);
  CHECK(Normalize("06 12345678/9", "IT") == several);
  CHECK(Normalize("212 555 0123/212 555 0124", "US") == several);
  CHECK(Normalize("016977 2345/6", "GB") == several);
  // A slash inside of a number, or behind it.
  CHECK(Normalize("030 1234567/", "DE") == "+49301234567");
  CHECK(Normalize("030 1234567 // ", "DE") == "+49301234567");
  CHECK(Normalize("089/1234567", "DE") == "+49891234567");
  CHECK(Normalize("06221 / 12 34 56", "DE") == "+496221123456");
  CHECK(Normalize("+49/30/1234567", "DE") == "+49301234567");
  CHECK(Normalize("0512/12345", "AT") == "+4351212345");
  CHECK(Normalize("06/12345678", "IT") == "+390612345678");
  CHECK(Normalize("020/79460958", "GB") == "+442079460958");
}

}  // namespace
}  // namespace outdial::contract
