// Databases are brought up to date, whoever made them.
#include <atomic>
#include <string>
#include <thread>
#include <vector>

#include "contract/suite/parallel.h"
#include "contract/suite/values.h"
#include "integration/mysql/mysql_services.h"
#include "integration/mysql/voipbin_tables.h"
#include "outdial/entities/error.h"
#include "support/catch.h"
#include "support/mysql_database.h"

namespace outdial {
namespace {

using contract::IdOf;
using contract::Must;
using contract::Outcome;

const TryThresholds kThrice = {3, 3, 3, 3, 3};

// The columns and indexes that there are, of all tables.
std::vector<std::string> Shape(test::TestDatabase& database) {
  std::vector<std::string> shape;
  for (const auto& row : database.Query(
           "select concat(table_name, '.', column_name, ' ', column_type, ' ',"
           " ifnull(character_set_name, ''), ' ', ifnull(generation_expression, ''))"
           " from information_schema.columns where table_schema = database()"
           " union all select concat(table_name, ' ', index_name, ' ', group_concat(column_name"
           " order by seq_in_index)) from information_schema.statistics"
           " where table_schema = database() group by table_name, index_name order by 1")) {
    shape.push_back(row.at(0).value_or(""));
  }
  return shape;
}

bool AllApplied(const mysql::Settings& settings) {
  for (const auto& migration : Must(mysql::ListMigrations(settings))) {
    if (!migration.tm_applied.has_value()) return false;
  }
  return true;
}

TEST_CASE("MySQL migrations: tables that VoIPBIN made are taken over with their rows") {
  test::TestDatabase database;
  CreateVoipbinTables(database);
  const auto outdial = IdOf<OutdialId>(1);
  const std::string list = SqlOf(outdial.uuid());
  database.Query("set names utf8mb4");
  database.Query("insert into outdial_outdials values (" + list +
                 ", null, null, 'Café', null, null, '2020-01-01', '9999-01-01', '9999-01-01')");
  const auto insert = [&](std::uint64_t number, const std::string& values) {
    database.Query(
        "insert into outdial_outdialtargets (id, outdial_id, status, destination_0, destination_1,"
        " destination_2, try_count_0, tm_create, tm_update, tm_delete) values (" +
        SqlOf(contract::UuidOf(number)) + ", " + list + ", " + values);
  };
  const std::string tel = R"('{"type": "tel", "target": "+1"}')";
  insert(1, "'idle', " + tel + ", 'null', null, null, '2020-01-01', '2020-01-09', '9999-01-01')");
  insert(2,
         "'idle', 'null', " + tel + ", '{}', 0, '2020-01-02', '9999-01-01 00:00:00.000000', null)");
  insert(3, "'idle', 'null', 'null', null, 0, '2020-01-03', '2020-01-01', null)");
  insert(4, "'idle', " + tel + ", 'null', null, 3, '2020-01-04', '2020-01-01', null)");
  insert(5, "'processing', " + tel + ", 'null', null, 0, '2020-01-05', '2020-01-01', null)");
  insert(6, "'busy', " + tel + ", 'null', null, 0, '2020-01-06', '2020-01-01', null)");
  insert(7, "null, " + tel + ", 'null', null, 0, '2020-01-07', '2020-01-01', null)");
  insert(8, "'idle', " + tel + ", 'null', null, 0, '2020-01-08', '2020-01-01', '2021-01-01')");
  insert(9, "'idle', " + tel + ", null, null, -1, '2020-01-09', '2020-01-05', null)");
  insert(10, "'IDLE', " + tel + ", null, null, 0, '2020-01-10', '2020-01-05', null)");
  for (int i = 0; i < 2; ++i) {
    // The Go service leaves several open calls.
    database.Query(
        "insert into outdial_outdialtargetcalls (id, outdial_target_id, status) values (" +
        SqlOf(contract::UuidOf(20 + static_cast<std::uint64_t>(i))) + ", " +
        SqlOf(contract::UuidOf(5)) + ", 'progressing')");
  }

  const mysql::Settings settings = test::SettingsOf(database.dsn());
  REQUIRE(Outcome(mysql::Migrate(settings)) == "OK");
  MysqlServices mysql(settings);

  const Outdial read = Must(mysql.services.outdials.Get(outdial));
  CHECK(read.fields().name.value() == "Caf\u00e9");
  CHECK(read.fields().detail.empty());
  CHECK(read.fields().customer_id.is_nil());
  CHECK_FALSE(read.fields().tm_update.has_value());
  CHECK_FALSE(read.fields().tm_delete.has_value());
  OutdialFilter filter;
  filter.customer_id = CustomerId();
  filter.name = *Name::Create("name", "Caf\u00e9");
  filter.detail = Text();
  CHECK(Must(mysql.services.outdials.List(filter, {})).size() == 1);
  filter.name = *Name::Create("name", "caf\u00e9");
  CHECK(Must(mysql.services.outdials.List(filter, {})).empty());

  const auto available = Must(mysql.services.targets.Available(outdial, kThrice, 100));
  CHECK(contract::IdsOf(available) ==
        std::vector{IdOf<OutdialTargetId>(2), IdOf<OutdialTargetId>(9), IdOf<OutdialTargetId>(1)});
  CHECK_FALSE(available[0].slot({}).address.has_value());
  CHECK_FALSE(available[0].fields().tm_update.has_value());
  CHECK(available[1].slot({}).try_count == -1);
  CHECK(Must(mysql.services.targets.List(outdial, {})).size() == 9);
  CHECK(Must(mysql.services.targets.Get(IdOf<OutdialTargetId>(5))).status() ==
        TargetStatus::kProgressing);
  CHECK(Must(mysql.services.targets.Get(IdOf<OutdialTargetId>(6))).status() == TargetStatus::kDone);
  CHECK(Must(mysql.services.targets.Get(IdOf<OutdialTargetId>(7))).status() == TargetStatus::kDone);

  // Whoever is reported on can be called again, whatever calls others have left open.
  Must(mysql.services.targets.Report(IdOf<OutdialTargetId>(5), TargetStatus::kIdle, std::nullopt));
  CHECK(
      Must(mysql.services.targets.Progress(IdOf<OutdialTargetId>(5), {}, std::nullopt)).status() ==
      TargetStatus::kProgressing);
  CHECK(Must(mysql.services.targets.Claim(outdial, kThrice, 10, std::nullopt)).size() == 3);
}

TEST_CASE("MySQL migrations: what a table of others cannot hold is refused, naming the field") {
  test::TestDatabase database;
  CreateVoipbinTables(database);
  const mysql::Settings settings = test::SettingsOf(database.dsn());
  REQUIRE(Outcome(mysql::Migrate(settings)) == "OK");
  MysqlServices mysql(settings);

  const auto check = [](const absl::Status& status, const std::string& field) {
    CHECK(Outcome(status) == "TEXT_NOT_STORABLE");
    CHECK(status.code() == absl::StatusCode::kInvalidArgument);
    CHECK(GetField(status) == field);
    CHECK(status.message().find("outdial_") == absl::string_view::npos);
  };
  const Name phone = *Name::Create("name", "\U0001F4DE for column `x`.`detail` at row 1");
  const Text text = *Text::Create("data", "\U0001F4DE");
  check(mysql.services.outdials.Create({.name = phone}).status(), "name");
  check(mysql.services.outdials.Create({.detail = text}).status(), "detail");
  check(mysql.services.outdials.Create({.data = text}).status(), "data");
  const Outdial outdial = mysql.CreateOutdial();
  check(mysql.services.outdials.UpdateData(outdial.id(), text).status(), "data");
  check(mysql.services.outdials.UpdateBasicInfo(outdial.id(), phone, Text()).status(), "name");
  check(mysql.services.targets.Create(outdial.id(), {.data = text}).status(), "data");

  // Of many targets, those are refused whose text cannot be stored.
  std::vector<absl::StatusOr<NewOutdialTarget>> rows;
  for (int i = 0; i < 250; ++i) {
    NewOutdialTarget row;
    if (i == 4 || i == 176) row.name = phone;
    if (i == 178) row.data = text;
    row.destinations[0] = Address::FromStorage({.type = "tel", .target = std::to_string(i / 2)});
    rows.emplace_back(row);
  }
  const ImportResult imported =
      Must(mysql.services.imports.Import(outdial.id(), rows, OnDuplicate::kSkip));
  CHECK(imported.counts == ImportCounts{.created = 125, .skipped = 122, .refused = 3});
  for (const RowNotImported& row : imported.not_imported) {
    if (!row.skipped) check(row.reason, row.index == 178 ? "data" : "name");
  }

  // What latin1 can hold goes in, and JSON holds everything.
  const Name cafe = *Name::Create("name", "Caf\u00e9");
  CHECK(Must(mysql.services.outdials.UpdateBasicInfo(outdial.id(), cafe, Text())).fields().name ==
        cafe);
  CHECK(Must(mysql.services.outdials.Get(outdial.id())).fields().name == cafe);
  const auto address = Address::FromStorage({.type = "sip", .target = "\U0001F4DE"});
  const auto target =
      Must(mysql.services.targets.Create(outdial.id(), contract::TargetWith({address})));
  CHECK(Must(mysql.services.targets.Get(target.id())).slot({}).address == address);
}

TEST_CASE("MySQL migrations: those who migrate at the same time do it once") {
  test::TestDatabase database;
  const bool made_by_others = GENERATE(false, true);
  if (made_by_others) CreateVoipbinTables(database);
  const mysql::Settings settings = test::SettingsOf(database.dsn());
  std::atomic<int> failures = 0;
  contract::RunInParallel(4, [&](int) {
    if (!mysql::Migrate(settings).ok()) ++failures;
  });
  CHECK(failures == 0);
  CHECK(AllApplied(settings));
  CHECK(database.Query("select 1 from outdial_schema_migrations").size() ==
        Must(mysql::ListMigrations(settings)).size());
}

TEST_CASE("MySQL migrations: one that was interrupted is repeated") {
  test::TestDatabase complete;
  const mysql::Settings complete_settings = test::SettingsOf(complete.dsn());
  REQUIRE(Outcome(mysql::Migrate(complete_settings)) == "OK");
  const auto shape = Shape(complete);
  const auto count = Must(mysql::ListMigrations(complete_settings)).size();

  SECTION("between its last statement and its record, of each migration") {
    for (std::size_t kept = 0; kept < count; ++kept) {
      complete.Query("delete from outdial_schema_migrations where number > " +
                     std::to_string(kept));
      CHECK_FALSE(AllApplied(complete_settings));
      CHECK(Outcome(mysql::Migrate(complete_settings)) == "OK");
      CHECK(AllApplied(complete_settings));
    }
  }
  SECTION("between its statements") {
    complete.Query("delete from outdial_schema_migrations where number > 3");
    complete.Query(
        "alter table outdial_outdialtargets drop index outdial_outdialtargets_available,"
        " drop index outdial_outdialtargets_list, drop index outdial_outdialtargets_lease");
    CHECK(Outcome(mysql::Migrate(complete_settings)) == "OK");
  }
  CHECK(Shape(complete) == shape);
}

TEST_CASE("MySQL migrations: those of another version are refused") {
  test::TestDatabase database;
  const mysql::Settings settings = test::SettingsOf(database.dsn());
  REQUIRE(Outcome(mysql::Migrate(settings)) == "OK");
  SECTION("edited") {
    database.Query("update outdial_schema_migrations set checksum = '0' where number = 2");
  }
  SECTION("newer") {
    database.Query("insert into outdial_schema_migrations values (1000, 'x', 'y', now())");
  }
  CHECK(Outcome(mysql::Migrate(settings)) == "INTERNAL");
  CHECK(Outcome(mysql::ListMigrations(settings)) == "INTERNAL");
  CHECK(Outcome(mysql::Open(settings)->Read([](const UnitOfWork&) { return absl::OkStatus(); })) ==
        "INTERNAL");
}

TEST_CASE("MySQL migrations: nothing works where one is missing, until it is applied") {
  test::TestDatabase database;
  MysqlServices mysql(test::SettingsOf(database.dsn()));
  const absl::Status refused = mysql.services.outdials.Create({}).status();
  CHECK(Outcome(refused) == "DATABASE_UNAVAILABLE");
  CHECK(std::string(refused.message()).find("0001_tables") != std::string::npos);
  CHECK(Outcome(mysql.database->Ping()) == "DATABASE_UNAVAILABLE");
  REQUIRE(Outcome(mysql::Migrate(test::SettingsOf(database.dsn()))) == "OK");
  CHECK(Outcome(mysql.services.outdials.Create({})) == "OK");
  CHECK(Outcome(mysql.database->Ping()) == "OK");
}

TEST_CASE("MySQL migrations: others go on reading and writing meanwhile") {
  test::TestDatabase database;
  CreateVoipbinTables(database);
  GoService(*std::make_unique<test::DatabaseConnection>(database.port(), database.name()))
      .CreateOutdial(IdOf<OutdialId>(1));
  database.Query(
      "insert into outdial_outdialtargets (id, outdial_id, status, destination_0, try_count_0)"
      " select unhex(lpad(hex(seq), 32, '0')), " +
      SqlOf(contract::UuidOf(1)) +
      ", 'idle', '{\"type\": \"tel\", \"target\": \"+1\"}', 0 from seq_1_to_20000");

  std::atomic<bool> done = false;
  std::atomic<int> written = 0;
  std::atomic<bool> failed = false;
  std::thread other([&] {
    try {
      test::DatabaseConnection connection(database.port(), database.name());
      GoService go(connection);
      for (std::uint64_t number = 1'000'000; !done; ++number) {
        go.CreateTarget(IdOf<OutdialTargetId>(number), IdOf<OutdialId>(1), R"({"type": "tel"})");
        go.Progress(IdOf<OutdialTargetId>(number));
        ++written;
      }
    } catch (const std::exception&) {
      failed = true;
    }
  });
  const std::string outcome = Outcome(mysql::Migrate(test::SettingsOf(database.dsn())));
  done = true;
  other.join();
  CHECK(outcome == "OK");
  CHECK_FALSE(failed);
  MysqlServices mysql(test::SettingsOf(database.dsn()));
  CHECK(Must(mysql.services.targets.Available(IdOf<OutdialId>(1), kThrice, 1000)).size() == 1000);
  CHECK(database.Query("select 1 from outdial_outdialtargets where signature is null").size() ==
        static_cast<std::size_t>(written));
}

}  // namespace
}  // namespace outdial
