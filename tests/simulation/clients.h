// Those who use the service.
#ifndef OUTDIAL_TESTS_SIMULATION_CLIENTS_H_
#define OUTDIAL_TESTS_SIMULATION_CLIENTS_H_

#include <cstddef>

#include "oracle.h"
#include "random.h"
#include "state.h"

namespace outdial::simulation {

// Creators, dialers by `available` and `progressing`, dialers by `claim`, reporters, deleters and
// listers. They ask about what there is, or was, in the state that they are given.
class Clients {
 public:
  Request Draw(Random& random, const State& state);

 private:
  std::size_t drawn_ = 0;
};

}  // namespace outdial::simulation

#endif  // OUTDIAL_TESTS_SIMULATION_CLIENTS_H_
