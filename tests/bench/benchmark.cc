#include "benchmark.h"

#include <algorithm>
#include <cstddef>
#include <cstdio>
#include <cstdlib>

#include "absl/strings/numbers.h"
#include "absl/time/clock.h"

namespace outdial::bench {
namespace {

absl::Duration RunBatch(const Benchmark& benchmark) {
  if (benchmark.prepare) benchmark.prepare();
  const std::int64_t start = absl::GetCurrentTimeNanos();
  for (std::int64_t i = 0; i < benchmark.batch; ++i) benchmark.operation();
  return absl::Nanoseconds(absl::GetCurrentTimeNanos() - start);
}

}  // namespace

void Require(const absl::Status& status) {
  if (status.ok()) return;
  std::fprintf(stderr, "%s\n", status.ToString().c_str());
  std::exit(2);
}

std::int64_t SizeFrom(int argc, char** argv, std::int64_t by_default) {
  if (argc == 1) return by_default;
  std::int64_t size = 0;
  if (argc == 2 && absl::SimpleAtoi(argv[1], &size) && size > 0) return size;
  std::fprintf(stderr, "usage: %s [size, by default %lld]\n", argv[0],
               static_cast<long long>(by_default));
  std::exit(2);
}

double Result::nanoseconds() const {
  return absl::ToDoubleNanoseconds(elapsed) /
         static_cast<double>(std::max<std::int64_t>(iterations, 1));
}

double Result::per_second() const { return 1e9 / nanoseconds(); }

Report::Report() {
  std::printf("%-56s %12s %14s %14s %8s\n", "name", "iterations", "ns/op", "ops/s", "ratio");
}

std::vector<Result> Report::Run(const std::vector<Benchmark>& benchmarks, absl::Duration duration) {
  std::vector<Result> results(benchmarks.size());
  for (std::size_t i = 0; i < benchmarks.size(); ++i) {
    results[i].name = benchmarks[i].name;
    RunBatch(benchmarks[i]);  // warms up
  }
  for (bool finished = false; !finished;) {
    finished = true;
    for (std::size_t i = 0; i < benchmarks.size(); ++i) {
      if (results[i].elapsed >= duration) continue;
      finished = false;
      results[i].elapsed += RunBatch(benchmarks[i]);
      results[i].iterations += benchmarks[i].batch;
    }
  }
  for (const Result& result : results) Add(result, &results.front());
  return results;
}

void Report::Add(const Result& result, const Result* baseline) {
  std::printf("%-56s %12lld %14.0f %14.0f", result.name.c_str(),
              static_cast<long long>(result.iterations), result.nanoseconds(), result.per_second());
  if (baseline != nullptr) std::printf(" %8.2f", result.nanoseconds() / baseline->nanoseconds());
  std::printf("\n");
  std::fflush(stdout);
}

void Report::Check(std::string_view goal, bool reached) {
  std::printf("%s  %.*s\n", reached ? "PASS" : "FAIL", static_cast<int>(goal.size()), goal.data());
  if (!reached) missed_ = true;
}

}  // namespace outdial::bench
