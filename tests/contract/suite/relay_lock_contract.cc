// RelayLock.
#include <atomic>
#include <memory>
#include <vector>

#include "contract/suite/each_implementation.h"
#include "contract/suite/parallel.h"
#include "contract/suite/port_implementations.h"
#include "contract/suite/values.h"
#include "support/catch.h"

namespace outdial::contract {
namespace {

class RelayLockTest {
 public:
  std::unique_ptr<RelayLock> Open() { return locks_->Open(); }

  static bool Holds(RelayLock& lock) { return Must(lock.TryHold()); }

 private:
  const EachImplementation<RelayLockImplementation> implementation_{RelayLockImplementations()};
  const std::unique_ptr<RelayLocksUnderTest> locks_ = implementation_->make();
};

TEST_CASE_METHOD(RelayLockTest, "relay lock: one holds it, until it lets go",
                 "[contract][relay_lock]") {
  const auto first = Open();
  const auto second = Open();
  CHECK(Holds(*first));
  CHECK_FALSE(Holds(*second));
  CHECK(Holds(*first));  // it has it already
  CHECK(Holds(*first));
  CHECK_FALSE(Holds(*second));

  SECTION("by releasing it, once however often it was asked for") {
    first->Release();
    CHECK(Holds(*second));
    CHECK_FALSE(Holds(*first));
    second->Release();
    CHECK(Holds(*first));
  }
  SECTION("and nobody else can release it") {
    second->Release();
    CHECK_FALSE(Holds(*second));
    CHECK(Holds(*first));
  }
}

TEST_CASE_METHOD(RelayLockTest, "relay lock: is free when its holder is gone",
                 "[contract][relay_lock]") {
  auto first = Open();
  const auto second = Open();
  CHECK(Holds(*first));
  first = nullptr;
  CHECK(Holds(*second));
}

TEST_CASE_METHOD(RelayLockTest, "relay lock: one that is not held can be released",
                 "[contract][relay_lock]") {
  const auto first = Open();
  first->Release();
  CHECK(Holds(*first));
  first->Release();
  first->Release();
  CHECK(Holds(*Open()));
}

TEST_CASE_METHOD(RelayLockTest, "relay lock: of many who ask at the same time one gets it",
                 "[contract][relay_lock][concurrency]") {
  constexpr int kCompetitors = 8;
  std::vector<std::unique_ptr<RelayLock>> locks;
  for (int i = 0; i < kCompetitors; ++i) locks.push_back(Open());
  for (int round = 0; round < 5; ++round) {
    std::atomic<int> holders = 0;
    std::atomic<int> failures = 0;
    RunInParallel(kCompetitors, [&](int i) {
      const auto held = locks[static_cast<std::size_t>(i)]->TryHold();
      if (!held.ok()) ++failures;
      if (held.ok() && *held) ++holders;
    });
    CHECK(failures == 0);
    CHECK(holders == 1);
    for (const auto& lock : locks) lock->Release();
  }
}

}  // namespace
}  // namespace outdial::contract
