// The settings of the daemon.
#ifndef OUTDIAL_APPS_OUTDIAL_MANAGER_MANAGER_SETTINGS_H_
#define OUTDIAL_APPS_OUTDIAL_MANAGER_MANAGER_SETTINGS_H_

#include <cstddef>
#include <optional>
#include <string>

#include "absl/status/statusor.h"
#include "outdial/apps/database.h"
#include "outdial/apps/settings.h"
#include "outdial/http/listen_address.h"
#include "outdial/rabbitmq/address.h"
#include "outdial/redis/cache.h"
#include "outdial/services/service_ports.h"

namespace outdial::manager {

struct PrometheusSettings {
  std::string path;
  http::ListenAddress address;
};

struct ManagerSettings {
  apps::DatabaseSettings database;
  bool migrate_database;
  ServiceSettings services;
  std::optional<redis::Settings> redis;             // nullopt: no cache
  std::optional<rabbitmq::Address> broker;          // nullopt: none
  std::optional<http::ListenAddress> http_address;  // nullopt: no listener; then there is a broker
  std::string http_token;
  std::size_t workers;
  std::optional<PrometheusSettings> prometheus;  // nullopt: no listener
};

void AddManagerSettings(apps::Settings& settings);

// Reads what the command line and the environment say, and configures the log. Errors: those of
// apps::Settings.
absl::StatusOr<ManagerSettings> ReadManagerSettings(const apps::Settings& settings);

}  // namespace outdial::manager

#endif  // OUTDIAL_APPS_OUTDIAL_MANAGER_MANAGER_SETTINGS_H_
