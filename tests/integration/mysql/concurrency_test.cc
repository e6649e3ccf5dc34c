// Transactions that meet: locks, deadlocks, connections that end.
#include <atomic>
#include <future>
#include <latch>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "contract/suite/values.h"
#include "integration/mysql/mysql_services.h"
#include "support/catch.h"
#include "support/mysql_database.h"

namespace outdial {
namespace {

using contract::IdsOf;
using contract::Must;
using contract::Outcome;

const TryThresholds kOnce = {1, 0, 0, 0, 0};

// Statements time out after a second.
mysql::Settings Impatient(mysql::Settings settings) {
  settings.timeout = absl::Seconds(1);
  return settings;
}

class ConcurrencyTest {
 public:
  // Ends all connections of the services, as an administrator does.
  void KillConnections() {
    for (const auto& row :
         database.Query("select id from information_schema.processlist where db = database()"
                        " and id <> connection_id()")) {
      database.Query("kill " + row.at(0).value());
    }
  }

  absl::Status Append(UnitOfWork& work, std::uint64_t number) {
    return work.outdials().Insert(Outdial(contract::OutdialFields(number)));
  }

  std::string CountOutdials() {
    return database.Query("select count(*) from outdial_outdials").at(0).at(0).value();
  }

  test::EmptyMysqlDatabase database;
  mysql::Settings settings = Impatient(database.settings());
  MysqlServices mysql{settings};
};

TEST_CASE_METHOD(ConcurrencyTest,
                 "MySQL: who claims passes over what others claim, and waits not") {
  const Outdial outdial = mysql.CreateOutdial();
  for (int i = 0; i < 10; ++i) mysql.CreateTarget(outdial.id());
  const auto all = IdsOf(Must(mysql.services.targets.Available(outdial.id(), kOnce, 10)));

  // While this transaction is open, others claim beside it: on this thread, so that waiting for it
  // could not end.
  std::vector<OutdialTargetId> first;
  std::vector<OutdialTargetId> second;
  std::vector<OutdialTargetId> third;
  CHECK(Outcome(mysql.database->Write([&](UnitOfWork& work) -> absl::Status {
          const auto locked = work.targets().LockAvailable(outdial.id(), kOnce, 4);
          if (!locked.ok()) return locked.status();
          first = IdsOf(*locked);
          MysqlServices others(settings);
          for (const auto& claimed :
               Must(others.services.targets.Claim(outdial.id(), kOnce, 3, std::nullopt))) {
            second.push_back(claimed.target.id());
          }
          for (const auto& claimed :
               Must(others.services.targets.Claim(outdial.id(), kOnce, 10, std::nullopt))) {
            third.push_back(claimed.target.id());
          }
          CHECK(Must(others.services.targets.Claim(outdial.id(), kOnce, 10, std::nullopt)).empty());
          return absl::OkStatus();
        })) == "OK");
  CHECK(first == std::vector(all.begin(), all.begin() + 4));
  CHECK(second == std::vector(all.begin() + 4, all.begin() + 7));
  CHECK(third == std::vector(all.begin() + 7, all.end()));
}

TEST_CASE_METHOD(ConcurrencyTest, "MySQL: what others claim hides nothing of another signature") {
  const Outdial outdial = mysql.CreateOutdial();
  const auto a = mysql.CreateTarget(outdial.id());
  const auto b = Must(mysql.services.targets.Create(
      outdial.id(), contract::TargetWith({std::nullopt, contract::Tel("+1")})));
  const auto c = mysql.CreateTarget(outdial.id());
  const TryThresholds either = {1, 1, 0, 0, 0};
  const auto claim_one = [&] {
    MysqlServices others(settings);
    return Must(others.services.targets.Claim(outdial.id(), either, 1, std::nullopt)).size();
  };
  CHECK(Outcome(mysql.database->Write([&](UnitOfWork& work) -> absl::Status {
          const auto locked = work.targets().LockAvailable(outdial.id(), either, 1);
          if (!locked.ok()) return locked.status();
          CHECK(IdsOf(*locked) == std::vector{a.id()});
          CHECK(claim_one() == 1);
          CHECK(claim_one() == 1);
          CHECK(claim_one() == 0);
          return absl::OkStatus();
        })) == "OK");
  CHECK(Must(mysql.services.targets.Get(b.id())).status() == TargetStatus::kProgressing);
  CHECK(Must(mysql.services.targets.Get(c.id())).status() == TargetStatus::kProgressing);
}

TEST_CASE_METHOD(ConcurrencyTest, "MySQL: many who claim and report at once dial nobody twice") {
  constexpr int kThreads = 6;
  constexpr std::size_t kTargets = 120;
  const Outdial outdial = mysql.CreateOutdial();
  for (std::size_t i = 0; i < kTargets; ++i) mysql.CreateTarget(outdial.id());
  std::atomic<int> dialled = 0;
  std::atomic<int> failures = 0;
  std::vector<std::thread> threads;
  for (int i = 0; i < kThreads; ++i) {
    threads.emplace_back([&] {
      while (true) {
        const auto claimed = mysql.services.targets.Claim(outdial.id(), kOnce, 5, std::nullopt);
        if (!claimed.ok()) ++failures;
        if (!claimed.ok() || claimed->empty()) return;
        for (const ClaimedTarget& target : *claimed) {
          ++dialled;
          const auto reported = mysql.services.targets.Report(target.target.id(),
                                                              TargetStatus::kIdle, target.call_id);
          if (!reported.ok()) ++failures;
        }
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  CHECK(failures == 0);
  CHECK(dialled == static_cast<int>(kTargets));
  CHECK(database.Query("select 1 from outdial_outdialtargets where try_count_0 <> 1").empty());
  CHECK(database.Query("select 1 from outdial_outdialtargetcalls").size() == kTargets);
}

TEST_CASE_METHOD(ConcurrencyTest, "MySQL: of two transactions that block each other both succeed") {
  const Outdial first = mysql.CreateOutdial();
  const Outdial second = mysql.CreateOutdial();
  std::latch both_hold_one(2);
  std::atomic<int> runs = 0;
  const auto lock_both = [&](OutdialId one, OutdialId other) {
    bool first_run = true;
    return mysql.database->Write([&](UnitOfWork& work) -> absl::Status {
      ++runs;
      if (const auto got = work.outdials().GetForUpdate(one); !got.ok()) return got.status();
      if (first_run) {
        first_run = false;
        both_hold_one.arrive_and_wait();
      }
      auto got = work.outdials().GetForUpdate(other);
      if (!got.ok()) return got.status();
      if (auto status = got->UpdateData(Text(), absl::Now()); !status.ok()) return status;
      return work.outdials().Update(*got);
    });
  };
  auto other = std::async(std::launch::async, [&] { return lock_both(second.id(), first.id()); });
  CHECK(Outcome(lock_both(first.id(), second.id())) == "OK");
  CHECK(Outcome(other.get()) == "OK");
  CHECK(runs == 3);
}

TEST_CASE_METHOD(ConcurrencyTest, "MySQL: a lock that nobody lets go of is given up") {
  const OutdialTarget target = mysql.CreateTarget(mysql.CreateOutdial().id());
  database.Query("start transaction");
  database.Query("select 1 from outdial_outdialtargets for update");
  CHECK(Outcome(mysql.services.targets.Progress(target.id(), {}, std::nullopt)) ==
        "DATABASE_UNAVAILABLE");
  CHECK(Must(mysql.services.targets.Get(target.id())).status() == TargetStatus::kIdle);
  database.Query("commit");
  CHECK(Outcome(mysql.services.targets.Progress(target.id(), {}, std::nullopt)) == "OK");
}

TEST_CASE_METHOD(ConcurrencyTest, "MySQL: a statement that takes too long is ended") {
  const Outdial outdial = mysql.CreateOutdial();
  database.Query("lock tables outdial_outdials write");
  CHECK(Outcome(mysql.services.outdials.Get(outdial.id())) == "DATABASE_UNAVAILABLE");
  database.Query("unlock tables");
  CHECK(Outcome(mysql.services.outdials.Get(outdial.id())) == "OK");
}

TEST_CASE_METHOD(ConcurrencyTest, "MySQL: a body runs again where its connection was lost") {
  int runs = 0;
  const auto kill_after = [&](int run_to_kill) {
    return mysql.database->Write([&](UnitOfWork& work) -> absl::Status {
      ++runs;
      if (auto status = Append(work, 1); !status.ok()) return status;
      if (runs <= run_to_kill) KillConnections();
      return Append(work, 2);
    });
  };
  SECTION("once") {
    CHECK(Outcome(kill_after(1)) == "OK");
    CHECK(runs == 2);
    CHECK(CountOutdials() == "2");
    CHECK(mysql.database->pool_stats().reconnects == 1);
  }
  SECTION("but not for ever") {
    CHECK(Outcome(kill_after(1'000'000)) == "DATABASE_UNAVAILABLE");
    CHECK(runs > 1);
    CHECK(runs < 10);
    CHECK(CountOutdials() == "0");
  }
}

TEST_CASE_METHOD(ConcurrencyTest,
                 "MySQL: connections that ended while nobody used them do no harm") {
  // As many as there may be.
  std::latch all_at_work(static_cast<std::ptrdiff_t>(settings.max_connections));
  std::vector<std::thread> threads;
  for (std::size_t i = 0; i < settings.max_connections; ++i) {
    threads.emplace_back([&] {
      (void)mysql.database->Read([&](const UnitOfWork& work) {
        const absl::Status status = work.outbox().Size().status();
        all_at_work.arrive_and_wait();
        return status;
      });
    });
  }
  for (std::thread& thread : threads) thread.join();
  REQUIRE(mysql.database->pool_stats().open == settings.max_connections);
  KillConnections();
  for (std::size_t i = 0; i < settings.max_connections; ++i) {
    CHECK(Outcome(mysql.services.outdials.Create({})) == "OK");
  }
  CHECK(mysql.database->pool_stats().reconnects == settings.max_connections);
}

TEST_CASE_METHOD(ConcurrencyTest,
                 "MySQL: a body does not run again where its commit was not answered") {
  int runs = 0;
  CHECK(Outcome(mysql.database->Write([&](UnitOfWork& work) -> absl::Status {
          ++runs;
          absl::Status status = Append(work, 1);
          KillConnections();
          return status;
        })) == "DATABASE_UNAVAILABLE");
  CHECK(runs == 1);
  CHECK(Outcome(mysql.services.outdials.Create({})) == "OK");
}

TEST_CASE_METHOD(ConcurrencyTest, "MySQL: more callers than connections wait, for a while") {
  settings.max_connections = 1;
  const auto database_of_one = mysql::Open(settings);
  std::latch taken(1);
  std::promise<void> let_go;
  std::thread holder([&] {
    (void)database_of_one->Read([&](const UnitOfWork& work) {
      const absl::Status status = work.outbox().Size().status();
      taken.count_down();
      let_go.get_future().wait();
      return status;
    });
  });
  taken.wait();
  CHECK(Outcome(database_of_one->Ping()) == "DATABASE_UNAVAILABLE");
  const mysql::PoolStats stats = database_of_one->pool_stats();
  CHECK(stats.open == 1);
  CHECK(stats.in_use == 1);
  CHECK(stats.max == 1);
  CHECK(stats.waits == 1);
  CHECK(stats.reconnects == 0);
  let_go.set_value();
  holder.join();
  CHECK(Outcome(database_of_one->Ping()) == "OK");
  CHECK(database_of_one->pool_stats().in_use == 0);
}

TEST_CASE_METHOD(ConcurrencyTest, "MySQL: a relay lock whose connection ended is another's") {
  const auto first = mysql::OpenRelayLock(settings);
  const auto second = mysql::OpenRelayLock(settings);
  REQUIRE(Must(first->TryHold()));
  REQUIRE_FALSE(Must(second->TryHold()));
  second->Release();
  KillConnections();
  // Whoever asks first learns that its connection is gone.
  CHECK(Outcome(first->TryHold()) == "DATABASE_UNAVAILABLE");
  CHECK(Outcome(second->TryHold()) == "DATABASE_UNAVAILABLE");
  CHECK(Must(second->TryHold()));
  CHECK_FALSE(Must(first->TryHold()));
}

TEST_CASE_METHOD(ConcurrencyTest, "MySQL: relay locks of other databases are others") {
  const test::EmptyMysqlDatabase other;
  const auto here = mysql::OpenRelayLock(settings);
  const auto there = mysql::OpenRelayLock(other.settings());
  CHECK(Must(here->TryHold()));
  CHECK(Must(there->TryHold()));
}

}  // namespace
}  // namespace outdial
