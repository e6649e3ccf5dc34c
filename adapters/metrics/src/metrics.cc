#include "outdial/metrics/metrics.h"

#include <array>
#include <atomic>
#include <cstddef>
#include <mutex>
#include <shared_mutex>

#include "absl/container/flat_hash_map.h"
#include "absl/strings/string_view.h"
#include "outdial/version.h"
#include "prometheus/counter.h"
#include "prometheus/family.h"
#include "prometheus/gauge.h"
#include "prometheus/histogram.h"
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

}  // namespace

struct Metrics::Instruments {
  prometheus::Registry registry;
  HistogramFamily& request_process_time =
      AddHistogram(registry, "outdial_manager_receive_request_process_time",
                   "Time that a request took, in milliseconds.");
  HistogramFamily& notify_process_time =
      AddHistogram(registry, "outdial_manager_notify_process_time",
                   "Time that the publication of an event took, in milliseconds.");
  prometheus::Family<prometheus::Counter>& notify_total = prometheus::BuildCounter()
                                                              .Name("outdial_manager_notify_total")
                                                              .Help("Events published.")
                                                              .Register(registry);
  InstrumentCache<RouteInstruments> routes;
  InstrumentCache<NotifyInstruments> event_types;
};

Metrics::Metrics() : instruments_(std::make_unique<Instruments>()) {
  prometheus::BuildGauge()
      .Name("outdial_manager_build_info")
      .Help("Always 1; the label says which version runs.")
      .Register(instruments_->registry)
      .Add({{"version", kVersion}})
      .Set(1);
}

Metrics::~Metrics() = default;

void Metrics::ObserveRequest(std::string_view route, std::string_view method,
                             absl::Duration duration) {
  const std::size_t method_index = MethodIndex(method);
  std::atomic<prometheus::Histogram*>& process_time = instruments_->routes.Get(route)[method_index];
  GetOrMake(process_time, [&]() -> prometheus::Histogram& {
    return instruments_->request_process_time.Add(
        {{"type", std::string(route)}, {"method", std::string(kMethodLabels[method_index])}},
        Buckets());
  }).Observe(absl::ToDoubleMilliseconds(duration));
}

void Metrics::ObserveNotification(std::string_view event_type, absl::Duration duration) {
  NotifyInstruments& instruments = instruments_->event_types.Get(event_type);
  const std::string type(event_type);
  GetOrMake(instruments.process_time, [&]() -> prometheus::Histogram& {
    return instruments_->notify_process_time.Add({{"type", type}}, Buckets());
  }).Observe(absl::ToDoubleMilliseconds(duration));
  GetOrMake(instruments.total, [&]() -> prometheus::Counter& {
    return instruments_->notify_total.Add({{"type", type}});
  }).Increment();
}

std::string Metrics::Expose() const {
  return prometheus::TextSerializer().Serialize(instruments_->registry.Collect());
}

}  // namespace outdial::metrics
