// Waiting for what says nothing by itself.
#ifndef OUTDIAL_TESTS_SUPPORT_EVENTUALLY_H_
#define OUTDIAL_TESTS_SUPPORT_EVENTUALLY_H_

#include <chrono>
#include <functional>
#include <thread>

#include "support/process.h"

namespace outdial::test {

// Asks until `condition` holds; false after kPatience.
inline bool Eventually(const std::function<bool()>& condition) {
  const auto deadline = std::chrono::steady_clock::now() + kPatience;
  while (!condition()) {
    if (std::chrono::steady_clock::now() > deadline) return false;
    std::this_thread::sleep_for(std::chrono::milliseconds(1));
  }
  return true;
}

}  // namespace outdial::test

#endif  // OUTDIAL_TESTS_SUPPORT_EVENTUALLY_H_
