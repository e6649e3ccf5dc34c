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
    const bool known = size_.has_value() && Clock::now() - looked_at_ < std::chrono::seconds(1);
    if (!known || *size_ + count > limit_) return false;
    *size_ += count;
    return true;
  }

  // What somebody saw who looked.
  void Set(std::size_t size) {
    const std::lock_guard lock(mutex_);
    size_ = size;
    looked_at_ = Clock::now();
  }

 private:
  using Clock = std::chrono::steady_clock;

  const std::size_t limit_;
  std::mutex mutex_;
  std::optional<std::size_t> size_;  // guarded by mutex_, as what follows
  Clock::time_point looked_at_;
};

}  // namespace outdial::mysql

#endif  // OUTDIAL_ADAPTERS_MYSQL_SRC_OUTBOX_SIZE_H_
