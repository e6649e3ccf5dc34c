#include "daemon.h"

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <future>
#include <string>
#include <utility>
#include <vector>

#include "absl/time/time.h"
#include "outdial/apps/database.h"
#include "outdial/apps/settings.h"
#include "outdial/logging/log.h"
#include "outdial/mysql/database.h"
#include "outdial/version.h"
#include "page.h"
#include "watched.h"

namespace outdial::manager {
namespace {

constexpr std::size_t kMinConnections = 64;

// Of Stop: whoever waits for one is still answered, before requests in hand are cut off.
constexpr std::chrono::seconds kLongReadPatience{8};

using logging::Level;
using logging::Log;

std::string AddressOf(const std::optional<http::Server>& server) {
  return server.has_value() ? server->address().ToString() : "none";
}

}  // namespace

absl::StatusOr<std::unique_ptr<Daemon>> Daemon::Make(const ManagerSettings& settings) {
  absl::StatusOr<std::unique_ptr<Database>> database = apps::OpenDatabase(settings.database);
  if (!database.ok()) {
    return apps::Settings::Error("database_dsn", std::string(database.status().message()));
  }
  return std::unique_ptr<Daemon>(new Daemon(settings, *std::move(database)));
}

Daemon::Daemon(const ManagerSettings& settings, std::unique_ptr<Database> database)
    : settings_(settings),
      database_(std::move(database)),
      database_check_(settings.database, settings.migrate_database) {
  MakeServices();
  MakeTransports();
  WatchAll();
}

void Daemon::MakeServices() {
  if (settings_.redis.has_value()) redis_.emplace(*settings_.redis);
  ServiceSettings service_settings = settings_.services;
  if (settings_.broker.has_value()) {
    publisher_.emplace(rabbitmq::EventPublisherSettings{.address = *settings_.broker}, metrics_);
    relay_lock_ = apps::OpenRelayLock(settings_.database);
    relay_.emplace(*database_, *publisher_, *relay_lock_);
    service_settings.on_events_recorded = [this] { relay_->Wake(); };
  }
  Cache& cache = redis_.has_value() ? static_cast<Cache&>(*redis_) : no_cache_;
  services_.emplace(*database_, cache, clock_, ids_, service_settings, &numbers_);
  router_.emplace(*services_, metrics_);
}

void Daemon::MakeTransports() {
  std::vector<http::ReadinessCheck> readiness = {
      {"database", [this] { return database_->Ping(); }}};
  if (settings_.broker.has_value()) {
    consumer_.emplace(
        rabbitmq::ConsumerSettings{
            .address = *settings_.broker, .workers = settings_.workers, .metrics = &metrics_},
        *router_, services_->journal);
    readiness.push_back({"broker", [this] { return consumer_->CheckConnected(); }});
  }
  if (settings_.http_address.has_value()) {
    http_server_.emplace(
        http::Settings{.address = *settings_.http_address,
                       .token = settings_.http_token,
                       .readiness = readiness,
                       .files = PageFiles(),
                       .max_requests = settings_.workers,
                       .max_connections = std::max(kMinConnections, settings_.workers)},
        &*router_, metrics_);
  }
  if (settings_.prometheus.has_value()) {
    prometheus_server_.emplace(http::Settings{.address = settings_.prometheus->address,
                                              .metrics_path = settings_.prometheus->path,
                                              .readiness = std::move(readiness),
                                              .max_connections = 8,
                                              .stop_timeout = absl::Seconds(1)},
                               /*router=*/nullptr, metrics_);
  }
}

void Daemon::WatchAll() {
  Watch(metrics_, maintenance_stats_);
  Watch(metrics_, *database_, maintenance_stats_);
  if (redis_.has_value()) Watch(metrics_, *redis_);
  if (publisher_.has_value()) Watch(metrics_, *publisher_);
  if (consumer_.has_value()) Watch(metrics_, *consumer_);
  if (http_server_.has_value()) Watch(metrics_, *http_server_);
}

absl::Status Daemon::Start() {
  if (http_server_.has_value()) {
    if (absl::Status status = http_server_->Start(); !status.ok()) {
      return apps::Settings::Error("http_listen_address",
                                   "cannot be listened on: " + std::string(status.message()));
    }
  }
  StartPrometheus();
  maintenance_.emplace(*services_, *database_, maintenance_stats_);
  if (relay_.has_value()) relay_->Start();
  database_check_.Start([this] {
    if (consumer_.has_value()) consumer_->Start();
  });
  Log(Level::kInfo, "started",
      {{"version", kVersion},
       {"http", AddressOf(http_server_)},
       {"prometheus", AddressOf(prometheus_server_)}});
  return absl::OkStatus();
}

// It works without, where the port is taken.
void Daemon::StartPrometheus() {
  if (!prometheus_server_.has_value()) return;
  const absl::Status started = prometheus_server_->Start();
  if (started.ok()) return;
  prometheus_server_.reset();
  Log(Level::kWarning, "no listener for metrics",
      {{"prometheus_listen_address", settings_.prometheus->address.ToString()},
       {"error", std::string(started.message())}});
}

void Daemon::Stop() {
  database_check_.Stop();
  std::promise<void> no_long_reads;
  const std::future<void> interrupts_long_reads =
      std::async(std::launch::async, [this, none = no_long_reads.get_future()] {
        if (none.wait_for(kLongReadPatience) == std::future_status::ready) return;
        // SQLite has no server that may hang.
        auto* const server = dynamic_cast<mysql::Database*>(database_.get());
        if (server != nullptr) server->InterruptLongReads();
      });
  {
    // Both at the same time: each may take as long as a request in hand does.
    const std::future<void> consumer_stops = std::async(std::launch::async, [this] {
      if (consumer_.has_value()) consumer_->Stop();
    });
    if (http_server_.has_value()) http_server_->Stop();
  }
  maintenance_.reset();
  no_long_reads.set_value();
  // Last, so that it publishes the events of all that.
  if (relay_.has_value()) relay_->Stop();
}

}  // namespace outdial::manager
