// The contract suites of the small ports, over the adapters that need no server.
#include <cstddef>
#include <memory>
#include <vector>

#include "contract/suite/port_implementations.h"
#include "outdial/memory/cache.h"
#include "outdial/memory/event_publisher.h"
#include "outdial/memory/manual_clock.h"
#include "outdial/memory/number_normalizer.h"
#include "outdial/memory/relay_lock.h"
#include "outdial/memory/sequential_id_source.h"
#include "outdial/system/random_id_source.h"
#include "outdial/system/system_clock.h"

namespace outdial::contract {
namespace {

class MemoryEventPublisher final : public EventPublisherUnderTest {
 public:
  EventPublisher& publisher() override { return publisher_; }
  std::vector<Event> Arrived(std::size_t /*expected*/) override { return publisher_.events(); }

 private:
  memory::EventPublisher publisher_;
};

class MemoryRelayLocks final : public RelayLocksUnderTest {
 public:
  std::unique_ptr<RelayLock> Open() override { return locks_.Open(); }

 private:
  memory::RelayLocks locks_;
};

}  // namespace

std::vector<RelayLockImplementation> RelayLockImplementations() {
  return {{"memory", [] { return std::make_unique<MemoryRelayLocks>(); }}};
}

std::vector<CacheImplementation> CacheImplementations() {
  return {{"memory", [] { return std::make_unique<memory::Cache>(); }}};
}

std::vector<EventPublisherImplementation> EventPublisherImplementations() {
  return {{"memory", [] { return std::make_unique<MemoryEventPublisher>(); }}};
}

std::vector<ClockImplementation> ClockImplementations() {
  return {{"manual", [] { return std::make_unique<memory::ManualClock>(); }},
          {"system", [] { return std::make_unique<system::SystemClock>(); }}};
}

std::vector<NumberNormalizerImplementation> NumberNormalizerImplementations() {
  return {{"memory", [] { return std::make_unique<memory::NumberNormalizer>(); }}};
}

std::vector<IdSourceImplementation> IdSourceImplementations() {
  return {{"sequential", [] { return std::make_unique<memory::SequentialIdSource>(); }},
          {"random", [] { return std::make_unique<system::RandomIdSource>(); }}};
}

}  // namespace outdial::contract
