#include "connection_pool.h"

#include <algorithm>
#include <iterator>
#include <utility>

#include "absl/time/time.h"
#include "outdial/entities/error.h"

namespace outdial::mysql {

ConnectionPool::ConnectionPool(const Settings& settings)
    : settings_(settings), limit_(settings.max_connections) {
  idle_.reserve(limit_);  // so that Put does not allocate
  lent_.reserve(limit_);
}

absl::StatusOr<ConnectionPool::Lease> ConnectionPool::Take(Connection::Access access) {
  std::vector<Idle> closed;  // without the lock: it takes a while
  std::unique_lock lock(mutex_);
  const auto is_free = [this] { return taken_ < limit_ || interrupted_; };
  if (!is_free()) {
    ++waits_;
    if (!returned_.wait_for(lock, absl::ToChronoMilliseconds(settings_.timeout), is_free)) {
      return MakeError(Reason::kDatabaseUnavailable, "All connections to the database are in use.");
    }
  }
  if (interrupted_) {
    return MakeError(Reason::kDatabaseUnavailable, "The database is not read any more.");
  }
  closed = RemoveOverdue();
  ++taken_;
  // Using one in another way costs a round trip, each time: rather there are some of both kinds.
  if (Lease same = PopIdle(access); same != nullptr) return same;
  if (taken_ + idle_.size() > limit_) return PopIdle(std::nullopt);
  lock.unlock();
  absl::StatusOr<std::unique_ptr<Connection>> connection =
      Connection::Open(settings_, Connection::Purpose::kServing);
  lock.lock();
  if (connection.ok()) return Lend(*std::move(connection));
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

void ConnectionPool::Interrupt() {
  const std::lock_guard lock(mutex_);
  interrupted_ = true;
  for (Connection* const connection : lent_) connection->Interrupt();
  returned_.notify_all();
}

ConnectionPool::Lease ConnectionPool::PopIdle(std::optional<Connection::Access> access) {
  // The last one returned, so that those that are not needed stay unused.
  const auto found = std::find_if(idle_.rbegin(), idle_.rend(), [&](const Idle& idle) {
    return !access.has_value() || idle.connection->access() == access;
  });
  if (found == idle_.rend()) return Lease(nullptr, Return{this});
  std::unique_ptr<Connection> connection = std::move(found->connection);
  idle_.erase(std::next(found).base());
  return Lend(std::move(connection));
}

ConnectionPool::Lease ConnectionPool::Lend(std::unique_ptr<Connection> connection) {
  if (interrupted_) connection->Interrupt();
  lent_.push_back(connection.get());
  return Lease(connection.release(), Return{this});
}

std::vector<ConnectionPool::Idle> ConnectionPool::RemoveOverdue() {
  const auto overdue =
      std::chrono::steady_clock::now() - absl::ToChronoNanoseconds(settings_.idle_timeout * 3 / 4);
  const auto first_kept = std::find_if(idle_.begin(), idle_.end(),
                                       [&](const Idle& idle) { return idle.since > overdue; });
  std::vector<Idle> removed(std::make_move_iterator(idle_.begin()),
                            std::make_move_iterator(first_kept));
  idle_.erase(idle_.begin(), first_kept);
  return removed;
}

void ConnectionPool::Put(Connection* connection) {
  std::unique_ptr<Connection> returned(connection);
  std::vector<Idle> closed;  // without the lock: it takes a while
  const std::lock_guard lock(mutex_);
  std::erase(lent_, connection);
  --taken_;
  if (returned->lost()) {
    ++lost_;
    if (returned->proven()) {
      // What ended one connection has most likely ended them all.
      lost_ += idle_.size();
      closed.swap(idle_);
      idle_.reserve(limit_);
    }
  } else {
    idle_.push_back({std::move(returned), std::chrono::steady_clock::now()});
  }
  returned_.notify_one();
}

}  // namespace outdial::mysql
