// What SQLite costs, in process: a dial cycle, and finding who may be called next.
//
// usage: sqlite_benchmark [targets of the large list, by default 1000000]

#include <unistd.h>

#include <cstdint>
#include <cstdio>
#include <filesystem>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "benchmark.h"
#include "outdial/ports/cache.h"
#include "outdial/services/services.h"
#include "outdial/sqlite/database.h"
#include "outdial/system/random_id_source.h"
#include "outdial/system/system_clock.h"
#include "soci/soci.h"
#include "soci/sqlite3/soci-sqlite3.h"

namespace outdial::bench {
namespace {

constexpr std::int64_t kSmall = 1000;
constexpr TryThresholds kOneTry = {1, 1, 1, 1, 1};
constexpr TryThresholds kTwoTries = {2, 2, 2, 2, 2};
constexpr TryThresholds kThreeTries = {3, 3, 3, 3, 3};

// A database file with two lists of `size` targets: a fresh one, and one of which every target was
// tried twice, but the newest once.
class Lists {
 public:
  Lists(const std::filesystem::path& folder, std::int64_t size)
      : path_(folder / absl::StrCat(size, ".db")),
        database_(Require(sqlite::Open({.path = path_.string(), .outbox_limit = 1'000'000'000}))),
        services_(*database_, cache_, clock_, ids_),
        fresh_(Fill(size, 0, 0)),
        tried_(Fill(size, 2, 1)) {}

  const std::filesystem::path& path() const { return path_; }
  OutdialId fresh() const { return fresh_; }
  OutdialId tried() const { return tried_; }

  std::vector<OutdialTarget> Available(OutdialId outdial_id, const TryThresholds& thresholds) {
    return Require(services_.targets.Available(outdial_id, thresholds, 1));
  }

  // Finds the next target, dials it, and reports that it is done with.
  void DialCycle() {
    const std::vector<OutdialTarget> next = Available(fresh_, kOneTry);
    if (next.empty()) Require(absl::InternalError("the list is exhausted"));
    Require(services_.targets.Progress(next[0].id(), DestinationIndex(), std::nullopt).status());
    Require(services_.targets.Report(next[0].id(), TargetStatus::kDone, std::nullopt).status());
    dialled_.push_back(next[0]);
  }

  // Puts the targets that were dialled back to where they were.
  void Rewind() {
    Require(database_->Write([&](UnitOfWork& work) { return work.targets().Update(dialled_); }));
    dialled_.clear();
  }

 private:
  // Adds an outdial with `size` targets, of which the newest has another try count.
  OutdialId Fill(std::int64_t size, std::int32_t try_count, std::int32_t newest_try_count) {
    const Outdial outdial = Require(services_.outdials.Create({}));
    const OutdialTarget newest = NewTarget(outdial.id(), newest_try_count);
    Require(database_->Write([&](UnitOfWork& work) {
      return work.targets().Insert({&newest, 1});
    }));
    AddOlder(newest.id().ToString(), size - 1, try_count);
    return outdial.id();
  }

  OutdialTarget NewTarget(OutdialId outdial_id, std::int32_t try_count) {
    OutdialTarget::Fields fields;
    fields.id = OutdialTargetId(ids_.NewUuid());
    fields.outdial_id = outdial_id;
    fields.name = Name::FromStorage("Ann Example");
    fields.data = Text::FromStorage("{\"language\":\"en\"}");
    for (std::size_t i = 0; i < 2; ++i) {
      Address::Fields address;
      address.type = "tel";
      address.target = absl::StrCat("+1555123000", i);
      fields.slots[i] = {.address = Address::FromStorage(address), .try_count = try_count};
    }
    fields.tm_create = absl::FromUnixMicros(absl::ToUnixMicros(absl::Now()));
    fields.tm_update = fields.tm_create;
    return OutdialTarget(std::move(fields));
  }

  // Copies a target `count` times, in one statement and with much memory: a large list is there in
  // seconds.
  void AddOlder(const std::string& id, std::int64_t count, std::int32_t try_count) {
    soci::session session(soci::sqlite3, path_.string());
    session << "pragma synchronous = off";
    session << "pragma cache_size = -500000";
    session << "with recursive number(i) as "
               "(select :count union all select i - 1 from number where i > 1) "
               "insert into outdial_outdialtargets (id, outdial_id, name, detail, data, status, "
               "destination_0, destination_1, try_count_0, try_count_1, try_count_2, try_count_3, "
               "try_count_4, tm_create, tm_update) "
               "select lower(printf('%s-%s-4%s-8%s-%s', hex(randomblob(4)), hex(randomblob(2)), "
               "substr(hex(randomblob(2)), 2), substr(hex(randomblob(2)), 2), "
               "hex(randomblob(6)))), outdial_id, name || ' ' || i, detail, data, status, "
               "destination_0, destination_1, :try_count_0, :try_count_1, 0, 0, 0, "
               "tm_create - 10 * i, tm_update - 10 * i "
               "from number, outdial_outdialtargets where id = :id",
        soci::use(static_cast<long long>(count)), soci::use(try_count), soci::use(try_count),
        soci::use(id);
  }

  const std::filesystem::path path_;
  NoCache cache_;
  system::SystemClock clock_;
  system::RandomIdSource ids_;
  const std::unique_ptr<Database> database_;
  Services services_;
  std::vector<OutdialTarget> dialled_;
  const OutdialId fresh_;
  const OutdialId tried_;
};

// What one writes who does not know of signatures: looks at every target of the list.
class NaiveScan {
 public:
  NaiveScan(const Lists& lists, OutdialId outdial_id)
      : session_(soci::sqlite3, lists.path().string()),
        outdial_id_(outdial_id.ToString()),
        statement_((session_.prepare
                        << "select id from outdial_outdialtargets where outdial_id = :outdial_id "
                           "and status = 'idle' and tm_delete is null and ("
                           "(destination_0 is not null and try_count_0 < 1) or "
                           "(destination_1 is not null and try_count_1 < 1) or "
                           "(destination_2 is not null and try_count_2 < 1) or "
                           "(destination_3 is not null and try_count_3 < 1) or "
                           "(destination_4 is not null and try_count_4 < 1)) "
                           "order by tm_update, id limit 1",
                    soci::use(outdial_id_), soci::into(found_))) {}

  void Run() {
    if (!statement_.execute(true)) Require(absl::InternalError("the list is exhausted"));
    statement_.fetch();
  }

 private:
  soci::session session_;
  std::string outdial_id_;
  std::string found_;
  soci::statement statement_;
};

Benchmark AvailableBenchmark(std::string name, Lists& lists, OutdialId outdial_id,
                             const TryThresholds& thresholds, std::size_t found) {
  return {.name = std::move(name), .operation = [&lists, outdial_id, thresholds, found] {
            if (lists.Available(outdial_id, thresholds).size() == found) return;
            Require(absl::InternalError("not the targets that are available"));
          }};
}

int Main(std::int64_t size) {
  const std::filesystem::path folder =
      std::filesystem::temp_directory_path() / absl::StrCat("outdial-benchmark-", getpid());
  std::filesystem::create_directory(folder);
  Report report;
  {
    Lists small(folder, kSmall);
    const absl::Time start = absl::Now();
    Lists large(folder, size);
    report.Add({"insert a target, all in a statement", 2 * size, absl::Now() - start}, nullptr);
    ::sync();  // what the lists were made of must not wait for the disk while others are measured

    const auto compare = [&](const std::string& name, OutdialId (Lists::*list)() const,
                             const TryThresholds& thresholds, std::size_t found) {
      const auto benchmark = [&](Lists& lists, std::int64_t targets) {
        return AvailableBenchmark(absl::StrCat("available limit 1, ", name, "/", targets), lists,
                                  (lists.*list)(), thresholds, found);
      };
      const auto results =
          report.Run({benchmark(small, kSmall), benchmark(large, size)}, absl::Seconds(2));
      report.Check(absl::StrCat("available limit 1, ", name, ": within 1.5 times"),
                   results[1].nanoseconds() <= 1.5 * results[0].nanoseconds());
      return results[1];
    };
    const Result fresh = compare("fresh", &Lists::fresh, kOneTry, 1);
    compare("all exhausted", &Lists::tried, kOneTry, 0);
    compare("all but the newest exhausted", &Lists::tried, kTwoTries, 1);
    compare("two signatures", &Lists::tried, kThreeTries, 1);

    NaiveScan scan(large, large.fresh());
    Result scanned{absl::StrCat("naive scan limit 1, fresh/", size), 5, absl::ZeroDuration()};
    const absl::Time scan_start = absl::Now();
    for (std::int64_t i = 0; i < scanned.iterations; ++i) scan.Run();
    scanned.elapsed = absl::Now() - scan_start;
    report.Add(scanned, &fresh);

    const auto cycle = [](Lists& lists, std::int64_t targets) {
      return Benchmark{
          .name = absl::StrCat("dial cycle/", targets),
          .operation = [&lists] { lists.DialCycle(); },
          .batch = kSmall / 2,
          .prepare = targets == kSmall ? [&lists] { lists.Rewind(); } : std::function<void()>()};
    };
    const auto cycles = report.Run({cycle(small, kSmall), cycle(large, size)}, absl::Seconds(8));
    report.Check("dial cycle: 5000 a second on the large list", cycles[1].per_second() >= 5000);
    report.Check("dial cycle: within 1.5 times",
                 cycles[1].nanoseconds() <= 1.5 * cycles[0].nanoseconds());
  }
  std::filesystem::remove_all(folder);
  return report.exit_code();
}

}  // namespace
}  // namespace outdial::bench

int main(int argc, char** argv) {
  return outdial::bench::Main(outdial::bench::SizeFrom(argc, argv, 1'000'000));
}
