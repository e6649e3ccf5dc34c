#include "turn_taking.h"

#include <algorithm>
#include <cstdint>
#include <ctime>

#include "absl/time/clock.h"

namespace outdial::sqlite {
namespace {

absl::Duration WorkOfThread() {
  timespec work{};
  ::clock_gettime(CLOCK_THREAD_CPUTIME_ID, &work);
  return absl::DurationFromTimespec(work);
}

// Of this thread: its last turn, and the one in hand.
thread_local TurnTaking::Turn last_turn;
thread_local std::int64_t number;
thread_local absl::Time begin;
thread_local absl::Duration work_before;
thread_local absl::Duration work;

}  // namespace

absl::Duration TurnTaking::TimeAway(const Turn& last, bool others) {
  constexpr absl::Duration kLongWork = absl::Milliseconds(3);
  constexpr absl::Duration kMaxAway = absl::Milliseconds(250);
  // The others get six sevenths of the time: what is written for long costs them more than its
  // turn, because its pages take the place of theirs in caches and have to go into the file.
  constexpr int kTimesAway = 6;
  if (!others || last.work < kLongWork) return absl::ZeroDuration();
  return std::min(kTimesAway * last.duration, kMaxAway);
}

void TurnTaking::Await(bool others_wait) const {
  if (last_turn.owner != this) return;
  const bool others = others_wait || turns_ != last_turn.number;
  absl::SleepFor(last_turn.end + TimeAway(last_turn, others) - absl::Now());
}

void TurnTaking::Begin() {
  // Here already: who waits no longer, because its turn has begun, is to count in Await.
  number = ++turns_;
  begin = absl::Now();
  work_before = WorkOfThread();
  work = absl::ZeroDuration();
}

void TurnTaking::BeforeCommit() { work = WorkOfThread() - work_before; }

void TurnTaking::End() {
  const absl::Time now = absl::Now();
  last_turn = {.owner = this, .number = number, .end = now, .duration = now - begin, .work = work};
}

}  // namespace outdial::sqlite
