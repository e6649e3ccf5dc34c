// A bounded number of connections that threads share.
#ifndef OUTDIAL_ADAPTERS_MYSQL_SRC_CONNECTION_POOL_H_
#define OUTDIAL_ADAPTERS_MYSQL_SRC_CONNECTION_POOL_H_

#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <vector>

#include "absl/status/statusor.h"
#include "connection.h"
#include "outdial/mysql/database.h"
#include "outdial/mysql/settings.h"

namespace outdial::mysql {

// Opens connections when they are needed and none is idle. Thread-safe; outlives what it lends.
class ConnectionPool {
 public:
  explicit ConnectionPool(const Settings& settings);

  // Gives a connection back when it is destroyed.
  struct Return {
    ConnectionPool* pool;
    void operator()(Connection* connection) const { pool->Put(connection); }
  };
  using Lease = std::unique_ptr<Connection, Return>;

  // A connection for the caller alone, if possible one that was last used in the same way. Waits
  // for one for `timeout` at most. Error: DATABASE_UNAVAILABLE.
  absl::StatusOr<Lease> Take(Connection::Access access);

  PoolStats stats();

  // Has whatever waits for the server on one of these connections fail, and lends none any more.
  // Thread-safe; does not block.
  void Interrupt();

 private:
  struct Idle {
    std::unique_ptr<Connection> connection;
    std::chrono::steady_clock::time_point since;
  };

  // An idle one that was last used in this way, or in any; null where there is none. With the lock.
  Lease PopIdle(std::optional<Connection::Access> access);
  // Those that the server may have closed, or soon will. With the lock.
  std::vector<Idle> RemoveOverdue();
  // With the lock.
  Lease Lend(std::unique_ptr<Connection> connection);
  void Put(Connection* connection);

  const Settings settings_;
  const std::size_t limit_;

  std::mutex mutex_;
  std::condition_variable returned_;
  std::vector<Idle> idle_;  // the last one returned is last
  std::vector<Connection*> lent_;
  std::size_t taken_ = 0;  // lent, or about to be
  bool interrupted_ = false;
  std::uint64_t lost_ = 0;
  std::uint64_t waits_ = 0;
};

}  // namespace outdial::mysql

#endif  // OUTDIAL_ADAPTERS_MYSQL_SRC_CONNECTION_POOL_H_
