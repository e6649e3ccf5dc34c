#include "outdial/wire/json.h"

#include <cstddef>
#include <limits>
#include <string>
#include <string_view>

#include "outdial/entities/error.h"
#include "rapidcheck.h"
#include "support/catch.h"

namespace outdial::wire {
namespace {

using std::string_literals::operator""s;

// The reason why `text` is refused; "" where it is not.
std::string_view RefusalOf(std::string_view text) {
  const auto json = ParseJson(text);
  return json.ok() ? "" : ReasonName(GetReason(json.status()));
}

std::string Nested(std::size_t depth) { return std::string(depth, '[') + std::string(depth, ']'); }

TEST_CASE("JSON of every type is read and written compactly") {
  const std::string text =
      R"({"z":null,"a":[true,false,0,-1,9223372036854775807,18446744073709551615,1.5,"é\n\"\\"],"m":{"":{}}})";
  const auto json = ParseJson(" \t\r\n" + text + "\n");
  REQUIRE(json.ok());
  CHECK(DumpJson(*json) == text);
}

TEST_CASE("only integers are read as integers") {
  CHECK(ParseJson("5")->is_number_integer());
  CHECK(ParseJson("-5")->get<std::int64_t>() == -5);
  CHECK(ParseJson("-9223372036854775808")->get<std::int64_t>() ==
        std::numeric_limits<std::int64_t>::min());
  for (const char* text : {"1.5", "1e3", "1.0", "true", "\"5\"", "18446744073709551616"}) {
    CHECK_FALSE(ParseJson(text)->is_number_integer());
  }
}

TEST_CASE("what is not one JSON value is refused") {
  for (const std::string& text : {""s,
                                  " "s,
                                  "{"s,
                                  "}"s,
                                  "{}{}"s,
                                  "{} 1"s,
                                  "[1,]"s,
                                  "{\"a\":1,}"s,
                                  "nul"s,
                                  "+1"s,
                                  "01"s,
                                  "1."s,
                                  "'a'"s,
                                  "{a:1}"s,
                                  "\"a"s,
                                  "\"\n\""s,
                                  "NaN"s,
                                  "1e999"s,
                                  "\0"s,
                                  "{}\0"s,
                                  "{}\0{}"s,
                                  "\"a\0b\""s,
                                  "\"\xff\""s,
                                  "\"\xc0\xaf\""s,
                                  "\"\xed\xa0\x80\""s,
                                  "\"\xf4\x90\x80\x80\""s,
                                  "\"\\ud800\""s,
                                  "\"\\udc00\\ud800\""s,
                                  "\xff"s,
                                  "[1}"s,
                                  "{\"a\":[}"s}) {
    INFO(text);
    CHECK(RefusalOf(text) == "BODY_NOT_JSON");
  }
}

TEST_CASE("the last of several values of one key counts, also among nested objects") {
  const auto json =
      ParseJson(R"({"a":{"b":1,"b":2},"c":1,"a":{"b":3,"d":4,"b":{"b":[5]}},"c":null,"e":6})");
  REQUIRE(json.ok());
  CHECK(DumpJson(*json) == R"({"a":{"b":{"b":[5]},"d":4},"c":null,"e":6})");
}

TEST_CASE("nesting has a limit") {
  CHECK(RefusalOf(Nested(kMaxNesting)) == "");
  CHECK(RefusalOf(Nested(kMaxNesting + 1)) == "BODY_TOO_DEEP");
  CHECK(RefusalOf(std::string(5'000'000, '[')) == "BODY_TOO_DEEP");
  std::string objects;
  for (int i = 0; i < 1'000'000; ++i) objects += "{\"\":";
  CHECK(RefusalOf(objects) == "BODY_TOO_DEEP");
  // Only what is open at the same time counts.
  CHECK(RefusalOf("[" + Nested(kMaxNesting - 1) + "," + Nested(kMaxNesting - 1) + "]") == "");
}

TEST_CASE("an object with very many keys is read like any other") {
  constexpr int kKeys = 150'000;
  std::string text = "{\"k0\":-1";
  for (int i = 0; i < kKeys; ++i) text += ",\"k" + std::to_string(i) + "\":" + std::to_string(i);
  text += "}";
  const auto json = ParseJson(text);
  REQUIRE(json.ok());
  CHECK(json->size() == kKeys);
  CHECK(json->begin().value() == 0);
}

TEST_CASE("damaged text is written with replacement characters") {
  CHECK(DumpJson(Json("a\xff"
                      "b")) ==
        "\"a\xef\xbf\xbd"
        "b\"");
  CHECK(RefusalOf(DumpJson(Json("\xe4\xb8"))) == "");
}

TEST_CASE("any text survives being written and read") {
  CHECK(rc::check([](const std::string& text) {
    const std::string once = DumpJson(Json(text));
    const auto json = ParseJson(once);
    RC_ASSERT(json.ok());
    RC_ASSERT(DumpJson(*json) == once);
  }));
}

}  // namespace
}  // namespace outdial::wire
