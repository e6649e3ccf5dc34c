// What the numbers of the server's errors mean.
#include "errors.h"

#include <string>

#include "contract/suite/values.h"
#include "soci/mysql/soci-mysql.h"
#include "support/catch.h"

namespace outdial::mysql {
namespace {

using contract::Outcome;

TEST_CASE("MySQL errors: a server that has no room, or is not ready, is unavailable") {
  const int number = GENERATE(1021,   // no space on the disk
                              1026,   // a file cannot be written
                              1030,   // the storage engine failed
                              1037,   // no memory
                              1038,   // no memory to sort in
                              1047,   // a node of a cluster that is not in step
                              1180,   // the commit failed
                              3100,   // group replication refuses
                              3101);  // group replication rolled it back
  CAPTURE(number);
  CHECK(Outcome(ToStatus(soci::mysql_soci_error("", number))) == "DATABASE_UNAVAILABLE");
}

TEST_CASE("MySQL errors: another connection may reach a node that is ready") {
  CHECK(FailureOf(soci::mysql_soci_error("", 1047)) == Failure::kServer);
}

TEST_CASE("MySQL errors: another connection may reach a server that may be written") {
  constexpr char kBefore[] = "The server is running with the ";
  constexpr char kAfter[] = " option so it cannot execute this statement";
  for (const char* option : {"--read-only", "--super-read-only", "--innodb-read-only"}) {
    const soci::mysql_soci_error error(kBefore + std::string(option) + kAfter, 1290);
    CHECK(FailureOf(error) == Failure::kServer);
    CHECK(Outcome(ToStatus(error)) == "DATABASE_UNAVAILABLE");
  }
  const soci::mysql_soci_error mode("Running in read-only mode", 1836);
  CHECK(FailureOf(mode) == Failure::kServer);
  CHECK(Outcome(ToStatus(mode)) == "DATABASE_UNAVAILABLE");
  CHECK(FailureOf(soci::mysql_soci_error(kBefore + std::string("--skip-grant-tables") + kAfter,
                                         1290)) == Failure::kOther);
}

TEST_CASE("MySQL errors: a statement that is wrong is an internal error") {
  const int number = GENERATE(1054, 1064, 1146);
  const soci::mysql_soci_error error("", number);
  CHECK(Outcome(ToStatus(error)) == "INTERNAL");
  CHECK(FailureOf(error) == Failure::kOther);
}

}  // namespace
}  // namespace outdial::mysql
