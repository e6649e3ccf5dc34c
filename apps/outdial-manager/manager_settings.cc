#include "outdial-manager/manager_settings.h"

#include <algorithm>
#include <cstdint>
#include <string_view>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"

namespace outdial::manager {
namespace {

constexpr char kHttpListenAddress[] = "http_listen_address";
constexpr char kHttpToken[] = "http_token";
constexpr char kPrometheusEndpoint[] = "prometheus_endpoint";
constexpr char kPrometheusListenAddress[] = "prometheus_listen_address";
constexpr char kWorkers[] = "workers";
constexpr char kDatabaseMigrate[] = "database_migrate";

constexpr std::int64_t kDefaultWorkers = 8;
constexpr std::int64_t kMaxWorkers = 1024;
// Maintenance, the relay, who clears the journal up, and who asks whether the daemon is ready.
constexpr std::size_t kDatabaseCallersBesideRequests = 4;
constexpr std::string_view kNone = "none";

absl::StatusOr<http::ListenAddress> ReadAddress(const std::string& name, const std::string& text) {
  absl::StatusOr<http::ListenAddress> address = http::ListenAddress::Resolve(text);
  if (address.ok()) return address;
  return apps::Settings::Error(name, absl::IsNotFound(address.status())
                                         ? "names a host that does not resolve to an address"
                                         : "must be host:port, such as 127.0.0.1:8080");
}

// nullopt: there is none.
absl::StatusOr<std::optional<http::ListenAddress>> ReadHttpAddress(const apps::Settings& settings,
                                                                   bool required) {
  const std::string text = settings.Text(kHttpListenAddress);
  if (text.empty() && !required) return std::nullopt;
  if (text.empty()) {
    return apps::Settings::Error(kHttpListenAddress,
                                 "is missing: the daemon needs a way to be reached, this one or "
                                 "--rabbitmq_address (RABBITMQ_ADDRESS); try 127.0.0.1:8080");
  }
  const absl::StatusOr<http::ListenAddress> address = ReadAddress(kHttpListenAddress, text);
  if (!address.ok()) return address.status();
  if (!http::CheckExposure(*address, settings.Text(kHttpToken)).ok()) {
    return apps::Settings::Error(
        kHttpListenAddress,
        "can be reached from other machines: set --http_token (HTTP_TOKEN) or use 127.0.0.1");
  }
  return *address;
}

absl::StatusOr<std::string> ReadHttpToken(const apps::Settings& settings) {
  std::string token = settings.Text(kHttpToken);
  // Percent signs mean something to the HTTP library, in headers too.
  const bool usable = std::all_of(token.begin(), token.end(),
                                  [](char c) { return c > 0x20 && c < 0x7f && c != '%'; });
  if (!usable) {
    return apps::Settings::Error(
        kHttpToken, "must hold visible ASCII characters, neither blanks nor percent signs");
  }
  return token;
}

absl::StatusOr<std::optional<PrometheusSettings>> ReadPrometheus(const apps::Settings& settings) {
  std::string path = settings.Text(kPrometheusEndpoint);
  std::string text = settings.Text(kPrometheusListenAddress);
  if (path.empty()) path = "/metrics";
  if (text.empty()) text = ":2112";
  if (path == kNone || text == kNone) return std::nullopt;
  if (!path.starts_with("/")) {
    return apps::Settings::Error(kPrometheusEndpoint, "must begin with a slash, or be none");
  }
  const absl::StatusOr<http::ListenAddress> address = ReadAddress(kPrometheusListenAddress, text);
  if (!address.ok()) return address.status();
  return PrometheusSettings{.path = path, .address = *address};
}

}  // namespace

void AddManagerSettings(apps::Settings& settings) {
  apps::AddDatabaseSettings(settings);
  settings.AddSwitch(kDatabaseMigrate, "for MySQL; SQLite always migrates itself");
  settings.Add(kHttpListenAddress, "host:port of the HTTP transport");
  settings.Add(kHttpToken, "what HTTP requests must bear; needed beyond loopback");
  settings.Add(kPrometheusEndpoint, "path of the metrics; none: no listener (default /metrics)");
  settings.Add(kPrometheusListenAddress,
               "host:port for metrics alone; none: no listener (default :2112)");
  apps::AddServiceSettings(settings);
  apps::AddRedisSettings(settings);
  settings.Add(kWorkers, "requests handled at the same time (default 8)");
  apps::AddLogSettings(settings);
}

absl::StatusOr<ManagerSettings> ReadManagerSettings(const apps::Settings& settings) {
  if (absl::Status status = apps::ConfigureLog(settings); !status.ok()) return status;
  const auto migrate = settings.Switch(kDatabaseMigrate);
  if (!migrate.ok()) return migrate.status();
  const auto workers = settings.Number(kWorkers, kDefaultWorkers, 1, kMaxWorkers);
  if (!workers.ok()) return workers.status();
  const auto services = apps::ReadServiceSettings(settings);
  if (!services.ok()) return services.status();
  auto redis = apps::ReadRedisSettings(settings);
  if (!redis.ok()) return redis.status();
  const auto token = ReadHttpToken(settings);
  if (!token.ok()) return token.status();
  const auto broker = apps::ReadBrokerAddress(settings);
  if (!broker.ok()) return broker.status();
  const auto http_address = ReadHttpAddress(settings, /*required=*/!broker->has_value());
  if (!http_address.ok()) return http_address.status();
  const auto prometheus = ReadPrometheus(settings);
  if (!prometheus.ok()) return prometheus.status();

  const std::size_t transports =
      (broker->has_value() ? 1 : 0) + (http_address->has_value() ? 1 : 0);
  const std::size_t requests = transports * static_cast<std::size_t>(*workers);
  if (redis->has_value()) {
    // The thread that brings leases back speaks to it too.
    (*redis)->connections = requests + 1;
    // The daemon before this one may have been killed.
    (*redis)->forget_at_start = true;
  }
  const auto database =
      apps::ReadDatabaseSettings(settings, requests + kDatabaseCallersBesideRequests);
  if (!database.ok()) return database.status();
  return ManagerSettings{.database = *database,
                         .migrate_database = *migrate,
                         .services = *services,
                         .redis = *redis,
                         .broker = *broker,
                         .http_address = *http_address,
                         .http_token = *token,
                         .workers = static_cast<std::size_t>(*workers),
                         .prometheus = *prometheus};
}

}  // namespace outdial::manager
