#include "periodic_tasks.h"

#include <algorithm>
#include <chrono>
#include <string>
#include <utility>

#include "outdial/logging/log.h"

namespace outdial::manager {
namespace {

constexpr absl::Duration kMaxBackoff = absl::Seconds(30);

class Schedule {
 public:
  explicit Schedule(const PeriodicTask& task) : task_(task) {}

  // How long to wait before the next call. Makes a batch where it is due.
  absl::Duration Step(absl::Duration elapsed) {
    wait_ -= elapsed;
    if (wait_ > absl::ZeroDuration()) return wait_;
    const auto start = std::chrono::steady_clock::now();
    const absl::StatusOr<std::size_t> done = task_.run(task_.batch);
    if (done.ok()) {
      backoff_ = task_.interval;
      const absl::Duration took = absl::FromChrono(std::chrono::steady_clock::now() - start);
      wait_ = *done < task_.batch ? task_.interval : task_.rest * took;
    } else {
      logging::Log(logging::Level::kWarning, task_.failure,
                   {{"error", std::string(done.status().message())}});
      wait_ = backoff_ = std::max(task_.interval, std::min(2 * backoff_, kMaxBackoff));
    }
    return wait_;
  }

 private:
  const PeriodicTask& task_;
  absl::Duration wait_ = absl::ZeroDuration();
  absl::Duration backoff_ = task_.interval;
};

}  // namespace

PeriodicTasks::PeriodicTasks(std::vector<PeriodicTask> tasks)
    : tasks_(std::move(tasks)), thread_([this] { Run(); }) {}

PeriodicTasks::~PeriodicTasks() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  stop_.notify_one();
  thread_.join();
}

void PeriodicTasks::Run() {
  std::vector<Schedule> schedules(tasks_.begin(), tasks_.end());
  absl::Duration wait = absl::ZeroDuration();
  std::unique_lock lock(mutex_);
  do {
    lock.unlock();
    const absl::Duration elapsed = std::exchange(wait, absl::InfiniteDuration());
    for (Schedule& schedule : schedules) wait = std::min(wait, schedule.Step(elapsed));
    lock.lock();
  } while (!stop_.wait_for(lock, absl::ToChronoNanoseconds(wait), [this] { return stopping_; }));
}

}  // namespace outdial::manager
