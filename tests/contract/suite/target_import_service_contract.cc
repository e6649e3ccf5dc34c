// TargetImportService, over every database.
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <random>
#include <set>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "contract/suite/database_test.h"
#include "contract/suite/values.h"
#include "outdial/entities/destination_key.h"
#include "outdial/entities/error.h"
#include "outdial/entities/event.h"
#include "outdial/entities/target_import.h"
#include "outdial/memory/sequential_id_source.h"
#include "outdial/ports/cache.h"
#include "outdial/services/services.h"
#include "support/catch.h"
#include "support/slow_clock.h"

namespace outdial::contract {
namespace {

using Row = absl::StatusOr<NewOutdialTarget>;

Row Numbers(std::vector<std::optional<Address>> destinations) {
  return TargetWith(std::move(destinations));
}
Row Number(std::string number) { return TargetWith({Tel(std::move(number))}); }
Row Bad() { return MakeError(Reason::kWrongType, "The field name must be a string.", "name"); }

std::vector<Row> NumbersFrom(int first, int count) {
  std::vector<Row> rows;
  for (int i = first; i < first + count; ++i) rows.push_back(Number("+1" + std::to_string(i)));
  return rows;
}

// "3 skipped DUPLICATE_DESTINATION 4711…"
std::vector<std::string> Show(const std::vector<RowNotImported>& rows) {
  std::vector<std::string> shown;
  for (const RowNotImported& row : rows) {
    shown.push_back(std::to_string(row.index) + (row.skipped ? " skipped " : " refused ") +
                    Outcome(row.reason));
  }
  return shown;
}

class ImportTest : public ServicesTest {
 public:
  ImportResult Import(std::vector<Row> rows, OnDuplicate on_duplicate = OnDuplicate::kSkip) {
    return Must(services().imports.Import(outdial_id, std::move(rows), on_duplicate));
  }
  std::vector<OutdialTarget> Targets() {
    return Must(services().targets.List(outdial_id, {.size = kMaxListSize}));
  }

  const OutdialId outdial_id = CreateOutdial().id();
};

TEST_CASE_METHOD(ImportTest, "import: rows become targets, in their order", "[contract][import]") {
  TakeEventTypes();
  NewOutdialTarget full = TargetWith({Tel("+1"), {}, {}, {}, Tel("+2")});
  full.name = NameOf("Ann");
  full.detail = TextOf("from Paris");
  full.data = TextOf(R"({"k": 1})");
  NewOutdialTarget nobody = TargetWith({});
  nobody.name = NameOf("nobody");
  const ImportResult result = Import({full, Number("+3"), nobody, Numbers({})});
  CHECK(result.counts == ImportCounts{.created = 4});
  CHECK(result.not_imported.empty());
  const auto targets = Targets();
  REQUIRE(targets.size() == 4);
  const OutdialTarget& first = targets.back();
  CHECK(first == OutdialTarget(first.id(), outdial_id, full, *first.fields().tm_create));
  for (std::size_t i = 1; i < targets.size(); ++i) {
    CHECK(targets[i - 1].fields().tm_create > targets[i].fields().tm_create);
  }
  CHECK(Must(services().targets.Available(outdial_id, {1, 1, 1, 1, 1}, 10)).size() == 2);
  CHECK((WaitingEvents() ==
         std::vector<Event>{{EventType::kOutdialTargetsImported,
                             TargetsImported{.outdial_id = outdial_id,
                                             .counts = result.counts,
                                             .tm_create_first = *first.fields().tm_create,
                                             .tm_create_last = *targets[0].fields().tm_create}}}));
}

TEST_CASE_METHOD(ImportTest, "import: a destination is imported once", "[contract][import]") {
  const OutdialTarget there = CreateTarget(outdial_id);  // +15551230000, …1, …3
  const std::vector<Row> rows = {Number("+1 555 123-0003"),
                                 Bad(),
                                 Number("+4"),
                                 Numbers({{}, Tel("+5"), Tel("+4")}),
                                 Number("+5"),
                                 Numbers({Tel("+6"), Tel("+ 6")}),
                                 Number("15551230003")};
  TakeEventTypes();
  SECTION("others are skipped") {
    const ImportResult result = Import(rows);
    CHECK(result.counts == ImportCounts{.created = 4, .skipped = 2, .refused = 1});
    CHECK(Show(result.not_imported) == std::vector<std::string>{"0 skipped DUPLICATE_DESTINATION",
                                                                "1 refused WRONG_TYPE",
                                                                "3 skipped DUPLICATE_DESTINATION"});
    CHECK(result.not_imported[0].existing == there.id());
    CHECK_FALSE(result.not_imported[1].existing.has_value());
    const auto targets = Targets();
    REQUIRE(targets.size() == 5);
    CHECK(result.not_imported[2].existing == targets[3].id());  // a row before it

    SECTION("and a second time adds nothing, and tells nobody") {
      TakeEventTypes();
      CHECK(Import(rows).counts == ImportCounts{.created = 0, .skipped = 6, .refused = 1});
      CHECK(Targets() == targets);
      CHECK(TakeEventTypes().empty());
    }
    SECTION("and is free again when its target is deleted") {
      Must(services().targets.Delete(targets[0].id()));
      CHECK(Import(rows).counts == ImportCounts{.created = 1, .skipped = 5, .refused = 1});
    }
  }
  SECTION("others are refused") {
    const ImportResult result = Import(rows, OnDuplicate::kRefuse);
    CHECK(result.counts == ImportCounts{.created = 4, .skipped = 0, .refused = 3});
    CHECK(Show(result.not_imported) == std::vector<std::string>{"0 refused DUPLICATE_DESTINATION",
                                                                "1 refused WRONG_TYPE",
                                                                "3 refused DUPLICATE_DESTINATION"});
    CHECK(result.not_imported[0].existing == there.id());
  }
  SECTION("unless others are allowed") {
    const ImportResult result = Import(rows, OnDuplicate::kAllow);
    CHECK(result.counts == ImportCounts{.created = 6, .skipped = 0, .refused = 1});
    CHECK(Import(rows).counts == ImportCounts{.created = 0, .skipped = 6, .refused = 1});
  }
}

TEST_CASE_METHOD(ImportTest, "import: a row without a destination is added once too",
                 "[contract][import]") {
  NewOutdialTarget ann = TargetWith({});
  ann.name = NameOf("Ann");
  const std::vector<Row> rows = {Numbers({}), ann, Numbers({}), Number("+1"),
                                 Numbers({Address::FromStorage({.type = "tel", .name = "Ann"})})};
  CHECK(Import(rows).counts == ImportCounts{.created = 4, .skipped = 1});
  CHECK(Import(rows).counts == ImportCounts{.created = 0, .skipped = 5});
  CHECK(Import(rows, OnDuplicate::kAllow).counts == ImportCounts{.created = 5});
  ann.detail = TextOf("another one");
  CHECK(Import({ann}).counts == ImportCounts{.created = 1});
}

TEST_CASE_METHOD(ImportTest, "import: a rehearsal says what would happen, and does nothing",
                 "[contract][import]") {
  const OnDuplicate on_duplicate =
      GENERATE(OnDuplicate::kSkip, OnDuplicate::kRefuse, OnDuplicate::kAllow);
  const OutdialTarget there = CreateTarget(outdial_id);  // +15551230000, …1, …3
  const std::vector<std::vector<Row>> batches = {
      {Number("+1 555 123-0003"), Bad(), Number("+4"), Numbers({Tel("+4"), Tel("+5")})},
      {Number("+ 4"), Number("+5"), Number("+5"), Number("+15551230000")}};
  TakeEventTypes();
  ImportRehearsal rehearsal;
  std::vector<ImportResult> rehearsed;
  for (const auto& rows : batches) {
    rehearsed.push_back(
        Must(services().imports.Rehearse(outdial_id, rows, on_duplicate, rehearsal)));
  }
  CHECK(Targets() == std::vector<OutdialTarget>{there});
  CHECK(TakeEventTypes().empty());
  for (std::size_t i = 0; i < batches.size(); ++i) {
    const ImportResult result = Import(batches[i], on_duplicate);
    CHECK(rehearsed[i].counts == result.counts);
    CHECK(Show(rehearsed[i].not_imported) == Show(result.not_imported));
    for (const RowNotImported& row : rehearsed[i].not_imported) {
      CHECK((!row.existing.has_value() || row.existing == there.id()));
    }
  }
  CHECK(Outcome(services().imports.Rehearse(OutdialId(), {}, on_duplicate, rehearsal)) ==
        "OUTDIAL_NOT_FOUND");
}

TEST_CASE_METHOD(ImportTest, "import: what is added one by one counts too", "[contract][import]") {
  Import({Number("+1")});
  CreateTarget(outdial_id);
  CHECK(Import({Number("+15551230001"), Number("+1"), Number("+2")}).counts ==
        ImportCounts{.created = 1, .skipped = 2});
  // Another list is another matter.
  const OutdialId other = CreateOutdial().id();
  CHECK(Must(services().imports.Import(other, {Number("+1")}, OnDuplicate::kSkip)).counts.created ==
        1);
}

TEST_CASE_METHOD(ImportTest, "import: many rows", "[contract][import]") {
  CHECK(Import(NumbersFrom(0, 2'500)).counts == ImportCounts{.created = 2'500});
  CHECK(Import(NumbersFrom(2'000, 1'000)).counts == ImportCounts{.created = 500, .skipped = 500});
  CHECK(Import({}).counts == ImportCounts{});
}

TEST_CASE_METHOD(ImportTest, "import: needs a live outdial", "[contract][import]") {
  const auto outcome = [&](OutdialId id, OnDuplicate on_duplicate) {
    return Outcome(services().imports.Import(id, {Number("+1")}, on_duplicate));
  };
  Must(services().outdials.Delete(outdial_id));
  for (const OnDuplicate on_duplicate :
       {OnDuplicate::kSkip, OnDuplicate::kRefuse, OnDuplicate::kAllow}) {
    CHECK(outcome(outdial_id, on_duplicate) == "OUTDIAL_NOT_FOUND");
    CHECK(outcome(IdOf<OutdialId>(99), on_duplicate) == "OUTDIAL_NOT_FOUND");
  }
  CHECK(Targets().empty());
}

TEST_CASE_METHOD(ImportTest, "import: is journaled with what it answers", "[contract][import]") {
  const auto recorder = [](const ImportResult& result) {
    return JournalEntry{.key = "key",
                        .fingerprint = "f",
                        .reply = std::to_string(result.counts.created) + " " +
                                 std::to_string(result.not_imported.size())};
  };
  const auto import = [&] {
    return Outcome(services().imports.Import(outdial_id, {Number("+1"), Bad()}, OnDuplicate::kAllow,
                                             recorder));
  };
  CHECK(import() == "OK");
  CHECK(Must(services().journal.Find("key"))->reply == "1 1");
  CHECK(import() == "REQUEST_ALREADY_JOURNALED");
  CHECK(Targets().size() == 1);
}

TEST_CASE_METHOD(ImportTest, "import: nothing is added where an event has no room",
                 "[contract][import]") {
  DatabaseUnderTestSettings settings;
  settings.outbox_limit = 2;
  Open(settings);
  const OutdialId list = CreateOutdial().id();
  CHECK(Must(services().imports.Import(list, {Number("+1")}, OnDuplicate::kSkip)).counts.created ==
        1);
  CHECK(Outcome(services().imports.Import(list, {Number("+2")}, OnDuplicate::kSkip)) ==
        "OUTBOX_FULL");
  CHECK(Must(services().targets.List(list, {})).size() == 1);
  Restart({.record_events = false});
  CHECK(Must(services().imports.Import(list, {Number("+2")}, OnDuplicate::kSkip)).counts.created ==
        1);
}

TEST_CASE_METHOD(ImportTest, "import: numbers are normalised for a region", "[contract][import]") {
  const TargetImportService& imports = services().imports;
  CHECK(Outcome(imports.CheckRegion("")) == "OK");
  CHECK(Outcome(imports.CheckRegion("US")) == "OK");
  CHECK(Outcome(imports.CheckRegion("XX")) == "INVALID_REGION");
  const auto sip = Address::FromStorage({.type = "sip", .target = "555 1234567"});
  const auto named = Address::FromStorage({.type = "tel", .target = "(555) 123-4567", .name = "x"});
  const Row row = Numbers({{}, named, sip});
  CHECK(imports.Normalize(row, "")->destinations == row->destinations);
  CHECK(imports.Normalize(row, "US")->destinations ==
        Numbers(
            {{}, Address::FromStorage({.type = "tel", .target = "+15551234567", .name = "x"}), sip})
            ->destinations);
  const auto refused = imports.Normalize(Numbers({{}, {}, Tel("none")}), "US");
  CHECK(Outcome(refused) == "INVALID_PHONE_NUMBER");
  CHECK(GetField(refused.status()) == "destination_2.target");
  CHECK(Outcome(imports.Normalize(Bad(), "US")) == "WRONG_TYPE");
  for (const char* region : {"XX", "us", "USA"}) {
    CAPTURE(region);
    const auto unknown = imports.Normalize(row, region);
    CHECK(Outcome(unknown) == "INVALID_REGION");
    CHECK(GetField(unknown.status()) == "region");
  }
}

TEST_CASE_METHOD(ImportTest, "import: of two at the same time one adds a destination",
                 "[contract][import]") {
  constexpr int kCallers = 4;
  constexpr int kBatches = 6;
  constexpr int kRows = 40;
  std::atomic<std::int64_t> created = 0;
  std::atomic<std::int64_t> rows = 0;
  std::atomic<int> failures = 0;
  std::vector<std::vector<Row>> batches;  // they overlap
  for (int i = 0; i < kBatches; ++i) batches.push_back(NumbersFrom(100 + i * kRows / 2, kRows));
  RunInParallel(kCallers, [&](int caller) {
    for (int i = 0; i < kBatches; ++i) {
      // They go in different orders.
      const auto batch = static_cast<std::size_t>(caller % 2 == 0 ? i : kBatches - 1 - i);
      const absl::Status status = RetryWhileBusy([&] {
        const auto result =
            services().imports.Import(outdial_id, batches[batch], OnDuplicate::kSkip);
        if (!result.ok()) return result.status();
        created += result->counts.created;
        rows += result->counts.rows();
        return absl::OkStatus();
      });
      if (!status.ok()) ++failures;
    }
  });
  CHECK(failures == 0);
  CHECK(rows == kCallers * kBatches * kRows);
  CHECK(created == (kBatches + 1) * kRows / 2);
  std::set<std::string> numbers;
  for (const OutdialTarget& target : Targets()) numbers.insert(target.slot({}).address->target());
  CHECK(numbers.size() == static_cast<std::size_t>(created));
  CHECK(Targets().size() == numbers.size());
}

// A list whose targets somebody has added who knows nothing of keys, and services in a hurry.
class MissingKeysTest : public ImportTest {
 public:
  static constexpr int kTargets = 4'600;

  MissingKeysTest() {
    Import(NumbersFrom(0, kTargets));
    forgotten_ = ForgetDestinationKeys();
  }

  absl::StatusOr<ImportResult> HurriedImport(std::vector<Row> rows, OnDuplicate on_duplicate,
                                             const GoOn& go_on = nullptr) {
    return hurried_.imports.Import(outdial_id, std::move(rows), on_duplicate, nullptr, go_on);
  }
  std::size_t TargetCount() {
    const OutdialProgress progress = Must(hurried_.progress.Get(outdial_id, {}));
    return static_cast<std::size_t>(progress.idle);
  }
  bool forgotten() const { return forgotten_; }

 protected:
  bool forgotten_ = false;
  test::SlowClock slow_clock_;
  memory::SequentialIdSource hurried_ids_{7};
  NoCache no_cache_;
  Services hurried_{database(), no_cache_, slow_clock_, hurried_ids_};
};

TEST_CASE_METHOD(MissingKeysTest, "import: waits until no keys are missing, or says that some are",
                 "[contract][import]") {
  if (!forgotten()) return;
  TakeEventTypes();
  const std::vector<Row> rows = {Number("+10"), Number("+99"), Number("+14599")};
  SECTION("a request is refused, and can be sent again") {
    int attempts = 0;
    auto result = HurriedImport(rows, OnDuplicate::kSkip);
    for (; !result.ok(); result = HurriedImport(rows, OnDuplicate::kSkip)) {
      REQUIRE(Outcome(result) == "DESTINATION_KEYS_PENDING");
      CHECK(TargetCount() == kTargets);
      CHECK(TakeEventTypes().empty());
      ++attempts;
    }
    CHECK(attempts == 4);
    CHECK(result->counts == ImportCounts{.created = 1, .skipped = 2});
  }
  SECTION("one that may wait goes on") {
    int asked = 0;
    const auto refuses = [&] { return ++asked < 2; };
    CHECK(Outcome(HurriedImport(rows, OnDuplicate::kSkip, refuses)) == "DESTINATION_KEYS_PENDING");
    CHECK(asked == 2);
    ImportRehearsal rehearsal;
    CHECK(Must(hurried_.imports.Rehearse(outdial_id, rows, OnDuplicate::kRefuse, rehearsal, [] {
            return true;
          })).counts == ImportCounts{.created = 1, .refused = 2});
    CHECK(Must(HurriedImport(rows, OnDuplicate::kRefuse)).counts ==
          ImportCounts{.created = 1, .refused = 2});
  }
  SECTION("unless duplicates are allowed") {
    CHECK(Must(HurriedImport(rows, OnDuplicate::kAllow)).counts == ImportCounts{.created = 3});
  }
  SECTION("once they were registered in the background") {
    std::size_t registered = 0;
    std::size_t steps = 0;
    for (std::size_t count = 1'000; count == 1'000; ++steps) {
      count = Must(services().imports.RegisterMissingKeys(1'000));
      registered += count;
    }
    CHECK(registered == kTargets);
    CHECK(steps == 5);
    CHECK(Must(HurriedImport(rows, OnDuplicate::kSkip)).counts.created == 1);
  }
}

TEST_CASE_METHOD(MissingKeysTest, "import: finds duplicates while keys are registered and dialled",
                 "[contract][import]") {
  if (!forgotten()) return;
  std::atomic<int> failures = 0;
  std::atomic<std::int64_t> created = 0;
  constexpr std::size_t kRounds = 6;
  // Made before, because they are made with assertions, which belong to this thread.
  std::vector<std::vector<Row>> rows;
  for (std::size_t i = 0; i < kRounds; ++i) {
    rows.push_back(NumbersFrom(kTargets - 400 + 100 * static_cast<int>(i), 100));
  }
  RunInParallel(4, [&](int caller) {
    for (std::size_t i = 0; i < kRounds; ++i) {
      const absl::Status status = RetryWhileBusy([&]() -> absl::Status {
        if (caller == 0) return services().imports.RegisterMissingKeys(200).status();
        if (caller == 1) {
          return services().targets.Claim(outdial_id, {9, 0, 0, 0, 0}, 50, std::nullopt).status();
        }
        const auto result = services().imports.Import(outdial_id, rows.at(i), OnDuplicate::kSkip);
        if (result.ok()) created += result->counts.created;
        return result.status();
      });
      if (!status.ok()) ++failures;
    }
  });
  CHECK(failures == 0);
  CHECK(created == 200);
}

// What a list holds after rows of all kinds, counted in another way.
TEST_CASE_METHOD(ImportTest, "import: the counts add up to the rows", "[contract][import]") {
  std::mt19937 random(20260115);  // NOLINT(cert-msc51-cpp): the same numbers each time
  const auto below = [&](int limit) {
    return static_cast<int>(random() % static_cast<unsigned>(limit));
  };
  std::map<std::string, int> live;  // by key
  std::int64_t targets = 0;
  for (int round = 0; round < 40; ++round) {
    const auto on_duplicate = static_cast<OnDuplicate>(below(3));
    std::vector<Row> rows;
    ImportCounts expected;
    for (int i = below(12); i > 0; --i) {
      if (below(6) == 0) {
        rows.push_back(Bad());
        ++expected.refused;
        continue;
      }
      std::vector<std::optional<Address>> destinations(static_cast<std::size_t>(below(3)));
      std::set<std::string> keys;
      if (destinations.empty()) keys.insert("nobody");
      for (auto& destination : destinations) {
        const std::string number = std::to_string(below(60));
        destination = Tel("+" + std::string(static_cast<std::size_t>(below(2)), ' ') + number);
        keys.insert(number);
      }
      rows.push_back(Numbers(destinations));
      bool duplicate = false;
      for (const std::string& key : keys) duplicate |= live[key] > 0;
      if (duplicate && on_duplicate != OnDuplicate::kAllow) {
        ++(on_duplicate == OnDuplicate::kSkip ? expected.skipped : expected.refused);
        continue;
      }
      ++expected.created;
      for (const std::string& key : keys) ++live[key];
    }
    const auto count = static_cast<std::int64_t>(rows.size());
    const ImportResult result = Import(std::move(rows), on_duplicate);
    CHECK(result.counts == expected);
    CHECK(result.counts.rows() == count);
    CHECK(static_cast<std::int64_t>(result.not_imported.size()) == count - expected.created);
    targets += expected.created;
    CHECK(static_cast<std::int64_t>(Targets().size()) == targets);
    if (below(3) == 0 && targets > 0) {
      const OutdialTarget gone =
          Targets().at(static_cast<std::size_t>(below(static_cast<int>(targets))));
      const bool nobody = !gone.slot({}).address.has_value();
      for (const DestinationKey& key : DestinationKeysOf(gone)) {
        --live[nobody ? "nobody" : key.value().substr(5)];
      }
      Must(services().targets.Delete(gone.id()));
      --targets;
    }
  }
}

}  // namespace
}  // namespace outdial::contract
