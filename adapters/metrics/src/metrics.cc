#include "outdial/metrics/metrics.h"

#include <algorithm>
#include <array>
#include <atomic>
#include <cstddef>
#include <map>
#include <mutex>
#include <shared_mutex>
#include <utility>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/strings/string_view.h"
#include "outdial/entities/event.h"
#include "outdial/entities/misuse.h"
#include "outdial/version.h"
#include "prometheus/client_metric.h"
#include "prometheus/counter.h"
#include "prometheus/family.h"
#include "prometheus/gauge.h"
#include "prometheus/histogram.h"
#include "prometheus/metric_family.h"
#include "prometheus/metric_type.h"
#include "prometheus/registry.h"
#include "prometheus/text_serializer.h"

namespace outdial::metrics {
namespace {

// In milliseconds. 50 to 3000 are those that existing dashboards know.
prometheus::Histogram::BucketBoundaries Buckets() {
  return {0.1, 0.25, 0.5, 1, 2.5, 5, 10, 25, 50, 100, 250, 500, 1000, 3000, 10'000};
}

constexpr std::array<std::string_view, 5> kMethodLabels = {"POST", "GET", "PUT", "DELETE", "other"};

std::size_t MethodIndex(std::string_view method) {
  for (std::size_t i = 0; i + 1 < kMethodLabels.size(); ++i) {
    if (method == kMethodLabels[i]) return i;
  }
  return kMethodLabels.size() - 1;
}

using HistogramFamily = prometheus::Family<prometheus::Histogram>;

HistogramFamily& AddHistogram(prometheus::Registry& registry, const std::string& name,
                              const std::string& help) {
  return prometheus::BuildHistogram().Name(name).Help(help).Register(registry);
}

prometheus::Family<prometheus::Counter>& AddCounter(prometheus::Registry& registry,
                                                    const std::string& name,
                                                    const std::string& help) {
  return prometheus::BuildCounter().Name(name).Help(help).Register(registry);
}

// Finds instruments by a label's value without building a string or asking the library, which
// hashes all labels. Thread-safe.
template <typename Instruments>
class InstrumentCache {
 public:
  // Lives as long as the cache.
  Instruments& Get(std::string_view label) {
    const absl::string_view key(label.data(), label.size());
    {
      const std::shared_lock lock(mutex_);
      const auto found = entries_.find(key);
      if (found != entries_.end()) return *found->second;
    }
    const std::unique_lock lock(mutex_);
    std::unique_ptr<Instruments>& entry = entries_[key];
    if (entry == nullptr) entry = std::make_unique<Instruments>();
    return *entry;
  }

 private:
  std::shared_mutex mutex_;  // guards entries_
  absl::flat_hash_map<std::string, std::unique_ptr<Instruments>> entries_;
};

// Returns what `instrument` holds; where that is nothing yet, what `make` returns, which is the
// same in all threads: the library makes one instrument for one set of labels.
template <typename Instrument, typename Make>
Instrument& GetOrMake(std::atomic<Instrument*>& instrument, Make make) {
  Instrument* found = instrument.load(std::memory_order_acquire);
  if (found == nullptr) {
    found = &make();
    instrument.store(found, std::memory_order_release);
  }
  return *found;
}

// By MethodIndex.
using RouteInstruments = std::array<std::atomic<prometheus::Histogram*>, kMethodLabels.size()>;

struct NotifyInstruments {
  std::atomic<prometheus::Histogram*> process_time = nullptr;
  std::atomic<prometheus::Counter*> total = nullptr;
};

// Those that a request is answered with; another one is counted as the last of them.
constexpr std::array<int, 8> kStatusCodes = {200, 400, 404, 405, 409, 429, 503, 500};

struct WatchedSpec {
  Watched watched;
  const char* name;
  const char* help;
  prometheus::MetricType type;
  const char* label = nullptr;  // null: it has none
  std::vector<std::string_view> known_values = {};
};

// In the order of the enumeration.
const std::vector<WatchedSpec>& WatchedSpecs() {
  using prometheus::MetricType;
  static const std::vector<WatchedSpec> kSpecs = {
      {Watched::kRequestsInHand,
       "outdial_manager_requests_in_hand",
       "Requests that are being handled.",
       MetricType::Gauge,
       "transport",
       {"http", "rabbitmq"}},
      {Watched::kRedeliveredRequests, "outdial_manager_redelivered_requests_total",
       "Requests that the broker had delivered before.", MetricType::Counter},
      {Watched::kCacheHits,
       "outdial_manager_cache_hits_total",
       "Reads that found a copy in the cache.",
       MetricType::Counter,
       "entity",
       {"outdial", "outdialtarget", "outdialtargetcall"}},
      {Watched::kCacheMisses,
       "outdial_manager_cache_misses_total",
       "Reads that found no copy in the cache.",
       MetricType::Counter,
       "entity",
       {"outdial", "outdialtarget", "outdialtargetcall"}},
      {Watched::kCacheErrors, "outdial_manager_cache_errors_total",
       "Round trips to the cache, and connections to it, that failed.", MetricType::Counter},
      {Watched::kCacheOverdueKeys, "outdial_manager_cache_overdue_keys",
       "Keys of the cache that could not be written and are to be deleted.", MetricType::Gauge},
      {Watched::kDatabaseConnectionsOpen, "outdial_manager_database_connections_open",
       "Connections to the database.", MetricType::Gauge},
      {Watched::kDatabaseConnectionsInUse, "outdial_manager_database_connections_in_use",
       "Connections to the database that are in use.", MetricType::Gauge},
      {Watched::kDatabaseConnectionsMax, "outdial_manager_database_connections_max",
       "How many connections to the database there may be.", MetricType::Gauge},
      {Watched::kDatabaseConnectionWaits, "outdial_manager_database_connection_waits_total",
       "How often all connections to the database were in use.", MetricType::Counter},
      {Watched::kOutboxEvents, "outdial_manager_outbox_events", "Events that wait to be published.",
       MetricType::Gauge},
      {Watched::kOutboxOldestEventAge, "outdial_manager_outbox_oldest_event_age_seconds",
       "For how long the oldest event has been waiting.", MetricType::Gauge},
      {Watched::kWebhookRequestsDropped,
       "outdial_manager_webhook_requests_dropped_total",
       "Webhook requests that nobody got.",
       MetricType::Counter,
       "reason",
       {"no_queue"}},
      {Watched::kLeasesReclaimed, "outdial_manager_leases_reclaimed_total",
       "Targets that became idle because a lease had run out.", MetricType::Counter},
      {Watched::kServerUp, "outdial_manager_server_up",
       "Whether a server that is used can be reached.", MetricType::Gauge, "adapter"},
      {Watched::kReconnects,
       "outdial_manager_reconnects_total",
       "Connections that took the place of a lost one.",
       MetricType::Counter,
       "adapter",
       {"mysql", "rabbitmq", "redis"}},
  };
  return kSpecs;
}

}  // namespace

struct Metrics::Instruments {
  // The instruments of a type of event, which are made where they are not there yet.
  prometheus::Histogram& NotifyProcessTime(std::string_view type) {
    return GetOrMake(event_types.Get(type).process_time, [&]() -> prometheus::Histogram& {
      return notify_process_time.Add({{"type", std::string(type)}}, Buckets());
    });
  }
  prometheus::Counter& NotifyTotal(std::string_view type) {
    return GetOrMake(event_types.Get(type).total, [&]() -> prometheus::Counter& {
      return notify_total.Add({{"type", std::string(type)}});
    });
  }
  prometheus::Histogram& RequestProcessTime(std::string_view route, std::string_view method) {
    const std::size_t index = MethodIndex(method);
    return GetOrMake(routes.Get(route)[index], [&]() -> prometheus::Histogram& {
      return request_process_time.Add(
          {{"type", std::string(route)}, {"method", std::string(kMethodLabels[index])}}, Buckets());
    });
  }

  // What is watched of one kind, read now.
  prometheus::MetricFamily Read(const WatchedSpec& spec) const;

  prometheus::Registry registry;
  HistogramFamily& request_process_time =
      AddHistogram(registry, "outdial_manager_receive_request_process_time",
                   "Time that a request took, in milliseconds.");
  prometheus::Family<prometheus::Counter>& requests_total = AddCounter(
      registry, "outdial_manager_requests_total", "Requests that were answered, by status code.");
  prometheus::Histogram& queue_to_reply =
      AddHistogram(registry, "outdial_manager_queue_to_reply_seconds",
                   "Time from the arrival of a request's message to its reply.")
          .Add({}, prometheus::Histogram::BucketBoundaries{0.0005, 0.001, 0.0025, 0.005, 0.01,
                                                           0.025, 0.05, 0.1, 0.25, 0.5, 1, 3, 10});
  HistogramFamily& notify_process_time =
      AddHistogram(registry, "outdial_manager_notify_process_time",
                   "Time that the publication of an event took, in milliseconds.");
  prometheus::Family<prometheus::Counter>& notify_total =
      AddCounter(registry, "outdial_manager_notify_total", "Events published.");
  InstrumentCache<RouteInstruments> routes;
  InstrumentCache<NotifyInstruments> event_types;
  std::array<prometheus::Counter*, kStatusCodes.size()> requests_by_code{};

  struct Value {
    Watched watched;
    std::string label;
    std::function<double()> read;
  };
  mutable std::mutex watched_mutex;  // guards what follows
  std::vector<Value> watched_values;
};

prometheus::MetricFamily Metrics::Instruments::Read(const WatchedSpec& spec) const {
  std::map<std::string, double> values;
  if (spec.label == nullptr) values[""] = 0;
  for (const std::string_view known : spec.known_values) values[std::string(known)] = 0;
  for (const Value& value : watched_values) {
    if (value.watched == spec.watched) values[value.label] += value.read();
  }
  prometheus::MetricFamily family{spec.name, spec.help, spec.type, {}};
  for (const auto& [label, value] : values) {
    prometheus::ClientMetric metric;
    if (spec.label != nullptr) metric.label.push_back({spec.label, label});
    metric.gauge.value = value;
    metric.counter.value = value;
    family.metric.push_back(std::move(metric));
  }
  return family;
}

Metrics::Metrics() : UseCounted("metrics::Metrics"), instruments_(std::make_unique<Instruments>()) {
  prometheus::BuildGauge()
      .Name("outdial_manager_build_info")
      .Help("Always 1; the label says which version runs.")
      .Register(instruments_->registry)
      .Add({{"version", kVersion}})
      .Set(1);
  for (std::size_t i = 0; i < kStatusCodes.size(); ++i) {
    instruments_->requests_by_code[i] =
        &instruments_->requests_total.Add({{"code", std::to_string(kStatusCodes[i])}});
  }
  for (int type = 0; type <= static_cast<int>(EventType::kOutdialTargetDeleted); ++type) {
    const std::string_view name = EventTypeName(static_cast<EventType>(type));
    instruments_->NotifyProcessTime(name);
    instruments_->NotifyTotal(name);
  }
}

Metrics::~Metrics() = default;

void Metrics::ExpectRequest(std::string_view route, std::string_view method) {
  instruments_->RequestProcessTime(route, method);
}

void Metrics::ObserveRequest(std::string_view route, std::string_view method, int status_code,
                             absl::Duration duration) {
  instruments_->RequestProcessTime(route, method).Observe(absl::ToDoubleMilliseconds(duration));
  const auto* const known = std::find(kStatusCodes.begin(), kStatusCodes.end() - 1, status_code);
  instruments_->requests_by_code[static_cast<std::size_t>(known - kStatusCodes.begin())]
      ->Increment();
}

void Metrics::ObserveQueueToReply(absl::Duration duration) {
  instruments_->queue_to_reply.Observe(absl::ToDoubleSeconds(duration));
}

void Metrics::ObserveNotification(std::string_view event_type, absl::Duration duration) {
  instruments_->NotifyProcessTime(event_type).Observe(absl::ToDoubleMilliseconds(duration));
  instruments_->NotifyTotal(event_type).Increment();
}

void Metrics::Watch(Watched watched, std::string_view label, std::function<double()> read) {
  if (!read) StopAtMisuse("metrics::Metrics::Watch is given an empty function");
  const std::lock_guard lock(instruments_->watched_mutex);
  instruments_->watched_values.push_back({watched, std::string(label), std::move(read)});
}

std::string Metrics::Expose() const {
  std::vector<prometheus::MetricFamily> families = instruments_->registry.Collect();
  {
    const std::lock_guard lock(instruments_->watched_mutex);
    for (const WatchedSpec& spec : WatchedSpecs()) families.push_back(instruments_->Read(spec));
  }
  return prometheus::TextSerializer().Serialize(families);
}

}  // namespace outdial::metrics
