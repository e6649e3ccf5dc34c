// How those who write for long and those who write briefly share one file.
#ifndef OUTDIAL_ADAPTERS_SQLITE_SRC_TURN_TAKING_H_
#define OUTDIAL_ADAPTERS_SQLITE_SRC_TURN_TAKING_H_

#include <algorithm>
#include <atomic>
#include <cstdint>

#include "absl/time/clock.h"
#include "absl/time/time.h"

namespace outdial::sqlite {

class TurnTaking;

// A turn that a thread has had.
struct Turn {
  const TurnTaking* owner = nullptr;
  absl::Time end = absl::InfinitePast();
  absl::Duration duration = absl::ZeroDuration();
  std::int64_t number = 0;
};

// One transaction writes at a time, and whoever waits gets the next turn. A thread that writes
// thousands of rows in each of its turns would so have nearly all of the time, and somebody who
// dials would wait for it again and again. So a thread whose turn took long stays away for a while
// before its next one, if others have written since, or wait. Thread-safe.
class TurnTaking {
 public:
  // To be called before each turn: blocks while the thread has to stay away.
  void Await(bool others_wait) {
    const Turn& last = last_turn;
    if (last.owner == this && last.duration > kLongTurn && (others_wait || turns_ != last.number)) {
      const absl::Duration away = std::min(kTimesAway * last.duration, kMaxAway);
      absl::SleepFor(last.end + away - absl::Now());
    }
  }

  // To be called after each turn.
  void End(absl::Time start) {
    const absl::Time now = absl::Now();
    last_turn = {.owner = this, .end = now, .duration = now - start, .number = ++turns_};
  }

 private:
  static constexpr absl::Duration kLongTurn = absl::Milliseconds(3);
  static constexpr absl::Duration kMaxAway = absl::Milliseconds(100);
  static constexpr int kTimesAway = 3;  // the others get three quarters of the time

  static inline thread_local Turn last_turn;

  std::atomic<std::int64_t> turns_ = 0;
};

}  // namespace outdial::sqlite

#endif  // OUTDIAL_ADAPTERS_SQLITE_SRC_TURN_TAKING_H_
