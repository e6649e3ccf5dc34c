#include "journal_cleaner.h"

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <utility>

#include "absl/types/span.h"

namespace outdial::rabbitmq {
namespace {

constexpr std::size_t kMaxKeys = 20'000;
constexpr std::size_t kBatch = 500;
// How long keys are collected for a batch that is not full.
constexpr std::chrono::seconds kInterval{1};

}  // namespace

void JournalCleaner::Start() {
  thread_ = std::thread([this] { Run(); });
}

void JournalCleaner::Stop() {
  if (!thread_.joinable()) return;
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  changed_.notify_one();
  thread_.join();
}

void JournalCleaner::Add(std::vector<std::string> keys) {
  const std::lock_guard lock(mutex_);
  const std::size_t taken = std::min(keys.size(), kMaxKeys - keys_.size());
  left_ += keys.size() - taken;
  keys_.insert(keys_.end(), std::make_move_iterator(keys.begin()),
               std::make_move_iterator(keys.begin() + static_cast<std::ptrdiff_t>(taken)));
  if (keys_.size() >= kBatch) changed_.notify_one();
}

void JournalCleaner::Run() {
  bool last = false;
  while (!last) {
    std::vector<std::string> keys;
    {
      std::unique_lock lock(mutex_);
      changed_.wait_for(lock, kInterval, [this] { return stopping_ || keys_.size() >= kBatch; });
      last = stopping_;
      keys.swap(keys_);
    }
    RemoveAll(keys);
  }
}

void JournalCleaner::RemoveAll(const std::vector<std::string>& keys) {
  absl::Span<const std::string> rest(keys);
  while (!rest.empty()) {
    const auto batch = rest.first(std::min(rest.size(), kBatch));
    if (!journal_->Remove(batch).ok()) break;
    removed_ += batch.size();
    rest.remove_prefix(batch.size());
  }
  left_ += rest.size();
}

}  // namespace outdial::rabbitmq
