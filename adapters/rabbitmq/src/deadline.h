// How long something may still take.
#ifndef OUTDIAL_ADAPTERS_RABBITMQ_SRC_DEADLINE_H_
#define OUTDIAL_ADAPTERS_RABBITMQ_SRC_DEADLINE_H_

#include <algorithm>
#include <chrono>

#include "absl/time/time.h"

namespace outdial::rabbitmq {

// On a clock that nobody sets.
class Deadline {
 public:
  explicit Deadline(absl::Duration duration)
      : end_(std::chrono::steady_clock::now() + absl::ToChronoNanoseconds(duration)) {}

  // Zero once it has passed.
  absl::Duration Left() const {
    return std::max(absl::FromChrono(end_ - std::chrono::steady_clock::now()),
                    absl::ZeroDuration());
  }

  bool HasPassed() const { return Left() == absl::ZeroDuration(); }

 private:
  std::chrono::steady_clock::time_point end_;
};

}  // namespace outdial::rabbitmq

#endif  // OUTDIAL_ADAPTERS_RABBITMQ_SRC_DEADLINE_H_
