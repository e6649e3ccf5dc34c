// Runs the services through whatever can happen to them, as a seed draws it.
#ifndef OUTDIAL_TESTS_SIMULATION_SIMULATOR_H_
#define OUTDIAL_TESTS_SIMULATION_SIMULATOR_H_

#include <array>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "clients.h"
#include "oracle.h"
#include "outdial/memory/cache.h"
#include "outdial/memory/call_hook.h"
#include "outdial/memory/database.h"
#include "outdial/memory/event_publisher.h"
#include "outdial/memory/manual_clock.h"
#include "outdial/memory/number_normalizer.h"
#include "outdial/memory/relay_lock.h"
#include "outdial/memory/sequential_id_source.h"
#include "outdial/metrics/metrics.h"
#include "random.h"
#include "sabotage.h"

namespace outdial::simulation {

// How often what happened, so that a test can see that it does.
struct Tally {
  std::size_t requests = 0;
  std::size_t deliveries = 0;
  std::size_t redeliveries = 0;
  std::size_t commits = 0;
  std::size_t failures = 0;     // port calls that failed, before or after their effect
  std::size_t deaths = 0;       // of a daemon
  std::size_t interleaved = 0;  // steps that were taken inside of another one
  std::size_t reclaimed = 0;    // leases
  // Of every request that was delivered and everything it was answered, in order: two runs with the
  // same digest were the same.
  std::uint64_t digest = 0;

  void Add(const Tally& other);
};

// Two daemons on one database, cache, queue and broker, all of them simulated, in one thread. Every
// port call passes through here: it may fail before its effect or after it, its daemon may die
// there, or somebody else takes a step first. All that happens follows from the seed.
class Simulator final : public memory::CallHook {
 public:
  // `metrics` is shared, because it takes longer to make one than to simulate.
  Simulator(std::uint64_t seed, Bug bug, metrics::Metrics& metrics);
  ~Simulator() override;

  // Takes steps, then lets everything that is under way come to its end. Throws Violation.
  void Run(std::size_t steps);

  const Tally& tally() const { return tally_; }

  absl::Status Before(memory::Call call) override;
  absl::Status After(memory::Call call) override;

 private:
  struct Process;
  struct Frame;
  struct Delivery {
    Request* request;
    bool redelivered;
    // A daemon is so slow that its connection was lost meanwhile: nobody waits for its reply.
    bool is_abandoned = false;
  };
  // Thrown where a daemon dies.
  struct Death {};

  static constexpr std::size_t kProcesses = 2;

  void Step();
  void SendRequest();
  void Deliver(std::size_t process);
  void Reclaim(std::size_t process);
  void Relay(std::size_t process);
  void Recount(std::size_t process);
  void CleanJournal(std::size_t process);
  void MoveClock(std::size_t process);
  void Kill(std::size_t process);
  void Finish();
  void ReadEverything();

  // Runs `body` on a daemon; false where that dies meanwhile.
  bool RunOn(std::size_t process, Handling* handling,
             const std::function<void(const ClockRange&)>& on_commit,
             const std::function<void(Frame&)>& body);
  void Handle(Frame& frame, Handling& handling, bool look_up, bool reaches_client);
  void SendAgain(Request& request);
  void SetClock(std::size_t process, absl::Time time);
  ClockRange RangeOf(const Frame& frame) const;
  // Whether the daemon is at a kProgress: who asks for another one meanwhile waits for it, and this
  // is one thread.
  bool IsCounting(std::size_t process) const;
  absl::Status Interfere();
  void Observe();
  void HasEnded(memory::Call call);
  void Note(const std::string& text);

  Random random_;
  const std::size_t fault_rate_;  // per mille of the port calls
  const ModelSettings settings_;
  const Bug bug_;
  Tally tally_;

  memory::Database database_;
  memory::Cache cache_{this};
  memory::EventPublisher publisher_{this};
  SabotagedDatabase sabotaged_database_;
  SabotagedCache sabotaged_cache_;
  SabotagedPublisher sabotaged_publisher_;
  SabotagedReplies sabotaged_replies_;
  memory::SequentialIdSource ids_{0, this};
  memory::RelayLocks relay_locks_;
  memory::NumberNormalizer numbers_;
  metrics::Metrics& metrics_;
  std::array<memory::ManualClock, kProcesses> clocks_ = {memory::ManualClock(this),
                                                         memory::ManualClock(this)};
  std::array<absl::Time, kProcesses> times_;  // what the clocks show
  std::array<std::shared_ptr<Process>, kProcesses> processes_;

  Oracle oracle_;
  Clients clients_;
  std::deque<Request> requests_;  // elements stay in place
  std::vector<Delivery> queue_;
  std::vector<std::string> done_keys_;  // the journal entries of requests that do not come again
  std::vector<Frame*> frames_;          // the innermost is the last
  bool in_transaction_ = false;
  bool is_observing_ = false;  // the oracle reads the database
  bool is_calm_ = false;       // nothing interferes
  // What was found inside of a port call, whatever the service makes of the exception.
  std::optional<std::string> violation_;
};

}  // namespace outdial::simulation

#endif  // OUTDIAL_TESTS_SIMULATION_SIMULATOR_H_
