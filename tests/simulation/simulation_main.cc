// Looks for a seed under which the services break a promise.
#include <unistd.h>

#include <array>
#include <csignal>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <exception>
#include <iostream>
#include <optional>
#include <string>
#include <string_view>

#include "CLI/CLI.hpp"
#include "outdial/metrics/metrics.h"
#include "simulator.h"

// There is one where a sanitizer is.
extern "C" void __sanitizer_set_death_callback(void (*callback)()) __attribute__((weak));

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

// What is said where the program ends in the middle of a seed; ready before it is needed.
std::array<char, 4096> last_words{};

void SayLastWords() {
  const ssize_t written = write(STDERR_FILENO, last_words.data(), std::strlen(last_words.data()));
  (void)written;
}

extern "C" void EndBySignal(int signal) {
  SayLastWords();
  std::signal(signal, SIG_DFL);
  std::raise(signal);
}

void PrepareLastWords() {
  for (const int signal : {SIGABRT, SIGSEGV, SIGBUS, SIGFPE, SIGILL}) {
    std::signal(signal, EndBySignal);
  }
  if (__sanitizer_set_death_callback != nullptr) __sanitizer_set_death_callback(SayLastWords);
}

std::string ReplayCommand(const Options& options, std::uint64_t seed, std::string_view bug) {
  return options.program + " --seed " + std::to_string(seed) + " --steps " +
         std::to_string(options.steps) + (bug.empty() ? "" : " --bug " + std::string(bug));
}

void Print(const Tally& tally) {
  std::cout << tally.requests << " requests, " << tally.deliveries << " deliveries ("
            << tally.redeliveries << " again), " << tally.commits << " commits, " << tally.failures
            << " failures, " << tally.deaths << " deaths, " << tally.interleaved
            << " steps inside of others, " << tally.reclaimed << " leases brought back; digest "
            << std::hex << tally.digest << std::dec << '\n';
}

struct Failure {
  std::uint64_t seed;
  std::string what;
};

// Runs seeds from the first on, until one fails.
std::optional<Failure> RunSeeds(const Options& options, Bug bug, std::string_view bug_name,
                                Tally& tally) {
  metrics::Metrics metrics;
  for (std::uint64_t i = 0; i < options.seeds; ++i) {
    const std::uint64_t seed = options.seed + i;
    std::snprintf(last_words.data(), last_words.size(), "CRASHED\nreplay: %s\n",
                  ReplayCommand(options, seed, bug_name).c_str());
    try {
      Simulator simulator(seed, bug, metrics);
      simulator.Run(options.steps);
      tally.Add(simulator.tally());
    } catch (const std::exception& failure) {
      return Failure{.seed = seed, .what = failure.what()};
    }
  }
  return std::nullopt;
}

// Whether no seed fails.
bool RunAndTell(const Options& options, Bug bug) {
  Tally tally;
  if (const auto failure = RunSeeds(options, bug, options.bug, tally)) {
    std::cout << "FAILED: " << failure->what
              << "\nreplay: " << ReplayCommand(options, failure->seed, options.bug) << '\n';
    return false;
  }
  Print(tally);
  return true;
}

// Whether every bug is found.
bool CheckBugs(const Options& options) {
  bool all = true;
  for (const auto& [bug, name] : kBugs) {
    Tally tally;
    const auto failure = RunSeeds(options, bug, name, tally);
    if (failure.has_value()) {
      std::cout << "found   " << name << ": seed " << failure->seed << ", " << failure->what
                << '\n';
    } else {
      std::cout << "MISSED  " << name << '\n';
    }
    all = all && failure.has_value();
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
  app.add_option("--bug", options.bug, "Switches a deliberate bug on; \"crash\" is one more");
  app.add_flag("--check_bugs", options.check_bugs,
               "Whether each deliberate bug is found within those seeds");
  CLI11_PARSE(app, argc, argv);
  PrepareLastWords();
  if (options.check_bugs) return CheckBugs(options) ? EXIT_SUCCESS : EXIT_FAILURE;
  Bug chosen = options.bug == kCrashName ? Bug::kCrash : Bug::kNone;
  for (const auto& [bug, name] : kBugs) {
    if (name == options.bug) chosen = bug;
  }
  if (chosen == Bug::kNone && !options.bug.empty()) {
    std::cerr << "simulation: there is no bug " << options.bug << '\n';
    return EXIT_FAILURE;
  }
  return RunAndTell(options, chosen) ? EXIT_SUCCESS : EXIT_FAILURE;
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
