// Progress as a terminal shows it.
#include "outdial-control/progress_view.h"

#include "absl/time/time.h"
#include "support/catch.h"

namespace outdial::control {
namespace {

TEST_CASE("progress view: a bar for each kind of target") {
  const OutdialProgress progress{.idle = 3'000,
                                 .progressing = 10,
                                 .done = 990,
                                 .dialable = 2'000,
                                 .exhausted = 1'000,
                                 .tries = {1'200, 30, 0, 0, 0},
                                 .calls = {.made = 1'250,
                                           .open = 9,
                                           .first = absl::FromUnixSeconds(1'000'000'000),
                                           .last = absl::FromUnixSeconds(1'000'000'001)},
                                 .tm_count = absl::FromUnixSeconds(1'000'000'002)};
  CHECK(DrawProgress(progress, 60) ==
        "4,000 targets, counted at 2001-09-09T01:46:42.000000Z\n"
        "done        [=======>                       ]  24 %  990\n"
        "progressing [>                              ]   0 %  10\n"
        "dialable    [===============>               ]  50 %  2,000\n"
        "exhausted   [=======>                       ]  25 %  1,000\n"
        "calls made 1,250, open 9; tries by slot 1,200 30 0 0 0\n"
        "first call 2001-09-09T01:46:40.000000Z\n"
        "last call  2001-09-09T01:46:41.000000Z\n");
}

TEST_CASE("progress view: an empty list, and a narrow terminal") {
  const std::string text = DrawProgress({.tm_count = absl::UnixEpoch()}, 24);
  CHECK(text.starts_with("0 targets, counted at 19\ndone        [ ]   0 %  0\n"));
  CHECK(text.ends_with("first call never\nlast call  never\n"));
}

}  // namespace
}  // namespace outdial::control
