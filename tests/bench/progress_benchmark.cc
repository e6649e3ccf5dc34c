// Counting the targets of a long list, and asking for its progress again and again: on SQLite, and
// on MariaDB where tests/with-servers.sh provides one.
//
// usage: progress_benchmark [targets, by default 1000000]

#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "benchmark.h"
#include "outdial/memory/manual_clock.h"
#include "outdial/mysql/database.h"
#include "outdial/ports/cache.h"
#include "outdial/services/services.h"
#include "outdial/sqlite/database.h"
#include "outdial/system/random_id_source.h"
#include "support/servers.h"

namespace outdial::bench {
namespace {

constexpr TryThresholds kThreeTries = {3, 3, 0, 0, 0};

// A list of which half the targets are done, a tenth progressing and the others idle, with a call
// for each fifth one, and a short one to be dialled. Counts age only where they are told to.
class Lists {
 public:
  Lists(Database& database, std::int64_t size)
      : services_(database, cache_, clock_, ids_, {.record_events = false}),
        long_(Require(services_.outdials.Create({})).id()),
        short_(Require(services_.outdials.Create({})).id()) {
    constexpr std::int64_t kBatch = 1000;
    for (std::int64_t number = 0; number < size + kBatch; number += kBatch) {
      std::vector<OutdialTarget> targets;
      std::vector<OutdialTargetCall> calls;
      for (std::int64_t i = number; i < number + kBatch; ++i) {
        targets.push_back(Target(i, size));
        if (i < size) Expect(targets.back());
        if (i < size && i % 5 == 0) calls.push_back(CallOf(targets.back()));
      }
      Require(database.Write([&](UnitOfWork& work) -> absl::Status {
        if (absl::Status status = work.targets().Insert(targets); !status.ok()) return status;
        return calls.empty() ? absl::OkStatus() : work.calls().Insert(calls);
      }));
    }
  }

  // What Ask must say but for the time.
  const OutdialProgress& expected() const { return expected_; }

  OutdialProgress Ask() { return Require(services_.progress.Get(long_, kThreeTries)); }

  // Counts.
  OutdialProgress AskLater() {
    clock_.Advance(OutdialProgressService::kMaxAge + absl::Microseconds(1));
    return Ask();
  }

  void DialCycle() {
    const auto claimed =
        Require(services_.targets.Claim(short_, {1'000'000'000, 0, 0, 0, 0}, 1, std::nullopt));
    Require(services_.targets.Report(claimed.at(0).target.id(), TargetStatus::kIdle, std::nullopt)
                .status());
  }

 private:
  // Counts a target of the long list as a person would.
  void Expect(const OutdialTarget& target) {
    const Slots& slots = target.fields().slots;
    switch (target.status()) {
      case TargetStatus::kIdle:
        ++expected_.idle;
        ++(slots[0].try_count < 3 || slots[1].try_count < 3 ? expected_.dialable
                                                            : expected_.exhausted);
        break;
      case TargetStatus::kProgressing:
        ++expected_.progressing;
        break;
      case TargetStatus::kDone:
        ++expected_.done;
        break;
    }
    for (std::size_t i = 0; i < kSlotCount; ++i) expected_.tries[i] += slots[i].try_count;
  }

  OutdialTargetCall CallOf(const OutdialTarget& target) {
    OutdialTargetCall::Fields fields;
    fields.id = OutdialTargetCallId(ids_.NewUuid());
    fields.outdial_id = target.outdial_id();
    fields.outdial_target_id = target.id();
    fields.status = target.status() == TargetStatus::kProgressing ? TargetCallStatus::kProgressing
                                                                  : TargetCallStatus::kDone;
    fields.tm_create = target.fields().tm_create;
    ++expected_.calls.made;
    if (fields.status == TargetCallStatus::kProgressing) ++expected_.calls.open;
    if (!expected_.calls.first.has_value()) expected_.calls.first = fields.tm_create;
    expected_.calls.last = fields.tm_create;
    return OutdialTargetCall(std::move(fields));
  }

  // Of the long list, and from `size` on of the short one.
  OutdialTarget Target(std::int64_t number, std::int64_t size) {
    constexpr TargetStatus kStatuses[] = {TargetStatus::kIdle, TargetStatus::kDone};
    OutdialTarget::Fields fields;
    fields.id = OutdialTargetId(ids_.NewUuid());
    fields.outdial_id = number < size ? long_ : short_;
    fields.name = Name::FromStorage(absl::StrCat("Ann Example ", number));
    for (std::size_t i = 0; i < 2; ++i) {
      Address::Fields address;
      address.type = "tel";
      address.target = absl::StrCat("+1555", i, number);
      fields.slots[i] = {.address = Address::FromStorage(address), .try_count = 0};
    }
    if (number < size) {
      fields.status = number % 10 == 0 ? TargetStatus::kProgressing : kStatuses[number % 2];
      fields.slots[0].try_count = static_cast<std::int32_t>(number / 10 % 4);
      fields.slots[1].try_count = static_cast<std::int32_t>(number / 100 % 3);
    }
    fields.tm_create = fields.tm_update = clock_.Now() + absl::Microseconds(number);
    return OutdialTarget(std::move(fields));
  }

  NoCache cache_;
  memory::ManualClock clock_;
  system::RandomIdSource ids_;
  Services services_;
  const OutdialId long_;
  const OutdialId short_;
  OutdialProgress expected_;
};

void Measure(Report& report, const std::string& name, Database& database, std::int64_t size) {
  Lists lists(database, size);
  const absl::Time asked = absl::Now();
  const OutdialProgress progress = lists.Ask();
  std::printf("%s: the first look at %lld targets took %.0f ms\n", name.c_str(),
              static_cast<long long>(size), absl::ToDoubleMilliseconds(absl::Now() - asked));
  OutdialProgress expected = lists.expected();
  expected.outdial_id = progress.outdial_id;
  expected.tm_count = progress.tm_count;
  report.Check(name + ": the numbers are right", progress == expected);
  Result counts{absl::StrCat(name, ": count/", size), 5, absl::ZeroDuration()};
  const absl::Time start = absl::Now();
  for (std::int64_t i = 0; i < counts.iterations; ++i) lists.AskLater();
  counts.elapsed = absl::Now() - start;
  report.Add(counts, nullptr);
  const auto kept = report.Run(
      {{.name = absl::StrCat(name, ": kept count/", size), .operation = [&lists] { lists.Ask(); }}},
      absl::Seconds(2));
  report.Check(name + ": answers from the kept count within 1 ms", kept[0].nanoseconds() < 1e6);

  // Nobody who dials waits for a count: the longest of many cycles beside counts without a break.
  std::atomic<bool> stopped = false;
  std::thread counting([&] {
    while (!stopped) lists.AskLater();
  });
  absl::Duration longest = absl::ZeroDuration();
  Result cycles{name + ": dial cycle beside counts", 0, absl::ZeroDuration()};
  while (cycles.elapsed < absl::Seconds(4)) {
    const absl::Time begun = absl::Now();
    lists.DialCycle();
    const absl::Duration took = absl::Now() - begun;
    longest = std::max(longest, took);
    cycles.elapsed += took;
    ++cycles.iterations;
  }
  stopped = true;
  counting.join();
  report.Add(cycles, nullptr);
  std::printf("%s: the longest dial cycle beside counts took %.1f ms\n", name.c_str(),
              absl::ToDoubleMilliseconds(longest));
}

int Main(std::int64_t size) {
  const auto folder = std::filesystem::temp_directory_path() /
                      absl::StrCat("outdial-progress-benchmark-", ::getpid());
  std::filesystem::create_directory(folder);
  Report report;
  {
    const auto database = Require(sqlite::Open({.path = (folder / "progress.db").string()}));
    Measure(report, "SQLite", *database, size);
  }
  std::filesystem::remove_all(folder);
  if (std::getenv("OUTDIAL_TEST_MARIADB_PORT") != nullptr) {
    const test::TestDatabase schema;
    const mysql::Settings settings = Require(mysql::ParseDsn(schema.dsn()));
    Require(mysql::Migrate(settings));
    Measure(report, "MariaDB", *mysql::Open(settings), size);
  }
  return report.exit_code();
}

}  // namespace
}  // namespace outdial::bench

int main(int argc, char** argv) {
  return outdial::bench::Main(outdial::bench::SizeFrom(argc, argv, 1'000'000));
}
