// What operations cost the server: rows that it looks at, and statements that it is asked.
#include <cstdint>
#include <functional>
#include <future>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "contract/suite/values.h"
#include "integration/mysql/mysql_services.h"
#include "integration/mysql/voipbin_tables.h"
#include "outdial/entities/page.h"
#include "outdial/ports/result_rows.h"
#include "support/catch.h"
#include "support/mysql_database.h"
#include "support/servers.h"

namespace outdial {
namespace {

using contract::IdOf;
using contract::Must;

const TryThresholds kThrice = {3, 3, 3, 3, 3};

struct Cost {
  std::int64_t statements = 0;
  std::int64_t rows = 0;  // that the server read, through indexes or without
};

// A server that nobody else uses, so that its counters are ours.
class QueryCostTest {
 public:
  QueryCostTest() {
    server.Start();
    test::DatabaseConnection(server.port(), "").Query("create database outdial");
    Must(mysql::Migrate(settings()));
    admin = std::make_unique<test::DatabaseConnection>(server.port(), "outdial");
    mysql = std::make_unique<MysqlServices>(settings());
  }

  mysql::Settings settings() const { return test::SettingsOf(server.Dsn("outdial")); }

  // An outdial with `count` idle targets whose slot 0 is set, a tenth of them tried once; targets
  // in progress, whose lease is far ahead; deleted and done ones. Each in great number.
  OutdialId Fill(std::uint64_t number, int count) {
    const auto outdial = IdOf<OutdialId>(number);
    GoService(*admin).CreateOutdial(outdial);
    const auto insert = [&](const std::string& status, int from, const std::string& more,
                            const std::string& values) {
      admin->Query(
          "insert into outdial_outdialtargets (id, outdial_id, name, status, destination_0,"
          " try_count_0, tm_create, tm_update" +
          more + ") select unhex(concat(lpad(hex(" + std::to_string(number) +
          "), 16, '0'), lpad(hex(" + std::to_string(from) + " + seq), 16, '0'))), " +
          SqlOf(outdial.uuid()) + ", 'x', '" + status +
          "', '{\"type\": \"tel\", \"target\": \"+1\"}', seq % 10 = 0,"
          " '2026-01-01' + interval seq microsecond, '2026-01-01' + interval seq microsecond" +
          values + " from seq_1_to_" + std::to_string(count));
    };
    insert("idle", 0, "", "");
    insert("progressing", 1'000'000, ", lease_until, lease_version",
           ", '2100-01-01', '2026-01-01' + interval seq microsecond");
    insert("done", 2'000'000, "", "");
    insert("idle", 3'000'000, ", tm_delete", ", '2026-01-02'");
    return outdial;
  }

  Cost CostOf(const std::function<void()>& operation) {
    operation();  // connections are made, limits looked up
    const auto before = Counters();
    operation();
    const auto after = Counters();
    Cost cost;
    for (const auto& [name, value] : after) {
      const std::int64_t difference = value - before.at(name);
      (name == "Questions" ? cost.statements : cost.rows) += difference;
    }
    cost.statements -= 1;  // that asked for the counters
    return cost;
  }

  std::int64_t BytesSentBy(const std::function<void()>& operation) {
    const std::int64_t before = BytesSent();
    operation();
    return BytesSent() - before;
  }

  test::MariadbServer server;
  std::unique_ptr<test::DatabaseConnection> admin;
  std::unique_ptr<MysqlServices> mysql;

 private:
  std::int64_t BytesSent() {
    return std::stoll(admin->Query("show global status like 'Bytes_sent'").at(0).at(1).value());
  }

  std::map<std::string, std::int64_t> Counters() {
    std::map<std::string, std::int64_t> counters;
    for (const auto& row : admin->Query(
             "show global status where variable_name = 'Questions' or variable_name in"
             " ('Handler_read_first', 'Handler_read_key', 'Handler_read_last', 'Handler_read_next',"
             " 'Handler_read_prev', 'Handler_read_rnd', 'Handler_read_rnd_next')")) {
      counters[row.at(0).value()] = std::stoll(row.at(1).value());
    }
    return counters;
  }
};

TEST_CASE_METHOD(QueryCostTest, "MySQL: the cost of operations does not grow with the lists") {
  auto& services = mysql->services;
  const Page page{.size = 20, .before = contract::At(0)};
  struct Operation {
    std::string name;
    std::int64_t max_statements;  // commit included
    std::int64_t max_rows;
    std::function<void(OutdialId)> run;
  };
  const std::vector<Operation> operations = {
      {"available, limit 1", 7, 40,
       [&](OutdialId id) { Must(services.targets.Available(id, kThrice, 1)); }},
      {"available of few, limit 50", 7, 130,
       [&](OutdialId id) {
         Must(services.targets.Available(id, {1, 0, 0, 0, 0}, 50));
       }},
      {"available, none", 5, 20,
       [&](OutdialId id) { Must(services.targets.Available(id, {}, 100)); }},
      {"claim, limit 50", 12, 500,
       [&](OutdialId id) {
         REQUIRE(Must(services.targets.Claim(id, {1, 0, 0, 0, 0}, 50, absl::Hours(1))).size() ==
                 50);
       }},
      {"create a target", 6, 15,
       [&](OutdialId id) {
         Must(services.targets.Create(id, contract::TargetWith({contract::Tel("+1")})));
       }},
      {"dial cycle", 20, 60,
       [&](OutdialId id) {
         const auto next = Must(services.targets.Available(id, {1, 0, 0, 0, 0}, 1)).at(0);
         Must(services.targets.Progress(next.id(), {}, absl::Hours(1)));
         Must(services.targets.Report(next.id(), TargetStatus::kDone, std::nullopt));
       }},
      {"list targets, 20", 6, 100, [&](OutdialId id) { Must(services.targets.List(id, page)); }},
      {"list calls of an outdial, 20", 4, 200,
       [&](OutdialId id) {
         OutdialTargetCallFilter filter;
         filter.outdial_id = id;
         Must(services.calls.List(filter, page));
       }},
      {"two pages of an export, 16 each", 11, 120,
       [&](OutdialId id) {
         const auto first = Must(services.targets.ListOldest(id, {}, 16));
         Must(services.targets.ListOldest(id, CreationPlace::Of(first.back()), 16));
       }},
      {"reclaim leases, none due", 2, 12,
       [&](OutdialId /*id*/) { CHECK(Must(services.targets.ReclaimExpiredLeases(100)) == 0); }},
  };
  const OutdialId small = Fill(1, 300);
  std::vector<Cost> costs;
  for (const auto& operation : operations) {
    costs.push_back(CostOf([&] { operation.run(small); }));
  }
  const OutdialId large = Fill(2, 30'000);
  for (std::size_t i = 0; i < operations.size(); ++i) {
    const Cost cost = CostOf([&] { operations[i].run(large); });
    WARN(operations[i].name << ": " << cost.statements << " statements, " << cost.rows
                            << " rows read; on a short list " << costs[i].rows);
    CHECK(cost.statements <= operations[i].max_statements);
    CHECK(cost.rows <= operations[i].max_rows);
    CHECK(cost.rows <= costs[i].rows + 10);
  }
}

TEST_CASE_METHOD(QueryCostTest, "MySQL: of large rows no more are fetched than fit") {
  const OutdialId outdial = Fill(1, 300);
  admin->Query(
      "update outdial_outdialtargets set detail = repeat('x', 65535), data = repeat('x', 65535)"
      " where status = 'idle' and tm_delete is null");
  // Twice what a result may hold is let through of each signature, of which there are two; the one
  // has less than that.
  constexpr auto kMaxBytes = static_cast<std::int64_t>(3 * kMaxResultBytes);
  auto& targets = mysql->services.targets;
  const std::vector<std::function<void()>> operations = {
      [&] {
        CHECK(contract::Outcome(targets.List(outdial, {.size = kMaxListSize})) ==
              "REPLY_TOO_LARGE");
      },
      [&] { CHECK(Must(targets.Available(outdial, kThrice, kMaxListSize)).size() > 50); },
      [&] { CHECK(Must(targets.ListOldest(outdial, {}, kMaxListSize)).size() > 50); },
      [&] {
        CHECK(Must(targets.Claim(outdial, kThrice, kMaxListSize, absl::Microseconds(1))).size() >
              50);
      },
      [&] { CHECK(Must(targets.ReclaimExpiredLeases(kMaxListSize)) > 50); },
      [&] {
        Must(mysql->database->Read(
            [](const UnitOfWork& work) { return work.outbox().Peek(kMaxListSize).status(); }));
      }};
  for (const auto& operation : operations) {
    CAPTURE(&operation - operations.data());
    CHECK(BytesSentBy(operation) <= kMaxBytes);
  }
}

TEST_CASE_METHOD(QueryCostTest,
                 "MySQL: a page of the usual size may have rows that are too large") {
  const OutdialId outdial = Fill(1, 300);
  std::string full = "update outdial_outdialtargets set detail = repeat('x', 65535)";
  for (int i = 0; i < 5; ++i) {
    full += ", destination_" + std::to_string(i) +
            " = json_object('type', 'sip', 'target', repeat('y', 65535))";
  }
  admin->Query(full + " where tm_delete is null");
  auto& targets = mysql->services.targets;
  const auto list = [&] {
    CHECK(contract::Outcome(targets.List(outdial, {.size = kDefaultListSize})) ==
          "REPLY_TOO_LARGE");
  };
  const auto find_available = [&] {
    CHECK(Must(targets.Available(outdial, kThrice, kDefaultListSize)).size() >= 10);
  };
  constexpr auto kMaxBytes = static_cast<std::int64_t>(3 * kMaxResultBytes);
  CHECK(BytesSentBy(list) <= kMaxBytes);
  CHECK(BytesSentBy(find_available) <= kMaxBytes);
}

TEST_CASE_METHOD(QueryCostTest, "MySQL: a long read is not cut off, and holds up nobody") {
  const OutdialId outdial = Fill(1, 30'000);
  const auto count = [&](const UnitOfWork& work) {
    return work.targets().CountGroups(outdial).status();
  };
  mysql::Settings hurried = settings();
  hurried.timeout = absl::Milliseconds(2);
  const auto database = mysql::Open(hurried);
  CHECK(contract::Outcome(database->Read(count)) == "DATABASE_UNAVAILABLE");
  CHECK(contract::Outcome(database->ReadLong(count)) == "OK");

  mysql::Settings with_one = settings();
  with_one.max_connections = 1;
  MysqlServices busy(with_one);
  Must(busy.database->ReadLong([&](const UnitOfWork& work) {
    CHECK(std::async(std::launch::async, [&] { return busy.CreateOutdial().deleted(); }).get() ==
          false);
    return count(work);
  }));
}

TEST_CASE_METHOD(QueryCostTest,
                 "MySQL: counting reads one index entry of each live target, no row") {
  const int count = 5'000;
  const OutdialId outdial = Fill(1, count);
  const Cost cost = CostOf([&] {
    Must(mysql->database->Read(
        [&](const UnitOfWork& work) { return work.targets().CountGroups(outdial).status(); }));
  });
  CHECK(cost.statements <= 5);
  CHECK(cost.rows <= 3 * count + 20);
  for (const std::string& query :
       {std::string("select count(*) from outdial_outdialtargetcalls force index"
                    " (outdial_outdialtargetcalls_outdial) where outdial_id = ") +
            SqlOf(outdial.uuid()),
        std::string("select count(*) from outdial_outdialtargetcalls force index"
                    " (outdial_outdialtargetcalls_open_of_outdial) where open_outdial_id = ") +
            SqlOf(outdial.uuid()),
        std::string("select signature, count(*) from outdial_outdialtargets force index"
                    " (outdial_outdialtargets_available) where outdial_id = ") +
            SqlOf(outdial.uuid()) + " and signature is not null group by signature",
        std::string("select progress, try_count_0, count(*) from outdial_outdialtargets force index"
                    " (outdial_outdialtargets_progress) where outdial_id = ") +
            SqlOf(outdial.uuid()) + " and progress is not null group by progress, try_count_0"}) {
    const auto plan = admin->Query("explain " + query);
    REQUIRE(plan.size() == 1);
    const std::string extra = plan[0].back().value_or("");
    CAPTURE(query, extra);
    CHECK(extra.find("Using index") != std::string::npos);
    CHECK(extra.find("filesort") == std::string::npos);
    CHECK(extra.find("temporary") == std::string::npos);
  }
}

}  // namespace
}  // namespace outdial
