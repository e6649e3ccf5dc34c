// What is done again and again, on a thread of its own.
#ifndef OUTDIAL_APPS_OUTDIAL_MANAGER_PERIODIC_TASKS_H_
#define OUTDIAL_APPS_OUTDIAL_MANAGER_PERIODIC_TASKS_H_

#include <condition_variable>
#include <cstddef>
#include <functional>
#include <mutex>
#include <string_view>
#include <thread>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"

namespace outdial::manager {

// Something that is done in batches.
struct PeriodicTask {
  std::string_view failure{};  // what the log says where it fails; a literal
  absl::Duration interval{};   // between two batches, but not after a full one
  int rest = 0;                // after a full one: so many times as long as it took
  std::size_t batch = 1;
  // Does up to the given number of things and returns how many it did.
  std::function<absl::StatusOr<std::size_t>(std::size_t)> run{};
};

// A thread that runs tasks. One that fails is tried again later and later, half a minute apart at
// most.
class PeriodicTasks {
 public:
  // Starts.
  explicit PeriodicTasks(std::vector<PeriodicTask> tasks);

  // Stops: waits for what is being done, if anything, not for what is due next.
  ~PeriodicTasks();

  PeriodicTasks(const PeriodicTasks&) = delete;
  PeriodicTasks& operator=(const PeriodicTasks&) = delete;

 private:
  void Run();

  const std::vector<PeriodicTask> tasks_;
  std::mutex mutex_;
  std::condition_variable stop_;
  bool stopping_ = false;  // guarded by mutex_
  std::thread thread_;     // last: it uses the others
};

}  // namespace outdial::manager

#endif  // OUTDIAL_APPS_OUTDIAL_MANAGER_PERIODIC_TASKS_H_
