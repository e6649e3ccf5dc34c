// The core embedded in a program of your own, on SQLite: a list, two targets, a claim, a report.
#include <iostream>
#include <string>

#include "absl/status/status.h"
#include "outdial/ports/cache.h"
#include "outdial/services/services.h"
#include "outdial/sqlite/database.h"
#include "outdial/system/random_id_source.h"
#include "outdial/system/system_clock.h"

namespace {

outdial::NewOutdialTarget Person(const std::string& name, const std::string& number) {
  outdial::NewOutdialTarget person;
  person.name = *outdial::Name::Create("name", name);
  person.destinations[0] =
      *outdial::Address::Create("destination_0", {.type = "tel", .target = number});
  return person;
}

absl::Status Run(const std::string& path) {
  const auto database = outdial::sqlite::Open({.path = path});
  if (!database.ok()) return database.status();
  outdial::NoCache cache;
  outdial::system::SystemClock clock;
  outdial::system::RandomIdSource ids;
  outdial::Services services(**database, cache, clock, ids, {.record_events = false});

  const auto list = services.outdials.Create({});
  if (!list.ok()) return list.status();
  for (const auto& person : {Person("Ann", "+15551230001"), Person("Bob", "+15551230002")}) {
    if (const auto added = services.targets.Create(list->id(), person); !added.ok()) {
      return added.status();
    }
  }

  // Whom may I call next? One of those whose first number was tried less than three times.
  const auto claimed = services.targets.Claim(list->id(), {3}, 1, absl::Minutes(2));
  if (!claimed.ok()) return claimed.status();
  for (const outdial::ClaimedTarget& claim : *claimed) {
    const outdial::Slot& slot = claim.target.slot(claim.destination_index);
    std::cout << "calling " << claim.target.fields().name.value() << " at "
              << slot.address->target() << ", try " << slot.try_count << '\n';
    const auto done =
        services.targets.Report(claim.target.id(), outdial::TargetStatus::kDone, claim.call_id);
    if (!done.ok()) return done.status();
  }

  const auto left = services.targets.Available(list->id(), {3}, 10);
  if (!left.ok()) return left.status();
  std::cout << left->size() << " left to call\n";
  return absl::OkStatus();
}

}  // namespace

int main(int argc, char** argv) {
  const absl::Status status = Run(argc > 1 ? argv[1] : ":memory:");
  if (!status.ok()) std::cerr << status.message() << '\n';
  return status.ok() ? 0 : 1;
}
