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
  if (taken_ >= limit_ || !FirstIsPatient()) {
    const auto self = waiters_.emplace(waiters_.end());
    const bool free =
        self->returned.wait_for(lock, absl::ToChronoMilliseconds(settings_.busy_timeout),
                                [&] { return taken_ < limit_ && self == waiters_.begin(); });
    waiters_.erase(self);
    if (!free) {
      WakeFirst();
      return MakeError(Reason::kDatabaseUnavailable, "The database is busy.");
    }
  }
  ++taken_;
  WakeFirst();
  if (!idle_.empty()) return PopIdle();
  lock.unlock();
  absl::StatusOr<std::unique_ptr<Connection>> connection = Connection::Open(settings_, access_);
  if (connection.ok()) return Lease(connection->release(), Return{this});
  lock.lock();
  --taken_;
  WakeFirst();
  return connection.status();
}

ConnectionPool::Lease ConnectionPool::TakeIdle() {
  const std::lock_guard lock(mutex_);
  if (!waiters_.empty() || idle_.empty()) return Lease(nullptr, Return{this});
  ++taken_;
  return PopIdle();
}

bool ConnectionPool::HasWaiting() {
  const std::lock_guard lock(mutex_);
  return !waiters_.empty();
}

bool ConnectionPool::FirstIsPatient() const {
  return waiters_.empty() || std::chrono::steady_clock::now() - waiters_.front().since < kPatience;
}

void ConnectionPool::WakeFirst() {
  if (taken_ < limit_ && !waiters_.empty()) waiters_.front().returned.notify_one();
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
  WakeFirst();
}

}  // namespace outdial::sqlite
