#include "connection_pool.h"

#include <algorithm>
#include <utility>

#include "absl/time/time.h"
#include "outdial/entities/error.h"

namespace outdial::mysql {

ConnectionPool::ConnectionPool(const Settings& settings)
    : settings_(settings), limit_(settings.max_connections) {
  idle_.reserve(limit_);  // so that Put does not allocate
}

absl::StatusOr<ConnectionPool::Lease> ConnectionPool::Take(Connection::Access access) {
  std::unique_lock lock(mutex_);
  const auto is_free = [this] { return taken_ < limit_; };
  if (!is_free()) {
    ++waits_;
    if (!returned_.wait_for(lock, absl::ToChronoMilliseconds(settings_.timeout), is_free)) {
      return MakeError(Reason::kDatabaseUnavailable, "All connections to the database are in use.");
    }
  }
  ++taken_;
  // Using one in another way costs a round trip, each time: rather there are some of both kinds.
  if (Lease same = PopIdle(access); same != nullptr) return same;
  if (taken_ + idle_.size() > limit_) return PopIdle(std::nullopt);
  lock.unlock();
  absl::StatusOr<std::unique_ptr<Connection>> connection =
      Connection::Open(settings_, Connection::Purpose::kServing);
  if (connection.ok()) return Lease(connection->release(), Return{this});
  lock.lock();
  // The server may have room for no more.
  if (Lease other = PopIdle(std::nullopt); other != nullptr) return other;
  --taken_;
  returned_.notify_one();
  return connection.status();
}

PoolStats ConnectionPool::stats() {
  const std::lock_guard lock(mutex_);
  return {.open = idle_.size() + taken_,
          .in_use = taken_,
          .max = limit_,
          .reconnects = lost_,
          .waits = waits_};
}

ConnectionPool::Lease ConnectionPool::PopIdle(std::optional<Connection::Access> access) {
  // The last one returned, so that those that are not needed stay unused.
  const auto found = std::find_if(idle_.rbegin(), idle_.rend(), [&](const auto& idle) {
    return !access.has_value() || idle->access() == access;
  });
  if (found == idle_.rend()) return Lease(nullptr, Return{this});
  std::swap(*found, idle_.back());
  Lease lease(idle_.back().release(), Return{this});
  idle_.pop_back();
  return lease;
}

void ConnectionPool::Put(Connection* connection) {
  std::unique_ptr<Connection> returned(connection);
  std::vector<std::unique_ptr<Connection>> closed;  // without the lock: it takes a while
  const std::lock_guard lock(mutex_);
  --taken_;
  if (returned->lost()) {
    // What ended one connection has most likely ended them all.
    lost_ += 1 + idle_.size();
    closed.swap(idle_);
    idle_.reserve(limit_);
  } else {
    idle_.push_back(std::move(returned));
  }
  returned_.notify_one();
}

}  // namespace outdial::mysql
