#include "outdial/memory/relay_lock.h"

namespace outdial::memory {

class RelayLocks::Competitor final : public RelayLock {
 public:
  explicit Competitor(RelayLocks& locks) : locks_(locks) {}
  ~Competitor() override { Competitor::Release(); }

  Competitor(const Competitor&) = delete;
  Competitor& operator=(const Competitor&) = delete;

  absl::StatusOr<bool> TryHold() override {
    const std::lock_guard lock(locks_->mutex_);
    if (locks_->holder_ == nullptr) locks_->holder_ = this;
    return locks_->holder_ == this;
  }

  void Release() override {
    const std::lock_guard lock(locks_->mutex_);
    if (locks_->holder_ == this) locks_->holder_ = nullptr;
  }

 private:
  const Use<RelayLocks> locks_;
};

std::unique_ptr<RelayLock> RelayLocks::Open() { return std::make_unique<Competitor>(*this); }

void RelayLocks::Break() {
  const std::lock_guard lock(mutex_);
  holder_ = nullptr;
}

}  // namespace outdial::memory
