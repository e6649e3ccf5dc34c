// What the core costs by itself: dial cycles on the memory adapters, on one thread.
//
// usage: memory_benchmark [targets of the large list, by default 1000000]

#include <cstdint>
#include <cstdio>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "absl/time/time.h"
#include "benchmark.h"
#include "outdial/memory/database.h"
#include "outdial/memory/sequential_id_source.h"
#include "outdial/ports/cache.h"
#include "outdial/services/services.h"
#include "outdial/system/system_clock.h"

namespace outdial::bench {
namespace {

constexpr std::int64_t kSmall = 1000;
constexpr TryThresholds kOneTry = {1, 1, 1, 1, 1};

// A database in memory with one list of `size` targets that nobody has tried.
class List {
 public:
  explicit List(std::int64_t size) : outdial_id_(Require(services_.outdials.Create({})).id()) {
    for (std::int64_t added = 0; added < size;) {
      std::vector<OutdialTarget> targets;
      for (; added < size && targets.size() < 10'000; ++added) targets.push_back(NewTarget(added));
      Require(database_.Write([&](UnitOfWork& work) { return work.targets().Insert(targets); }));
    }
  }

  // Takes the next target, and reports that it is done with.
  void ClaimCycle() {
    const std::vector<ClaimedTarget> next =
        Require(services_.targets.Claim(outdial_id_, kOneTry, 1, absl::ZeroDuration()));
    if (next.empty()) Require(absl::InternalError("the list is exhausted"));
    Report(next[0].target.id());
  }

  // The same in three steps, as those do it who do not know of claims.
  void ProgressCycle() {
    const std::vector<OutdialTarget> next =
        Require(services_.targets.Available(outdial_id_, kOneTry, 1));
    if (next.empty()) Require(absl::InternalError("the list is exhausted"));
    Require(services_.targets.Progress(next[0].id(), DestinationIndex(), std::nullopt).status());
    Report(next[0].id());
  }

  // Makes the targets that were dialled ready again, as the newest ones of the list.
  void Rewind() {
    for (const OutdialTargetId id : dialled_) {
      Require(database_.Write([&](UnitOfWork& work) {
        OutdialTarget::Fields fields = Require(work.targets().GetForUpdate(id)).fields();
        fields.status = TargetStatus::kIdle;
        for (Slot& slot : fields.slots) slot.try_count = 0;
        const OutdialTarget ready(std::move(fields));
        return work.targets().Update({&ready, 1});
      }));
    }
    dialled_.clear();
  }

 private:
  OutdialTarget NewTarget(std::int64_t number) {
    OutdialTarget::Fields fields;
    fields.id = OutdialTargetId(ids_.NewUuid());
    fields.outdial_id = outdial_id_;
    fields.name = Name::FromStorage(absl::StrCat("Ann Example ", number));
    fields.data = Text::FromStorage("{\"language\":\"en\"}");
    for (std::size_t i = 0; i < 2; ++i) {
      Address::Fields address;
      address.type = "tel";
      address.target = absl::StrCat("+1555123000", i);
      fields.slots[i].address = Address::FromStorage(address);
    }
    fields.tm_create = absl::FromUnixMicros(number);
    fields.tm_update = fields.tm_create;
    return OutdialTarget(std::move(fields));
  }

  void Report(OutdialTargetId id) {
    Require(services_.targets.Report(id, TargetStatus::kDone, std::nullopt).status());
    dialled_.push_back(id);
  }

  memory::Database database_;
  NoCache cache_;
  system::SystemClock clock_;
  memory::SequentialIdSource ids_;
  // Nobody reads the outbox of this process.
  Services services_{database_, cache_, clock_, ids_, {.record_events = false}};
  std::vector<OutdialTargetId> dialled_;
  const OutdialId outdial_id_;
};

int Main(std::int64_t size) {
  Report report;
  List small(kSmall);
  List large(size);

  const auto compare = [&](const std::string& name, void (List::*cycle)()) {
    const auto benchmark = [&](List& list, std::int64_t targets) {
      return Benchmark{.name = absl::StrCat(name, "/", targets),
                       .operation = [&list, cycle] { (list.*cycle)(); },
                       .batch = kSmall / 2,
                       .prepare = [&list] { list.Rewind(); }};
    };
    return report.Run({benchmark(small, kSmall), benchmark(large, size)}, absl::Seconds(2));
  };
  const auto claims = compare("dial cycle: claim, report", &List::ClaimCycle);
  report.Check("dial cycle: 200000 a second on the large list", claims[1].per_second() >= 200'000);
  report.Check("dial cycle: within 2 times",
               claims[1].nanoseconds() <= 2 * claims[0].nanoseconds());
  const auto steps = compare("dial cycle: available, progressing, report", &List::ProgressCycle);
  report.Check("dial cycle in three steps: within 2 times",
               steps[1].nanoseconds() <= 2 * steps[0].nanoseconds());
  return report.exit_code();
}

}  // namespace
}  // namespace outdial::bench

int main(int argc, char** argv) {
  return outdial::bench::Main(outdial::bench::SizeFrom(argc, argv, 1'000'000));
}
