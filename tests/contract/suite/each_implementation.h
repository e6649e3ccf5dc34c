// One run of a test case for each implementation of a port.
#ifndef OUTDIAL_TESTS_CONTRACT_SUITE_EACH_IMPLEMENTATION_H_
#define OUTDIAL_TESTS_CONTRACT_SUITE_EACH_IMPLEMENTATION_H_

#include <cstddef>
#include <vector>

#include "support/catch.h"

namespace outdial::contract {

// Called once in a test case, or in the constructor of its fixture: runs it again for each of
// `all`, and names the one at work wherever a check fails. `Implementation` has a `name` and a
// function `make`.
template <typename Implementation>
class EachImplementation {
 public:
  explicit EachImplementation(const std::vector<Implementation>& all)
      : implementation_(Choose(all)),
        message_(Catch::MessageBuilder("INFO", CATCH_INTERNAL_LINEINFO, Catch::ResultWas::Info)
                 << "implementation: " << implementation_.name) {}

  const Implementation* operator->() const { return &implementation_; }

 private:
  static Implementation Choose(const std::vector<Implementation>& all) {
    REQUIRE_FALSE(all.empty());
    return all[GENERATE_COPY(range(std::size_t{0}, all.size()))];
  }

  const Implementation implementation_;
  const Catch::ScopedMessage message_;
};

}  // namespace outdial::contract

#endif  // OUTDIAL_TESTS_CONTRACT_SUITE_EACH_IMPLEMENTATION_H_
