// What is said of progress.
#include "outdial-control/progress_line.h"

#include "absl/time/time.h"
#include "support/catch.h"

namespace outdial::control {
namespace {

TEST_CASE("progress: rows, rate and the time that is left") {
  CHECK(ProgressText({}) == "0 rows");
  CHECK(ProgressText({.rows = 1'234'567, .elapsed = absl::Seconds(10)}) ==
        "1,234,567 rows  123,456/s");
  ProgressState state{.rows = 1'000, .bytes = 25, .total_bytes = 100, .elapsed = absl::Seconds(2)};
  CHECK(ProgressText(state) == " 25 %  1,000 rows  500/s  0:06 left");
  state.elapsed = absl::Minutes(30);
  CHECK(ProgressText(state) == " 25 %  1,000 rows  0/s  1:30:00 left");
  state.bytes = 101;  // the file has grown
  CHECK(ProgressText(state) == "100 %  1,000 rows  0/s");
  state.total_bytes = 0;
  CHECK(ProgressText(state) == "1,000 rows  0/s");
}

TEST_CASE("progress: a bar takes the room that is left") {
  const ProgressState state{
      .rows = 1'000, .bytes = 50, .total_bytes = 100, .elapsed = absl::Seconds(2)};
  const std::string text = " 50 %  1,000 rows  500/s  0:02 left";
  CHECK(ProgressBar(state, 200) ==
        "[" + std::string(20, '=') + ">" + std::string(19, ' ') + "]  " + text);
  CHECK(ProgressBar(state, text.size() + 4 + 6) == "[===>  ]  " + text);
  CHECK(ProgressBar(state, text.size() + 4 + 4) == text);
  CHECK(ProgressBar(state, 10) == text.substr(0, 10));
  CHECK(ProgressBar({.rows = 5}, 200) == "5 rows");
}

}  // namespace
}  // namespace outdial::control
