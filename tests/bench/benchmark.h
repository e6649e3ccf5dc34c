// A small harness for benchmarks: what is compared is measured in one run, in turns.
#ifndef OUTDIAL_TESTS_BENCH_BENCHMARK_H_
#define OUTDIAL_TESTS_BENCH_BENCHMARK_H_

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"

namespace outdial::bench {

struct Benchmark {
  std::string name;
  std::function<void()> operation;
  std::int64_t batch = 100;                 // operations between two looks at the clock
  std::function<void()> prepare = nullptr;  // runs before each batch, and is not measured
};

struct Result {
  std::string name;
  std::int64_t iterations = 0;
  absl::Duration elapsed;

  double nanoseconds() const;  // for one operation, on average
  double per_second() const;
};

// Prints a table, a row for each result, and then whether each goal was reached. Used by one
// thread.
class Report {
 public:
  Report();

  // Runs the benchmarks batch by batch, in turns, so that whatever else the machine does meets all
  // of them alike, until each has run for `duration`. Prints a row for each; `ratio` compares its
  // time for an operation with that of the first one.
  std::vector<Result> Run(const std::vector<Benchmark>& benchmarks, absl::Duration duration);

  // Prints a row for something that was measured elsewhere; `baseline` may be null.
  void Add(const Result& result, const Result* baseline);

  // Prints PASS or FAIL and what was to be reached.
  void Check(std::string_view goal, bool reached);

  // What main() returns: 1 where a goal was missed, else 0.
  int exit_code() const { return missed_ ? 1 : 0; }

 private:
  bool missed_ = false;
};

// Ends the program, with the error on standard error, where something that was only prepared has
// failed.
void Require(const absl::Status& status);

template <typename Value>
Value Require(absl::StatusOr<Value> value) {
  Require(value.status());
  return *std::move(value);
}

// The only argument of a benchmark, a number of at least 1; `by_default` without one. Ends the
// program, with its usage on standard error, where it was called otherwise.
std::int64_t SizeFrom(int argc, char** argv, std::int64_t by_default);

// The memory of a process that is resident. Throws std::runtime_error where there is no such
// process.
long ResidentKiB(pid_t process);

}  // namespace outdial::bench

#endif  // OUTDIAL_TESTS_BENCH_BENCHMARK_H_
