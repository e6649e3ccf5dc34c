// A bounded number of connections that threads share.
#ifndef OUTDIAL_ADAPTERS_SQLITE_SRC_CONNECTION_POOL_H_
#define OUTDIAL_ADAPTERS_SQLITE_SRC_CONNECTION_POOL_H_

#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <list>
#include <memory>
#include <mutex>
#include <vector>

#include "absl/status/statusor.h"
#include "connection.h"
#include "outdial/sqlite/database.h"

namespace outdial::sqlite {

// Opens connections when they are needed and none is idle. Thread-safe; outlives what it lends.
class ConnectionPool {
 public:
  // A thread that is running takes a connection that was given back sooner than one that has to
  // wake up for it: good for what they do together, until it keeps the other one waiting again and
  // again.
  static constexpr std::chrono::milliseconds kPatience{10};

  ConnectionPool(Settings settings, Connection::Access access, std::size_t limit);

  // Gives a connection back when it is destroyed.
  struct Return {
    ConnectionPool* pool;
    void operator()(Connection* connection) const { pool->Put(connection); }
  };
  using Lease = std::unique_ptr<Connection, Return>;

  // A connection for the caller alone. Waits for one for `busy_timeout` at most; who has waited for
  // kPatience comes before all who came later. Errors: DATABASE_UNAVAILABLE, and those of
  // Connection::Open.
  absl::StatusOr<Lease> Take();

  // A connection that is open and that nobody uses or waits for; null where there is none.
  Lease TakeIdle();

  // Whether somebody waits for a connection.
  bool HasWaiting();

 private:
  struct Waiter {
    const std::chrono::steady_clock::time_point since = std::chrono::steady_clock::now();
    std::condition_variable returned;
  };

  // These are called with the mutex held.
  bool FirstIsPatient() const;
  void WakeFirst();
  Lease PopIdle();

  void Put(Connection* connection);

  const Settings settings_;
  const Connection::Access access_;
  const std::size_t limit_;

  std::mutex mutex_;
  std::vector<std::unique_ptr<Connection>> idle_;
  std::size_t taken_ = 0;
  std::list<Waiter> waiters_;  // the first one has waited longest
};

}  // namespace outdial::sqlite

#endif  // OUTDIAL_ADAPTERS_SQLITE_SRC_CONNECTION_POOL_H_
