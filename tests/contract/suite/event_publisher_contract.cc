// EventPublisher.
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "contract/suite/each_implementation.h"
#include "contract/suite/port_implementations.h"
#include "contract/suite/values.h"
#include "outdial/entities/event.h"
#include "support/catch.h"

namespace outdial::contract {
namespace {

std::vector<Event> EventsFrom(std::uint64_t first, std::size_t count) {
  std::vector<Event> events;
  for (std::uint64_t number = first; number < first + count; ++number) {
    if (number % 2 == 0) {
      events.push_back({EventType::kOutdialUpdated, Outdial(OutdialFields(number))});
    } else {
      events.push_back({EventType::kOutdialTargetCreated,
                        OutdialTarget(TargetFields(number, IdOf<OutdialId>(1)))});
    }
  }
  return events;
}

TEST_CASE("event publisher: what it is given arrives in order", "[contract][publisher]") {
  const EachImplementation<EventPublisherImplementation> implementation(
      EventPublisherImplementations());
  const auto under_test = implementation->make();
  std::vector<Event> all;
  std::uint64_t next = 1;
  for (const std::size_t count :
       {std::size_t{1}, std::size_t{0}, std::size_t{3}, std::size_t{500}}) {
    const std::vector<Event> events = EventsFrom(next, count);
    next += count;
    REQUIRE(Outcome(under_test->publisher().Publish(events)) == "OK");
    all.insert(all.end(), events.begin(), events.end());
  }
  CHECK(under_test->Arrived(all.size()) == all);
}

TEST_CASE("event publisher: an event arrives as it is sent", "[contract][publisher]") {
  const EachImplementation<EventPublisherImplementation> implementation(
      EventPublisherImplementations());
  const auto under_test = implementation->make();
  std::vector<Event> events;
  std::uint64_t number = 1;
  for (const std::string& text : DifficultTexts()) {
    Outdial::Fields fields = OutdialFields(++number);
    fields.name = NameOf(text);
    fields.data = TextOf(text);
    fields.tm_update = std::nullopt;
    events.push_back({EventType::kOutdialCreated, Outdial(fields)});
  }
  REQUIRE(Outcome(under_test->publisher().Publish(events)) == "OK");
  CHECK(under_test->Arrived(events.size()) == events);
}

}  // namespace
}  // namespace outdial::contract
