// Carries events from the outbox to the broker, all the time.
#ifndef OUTDIAL_APPS_OUTDIAL_MANAGER_EVENT_RELAY_H_
#define OUTDIAL_APPS_OUTDIAL_MANAGER_EVENT_RELAY_H_

#include <atomic>
#include <condition_variable>
#include <cstddef>
#include <mutex>
#include <thread>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "outdial/ports/database.h"
#include "outdial/ports/event_publisher.h"
#include "outdial/ports/relay_lock.h"
#include "outdial/services/outbox_relay.h"

namespace outdial::manager {

struct EventRelaySettings {
  // How many events are read, published and removed at once, at most.
  std::size_t batch = 500;

  // How often the outbox is looked at where nobody wakes the relay: for events of other processes.
  // Also how often the lock is asked for while another process holds it.
  absl::Duration poll_interval = absl::Seconds(1);

  // How long the next batch waits at least after one that left nothing: under load events share its
  // transactions, instead of having two each.
  absl::Duration min_interval = absl::Milliseconds(10);

  // How long to wait after a failure, and at most after several in a row.
  absl::Duration min_backoff = absl::Milliseconds(100);
  absl::Duration max_backoff = absl::Seconds(10);

  // How long Stop goes on publishing what waits.
  absl::Duration flush_timeout = absl::Seconds(5);
};

// A thread that relays, one batch after the other as long as more may wait, while it holds the
// lock. Where the broker or the database is away, events wait; the log tells so once, and once when
// they are published again.
class EventRelay {
 public:
  // All must outlive the relay, and are used by its thread alone, but for the database.
  EventRelay(Database& database, EventPublisher& publisher, RelayLock& lock,
             const EventRelaySettings& settings = {});

  // Stops.
  ~EventRelay();

  EventRelay(const EventRelay&) = delete;
  EventRelay& operator=(const EventRelay&) = delete;

  // To be called once.
  void Start();

  // There are new events. Thread-safe, may be called at any time; does not block.
  void Wake();

  // Publishes what waits, for `flush_timeout` at most and as long as nothing fails, lets go of the
  // lock, and returns when the thread has ended. Tries no more where it fails meanwhile.
  // Idempotent.
  void Stop();

 private:
  // What there is to do after a batch.
  enum class Outcome { kMoreWait, kNoneWait, kNotOurs, kFailed };

  void Run();
  void Flush();
  Outcome RelayBatch();
  absl::StatusOr<Outcome> TryRelayBatch();
  bool WaitAfter(Outcome outcome);
  bool IsStopping();

  OutboxRelay relay_;
  RelayLock& lock_;
  const EventRelaySettings settings_;

  bool failing_ = false;    // of the thread
  absl::Duration backoff_;  // likewise

  std::atomic<bool> woken_ = false;
  std::mutex mutex_;
  std::condition_variable changed_;
  bool stopping_ = false;  // guarded by mutex_
  std::thread thread_;
};

}  // namespace outdial::manager

#endif  // OUTDIAL_APPS_OUTDIAL_MANAGER_EVENT_RELAY_H_
