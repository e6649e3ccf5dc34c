// How long a thread that writes stays away for others.
#include "turn_taking.h"

#include "support/catch.h"

namespace outdial::sqlite {
namespace {

absl::Duration TimeAway(int work_milliseconds, int milliseconds, bool others) {
  return TurnTaking::TimeAway(
      {.duration = absl::Milliseconds(milliseconds), .work = absl::Milliseconds(work_milliseconds)},
      others);
}

TEST_CASE("who worked for long in its turn leaves others six sevenths of the time") {
  CHECK(TimeAway(10, 12, true) == absl::Milliseconds(72));
  CHECK(TimeAway(3, 3, true) == absl::Milliseconds(18));
  CHECK(TimeAway(100, 120, true) == absl::Milliseconds(720));
  CHECK(TimeAway(2'000, 2'000, true) == absl::Seconds(1));
}

TEST_CASE("who worked briefly, or for nobody to wait, goes on at once") {
  CHECK(TimeAway(10, 12, false) == absl::ZeroDuration());
  CHECK(TimeAway(2, 1'000, true) == absl::ZeroDuration());
}

TEST_CASE("a thread that has not written yet need not stay away") {
  const TurnTaking turns;
  turns.Await(/*others_wait=*/true);
}

}  // namespace
}  // namespace outdial::sqlite
