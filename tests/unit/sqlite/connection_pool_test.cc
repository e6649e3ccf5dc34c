// Who gets the connection that several threads wait for.
#include "connection_pool.h"

#include <atomic>
#include <string>
#include <thread>

#include "outdial/sqlite/database.h"
#include "support/catch.h"
#include "support/eventually.h"

namespace outdial::sqlite {
namespace {

TEST_CASE("who has waited for a while gets the connection before one that has just used it") {
  ConnectionPool pool({.path = std::string(kMemoryPath)}, Connection::Access::kReadWrite, 1);
  std::atomic<int> taken = 0;
  int taken_by_waiter = 0;
  auto lease = pool.Take();
  REQUIRE(lease.ok());
  std::thread waiter([&] {
    const auto own = pool.Take();
    taken_by_waiter = ++taken;
  });
  const bool waits = test::Eventually([&] { return pool.HasWaiting(); });
  std::this_thread::sleep_for(ConnectionPool::kPatience);
  lease->reset();
  lease = pool.Take();
  const int taken_again = ++taken;
  lease->reset();
  waiter.join();
  CHECK(waits);
  CHECK(taken_by_waiter == 1);
  CHECK(taken_again == 2);
}

}  // namespace
}  // namespace outdial::sqlite
