// What the simulator looks for.
#ifndef OUTDIAL_TESTS_SIMULATION_VIOLATION_H_
#define OUTDIAL_TESTS_SIMULATION_VIOLATION_H_

#include <stdexcept>
#include <string>

namespace outdial::simulation {

// Something was not as it must be.
class Violation : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

// Throws Violation unless `condition`.
inline void Require(bool condition, const std::string& what) {
  if (!condition) throw Violation(what);
}

}  // namespace outdial::simulation

#endif  // OUTDIAL_TESTS_SIMULATION_VIOLATION_H_
