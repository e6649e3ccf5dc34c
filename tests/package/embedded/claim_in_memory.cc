// A program that has lists of its own, in memory, and claims who is next.
#include <cstdio>

#include "outdial/memory/database.h"
#include "outdial/memory/manual_clock.h"
#include "outdial/memory/sequential_id_source.h"
#include "outdial/services/services.h"

int main() {
  outdial::memory::Database database;
  outdial::NoCache cache;
  outdial::memory::ManualClock clock;
  outdial::memory::SequentialIdSource ids;
  outdial::Services services(database, cache, clock, ids);

  const auto list = services.outdials.Create({});
  const auto address =
      outdial::Address::Create("destination_0", {.type = "tel", .target = "+15551230001"});
  if (!list.ok() || !address.ok()) return 1;
  outdial::NewOutdialTarget ann;
  ann.destinations[0] = *address;
  if (!services.targets.Create(list->id(), ann).ok()) return 1;

  const auto claimed = services.targets.Claim(list->id(), {1}, 10, absl::Minutes(1));
  if (!claimed.ok()) return 1;
  std::printf("%zu claimed\n", claimed->size());
}
