// How long to wait before the next attempt.
#ifndef OUTDIAL_ADAPTERS_RABBITMQ_SRC_BACKOFF_H_
#define OUTDIAL_ADAPTERS_RABBITMQ_SRC_BACKOFF_H_

#include <algorithm>
#include <random>

#include "absl/time/time.h"

namespace outdial::rabbitmq {

// Grows with each failure, up to a limit, and differs from that of others who failed at the same
// moment.
class Backoff {
 public:
  // After a failure: between half of the current limit and all of it.
  absl::Duration Next() {
    const absl::Duration limit = limit_;
    limit_ = std::min(2 * limit_, kMax);
    return limit * std::uniform_real_distribution<double>(0.5, 1.0)(random_);
  }

  // After a success.
  void Reset() { limit_ = kMin; }

 private:
  static constexpr absl::Duration kMin = absl::Milliseconds(100);
  static constexpr absl::Duration kMax = absl::Seconds(5);

  std::minstd_rand random_{std::random_device()()};
  absl::Duration limit_ = kMin;
};

}  // namespace outdial::rabbitmq

#endif  // OUTDIAL_ADAPTERS_RABBITMQ_SRC_BACKOFF_H_
