// What the daemon does without being asked.
#ifndef OUTDIAL_APPS_OUTDIAL_MANAGER_MAINTENANCE_H_
#define OUTDIAL_APPS_OUTDIAL_MANAGER_MAINTENANCE_H_

#include <condition_variable>
#include <mutex>
#include <thread>

#include "outdial/services/services.h"

namespace outdial::manager {

// A thread that brings expired leases back, every second, and removes journal entries that nobody
// needs any more, every minute. Where the database fails it says so in the log and tries again
// later and later, half a minute apart at most.
class Maintenance {
 public:
  // Starts. `services` must outlive it.
  explicit Maintenance(Services& services);

  // Stops: waits for the transaction that is being made, if any, not for the next one.
  ~Maintenance();

  Maintenance(const Maintenance&) = delete;
  Maintenance& operator=(const Maintenance&) = delete;

 private:
  void Run();

  Services& services_;
  std::mutex mutex_;
  std::condition_variable stop_;
  bool stopping_ = false;  // guarded by mutex_
  std::thread thread_;     // last: it uses the others
};

}  // namespace outdial::manager

#endif  // OUTDIAL_APPS_OUTDIAL_MANAGER_MAINTENANCE_H_
