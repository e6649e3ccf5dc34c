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

TEST_CASE("numbers: those of a plan") {
  phonenumber::NumberNormalizer normalizer;
  const auto normalize = [&](const std::string& number, const std::string& region) {
    const auto normalized = normalizer.Normalize(number, region);
    return normalized.ok() ? *normalized : std::string(normalized.status().message());
  };
  CHECK(normalize("1-800-FLOWERS", "US") == "+18003569377");
  CHECK(normalize("011 49 30 1234567", "US") == "+49301234567");
  CHECK(normalize("tel:+1-212-555-0123", "DE") == "+12125550123");
  CHECK(normalize("+44 (0)20 7946 0958", "US") == "+442079460958");
  CHECK(normalize("06 698 12345", "IT") == "+390669812345");  // its zero belongs to the number
  CHECK(normalize("+390669812345", "US") == "+390669812345");
  CHECK(normalize("+80012345678", "US") == "+80012345678");  // of no country
  // What looks like a number and is none.
  CHECK(normalize("555-0123", "US") == "There is no such telephone number.");
  CHECK(normalize("+1 112 555 0123", "US") == "There is no such telephone number.");
  CHECK(normalize("21255501", "US") == "The telephone number is too short.");
  CHECK(normalize("212 555 01234", "US") == "The telephone number is too long.");
  CHECK(normalize("+999 212 555 0123", "US") ==
        "The telephone number has a country code that does not exist.");
  CHECK(normalize("212 555 0123 ext. 7", "US") ==
        "The telephone number has an extension, which cannot be dialled with it.");
  CHECK(normalize("Ann", "US") == "This is not a telephone number.");
}

}  // namespace
}  // namespace outdial::contract
