#include "turn_taking.h"

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <ctime>

#include "absl/time/clock.h"

namespace outdial::sqlite {
namespace {

// Of a clock that nobody sets: a step back would keep threads away for as long as it is.
absl::Duration SteadyTime() {
  return absl::FromChrono(std::chrono::steady_clock::now().time_since_epoch());
}

absl::Duration WorkOfThread() {
  timespec work{};
  ::clock_gettime(CLOCK_THREAD_CPUTIME_ID, &work);
  return absl::DurationFromTimespec(work);
}

struct TurnInHand {
  std::int64_t number{};
  absl::Duration begin{};
  absl::Duration work_before{};
  absl::Duration work{};
};

// Of this thread.
thread_local TurnTaking::Turn last_turn;
thread_local TurnInHand turn;

}  // namespace

absl::Duration TurnTaking::TimeAway(const Turn& last, bool others) {
  constexpr absl::Duration kLongWork = absl::Milliseconds(3);
  constexpr absl::Duration kMaxAway = absl::Seconds(1);
  // The others get six sevenths of the time: what is written for long costs them more than its
  // turn, because its pages take the place of theirs in caches and have to go into the file.
  constexpr int kTimesAway = 6;
  if (!others || last.work < kLongWork) return absl::ZeroDuration();
  return std::min(kTimesAway * last.duration, kMaxAway);
}

void TurnTaking::Await(bool others_wait) const {
  if (last_turn.owner != this) return;
  const bool others = others_wait || turns_ != last_turn.number;
  absl::SleepFor(last_turn.end + TimeAway(last_turn, others) - SteadyTime());
}

void TurnTaking::Begin() {
  // Here already: who waits no longer, because its turn has begun, is to count in Await.
  turn = {.number = ++turns_, .begin = SteadyTime(), .work_before = WorkOfThread()};
}

void TurnTaking::BeforeCommit() { turn.work = WorkOfThread() - turn.work_before; }

void TurnTaking::End() {
  const absl::Duration now = SteadyTime();
  last_turn = {.owner = this,
               .number = turn.number,
               .end = now,
               .duration = now - turn.begin,
               .work = turn.work};
}

}  // namespace outdial::sqlite
