// What ends the waiting of threads.
#ifndef OUTDIAL_ADAPTERS_RABBITMQ_SRC_INTERRUPT_H_
#define OUTDIAL_ADAPTERS_RABBITMQ_SRC_INTERRUPT_H_

#include <atomic>

#include "absl/time/time.h"

namespace outdial::rabbitmq {

// Set once, and from then on for everybody. Thread-safe.
class Interrupt {
 public:
  // Throws std::system_error where the system has no descriptor left.
  Interrupt();
  ~Interrupt();

  Interrupt(const Interrupt&) = delete;
  Interrupt& operator=(const Interrupt&) = delete;

  void Set();
  bool IsSet() const { return is_set_; }

  // Whether it was set before the time was over.
  bool WaitFor(absl::Duration duration) const;

  // Readable once it is set.
  int descriptor() const { return descriptor_; }

 private:
  std::atomic<bool> is_set_ = false;
  const int descriptor_;
};

// For poll(): in milliseconds, rounded up; at most a minute.
int ToPollTimeout(absl::Duration duration);

}  // namespace outdial::rabbitmq

#endif  // OUTDIAL_ADAPTERS_RABBITMQ_SRC_INTERRUPT_H_
