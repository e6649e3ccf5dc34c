// Several threads in one test case.
#ifndef OUTDIAL_TESTS_CONTRACT_SUITE_PARALLEL_H_
#define OUTDIAL_TESTS_CONTRACT_SUITE_PARALLEL_H_

#include <latch>
#include <thread>
#include <vector>

#include "absl/functional/function_ref.h"

namespace outdial::contract {

// Runs `body` on `count` threads at the same time, each with its number from 0 on, and waits for
// them. Bodies must not use Catch2's macros, which are not thread-safe.
inline void RunInParallel(int count, absl::FunctionRef<void(int)> body) {
  std::latch start(count);
  std::vector<std::thread> threads;
  for (int i = 0; i < count; ++i) {
    threads.emplace_back([&start, body, i] {
      start.arrive_and_wait();
      body(i);
    });
  }
  for (std::thread& thread : threads) thread.join();
}

}  // namespace outdial::contract

#endif  // OUTDIAL_TESTS_CONTRACT_SUITE_PARALLEL_H_
