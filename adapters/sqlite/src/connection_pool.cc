#include "connection_pool.h"

#include <utility>

#include "absl/time/time.h"
#include "outdial/entities/error.h"

namespace outdial::sqlite {

ConnectionPool::ConnectionPool(Settings settings, Connection::Access access, std::size_t limit)
    : settings_(std::move(settings)), access_(access), limit_(limit) {
  idle_.reserve(limit_);  // so that Put does not allocate
}

absl::StatusOr<ConnectionPool::Lease> ConnectionPool::Take() {
  std::unique_lock lock(mutex_);
  ++waiting_;
  const bool free = returned_.wait_for(lock, absl::ToChronoMilliseconds(settings_.busy_timeout),
                                       [this] { return taken_ < limit_; });
  --waiting_;
  if (!free) return MakeError(Reason::kDatabaseUnavailable, "The database is busy.");
  ++taken_;
  if (!idle_.empty()) return PopIdle();
  lock.unlock();
  absl::StatusOr<std::unique_ptr<Connection>> connection = Connection::Open(settings_, access_);
  if (connection.ok()) return Lease(connection->release(), Return{this});
  lock.lock();
  --taken_;
  returned_.notify_one();
  return connection.status();
}

ConnectionPool::Lease ConnectionPool::TakeIdle() {
  const std::lock_guard lock(mutex_);
  if (waiting_ > 0 || idle_.empty()) return Lease(nullptr, Return{this});
  ++taken_;
  return PopIdle();
}

bool ConnectionPool::HasWaiting() {
  const std::lock_guard lock(mutex_);
  return waiting_ > 0;
}

ConnectionPool::Lease ConnectionPool::PopIdle() {
  // The last one returned has the warmest cache, and those that are not needed stay small.
  Lease lease(idle_.back().release(), Return{this});
  idle_.pop_back();
  return lease;
}

void ConnectionPool::Put(Connection* connection) {
  const std::lock_guard lock(mutex_);
  idle_.emplace_back(connection);
  --taken_;
  returned_.notify_one();
}

}  // namespace outdial::sqlite
