// What the metrics read of the daemon's parts.
#ifndef OUTDIAL_APPS_OUTDIAL_MANAGER_WATCHED_H_
#define OUTDIAL_APPS_OUTDIAL_MANAGER_WATCHED_H_

#include "maintenance.h"
#include "outdial/http/server.h"
#include "outdial/metrics/metrics.h"
#include "outdial/ports/database.h"
#include "outdial/rabbitmq/consumer.h"
#include "outdial/rabbitmq/event_publisher.h"
#include "outdial/redis/cache.h"

namespace outdial::manager {

// Each has `metrics` read what its part knows of itself. The part must live as long as the metrics
// are exposed.
void Watch(metrics::Metrics& metrics, const http::Server& server);
void Watch(metrics::Metrics& metrics, const redis::Cache& cache);
// Of a database on a server; another one has nothing to tell.
void Watch(metrics::Metrics& metrics, Database& database, const MaintenanceStats& maintenance);
void Watch(metrics::Metrics& metrics, const rabbitmq::Consumer& consumer);
void Watch(metrics::Metrics& metrics, const rabbitmq::EventPublisher& publisher);
void Watch(metrics::Metrics& metrics, const MaintenanceStats& maintenance);

}  // namespace outdial::manager

#endif  // OUTDIAL_APPS_OUTDIAL_MANAGER_WATCHED_H_
