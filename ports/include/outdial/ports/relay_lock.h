// The port to the lock that lets one relay work at a time.
#ifndef OUTDIAL_PORTS_RELAY_LOCK_H_
#define OUTDIAL_PORTS_RELAY_LOCK_H_

#include "absl/status/statusor.h"

namespace outdial {

// Held by one of all processes that work on the same database: the one whose relay publishes what
// waits in the outbox. It goes by itself when its holder dies, so that another can take over. Used
// by one thread at a time. Calls block for a bounded time. The destructor releases it.
class RelayLock {
 public:
  virtual ~RelayLock() = default;

  // Takes the lock where it is free. True: it is held now, also where it was held before. To be
  // called before each batch, because a lock can be lost: its connection, for one, may have ended.
  // Error: DATABASE_UNAVAILABLE; it is not held then.
  virtual absl::StatusOr<bool> TryHold() = 0;

  // Lets another take it. Does nothing where it is not held.
  virtual void Release() = 0;
};

}  // namespace outdial

#endif  // OUTDIAL_PORTS_RELAY_LOCK_H_
