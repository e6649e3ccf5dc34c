// The Go service's statements go on working on the same tables, and what they leave is understood.
#include <atomic>
#include <cstdint>
#include <string>
#include <thread>
#include <vector>

#include "contract/suite/values.h"
#include "integration/mysql/mysql_services.h"
#include "integration/mysql/voipbin_tables.h"
#include "support/catch.h"
#include "support/mysql_database.h"

namespace outdial {
namespace {

using contract::IdOf;
using contract::Must;
using contract::Outcome;

constexpr char kTel[] = R"({"type":"tel","target":"+1"})";
const auto kList = IdOf<OutdialId>(1);
const auto kFirst = IdOf<OutdialTargetId>(11);
const auto kSecond = IdOf<OutdialTargetId>(12);

class ForeignWriterTest {
 public:
  ForeignWriterTest() { go.CreateOutdial(kList); }

  std::vector<OutdialTargetId> Available(const TryThresholds& thresholds) {
    return contract::IdsOf(Must(ours.services.targets.Available(kList, thresholds, 100)));
  }

  std::size_t OpenCalls(OutdialTargetId id) {
    std::size_t open = 0;
    for (const auto& call : Must(ours.services.calls.ListOfTarget(id, {}))) {
      if (call.open()) ++open;
    }
    return open;
  }

  test::EmptyMysqlDatabase database;
  mysql::Settings settings = database.settings();
  test::DatabaseConnection connection{settings.port, settings.database};
  GoService go{connection};
  MysqlServices ours{settings};
};

TEST_CASE_METHOD(ForeignWriterTest, "Go service: its targets become available, and cease to be") {
  go.CreateTarget(kFirst, kList, kTel);
  go.CreateTarget(kSecond, kList, "null", kTel);
  CHECK(Available({1, 1, 0, 0, 0}) == std::vector{kFirst, kSecond});
  CHECK(Available({0, 1, 0, 0, 0}) == std::vector{kSecond});

  go.Progress(kFirst);
  CHECK(Available({5, 5, 5, 5, 5}) == std::vector{kSecond});
  go.UpdateStatus(kFirst, "idle");
  CHECK(Available({1, 1, 1, 1, 1}) == std::vector{kSecond});
  CHECK(Available({2, 1, 1, 1, 1}) == std::vector{kSecond, kFirst});
  for (const char* status : {"done", "processing", "no_answer", "idle ", "Idle", ""}) {
    go.UpdateStatus(kFirst, status);
    CHECK(Available({2, 1, 1, 1, 1}) == std::vector{kSecond});
  }
  go.UpdateStatus(kFirst, "idle");
  go.DeleteTarget(kFirst);
  CHECK(Available({9, 9, 9, 9, 9}) == std::vector{kSecond});
  go.Run("update outdial_outdialtargets set tm_delete = '9999-01-01 00:00:00.000000'");
  CHECK(Available({9, 9, 9, 9, 9}) == std::vector{kSecond, kFirst});
  go.Run("update outdial_outdialtargets set tm_update = '9999-01-01 00:00:00.000000' where id = " +
         SqlOf(kFirst.uuid()));
  CHECK(Available({9, 9, 9, 9, 9}) == std::vector{kFirst, kSecond});
  go.Run("update outdial_outdialtargets set destination_0 = '{}' where id = " +
         SqlOf(kFirst.uuid()));
  CHECK(Available({9, 9, 9, 9, 9}) == std::vector{kSecond});
  go.Run(
      "update outdial_outdialtargets set destination_0 = '{\"name\": \"x\"}', try_count_0 = null"
      " where id = " +
      SqlOf(kFirst.uuid()));
  CHECK(Available({1, 1, 1, 1, 1}) == std::vector{kFirst, kSecond});
}

TEST_CASE_METHOD(
    ForeignWriterTest,
    "Go service: a destination that cannot be read is not set, and nobody is called there") {
  const auto third = IdOf<OutdialTargetId>(13);
  const auto other_slot = IdOf<OutdialTargetId>(14);
  const std::string rubbish = GENERATE(
      as<std::string>(), R"({"type":1,"target":"+1"})", R"({"type":"tel","target":["+1"]})",
      R"({"target":{"x":"+1"}})", R"([{"target":"+1"}])", R"("+1")", "5", "[]");
  CAPTURE(rubbish);
  go.CreateTarget(kFirst, kList, rubbish);
  go.CreateTarget(kSecond, kList, rubbish);
  go.CreateTarget(third, kList, kTel);
  go.CreateTarget(other_slot, kList, rubbish, kTel);
  auto& targets = ours.services.targets;
  CHECK_FALSE(Must(targets.Get(kFirst)).slot({}).address.has_value());
  CHECK(Must(targets.List(kList, {})).size() == 4);
  CHECK(Available({9, 9, 9, 9, 9}) == std::vector{third, other_slot});
  CHECK(Available({9, 0, 0, 0, 0}) == std::vector{third});
  CHECK(contract::IdsOf(Must(targets.Available(kList, {9, 9, 9, 9, 9}, 1))) == std::vector{third});

  CHECK(Outcome(targets.Progress(kFirst, {}, std::nullopt)) == "DESTINATION_NOT_SET");
  const auto claim = [&](std::size_t limit) {
    return Must(targets.Claim(kList, {9, 9, 9, 9, 9}, limit, std::nullopt));
  };
  const auto first_claimed = claim(1);
  REQUIRE(first_claimed.size() == 1);
  CHECK(first_claimed[0].target.id() == third);
  const auto then_claimed = claim(5);
  REQUIRE(then_claimed.size() == 1);
  CHECK(then_claimed[0].target.id() == other_slot);
  CHECK(then_claimed[0].destination_index.value() == 1);
  CHECK(claim(5).empty());
  // They can be reported on, and are kept as they are.
  Must(targets.Report(kFirst, TargetStatus::kDone, std::nullopt));
  Must(targets.Report(other_slot, TargetStatus::kIdle, std::nullopt));
  CHECK(go.Column(kFirst, "destination_0") == rubbish);
  CHECK(go.Column(other_slot, "destination_0") == rubbish);
}

TEST_CASE_METHOD(ForeignWriterTest, "Go service: a time that is zero is not set") {
  const auto call = IdOf<OutdialTargetCallId>(21);
  const auto later_call = IdOf<OutdialTargetCallId>(22);
  const auto zero = [&](const char* table, const std::string& column, const Uuid& id) {
    go.Run(std::string("update ") + table + " set " + column +
           " = '0000-00-00 00:00:00' where id = " + SqlOf(id));
  };
  go.CreateTarget(kFirst, kList, kTel);
  go.CreateTarget(kSecond, kList, kTel);
  for (const auto id : {call, later_call}) {
    go.Run(
        "insert into outdial_outdialtargetcalls (id, outdial_id, outdial_target_id, status,"
        " tm_create) values (" +
        SqlOf(id.uuid()) + ", " + SqlOf(kList.uuid()) + ", " + SqlOf(kFirst.uuid()) +
        ", 'done', utc_timestamp(6))");
  }
  for (const char* column : {"tm_create", "tm_update"}) {
    zero("outdial_outdials", column, kList.uuid());
    zero("outdial_outdialtargets", column, kFirst.uuid());
    zero("outdial_outdialtargetcalls", column, call.uuid());
  }
  auto& services = ours.services;

  const auto outdials = Must(services.outdials.List({}, {}));
  REQUIRE(outdials.size() == 1);
  CHECK_FALSE(outdials[0].fields().tm_create.has_value());
  CHECK_FALSE(outdials[0].fields().tm_update.has_value());

  // The oldest one, also where the page ends with it, and where all are read from the oldest on.
  const auto listed = Must(services.targets.List(kList, {}));
  CHECK(contract::IdsOf(listed) == std::vector{kSecond, kFirst});
  CHECK_FALSE(listed[1].fields().tm_create.has_value());
  CHECK(contract::IdsOf(Must(services.targets.List(kList, {.size = 2}))) ==
        std::vector{kSecond, kFirst});
  Must(ours.database->Read([&](const UnitOfWork& work) -> absl::Status {
    const auto oldest = Must(work.targets().ListOldest(kList, {}, 5));
    CHECK(contract::IdsOf(oldest) == std::vector{kFirst, kSecond});
    CHECK(Must(work.targets().ListOldest(kList, {.tm_create = {}, .id = kFirst}, 5)).size() == 1);
    return absl::OkStatus();
  }));
  CHECK(Available({1, 0, 0, 0, 0}) == std::vector{kFirst, kSecond});

  const auto calls = Must(services.calls.ListOfTarget(kFirst, {}));
  CHECK(contract::IdsOf(calls) == std::vector{later_call, call});
  const auto progress = Must(services.progress.Get(kList, {}));
  CHECK(progress.calls.made == 2);
  CHECK(progress.calls.first == calls[0].fields().tm_create);

  zero("outdial_outdials", "tm_delete", kList.uuid());
  zero("outdial_outdialtargets", "tm_delete", kFirst.uuid());
  zero("outdial_outdialtargetcalls", "tm_delete", call.uuid());
  CHECK_FALSE(Must(services.outdials.Get(kList)).fields().tm_delete.has_value());
  CHECK_FALSE(Must(services.targets.Get(kFirst)).fields().tm_delete.has_value());
  CHECK_FALSE(Must(services.calls.Get(call)).fields().tm_delete.has_value());
}

TEST_CASE_METHOD(ForeignWriterTest, "Go service: reads what this one writes") {
  const OutdialTarget target = Must(ours.services.targets.Create(
      kList, contract::TargetWith({contract::Tel("+1"), std::nullopt, contract::Tel("+3")})));
  CHECK(go.Column(target.id(), "destination_0") == kTel);
  CHECK(go.Column(target.id(), "destination_1") == "NULL");
  CHECK(go.Column(target.id(), "status") == "idle");
  CHECK(go.Column(target.id(), "try_count_0") == "0");
  CHECK(go.Column(target.id(), "tm_create = tm_update") == "1");
  CHECK(go.Column(target.id(), "tm_delete") == "NULL");
  CHECK(go.Column(target.id(), "hex(outdial_id) = hex(" + SqlOf(kList.uuid()) + ")") == "1");
  Must(ours.services.targets.Progress(target.id(), {}, std::nullopt));
  CHECK(go.Column(target.id(), "status") == "progressing");
  CHECK(go.Column(target.id(), "try_count_0") == "1");
  Must(ours.services.targets.Delete(target.id()));
  CHECK(go.Column(target.id(), "tm_delete is not null and tm_delete = tm_update") == "1");
}

TEST_CASE_METHOD(ForeignWriterTest, "Go service: and this one take turns with a target") {
  go.CreateTarget(kFirst, kList, kTel);
  for (int i = 1; i <= 3; ++i) {
    // Begun here, reported there.
    const auto claimed =
        Must(ours.services.targets.Claim(kList, {99, 0, 0, 0, 0}, 10, absl::Hours(1)));
    REQUIRE(claimed.size() == 1);
    go.UpdateStatus(kFirst, "idle");
    CHECK(Available({99, 0, 0, 0, 0}) == std::vector{kFirst});
    // Begun there, reported here.
    go.Progress(kFirst);
    CHECK(Must(ours.services.targets.Get(kFirst)).slot({}).try_count == 2 * i);
    CHECK(Outcome(ours.services.targets.Progress(kFirst, {}, std::nullopt)) ==
          "OUTDIAL_TARGET_NOT_IDLE");
    CHECK(Must(ours.services.targets.Report(kFirst, TargetStatus::kIdle, std::nullopt)).status() ==
          TargetStatus::kIdle);
  }
  // A call that nobody reported here ends when the next one begins.
  Must(ours.services.targets.Progress(kFirst, {}, std::nullopt));
  go.UpdateStatus(kFirst, "idle");
  CHECK(OpenCalls(kFirst) == 1);
  Must(ours.services.targets.Progress(kFirst, {}, std::nullopt));
  CHECK(OpenCalls(kFirst) == 1);
  CHECK(Must(ours.services.calls.ListOfTarget(kFirst, {})).front().open());
}

TEST_CASE_METHOD(ForeignWriterTest,
                 "Go service: a lease ends with the change that it was given for") {
  go.CreateTarget(kFirst, kList, kTel);
  const auto claimed =
      Must(ours.services.targets.Claim(kList, {9, 0, 0, 0, 0}, 1, absl::Microseconds(1)));
  REQUIRE(claimed.size() == 1);

  SECTION("it is reclaimed where nobody else changed the target") {
    CHECK(Must(ours.services.targets.ReclaimExpiredLeases(10)) == 1);
    CHECK(go.Column(kFirst, "status") == "idle");
    CHECK(go.Column(kFirst, "lease_due") == "NULL");
  }
  SECTION("also where it says processing") {
    go.Run("update outdial_outdialtargets set status = 'processing'");
    CHECK(Must(ours.services.targets.ReclaimExpiredLeases(10)) == 1);
  }
  SECTION("not where somebody else has begun another call since") {
    go.UpdateStatus(kFirst, "idle");
    go.Progress(kFirst);
    CHECK(Must(ours.services.targets.ReclaimExpiredLeases(10)) == 0);
    CHECK(go.Column(kFirst, "status") == "progressing");
    CHECK_FALSE(Must(ours.services.targets.Get(kFirst)).fields().lease_until.has_value());
    // A new lease is one of this change.
    Must(ours.services.targets.Renew(kFirst, absl::Microseconds(1), std::nullopt));
    CHECK(Must(ours.services.targets.ReclaimExpiredLeases(10)) == 1);
  }
  SECTION("not where it is deleted") {
    go.DeleteTarget(kFirst);
    CHECK(Must(ours.services.targets.ReclaimExpiredLeases(10)) == 0);
  }
}

TEST_CASE_METHOD(ForeignWriterTest, "Go service: the keys of its targets are made up for") {
  const std::vector<DestinationKey> keys = {
      *DestinationKey::Of(*Address::FromStorage({.type = "tel", .target = "+1"}))};
  const auto taken = [&] {
    std::vector<TakenDestination> taken;
    Must(ours.database->Read([&](const UnitOfWork& work) {
      taken = Must(work.targets().FindTaken(kList, keys));
      return absl::OkStatus();
    }));
    return taken.empty() ? OutdialTargetId() : taken.front().target_id;
  };
  const auto register_keys = [&](std::size_t limit) {
    std::size_t registered = 0;
    Must(ours.database->Write([&](UnitOfWork& work) -> absl::Status {
      Must(work.outdials().GetForUpdate(kList));
      registered = Must(work.targets().RegisterKeys(kList, limit));
      return absl::OkStatus();
    }));
    return registered;
  };
  go.CreateTarget(kFirst, kList, kTel);
  go.CreateTarget(kSecond, kList, "null", kTel);
  CHECK(taken() == OutdialTargetId());

  SECTION("a page at a time, each once") {
    CHECK(register_keys(1) == 1);
    CHECK(register_keys(2) == 1);
    CHECK(register_keys(2) == 0);
    CHECK(taken() == kFirst);
    CHECK(go.Column(kFirst, "tm_create = tm_update") == "1");
    go.DeleteTarget(kFirst);
    CHECK(taken() == kSecond);
  }
  SECTION("not those of deleted ones") {
    go.DeleteTarget(kFirst);
    CHECK(register_keys(5) == 1);
    CHECK(taken() == kSecond);
  }
  SECTION("when this one changes them") {
    Must(ours.services.targets.Progress(kSecond, *DestinationIndex::Create(1), absl::Hours(1)));
    CHECK(taken() == kSecond);
    CHECK(Must(ours.services.targets.Claim(kList, {1, 1, 1, 1, 1}, 5, std::nullopt)).size() == 1);
    CHECK(taken() == kFirst);
    CHECK(register_keys(5) == 0);
  }
}

TEST_CASE_METHOD(ForeignWriterTest, "Go service: an import finds what it added before") {
  constexpr std::uint64_t kAdded = 300;
  std::atomic<std::uint64_t> added = 0;
  const std::jthread writer([&] {
    test::DatabaseConnection own_connection(settings.port, settings.database);
    GoService other_go(own_connection);
    for (std::uint64_t i = 0; i < kAdded; ++i) {
      other_go.CreateTarget(IdOf<OutdialTargetId>(1'000 + i), kList,
                            R"({"type":"tel","target":"+1)" + std::to_string(i) + "\"}");
      ++added;
    }
  });
  for (std::uint64_t there = 0; there < kAdded;) {
    there = added;
    if (there == 0) continue;
    const auto result = Must(ours.services.imports.Import(
        kList,
        {contract::TargetWith({contract::Tel("+10")}),
         contract::TargetWith({contract::Tel("+1" + std::to_string(there - 1))})},
        OnDuplicate::kSkip));
    CHECK(result.counts == ImportCounts{.created = 0, .skipped = 2});
  }
}

TEST_CASE_METHOD(ForeignWriterTest,
                 "Go service: its targets count in the progress, however it left them") {
  go.CreateTarget(kFirst, kList, kTel);
  go.CreateTarget(kSecond, kList, "null", kTel);
  const auto progress = [&](const TryThresholds& thresholds) {
    MysqlServices asks_now(settings);
    return Must(asks_now.services.progress.Get(kList, thresholds));
  };
  OutdialProgress counted = progress({1, 0, 0, 0, 0});
  CHECK(counted.idle == 2);
  CHECK(counted.dialable == 1);
  CHECK(counted.exhausted == 1);

  go.Progress(kFirst);
  counted = progress({9, 9, 9, 9, 9});
  CHECK(counted.idle == 1);
  CHECK(counted.progressing == 1);
  CHECK(counted.tries[0] == 1);
  CHECK(counted.calls == CallCount{});  // it writes none

  const std::string first = " where id = " + SqlOf(kFirst.uuid());
  go.Run("update outdial_outdialtargets set status = 'processing'" + first);
  CHECK(progress({}).progressing == 1);
  for (const char* status : {"done", "no_answer", "idle ", "Idle", "IDLE", "", "Processing"}) {
    CAPTURE(status);
    go.UpdateStatus(kFirst, status);
    counted = progress({});
    CHECK(counted.idle == 1);
    CHECK(counted.progressing == 0);
    CHECK(counted.done == 1);
    CHECK(counted.tries[0] == 1);
  }
  go.Run("update outdial_outdialtargets set status = null, try_count_0 = null, try_count_1 = 3" +
         first);
  counted = progress({});
  CHECK(counted.done == 1);
  CHECK(counted.tries == SlotTries{0, 3, 0, 0, 0});
  // Also of a slot that is not set.
  go.UpdateStatus(kFirst, "idle");
  CHECK(progress({}).tries == SlotTries{0, 3, 0, 0, 0});
  go.Run("update outdial_outdialtargets set tm_delete = '9999-01-01 00:00:00.000000'");
  CHECK(progress({}).idle == 2);
  go.DeleteTarget(kFirst);
  go.DeleteTarget(kSecond);
  counted = progress({});
  CHECK(counted.idle + counted.progressing + counted.done == 0);
  CHECK(counted.tries == SlotTries{});
}

}  // namespace
}  // namespace outdial
