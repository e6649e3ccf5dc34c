// Looks for a seed under which the services break a promise.
#include <cstdint>
#include <cstdlib>
#include <exception>
#include <iostream>
#include <string>

#include "CLI/CLI.hpp"
#include "outdial/metrics/metrics.h"
#include "simulator.h"

namespace outdial::simulation {
namespace {

struct Options {
  std::string program;
  std::uint64_t seed = 0;
  std::uint64_t seeds = 1;
  std::size_t steps = 200;
  std::string bug{};
  bool check_bugs = false;
};

void Print(const Tally& tally) {
  std::cout << tally.requests << " requests, " << tally.deliveries << " deliveries ("
            << tally.redeliveries << " again), " << tally.commits << " commits, " << tally.failures
            << " failures, " << tally.deaths << " deaths, " << tally.interleaved
            << " steps inside of others, " << tally.reclaimed << " leases brought back\n";
}

// Runs seeds from `first` on, until one fails. Whether none does.
bool RunSeeds(const Options& options, Bug bug, bool is_told) {
  metrics::Metrics metrics;
  Tally tally;
  for (std::uint64_t i = 0; i < options.seeds; ++i) {
    const std::uint64_t seed = options.seed + i;
    Simulator simulator(seed, bug, metrics);
    try {
      simulator.Run(options.steps);
    } catch (const Violation& violation) {
      if (is_told) {
        std::cout << "FAILED: " << violation.what() << "\nreplay: " << options.program << " --seed "
                  << seed << " --steps " << options.steps
                  << (options.bug.empty() ? "" : " --bug " + options.bug) << '\n';
      }
      return false;
    }
    tally.Add(simulator.tally());
  }
  if (is_told) Print(tally);
  return true;
}

// Whether every bug is found.
bool CheckBugs(const Options& options) {
  bool all = true;
  for (const auto& [bug, name] : kBugs) {
    const bool is_found = !RunSeeds(options, bug, /*is_told=*/false);
    std::cout << (is_found ? "found   " : "MISSED  ") << name << '\n';
    all = all && is_found;
  }
  return all;
}

int Main(int argc, char** argv) {
  Options options{.program = argv[0]};
  CLI::App app("Runs the services through whatever can happen to them.", "simulation");
  app.add_option("--seed", options.seed, "The first seed")->capture_default_str();
  app.add_option("--seeds", options.seeds, "How many seeds, one after the other")
      ->capture_default_str();
  app.add_option("--steps", options.steps, "Steps of each")->capture_default_str();
  app.add_option("--bug", options.bug, "Switches a deliberate bug on");
  app.add_flag("--check_bugs", options.check_bugs,
               "Whether each deliberate bug is found within those seeds");
  CLI11_PARSE(app, argc, argv);
  if (options.check_bugs) return CheckBugs(options) ? EXIT_SUCCESS : EXIT_FAILURE;
  Bug chosen = Bug::kNone;
  for (const auto& [bug, name] : kBugs) {
    if (name == options.bug) chosen = bug;
  }
  if (chosen == Bug::kNone && !options.bug.empty()) {
    std::cerr << "simulation: there is no bug " << options.bug << '\n';
    return EXIT_FAILURE;
  }
  return RunSeeds(options, chosen, /*is_told=*/true) ? EXIT_SUCCESS : EXIT_FAILURE;
}

}  // namespace
}  // namespace outdial::simulation

int main(int argc, char** argv) {
  try {
    return outdial::simulation::Main(argc, argv);
  } catch (const std::exception& error) {
    std::cerr << "simulation: " << error.what() << '\n';
    return EXIT_FAILURE;
  }
}
