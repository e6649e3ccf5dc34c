// What the daemon does without being asked.
#ifndef OUTDIAL_APPS_OUTDIAL_MANAGER_MAINTENANCE_H_
#define OUTDIAL_APPS_OUTDIAL_MANAGER_MAINTENANCE_H_

#include <atomic>
#include <cstddef>
#include <cstdint>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "outdial/ports/database.h"
#include "outdial/services/services.h"
#include "periodic_tasks.h"

namespace outdial::manager {

// What the maintenance has done and seen, for the metrics. Thread-safe, does not block.
class MaintenanceStats {
 public:
  std::size_t leases_reclaimed() const { return leases_reclaimed_; }

  // Whether the database did what it was asked for last.
  bool database_works() const { return database_works_; }

  // The outbox as it was when it was last looked at.
  std::size_t outbox_events() const { return outbox_events_; }
  // How old its oldest event is now; zero where there was none.
  absl::Duration OldestEventAge(absl::Time now) const;

 private:
  friend class Maintenance;

  std::atomic<std::size_t> leases_reclaimed_ = 0;
  std::atomic<bool> database_works_ = true;
  std::atomic<std::size_t> outbox_events_ = 0;
  std::atomic<std::int64_t> oldest_event_ = 0;  // microseconds since the Unix epoch; 0: none
};

// A thread that brings expired leases back, every second, looks at the outbox, every five, and
// removes journal entries that nobody needs any more, every minute. Others do what may take longer
// than a lease may wait: one registers the keys of targets that others have added, and one counts
// again how far those outdials are that somebody looks at.
class Maintenance {
 public:
  // Starts. All must outlive it.
  Maintenance(Services& services, Database& database, MaintenanceStats& stats);

  // Stops, as PeriodicTasks does.
  ~Maintenance() = default;

  Maintenance(const Maintenance&) = delete;
  Maintenance& operator=(const Maintenance&) = delete;

 private:
  absl::StatusOr<std::size_t> ReclaimLeases(std::size_t limit);
  absl::Status LookAtOutbox();

  Services& services_;
  Database& database_;
  MaintenanceStats& stats_;
  PeriodicTasks tasks_;  // this and the next ones last: their threads use the others
  PeriodicTasks registering_;
  PeriodicTasks counting_;
};

}  // namespace outdial::manager

#endif  // OUTDIAL_APPS_OUTDIAL_MANAGER_MAINTENANCE_H_
