// How many events wait, without asking for each.
#ifndef OUTDIAL_ADAPTERS_MYSQL_SRC_OUTBOX_SIZE_H_
#define OUTDIAL_ADAPTERS_MYSQL_SRC_OUTBOX_SIZE_H_

#include <chrono>
#include <cstddef>
#include <mutex>
#include <optional>

namespace outdial::mysql {

// An upper bound of the number of rows in the outbox, apart from those that other processes add
// within a second: what it was when it was last looked at, and what was added since. Thread-safe.
class OutboxSize {
 public:
  explicit OutboxSize(std::size_t limit) : limit_(limit) {}

  std::size_t limit() const { return limit_; }

  // Whether `count` more surely fit, which are added then. False: somebody has to look.
  bool Add(std::size_t count) {
    const std::lock_guard lock(mutex_);
    if (!SeenWithin(std::chrono::seconds(1)) || size_ + count > limit_) return false;
    size_ += count;
    return true;
  }

  // Whether `count` more do not fit, as somebody saw just now who counted: that takes a while where
  // so many wait.
  bool IsFullFor(std::size_t count) {
    const std::lock_guard lock(mutex_);
    return counted_ && SeenWithin(std::chrono::milliseconds(200)) && size_ + count > limit_;
  }

  // What somebody saw who looked; `counted`, where it is no upper bound.
  void Set(std::size_t size, bool counted) {
    const std::lock_guard lock(mutex_);
    size_ = size;
    counted_ = counted;
    seen_at_ = Clock::now();
  }

  // To be called when events are removed: the bound holds, but there may be room again.
  void Removed() {
    const std::lock_guard lock(mutex_);
    counted_ = false;
  }

 private:
  using Clock = std::chrono::steady_clock;

  bool SeenWithin(Clock::duration age) const {
    return seen_at_.has_value() && Clock::now() - *seen_at_ < age;
  }

  const std::size_t limit_;
  std::mutex mutex_;  // guards what follows
  std::size_t size_ = 0;
  bool counted_ = false;
  std::optional<Clock::time_point> seen_at_;
};

}  // namespace outdial::mysql

#endif  // OUTDIAL_ADAPTERS_MYSQL_SRC_OUTBOX_SIZE_H_
