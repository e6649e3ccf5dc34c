// The daemon: the adapters that its settings name, put together.
#ifndef OUTDIAL_APPS_OUTDIAL_MANAGER_DAEMON_H_
#define OUTDIAL_APPS_OUTDIAL_MANAGER_DAEMON_H_

#include <memory>
#include <optional>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "database_check.h"
#include "event_relay.h"
#include "maintenance.h"
#include "outdial-manager/manager_settings.h"
#include "outdial/http/server.h"
#include "outdial/metrics/metrics.h"
#include "outdial/phonenumber/number_normalizer.h"
#include "outdial/ports/cache.h"
#include "outdial/ports/database.h"
#include "outdial/ports/relay_lock.h"
#include "outdial/rabbitmq/consumer.h"
#include "outdial/rabbitmq/event_publisher.h"
#include "outdial/redis/cache.h"
#include "outdial/router/router.h"
#include "outdial/services/services.h"
#include "outdial/system/random_id_source.h"
#include "outdial/system/system_clock.h"

namespace outdial::manager {

// Used by one thread.
class Daemon {
 public:
  // Opens the database. Error: InvalidArgument, where `--database_dsn` names one that cannot be
  // opened.
  static absl::StatusOr<std::unique_ptr<Daemon>> Make(const ManagerSettings& settings);

  // Stops.
  ~Daemon() { Stop(); }

  Daemon(const Daemon&) = delete;
  Daemon& operator=(const Daemon&) = delete;

  // Why it cannot work on its database: FailedPrecondition where a migration is missing. OK as long
  // as nothing is known; what gets known later sends the process a SIGTERM.
  absl::Status DatabaseFailure() { return database_check_.failure(); }

  // Begins to take requests. To be called once. Error: InvalidArgument where
  // `--http_listen_address` cannot be listened on.
  absl::Status Start();

  // Takes no further request, finishes those in hand and publishes their events. Idempotent.
  void Stop();

 private:
  Daemon(const ManagerSettings& settings, std::unique_ptr<Database> database);

  void MakeServices();
  void MakeTransports();
  void WatchAll();
  void StartPrometheus();

  // In the order in which they need each other.
  const ManagerSettings settings_;
  const std::unique_ptr<Database> database_;
  DatabaseCheck database_check_;
  NoCache no_cache_;
  std::optional<redis::Cache> redis_;
  system::SystemClock clock_;
  system::RandomIdSource ids_;
  phonenumber::NumberNormalizer numbers_;
  metrics::Metrics metrics_;
  MaintenanceStats maintenance_stats_;
  std::unique_ptr<RelayLock> relay_lock_;  // this and the next two where there is a broker
  std::optional<rabbitmq::EventPublisher> publisher_;
  std::optional<EventRelay> relay_;
  std::optional<Services> services_;            // always
  std::optional<router::Router> router_;        // always
  std::optional<rabbitmq::Consumer> consumer_;  // where there is a broker
  std::optional<http::Server> http_server_;
  std::optional<http::Server> prometheus_server_;
  std::optional<Maintenance> maintenance_;  // from Start to Stop
};

}  // namespace outdial::manager

#endif  // OUTDIAL_APPS_OUTDIAL_MANAGER_DAEMON_H_
