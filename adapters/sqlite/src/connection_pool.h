// A bounded number of connections that threads share.
#ifndef OUTDIAL_ADAPTERS_SQLITE_SRC_CONNECTION_POOL_H_
#define OUTDIAL_ADAPTERS_SQLITE_SRC_CONNECTION_POOL_H_

#include <condition_variable>
#include <cstddef>
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
  ConnectionPool(Settings settings, Connection::Access access, std::size_t limit);

  // Gives a connection back when it is destroyed.
  struct Return {
    ConnectionPool* pool;
    void operator()(Connection* connection) const { pool->Put(connection); }
  };
  using Lease = std::unique_ptr<Connection, Return>;

  // A connection for the caller alone. Waits for one for `busy_timeout` at most. Errors:
  // DATABASE_UNAVAILABLE, and those of Connection::Open.
  absl::StatusOr<Lease> Take();

  // A connection that is open and that nobody uses or waits for; null where there is none.
  Lease TakeIdle();

  // Whether somebody waits for a connection.
  bool HasWaiting();

 private:
  Lease PopIdle();
  void Put(Connection* connection);

  const Settings settings_;
  const Connection::Access access_;
  const std::size_t limit_;

  std::mutex mutex_;
  std::condition_variable returned_;
  std::vector<std::unique_ptr<Connection>> idle_;
  std::size_t taken_ = 0;
  std::size_t waiting_ = 0;
};

}  // namespace outdial::sqlite

#endif  // OUTDIAL_ADAPTERS_SQLITE_SRC_CONNECTION_POOL_H_
