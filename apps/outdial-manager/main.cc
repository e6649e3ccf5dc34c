// The daemon: assembles the adapters that its settings name, and waits to be stopped.
#include <malloc.h>

#include <algorithm>
#include <cstddef>
#include <cstdlib>
#include <exception>
#include <future>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "CLI/CLI.hpp"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "database_check.h"
#include "event_relay.h"
#include "maintenance.h"
#include "manager_settings.h"
#include "outdial/apps/database.h"
#include "outdial/apps/settings.h"
#include "outdial/http/server.h"
#include "outdial/logging/log.h"
#include "outdial/metrics/metrics.h"
#include "outdial/ports/cache.h"
#include "outdial/ports/relay_lock.h"
#include "outdial/rabbitmq/consumer.h"
#include "outdial/rabbitmq/event_publisher.h"
#include "outdial/redis/cache.h"
#include "outdial/router/router.h"
#include "outdial/services/services.h"
#include "outdial/system/random_id_source.h"
#include "outdial/system/system_clock.h"
#include "outdial/version.h"
#include "signals.h"
#include "watched.h"

namespace outdial::manager {
namespace {

constexpr char kProgram[] = "outdial-manager";
constexpr std::size_t kMinConnections = 64;
constexpr int kExitMigrationMissing = 3;

using logging::Level;
using logging::Log;

int Fail(const absl::Status& error, int exit_code = EXIT_FAILURE) {
  apps::PrintError(kProgram, std::string(error.message()));
  return exit_code;
}

// The C library would give each thread a heap of its own, and keep what it frees.
void LimitHeaps() { ::mallopt(M_ARENA_MAX, 2); }

// Null where there is none to be, or where its port is taken: the daemon works without it.
std::unique_ptr<http::Server> StartPrometheus(const ManagerSettings& settings,
                                              std::vector<http::ReadinessCheck> readiness,
                                              const metrics::Metrics& metrics) {
  if (!settings.prometheus.has_value()) return nullptr;
  auto server =
      std::make_unique<http::Server>(http::Settings{.address = settings.prometheus->address,
                                                    .metrics_path = settings.prometheus->path,
                                                    .readiness = std::move(readiness),
                                                    .max_connections = 8,
                                                    .stop_timeout = absl::Seconds(1)},
                                     /*router=*/nullptr, metrics);
  const absl::Status started = server->Start();
  if (started.ok()) return server;
  Log(Level::kWarning, "no listener for metrics",
      {{"prometheus_listen_address", settings.prometheus->address.ToString()},
       {"error", std::string(started.message())}});
  return nullptr;
}

// Null where there is none to be.
std::unique_ptr<http::Server> MakeHttpServer(const ManagerSettings& settings,
                                             std::vector<http::ReadinessCheck> readiness,
                                             const router::Router& router,
                                             const metrics::Metrics& metrics) {
  if (!settings.http_address.has_value()) return nullptr;
  return std::make_unique<http::Server>(
      http::Settings{.address = *settings.http_address,
                     .token = settings.http_token,
                     .readiness = std::move(readiness),
                     .max_requests = settings.workers,
                     .max_connections = std::max(kMinConnections, settings.workers)},
      &router, metrics);
}

std::string AddressOf(const http::Server* server) {
  return server == nullptr ? "none" : server->address().ToString();
}

int Run(const ManagerSettings& settings) {
  BlockStopSignals();
  absl::StatusOr<std::unique_ptr<Database>> opened = apps::OpenDatabase(settings.database);
  if (!opened.ok()) {
    return Fail(apps::Settings::Error("database_dsn", std::string(opened.status().message())));
  }
  Database& database = **opened;
  DatabaseCheck database_check(settings.database, settings.migrate_database);
  if (absl::Status failure = database_check.failure(); !failure.ok()) {
    return Fail(failure, kExitMigrationMissing);
  }
  NoCache no_cache;
  std::optional<redis::Cache> redis;
  if (settings.redis.has_value()) redis.emplace(*settings.redis);
  Cache& cache = redis.has_value() ? static_cast<Cache&>(*redis) : no_cache;
  system::SystemClock clock;
  system::RandomIdSource ids;
  metrics::Metrics metrics;
  MaintenanceStats maintenance_stats;

  ServiceSettings service_settings = settings.services;
  std::unique_ptr<RelayLock> relay_lock;
  std::optional<rabbitmq::EventPublisher> publisher;
  std::optional<EventRelay> relay;
  if (settings.broker.has_value()) {
    publisher.emplace(rabbitmq::EventPublisherSettings{.address = *settings.broker}, metrics);
    relay_lock = apps::OpenRelayLock(settings.database);
    relay.emplace(database, *publisher, *relay_lock);
    service_settings.on_events_recorded = [&relay] { relay->Wake(); };
  }
  Services services(database, cache, clock, ids, service_settings);
  const router::Router router(services, metrics);

  std::vector<http::ReadinessCheck> readiness = {{"database", [&] { return database.Ping(); }}};
  std::optional<rabbitmq::Consumer> consumer;
  if (settings.broker.has_value()) {
    consumer.emplace(
        rabbitmq::ConsumerSettings{
            .address = *settings.broker, .workers = settings.workers, .metrics = &metrics},
        router, services.journal);
    readiness.push_back({"broker", [&] { return consumer->CheckConnected(); }});
  }
  const std::unique_ptr<http::Server> server = MakeHttpServer(settings, readiness, router, metrics);
  Watch(metrics, maintenance_stats);
  Watch(metrics, database, maintenance_stats);
  if (redis.has_value()) Watch(metrics, *redis);
  if (publisher.has_value()) Watch(metrics, *publisher);
  if (consumer.has_value()) Watch(metrics, *consumer);
  if (server != nullptr) {
    Watch(metrics, *server);
    if (absl::Status status = server->Start(); !status.ok()) {
      return Fail(apps::Settings::Error("http_listen_address",
                                        "cannot be listened on: " + std::string(status.message())));
    }
  }
  const std::unique_ptr<http::Server> prometheus =
      StartPrometheus(settings, std::move(readiness), metrics);
  std::optional<Maintenance> maintenance(std::in_place, services, database, maintenance_stats);
  if (relay.has_value()) relay->Start();
  database_check.Start([&] {
    if (consumer.has_value()) consumer->Start();
  });
  Log(Level::kInfo, "started",
      {{"version", kVersion},
       {"http", AddressOf(server.get())},
       {"prometheus", AddressOf(prometheus.get())}});

  const int signal = WaitForStopSignal();
  database_check.Stop();
  {
    // Both at the same time: each may take as long as a request in hand does.
    const std::future<void> consumer_stops = std::async(std::launch::async, [&] {
      if (consumer.has_value()) consumer->Stop();
    });
    if (server != nullptr) server->Stop();
  }
  maintenance.reset();
  // Last, so that it publishes the events of all that.
  if (relay.has_value()) relay->Stop();
  if (absl::Status failure = database_check.failure(); !failure.ok()) {
    return Fail(failure, kExitMigrationMissing);
  }
  Log(Level::kInfo, "stopped", {{"signal", std::to_string(signal)}});
  return EXIT_SUCCESS;
}

int Main(int argc, char** argv) {
  LimitHeaps();
  CLI::App app("Holds lists of parties to dial, and says who is next.", kProgram);
  app.set_version_flag("--version", std::string(kProgram) + " " + kVersion);
  apps::Settings raw_settings(app);
  AddManagerSettings(raw_settings);
  if (const std::optional<int> exit_code = apps::ParseCommandLine(app, argc, argv)) {
    return *exit_code;
  }
  const absl::StatusOr<ManagerSettings> settings = ReadManagerSettings(raw_settings);
  if (!settings.ok()) {
    apps::PrintError(kProgram, std::string(settings.status().message()));
    return apps::kExitBadUsage;
  }
  return Run(*settings);
}

}  // namespace
}  // namespace outdial::manager

int main(int argc, char** argv) {
  try {
    return outdial::manager::Main(argc, argv);
  } catch (const std::exception& error) {
    outdial::apps::PrintError("outdial-manager", error.what());
    return EXIT_FAILURE;
  }
}
