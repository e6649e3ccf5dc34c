// NumberNormalizer: what simple rules and numbering plans agree on.
#include <atomic>
#include <memory>
#include <string>
#include <vector>

#include "contract/suite/each_implementation.h"
#include "contract/suite/parallel.h"
#include "contract/suite/port_implementations.h"
#include "contract/suite/values.h"
#include "outdial/ports/number_normalizer.h"
#include "support/catch.h"

namespace outdial::contract {
namespace {

class NumberNormalizerTest {
 public:
  // The number, or the reason why it is none.
  std::string Normalize(const std::string& number, const std::string& region) {
    const auto normalized = normalizer->Normalize(number, region);
    return normalized.ok() ? *normalized : Outcome(normalized);
  }

 private:
  const EachImplementation<NumberNormalizerImplementation> implementation_{
      NumberNormalizerImplementations()};

 public:
  const std::unique_ptr<NumberNormalizer> normalizer = implementation_->make();
};

TEST_CASE_METHOD(NumberNormalizerTest, "numbers: regions are two capital letters",
                 "[contract][numbers]") {
  for (const char* region : {"DE", "GB", "KR", "US"}) CHECK(normalizer->IsRegion(region));
  for (const char* region : {"", "us", "USA", "ZZ", "U", "001", "1"}) {
    CHECK_FALSE(normalizer->IsRegion(region));
  }
}

TEST_CASE_METHOD(NumberNormalizerTest, "numbers: one number has one form", "[contract][numbers]") {
  for (const char* number : {"+12125550123", "+1 212 555 0123", "(212) 555-0123", "212.555.0123",
                             "2125550123", " 212 555 0123 ", "+1 (212) 555-0123"}) {
    CHECK(Normalize(number, "US") == "+12125550123");
  }
  CHECK(Normalize("030/1234567", "DE") == "+49301234567");
  CHECK(Normalize("+49 30 1234567", "US") == "+49301234567");
  CHECK(Normalize("020 7946 0958", "GB") == "+442079460958");
  CHECK(Normalize("02-312-3456", "KR") == "+8223123456");
  CHECK(Normalize("010-2345-6789", "KR") == "+821023456789");
}

TEST_CASE_METHOD(NumberNormalizerTest, "numbers: the form stays as it is", "[contract][numbers]") {
  for (const char* number : {"+12125550123", "+49301234567", "+821023456789", "+442079460958"}) {
    for (const char* region : {"DE", "US"}) CHECK(Normalize(number, region) == number);
  }
}

TEST_CASE_METHOD(NumberNormalizerTest, "numbers: without a region only those with a plus are read",
                 "[contract][numbers]") {
  for (const char* region : {"", "us", "USA", "ZZ", "001", "\xff"}) {
    CAPTURE(region);
    CHECK(Normalize("(212) 555-0123", region) == "INVALID_PHONE_NUMBER");
    CHECK(Normalize("+1 (212) 555-0123", region) == "+12125550123");
  }
}

TEST_CASE_METHOD(NumberNormalizerTest, "numbers: what is none is refused", "[contract][numbers]") {
  for (const std::string& text : std::vector<std::string>{
           "", "+", "nobody", "ann@example.com", "1", "+1", "+1 2", "-", std::string(300, '1'),
           "+1212555012345678901", "\xff\xfe", std::string("212\0", 4), "\U0001F4DE"}) {
    CAPTURE(text);
    CHECK(Normalize(text, "US") == "INVALID_PHONE_NUMBER");
  }
}

TEST_CASE_METHOD(NumberNormalizerTest, "numbers: what stands behind a number is not dialled",
                 "[contract][numbers]") {
  for (const char* text :
       {"030 123456 Ann", "030 1234 Work", "030 1234 bis 1239", "030 123456 A", "089/1234-567 Eva",
        "+39 06 123456 Ada", "030 1234567/68", "+49 30 1234567 / 68", "030 1234567 / 030 1234568",
        "030 1234567, 030 1234568", "030 1234567; 030 1234568", "030 1234567 | 68",
        "030 1234567 or 030 1234568"}) {
    CAPTURE(text);
    CHECK(Normalize(text, "DE") == "INVALID_PHONE_NUMBER");
  }
  CHECK(Normalize("+49 30 1234567 Ann", "US") == "INVALID_PHONE_NUMBER");
  CHECK(Normalize("030 / 123456", "DE") == "+4930123456");
  CHECK(Normalize("01512/3456789", "DE") == "+4915123456789");
  CHECK(Normalize("033203/12345", "DE") == "+493320312345");
  CHECK(Normalize("+49 33203/12345", "US") == "+493320312345");
  CHECK(Normalize("212/555/0123", "US") == "+12125550123");
}

TEST_CASE_METHOD(NumberNormalizerTest, "numbers: E.164 has 15 digits at most",
                 "[contract][numbers]") {
  CHECK(Normalize("+493012345678901", "DE") == "+493012345678901");
  // The German plan has room for them.
  for (const char* number : {"+4930123456789012", "030 123456789012", "+49 30 1234567890123"}) {
    CAPTURE(number);
    CHECK(Normalize(number, "DE") == "INVALID_PHONE_NUMBER");
  }
}

TEST_CASE_METHOD(NumberNormalizerTest, "numbers: by many at the same time", "[contract][numbers]") {
  std::atomic<int> wrong = 0;
  RunInParallel(4, [&](int caller) {
    for (int i = 0; i < 200; ++i) {
      const bool us = (caller + i) % 2 == 0;
      const auto number = us ? normalizer->Normalize("212 555 0123", "US")
                             : normalizer->Normalize("030 1234567", "DE");
      if (!number.ok() || *number != (us ? "+12125550123" : "+49301234567")) ++wrong;
    }
  });
  CHECK(wrong == 0);
}

}  // namespace
}  // namespace outdial::contract
