// The lock of the relay among holders in one process.
#ifndef OUTDIAL_MEMORY_RELAY_LOCK_H_
#define OUTDIAL_MEMORY_RELAY_LOCK_H_

#include <memory>
#include <mutex>

#include "outdial/entities/use_counted.h"
#include "outdial/ports/relay_lock.h"

namespace outdial::memory {

// Stands for the database whose relays compete. Thread-safe, does not block. Must outlive the locks
// it opened: where it does not the program stops.
class RelayLocks : public UseCounted {
 public:
  RelayLocks() : UseCounted("memory::RelayLocks") {}

  // One competitor's lock, not held yet.
  std::unique_ptr<RelayLock> Open();

  // Takes the lock away from whoever holds it, as a lost connection does.
  void Break();

 private:
  class Competitor;

  std::mutex mutex_;
  const Competitor* holder_ = nullptr;  // guarded by mutex_
};

}  // namespace outdial::memory

#endif  // OUTDIAL_MEMORY_RELAY_LOCK_H_
