// Whether the database can be worked on.
#ifndef OUTDIAL_APPS_OUTDIAL_MANAGER_DATABASE_CHECK_H_
#define OUTDIAL_APPS_OUTDIAL_MANAGER_DATABASE_CHECK_H_

#include <condition_variable>
#include <functional>
#include <mutex>
#include <thread>

#include "absl/status/status.h"
#include "outdial/apps/database.h"

namespace outdial::manager {

// Makes sure that the database has all migrations, or applies those that it lacks. A server that is
// away is asked again, later and later, five seconds apart at most; meanwhile the daemon answers
// that the database is unavailable.
class DatabaseCheck {
 public:
  // Asks once, unless it is to `migrate`.
  DatabaseCheck(apps::DatabaseSettings settings, bool migrate);

  // Stops.
  ~DatabaseCheck() { Stop(); }

  DatabaseCheck(const DatabaseCheck&) = delete;
  DatabaseCheck& operator=(const DatabaseCheck&) = delete;

  // Has a thread do what is left to do. `begin_work` is called once: now, or by that thread where
  // it is to migrate and has done so. To be called once.
  void Start(std::function<void()> begin_work);

  // A migration that is at work is left to the server. Idempotent.
  void Stop();

  // Why the daemon cannot work on this database; OK as long as nothing is known. Where that is
  // found out later, the process gets a SIGTERM. Thread-safe.
  absl::Status failure();

 private:
  bool Try(const std::stop_token& stop);
  void Run(const std::stop_token& stop, const std::function<void()>& begin_work);

  const apps::DatabaseSettings settings_;
  const bool migrate_;
  bool done_ = false;  // there is nothing more to find out
  bool warned_ = false;
  std::mutex mutex_;
  std::condition_variable_any stop_;
  absl::Status failure_;  // guarded by mutex_
  std::jthread thread_;   // last: it uses the others
};

}  // namespace outdial::manager

#endif  // OUTDIAL_APPS_OUTDIAL_MANAGER_DATABASE_CHECK_H_
