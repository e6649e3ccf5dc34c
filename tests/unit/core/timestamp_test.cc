#include "outdial/entities/timestamp.h"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "absl/time/time.h"
#include "rapidcheck.h"
#include "support/catch.h"

namespace outdial {
namespace {

absl::Time At(std::int64_t microseconds) { return absl::FromUnixMicros(microseconds); }

TEST_CASE("Timestamps are written in UTC with six digits") {
  CHECK(FormatTimestamp(absl::UnixEpoch()) == "1970-01-01T00:00:00.000000Z");
  CHECK(FormatTimestamp(absl::FromUnixSeconds(1'768'469'400)) == "2026-01-15T09:30:00.000000Z");
  CHECK(FormatTimestamp(At(-1)) == "1969-12-31T23:59:59.999999Z");
  CHECK(FormatTimestamp(At(1) + absl::Nanoseconds(999)) == "1970-01-01T00:00:00.000001Z");
}

TEST_CASE("Timestamps are read in every layout that clients send") {
  const absl::Time second = absl::FromUnixSeconds(1'768'469'400);
  struct Case {
    std::string_view text;
    absl::Time time;
  };
  for (const Case& c :
       {Case{"2026-01-15T09:30:00Z", second}, Case{"2026-01-15T09:30:00", second},
        Case{"2026-01-15 09:30:00", second}, Case{"2026-01-15 09:30:00Z", second},
        Case{"2026-01-15t09:30:00z", second},
        Case{"2026-01-15T09:30:00.1Z", second + absl::Milliseconds(100)},
        Case{"2026-01-15T09:30:00.12", second + absl::Milliseconds(120)},
        Case{"2026-01-15 09:30:00.123456", second + absl::Microseconds(123'456)},
        Case{"2026-01-15T09:30:00.123456789Z", second + absl::Microseconds(123'456)},
        Case{"2026-01-15T18:30:00+09:00", second}, Case{"2026-01-15T06:00:00.000-03:30", second},
        Case{"2024-02-29T00:00:00Z", absl::FromUnixSeconds(1'709'164'800)}}) {
    CAPTURE(c.text);
    CHECK(ParseTimestamp(c.text) == c.time);
  }
}

TEST_CASE("What is no timestamp is not read as one") {
  for (const std::string_view text : {"",
                                      "2026-01-15",
                                      "2026-01-15T09:30",
                                      "2026-01-15T09:30:00.",
                                      "2026-01-15T09:30:00.1234567890Z",
                                      "2026-02-29T00:00:00Z",
                                      "2026-13-01T00:00:00Z",
                                      "2026-00-10T00:00:00Z",
                                      "2026-01-32T00:00:00Z",
                                      "2026-01-15T24:00:00Z",
                                      "2026-01-15T09:60:00Z",
                                      "2026-01-15T09:30:60Z",
                                      "9999-12-31T23:59:59-00:01",
                                      "0000-01-01T00:00:00+00:01",
                                      "2026-01-15T09:30:00ZZ",
                                      "2026-01-15T09:30:00Z ",
                                      " 2026-01-15T09:30:00Z",
                                      "2026-01-15X09:30:00Z",
                                      "2026-1-15T09:30:00Z",
                                      "2026-01-15T09:30:00+9:00",
                                      "2026-01-15T09:30:00+0900",
                                      "2026-01-15T09:30:00+24:00",
                                      "1768469400",
                                      "null",
                                      "+026-01-15T09:30:00Z",
                                      "2026-01-15T09:30:00.12a4Z"}) {
    CAPTURE(text);
    CHECK_FALSE(ParseTimestamp(text).has_value());
  }
}

TEST_CASE("A timestamp that is written is read back") {
  constexpr std::int64_t kYear0 = -62'167'219'200'000'000;
  constexpr std::int64_t kYear10000 = 253'402'300'800'000'000;
  CHECK(rc::check([] {
    const absl::Time time = At(*rc::gen::inRange<std::int64_t>(kYear0, kYear10000));
    RC_ASSERT(ParseTimestamp(FormatTimestamp(time)) == time);
  }));
}

TEST_CASE("Each version is later than the last, and not earlier than now") {
  CHECK(NextVersion(At(5), At(9)) == At(9));
  CHECK(NextVersion(At(5), At(5)) == At(6));
  CHECK(NextVersion(At(5), At(2)) == At(6));
  CHECK(NextVersion(At(5), At(7) + absl::Nanoseconds(1)) == At(7));
}

}  // namespace
}  // namespace outdial
