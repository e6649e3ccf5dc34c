// How those who write for long and those who write briefly share one file.
#ifndef OUTDIAL_ADAPTERS_SQLITE_SRC_TURN_TAKING_H_
#define OUTDIAL_ADAPTERS_SQLITE_SRC_TURN_TAKING_H_

#include <atomic>
#include <cstdint>

#include "absl/time/time.h"

namespace outdial::sqlite {

// One transaction writes at a time, and whoever waits gets the next turn. A thread that writes
// thousands of rows in each of its turns would so have nearly all of the time, and somebody who
// dials would wait for it again and again. So a thread that worked for long in its turn stays away
// for a while before its next one, if others have written since, or wait. Thread-safe.
class TurnTaking {
 public:
  // A turn that a thread has had.
  struct Turn {
    const TurnTaking* owner{};
    std::int64_t number{};
    absl::Duration end{};  // when, on a steady clock
    absl::Duration duration{};
    // Of the processor, before the commit: a thread that had to wait is not to wait for that, nor
    // one whose commit had to bring what others wrote into the file.
    absl::Duration work{};
  };

  // How long a thread has to stay away after its last turn; `others` means that others have
  // written since, or wait.
  static absl::Duration TimeAway(const Turn& last, bool others);

  // To be called before each turn: blocks while the thread has to stay away.
  void Await(bool others_wait) const;

  // To be called at the beginning of each turn, before its commit or rollback, and at its end. A
  // turn whose transaction could not begin has no BeforeCommit, and counts as brief.
  void Begin();
  void BeforeCommit();
  void End();

 private:
  std::atomic<std::int64_t> turns_ = 0;
};

}  // namespace outdial::sqlite

#endif  // OUTDIAL_ADAPTERS_SQLITE_SRC_TURN_TAKING_H_
