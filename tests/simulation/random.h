// Draws from a seed, the same on every machine.
#ifndef OUTDIAL_TESTS_SIMULATION_RANDOM_H_
#define OUTDIAL_TESTS_SIMULATION_RANDOM_H_

#include <cstddef>
#include <cstdint>
#include <iterator>
#include <random>

namespace outdial::simulation {

class Random {
 public:
  explicit Random(std::uint64_t seed) : engine_(seed) {}

  // From 0 to `count` - 1; `count` is not 0. The standard distributions differ between libraries.
  std::size_t Below(std::size_t count) { return static_cast<std::size_t>(engine_() % count); }

  // True in `numerator` of 1,000 cases.
  bool PerMille(std::size_t numerator) { return Below(1000) < numerator; }

  // One of a container's elements, which has some.
  template <typename Container>
  const auto& Of(const Container& container) {
    return *std::next(container.begin(), static_cast<std::ptrdiff_t>(Below(container.size())));
  }

 private:
  std::mt19937_64 engine_;
};

}  // namespace outdial::simulation

#endif  // OUTDIAL_TESTS_SIMULATION_RANDOM_H_
