// What a test program says about the adapters, other than databases, that it runs contract suites
// over. Each suite is a library of its own: a program defines the functions of those that it links,
// and each of them returns at least one implementation.
#ifndef OUTDIAL_TESTS_CONTRACT_SUITE_PORT_IMPLEMENTATIONS_H_
#define OUTDIAL_TESTS_CONTRACT_SUITE_PORT_IMPLEMENTATIONS_H_

#include <cstddef>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "outdial/entities/event.h"
#include "outdial/ports/cache.h"
#include "outdial/ports/clock.h"
#include "outdial/ports/event_publisher.h"
#include "outdial/ports/id_source.h"
#include "outdial/ports/number_normalizer.h"
#include "outdial/ports/relay_lock.h"

namespace outdial::contract {

// For outdial::cache_contract.
struct CacheImplementation {
  std::string name;
  std::function<std::unique_ptr<Cache>()> make;  // one that holds nothing
};
std::vector<CacheImplementation> CacheImplementations();

// For outdial::event_publisher_contract.
class EventPublisherUnderTest {
 public:
  virtual ~EventPublisherUnderTest() = default;

  virtual EventPublisher& publisher() = 0;

  // What has arrived at somebody who listens, in order. May wait for it for a bounded time: until
  // `expected` events have arrived.
  virtual std::vector<Event> Arrived(std::size_t expected) = 0;
};
struct EventPublisherImplementation {
  std::string name;
  std::function<std::unique_ptr<EventPublisherUnderTest>()> make;
};
std::vector<EventPublisherImplementation> EventPublisherImplementations();

// For outdial::clock_contract.
struct ClockImplementation {
  std::string name;
  std::function<std::unique_ptr<Clock>()> make;
};
std::vector<ClockImplementation> ClockImplementations();

// For outdial::id_source_contract.
struct IdSourceImplementation {
  std::string name;
  std::function<std::unique_ptr<IdSource>()> make;
};
std::vector<IdSourceImplementation> IdSourceImplementations();

// For outdial::number_normalizer_contract.
struct NumberNormalizerImplementation {
  std::string name;
  std::function<std::unique_ptr<NumberNormalizer>()> make;
};
std::vector<NumberNormalizerImplementation> NumberNormalizerImplementations();

// For outdial::relay_lock_contract.
class RelayLocksUnderTest {
 public:
  virtual ~RelayLocksUnderTest() = default;

  // One more competitor for the same lock.
  virtual std::unique_ptr<RelayLock> Open() = 0;
};
struct RelayLockImplementation {
  std::string name;
  std::function<std::unique_ptr<RelayLocksUnderTest>()> make;  // that nobody holds
};
std::vector<RelayLockImplementation> RelayLockImplementations();

}  // namespace outdial::contract

#endif  // OUTDIAL_TESTS_CONTRACT_SUITE_PORT_IMPLEMENTATIONS_H_
