// Importing a CSV file of many targets, numbers put in the form of E.164, duplicates looked for and
// events written: on SQLite, and on MariaDB where tests/with-servers.sh provides one, there also
// into a list that somebody else has filled.
//
// usage: import_benchmark [rows, by default 1000000]

#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <memory>
#include <random>
#include <string>
#include <string_view>
#include <thread>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "benchmark.h"
#include "outdial/entities/error.h"
#include "outdial/mysql/database.h"
#include "outdial/phonenumber/number_normalizer.h"
#include "outdial/ports/cache.h"
#include "outdial/services/services.h"
#include "outdial/sqlite/database.h"
#include "outdial/system/random_id_source.h"
#include "outdial/system/system_clock.h"
#include "outdial/target_files/batched_import.h"
#include "outdial/target_files/row_parser.h"
#include "support/process.h"
#include "support/servers.h"

namespace outdial::bench {
namespace {

constexpr TryThresholds kManyTries = {1'000'000'000, 0, 0, 0, 0};

// A CSV file, made while it is read: numbers of Germany in no order, each as somebody writes it, a
// hundredth of them there already.
class CsvFile {
 public:
  explicit CsvFile(std::int64_t rows) : rows_(rows), random_(20260115) {}

  // Empty at the end.
  std::string Next() {
    std::string piece = row_ == 0 ? "name,destination_0,data\n" : "";
    while (row_ < rows_ && piece.size() < 60'000) {
      ++row_;
      // A number for each row, in a mixed-up order.
      const std::int64_t which = row_ % 100 == 0 ? row_ - 50 : row_;
      const std::int64_t mixed = which * 7'368'787 % 10'000'000;
      const std::string digits = absl::StrFormat("%07d", mixed);
      switch (random_() % 4) {
        case 0:
          absl::StrAppend(&piece, "Ann Example ", row_, ",0151 2", digits, ",en\n");
          break;
        case 1:
          absl::StrAppend(&piece, "Ann Example ", row_, ",+49 151 2", digits, ",en\n");
          break;
        default:
          absl::StrAppend(&piece, "Ann Example ", row_, ",+491512", digits, ",en\n");
      }
    }
    return piece;
  }

 private:
  const std::int64_t rows_;
  std::mt19937 random_;
  std::int64_t row_ = 0;
};

// The services on a database, with a list to import into and one that is dialled meanwhile.
class Lists {
 public:
  explicit Lists(Database& database)
      : services_(database, cache_, clock_, ids_, {}, &numbers_),
        dialled_(Require(services_.outdials.Create({})).id()) {
    std::vector<absl::StatusOr<NewOutdialTarget>> rows;
    for (int i = 0; i < 1'000; ++i) {
      NewOutdialTarget row;
      row.destinations[0] = Address::FromStorage({.type = "tel", .target = absl::StrCat("+", i)});
      rows.emplace_back(std::move(row));
    }
    Require(services_.imports.Import(dialled_, std::move(rows), OnDuplicate::kAllow).status());
  }

  // Into a new list. Ends the program where not all rows were added that are to be.
  ImportCounts Import(std::int64_t rows) {
    const OutdialId list = Create();
    CsvFile file(rows);
    target_files::BatchedImport import([&](target_files::Batch& batch) {
      return services_.imports.Import(list, std::move(batch.rows), OnDuplicate::kSkip);
    });
    absl::Status status;
    target_files::RowParser parser({}, [&](target_files::Row row) {
      row.target = services_.imports.Normalize(std::move(row.target), "DE");
      if (status.ok()) status = import.Add(std::move(row));
    });
    for (std::string piece = file.Next(); !piece.empty() && status.ok(); piece = file.Next()) {
      Require(parser.Parse(piece));
    }
    Require(status);
    Require(parser.Finish());
    Require(import.Finish());
    const ImportCounts expected{.created = rows - rows / 100, .skipped = rows / 100};
    const OutdialProgress progress = Require(services_.progress.Get(list, {}));
    if (import.counts() != expected || progress.idle != expected.created) {
      Require(absl::InternalError("not all rows were added"));
    }
    return import.counts();
  }

  OutdialId Create() { return Require(services_.outdials.Create({})).id(); }

  // What it takes to import one row, which is there already, until that succeeds, and the longest
  // answer to a request for it.
  std::pair<absl::Duration, absl::Duration> ImportOneInto(OutdialId list,
                                                          const std::string& number) {
    absl::Duration longest;
    const absl::Time start = absl::Now();
    while (true) {
      NewOutdialTarget row;
      row.destinations[0] = Address::FromStorage({.type = "tel", .target = number});
      const absl::Time begun = absl::Now();
      const auto result = services_.imports.Import(list, {row}, OnDuplicate::kSkip);
      longest = std::max(longest, absl::Now() - begun);
      if (result.ok() && result->counts.skipped != 1) {
        Require(absl::InternalError("a duplicate was missed"));
      }
      if (result.ok()) return {absl::Now() - start, longest};
      if (GetReason(result.status()) != Reason::kDestinationKeysPending) Require(result.status());
    }
  }

  // Dials until `stopped`; returns how often in a second.
  double Dial(const std::atomic<bool>& stopped) {
    const absl::Time start = absl::Now();
    std::int64_t cycles = 0;
    for (; !stopped; ++cycles) {
      const auto claimed =
          Require(services_.targets.Claim(dialled_, kManyTries, 1, absl::ZeroDuration()));
      Require(services_.targets.Report(claimed.at(0).target.id(), TargetStatus::kIdle, std::nullopt)
                  .status());
    }
    return static_cast<double>(cycles) / absl::ToDoubleSeconds(absl::Now() - start);
  }

 private:
  NoCache cache_;
  system::SystemClock clock_;
  system::RandomIdSource ids_;
  phonenumber::NumberNormalizer numbers_;
  Services services_;
  const OutdialId dialled_;
};

// What it takes to import `rows` into a new database, and what that does to a dialler.
Result Measure(Report& report, const std::string& name, Lists& lists, std::int64_t rows,
               double goal) {
  const long before = test::ResidentKiB(::getpid());
  const absl::Time start = absl::Now();
  const ImportCounts counts = lists.Import(rows);
  const Result result{name + ": import", rows, absl::Now() - start};
  const long grown = test::ResidentKiB(::getpid()) - before;
  report.Add(result, nullptr);
  std::printf("%lld created, %lld skipped, %lld refused; %ld MiB more resident, %ld MiB in all\n",
              static_cast<long long>(counts.created), static_cast<long long>(counts.skipped),
              static_cast<long long>(counts.refused), grown / 1024,
              test::ResidentKiB(::getpid()) / 1024);
  report.Check(absl::StrFormat("%s: %.0f targets a second", name, goal),
               result.per_second() >= goal);
  report.Check(name + ": less than 64 MiB resident", test::ResidentKiB(::getpid()) < 64L * 1024);
  return result;
}

void MeasureDialling(Report& report, const std::string& name, Lists& lists, std::int64_t rows) {
  std::atomic<bool> stopped = false;
  double alone = 0;
  std::thread dialler([&] { alone = lists.Dial(stopped); });
  absl::SleepFor(absl::Seconds(3));
  stopped = true;
  dialler.join();
  stopped = false;
  double beside = 0;
  dialler = std::thread([&] { beside = lists.Dial(stopped); });
  lists.Import(rows);
  stopped = true;
  dialler.join();
  std::printf("%s: %.0f dial cycles a second, %.0f beside an import: ratio %.2f\n", name.c_str(),
              alone, beside, beside / alone);
  report.Check(name + ": a dialler keeps 0.7 of its cycles", beside >= 0.7 * alone);
}

void MeasureSqlite(Report& report, const std::filesystem::path& folder, std::int64_t rows) {
  const auto database = Require(sqlite::Open({.path = (folder / "import.db").string()}));
  Lists lists(*database);
  Measure(report, "SQLite", lists, rows, 80'000);
  MeasureDialling(report, "SQLite", lists, rows / 4);
}

// The first import into a list that somebody has filled who knows nothing of destination keys.
void MeasureListOfOthers(Report& report, test::TestDatabase& schema, Lists& lists,
                         std::int64_t rows) {
  const OutdialId list = lists.Create();
  schema.Query(absl::StrCat(
      "insert into outdial_outdialtargets (id, outdial_id, name, detail, data, status,"
      " destination_0, try_count_0, try_count_1, try_count_2, try_count_3, try_count_4, tm_create,"
      " tm_update) select unhex(md5(seq)), unhex(replace('",
      list.ToString(),
      "', '-', '')), concat('Ann Example ', seq), '', '', 'idle',"
      " concat('{\"type\":\"tel\",\"target\":\"+1555', seq, '\"}'), 0, 0, 0, 0, 0,"
      " '2026-01-01' + interval seq microsecond, '2026-01-01' + interval seq microsecond"
      " from seq_1_to_",
      rows));
  const auto [elapsed, longest] = lists.ImportOneInto(list, absl::StrCat("+1555", rows));
  report.Add({"MariaDB: keys of others' targets", rows, elapsed}, nullptr);
  std::printf("MariaDB: the longest answer while these were registered took %.1f s\n",
              absl::ToDoubleSeconds(longest));
  report.Check("MariaDB: a client never waits 3 seconds for a list of others",
               longest < absl::Seconds(3));
}

void MeasureMariadb(Report& report, std::int64_t rows) {
  test::TestDatabase schema;
  const mysql::Settings settings = Require(mysql::ParseDsn(schema.dsn()));
  Require(mysql::Migrate(settings));
  const auto database = mysql::Open(settings);
  Lists lists(*database);
  const Result import = Measure(report, "MariaDB", lists, rows, 40'000);

  // The server by itself: the same rows, from one table into another.
  schema.Query("create table copied like outdial_outdialtargets");
  const absl::Time start = absl::Now();
  schema.Query(
      "insert into copied (id, outdial_id, name, detail, data, status, destination_0, try_count_0,"
      " try_count_1, try_count_2, try_count_3, try_count_4, lease_until, tm_create, tm_update)"
      " select id, outdial_id, name, detail, data, status, destination_0, try_count_0, try_count_1,"
      " try_count_2, try_count_3, try_count_4, lease_until, tm_create, tm_update"
      " from outdial_outdialtargets");
  const Result copy{"MariaDB: insert … select", rows - rows / 100, absl::Now() - start};
  report.Add(copy, nullptr);
  const double ratio = import.per_second() / copy.per_second();
  std::printf("MariaDB: ratio to the server's own insert … select: %.2f\n", ratio);
  report.Check("MariaDB: a fifth of what the server does by itself", ratio >= 0.2);
  MeasureDialling(report, "MariaDB", lists, rows / 4);
  MeasureListOfOthers(report, schema, lists, rows / 4);
}

int Main(std::int64_t rows) {
  const auto folder = std::filesystem::temp_directory_path() /
                      absl::StrCat("outdial-import-benchmark-", ::getpid());
  std::filesystem::create_directory(folder);
  Report report;
  MeasureSqlite(report, folder, rows);
  std::filesystem::remove_all(folder);
  if (std::getenv("OUTDIAL_TEST_MARIADB_PORT") != nullptr) MeasureMariadb(report, rows);
  return report.exit_code();
}

}  // namespace
}  // namespace outdial::bench

int main(int argc, char** argv) {
  return outdial::bench::Main(outdial::bench::SizeFrom(argc, argv, 1'000'000));
}
