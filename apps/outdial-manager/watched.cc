#include "watched.h"

#include <cstdint>
#include <string_view>

#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "outdial/mysql/database.h"

namespace outdial::manager {
namespace {

using metrics::Metrics;
using metrics::Watched;

void WatchReads(Metrics& metrics, const redis::Cache& cache, std::string_view entity,
                redis::Stats::Reads redis::Stats::*reads) {
  metrics.Watch(Watched::kCacheHits, entity,
                [&cache, reads] { return (cache.stats().*reads).hits; });
  metrics.Watch(Watched::kCacheMisses, entity,
                [&cache, reads] { return (cache.stats().*reads).misses; });
}

}  // namespace

void Watch(Metrics& metrics, const http::Server& server) {
  metrics.Watch(Watched::kRequestsInHand, "http", [&] { return server.requests_in_hand(); });
}

void Watch(Metrics& metrics, const redis::Cache& cache) {
  WatchReads(metrics, cache, "outdial", &redis::Stats::outdials);
  WatchReads(metrics, cache, "outdialtarget", &redis::Stats::targets);
  WatchReads(metrics, cache, "outdialtargetcall", &redis::Stats::calls);
  metrics.Watch(Watched::kCacheErrors, {}, [&] { return cache.stats().errors; });
  metrics.Watch(Watched::kCacheOverdueKeys, {}, [&] { return cache.stats().overdue; });
  metrics.Watch(Watched::kReconnects, "redis", [&] { return cache.stats().reconnects; });
  metrics.Watch(Watched::kServerUp, "redis", [&] { return cache.stats().online ? 1 : 0; });
}

void Watch(Metrics& metrics, Database& database, const MaintenanceStats& maintenance) {
  // SQLite has neither a pool nor a server.
  auto* const server = dynamic_cast<mysql::Database*>(&database);
  if (server == nullptr) return;
  const auto watch = [&metrics, server](Watched what, const std::string& label, auto count) {
    metrics.Watch(what, label,
                  [server, count] { return static_cast<double>(server->pool_stats().*count); });
  };
  watch(Watched::kDatabaseConnectionsOpen, {}, &mysql::PoolStats::open);
  watch(Watched::kDatabaseConnectionsInUse, {}, &mysql::PoolStats::in_use);
  watch(Watched::kDatabaseConnectionsMax, {}, &mysql::PoolStats::max);
  watch(Watched::kDatabaseConnectionWaits, {}, &mysql::PoolStats::waits);
  watch(Watched::kReconnects, "mysql", &mysql::PoolStats::reconnects);
  metrics.Watch(Watched::kServerUp, "mysql", [&] { return maintenance.database_works() ? 1 : 0; });
}

void Watch(Metrics& metrics, const rabbitmq::Consumer& consumer) {
  metrics.Watch(Watched::kRequestsInHand, "rabbitmq",
                [&] { return consumer.stats().requests_in_hand; });
  metrics.Watch(Watched::kRedeliveredRequests, {}, [&] { return consumer.stats().redelivered; });
  metrics.Watch(Watched::kReconnects, "rabbitmq", [&] { return consumer.stats().reconnects; });
  metrics.Watch(Watched::kServerUp, "rabbitmq",
                [&] { return consumer.CheckConnected().ok() ? 1 : 0; });
}

void Watch(Metrics& metrics, const rabbitmq::EventPublisher& publisher) {
  metrics.Watch(Watched::kWebhookRequestsDropped, "no_queue",
                [&] { return publisher.stats().webhooks_dropped; });
  metrics.Watch(Watched::kReconnects, "rabbitmq", [&] {
    const std::uint64_t connections = publisher.stats().connections;
    return connections == 0 ? 0 : connections - 1;
  });
}

void Watch(Metrics& metrics, const MaintenanceStats& maintenance) {
  metrics.Watch(Watched::kLeasesReclaimed, {}, [&] { return maintenance.leases_reclaimed(); });
  metrics.Watch(Watched::kOutboxEvents, {}, [&] { return maintenance.outbox_events(); });
  metrics.Watch(Watched::kOutboxOldestEventAge, {},
                [&] { return absl::ToDoubleSeconds(maintenance.OldestEventAge(absl::Now())); });
}

}  // namespace outdial::manager
