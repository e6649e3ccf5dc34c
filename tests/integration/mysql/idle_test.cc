// Sessions that say nothing: those of a host that has died or is cut off, and those that nobody
// needs for a while. The server cannot tell them apart.
#include <latch>
#include <memory>
#include <thread>

#include "contract/suite/values.h"
#include "integration/mysql/mysql_services.h"
#include "support/catch.h"
#include "support/eventually.h"
#include "support/mysql_database.h"

namespace outdial {
namespace {

using contract::Must;
using contract::Outcome;
using test::Eventually;

class IdleTest {
 public:
  IdleTest() {
    settings.timeout = absl::Seconds(1);
    settings.idle_timeout = absl::Seconds(2);
  }

  bool HasSessions() {
    return !database
                .Query(
                    "select 1 from information_schema.processlist where db = database()"
                    " and id <> connection_id()")
                .empty();
  }

  test::EmptyMysqlDatabase database;
  mysql::Settings settings = database.settings();
};

TEST_CASE_METHOD(IdleTest, "MySQL: a relay lock whose holder says nothing any more is another's") {
  const auto silent = mysql::OpenRelayLock(settings);
  const auto other = mysql::OpenRelayLock(settings);
  REQUIRE(Must(silent->TryHold()));
  REQUIRE_FALSE(Must(other->TryHold()));
  CHECK(Eventually([&] { return Must(other->TryHold()); }));
  CHECK(Outcome(silent->TryHold()) == "DATABASE_UNAVAILABLE");
  CHECK_FALSE(Must(silent->TryHold()));
}

TEST_CASE_METHOD(IdleTest, "MySQL: what a transaction has locked that says nothing is free again") {
  MysqlServices silent(settings);
  MysqlServices others(settings);
  const OutdialTarget target = silent.CreateTarget(silent.CreateOutdial().id());
  std::latch locked(1);
  std::latch taken(1);
  absl::Status result;
  std::thread holder([&] {
    result = silent.database->Write([&](UnitOfWork& work) -> absl::Status {
      absl::Status status = work.targets().GetForUpdate(target.id()).status();
      if (!status.ok()) return status;
      locked.count_down();
      taken.wait();
      return work.targets().GetForUpdate(target.id()).status();
    });
  });
  locked.wait();
  CHECK(Eventually(
      [&] { return others.services.targets.Progress(target.id(), {}, std::nullopt).ok(); }));
  taken.count_down();
  holder.join();
  CHECK(Outcome(result) == "DATABASE_UNAVAILABLE");
}

TEST_CASE_METHOD(IdleTest, "MySQL: nobody notices that connections were closed for being idle") {
  MysqlServices mysql(settings);
  mysql.CreateOutdial();
  REQUIRE(HasSessions());
  REQUIRE(Eventually([&] { return !HasSessions(); }));
  int runs = 0;
  CHECK(Outcome(mysql.database->Write([&](UnitOfWork& work) {
          ++runs;
          return work.outdials().Insert(Outdial(contract::OutdialFields(1)));
        })) == "OK");
  CHECK(runs == 1);
  CHECK(mysql.database->pool_stats().reconnects == 0);
}

}  // namespace
}  // namespace outdial
