#include "simulator.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "outdial/entities/error.h"
#include "outdial/router/router.h"
#include "outdial/services/outbox_relay.h"
#include "outdial/services/services.h"

namespace outdial::simulation {
namespace {

using memory::Call;

constexpr std::array<std::size_t, 4> kFaultRates = {0, 2, 10, 30};
constexpr std::size_t kMaxNesting = 4;
constexpr std::size_t kEverything = 1000;

}  // namespace

void Tally::Add(const Tally& other) {
  requests += other.requests;
  deliveries += other.deliveries;
  redeliveries += other.redeliveries;
  commits += other.commits;
  failures += other.failures;
  deaths += other.deaths;
  interleaved += other.interleaved;
  reclaimed += other.reclaimed;
}

// A daemon from its start to its death.
struct Simulator::Process {
  Process(Simulator& simulator, Clock& clock)
      : services(simulator.sabotaged_database_, simulator.sabotaged_cache_, clock, simulator.ids_),
        router(services, simulator.metrics_),
        relay(simulator.sabotaged_database_, simulator.sabotaged_publisher_),
        relay_lock(simulator.relay_locks_.Open()) {}

  Services services;
  router::Router router;
  OutboxRelay relay;
  std::unique_ptr<RelayLock> relay_lock;
  bool is_dead = false;
};

// Something that a daemon is at.
struct Simulator::Frame {
  std::shared_ptr<Process> process;
  std::size_t number;
  Committer committer;
  bool had_effect = false;
};

Simulator::Simulator(std::uint64_t seed, Bug bug, metrics::Metrics& metrics)
    : random_(seed),
      fault_rate_(random_.Of(kFaultRates)),
      database_({.run_bodies_twice = random_.PerMille(300), .hook = this}),
      sabotaged_database_(database_, bug),
      sabotaged_cache_(cache_, bug),
      sabotaged_publisher_(publisher_, bug),
      metrics_(metrics) {
  for (std::size_t i = 0; i < kProcesses; ++i) {
    processes_[i] = std::make_shared<Process>(*this, clocks_[i]);
  }
}

Simulator::~Simulator() = default;

void Simulator::Run(std::size_t steps) {
  for (std::size_t i = 0; i < steps; ++i) Step();
  Finish();
}

void Simulator::Step() {
  const std::size_t process = random_.Below(kProcesses);
  const std::size_t draw = random_.Below(1000);
  if (draw < 380) return SendRequest();
  if (draw < 800) return Deliver(process);
  if (draw < 860) return Relay(process);
  if (draw < 900) return Reclaim(process);
  if (draw < 960) return MoveClock(process);
  if (draw < 975) return CleanJournal(process);
  if (draw < 985) return cache_.Clear();
  if (draw < 990) return relay_locks_.Break();
  Kill(process);
}

void Simulator::SendRequest() {
  requests_.push_back(clients_.Draw(random_, oracle_.now()));
  queue_.push_back({.request = &requests_.back(), .redelivered = false});
  ++tally_.requests;
}

void Simulator::Deliver(std::size_t process) {
  if (queue_.empty()) return;
  const auto chosen = queue_.begin() + static_cast<std::ptrdiff_t>(random_.Below(queue_.size()));
  const Delivery delivery = *chosen;
  queue_.erase(chosen);
  Request& request = *delivery.request;
  ++tally_.deliveries;
  if (delivery.redelivered) ++tally_.redeliveries;
  if (!request.first_seen.has_value()) request.first_seen = oracle_.version();

  // The connection may be lost while the daemon is at work, or after its reply: it is delivered
  // again.
  const bool is_lost_before = !is_calm_ && random_.PerMille(20);
  const bool is_lost_after = !is_calm_ && random_.PerMille(50);
  const Delivery again{.request = &request, .redelivered = true};
  if (is_lost_before) queue_.push_back(again);
  const bool survived = RunOn(process, &request, [&](Frame& frame) {
    const bool changes = request.method != "GET";
    const router::Reply reply = frame.process->router.Handle(
        {.method = request.method,
         .uri = request.uri,
         .body = request.body,
         .idempotency = changes ? std::optional(router::Idempotency{
                                      .key = request.key, .look_up = delivery.redelivered})
                                : std::nullopt,
         .request_id = {}});
    if (frame.process->is_dead || is_lost_before) return;
    oracle_.Answered(request, frame.had_effect, reply.envelope);
  });
  if (is_lost_before) return;
  if (!survived || is_lost_after) {
    queue_.push_back(again);
  } else if (!delivery.redelivered) {
    done_keys_.push_back(request.key);
  }
}

void Simulator::Reclaim(std::size_t process) {
  RunOn(process, nullptr, [this](Frame& frame) {
    const auto reclaimed = frame.process->services.targets.ReclaimExpiredLeases(3);
    if (reclaimed.ok()) tally_.reclaimed += *reclaimed;
  });
}

void Simulator::Relay(std::size_t process) {
  RunOn(process, nullptr, [this](Frame& frame) {
    const auto held = frame.process->relay_lock->TryHold();
    if (!held.ok() || !*held) return;
    frame.process->relay.RelayBatch(1 + random_.Below(5)).status().IgnoreError();
  });
}

void Simulator::CleanJournal(std::size_t process) {
  RunOn(process, nullptr, [this](Frame& frame) {
    const std::vector<std::string> keys = std::exchange(done_keys_, {});
    frame.process->services.journal.Remove(keys).IgnoreError();
  });
}

void Simulator::MoveClock(std::size_t process) {
  memory::ManualClock& clock = clocks_[process];
  if (random_.PerMille(200)) {
    clock.Advance(-absl::Seconds(static_cast<std::int64_t>(random_.Below(5))));
    return;
  }
  clock.Advance(absl::Milliseconds(static_cast<std::int64_t>(random_.Below(15000))));
  for (Frame* const frame : frames_) {
    if (frame->number == process) {
      frame->committer.latest = std::max(frame->committer.latest, clock.Now());
    }
  }
}

void Simulator::Kill(std::size_t process) {
  processes_[process]->is_dead = true;
  processes_[process]->relay_lock->Release();
  processes_[process] = std::make_shared<Process>(*this, clocks_[process]);
  ++tally_.deaths;
}

void Simulator::Finish() {
  is_calm_ = true;
  while (!queue_.empty()) Deliver(0);
  const absl::Time late = std::max(clocks_[0].Now(), clocks_[1].Now()) + absl::Hours(1);
  for (memory::ManualClock& clock : clocks_) clock.Set(late);
  RunOn(0, nullptr, [&](Frame& frame) {
    auto& targets = frame.process->services.targets;
    while (targets.ReclaimExpiredLeases(kEverything).value() > 0) {
    }
    oracle_.CheckNobodyForgotten();
    while (frame.process->relay.RelayBatch(kEverything).value() > 0) {
    }
  });
  oracle_.CheckPublished(publisher_.events());
  // Whoever reads now gets what is there.
  const State& state = oracle_.now();
  for (const auto& [id, outdial] : state.outdials) {
    requests_.push_back({.operation = Operation::kGetOutdial,
                         .method = "GET",
                         .uri = "/v1/outdials/" + id.ToString(),
                         .outdial_id = id});
    queue_.push_back({.request = &requests_.back(), .redelivered = false});
  }
  for (const auto& [id, target] : state.targets) {
    requests_.push_back({.operation = Operation::kGetTarget,
                         .method = "GET",
                         .uri = "/v1/outdialtargets/" + id.ToString(),
                         .target_id = id});
    queue_.push_back({.request = &requests_.back(), .redelivered = false});
  }
  while (!queue_.empty()) Deliver(1);
}

bool Simulator::RunOn(std::size_t process, Request* request,
                      const std::function<void(Frame&)>& body) {
  Frame frame{.process = processes_[process],
              .number = process,
              .committer = {.request = request, .latest = clocks_[process].Now()}};
  frames_.push_back(&frame);
  try {
    body(frame);
  } catch (const Death&) {
  }
  frames_.pop_back();
  in_transaction_ = false;
  return !frame.process->is_dead;
}

absl::Status Simulator::Before(Call call) {
  if (is_calm_ || frames_.empty()) return absl::OkStatus();
  absl::Status status = Interfere(call);
  if (status.ok() && (call == Call::kDatabaseRead || call == Call::kDatabaseWrite)) {
    in_transaction_ = true;
  }
  return status;
}

absl::Status Simulator::After(Call call) {
  if (frames_.empty()) return absl::OkStatus();
  if (call == Call::kDatabaseCommit || call == Call::kDatabaseRead ||
      call == Call::kDatabaseWrite) {
    in_transaction_ = false;
  }
  if (call == Call::kDatabaseCommit) Observe();
  return is_calm_ ? absl::OkStatus() : Interfere(call);
}

absl::Status Simulator::Interfere(Call call) {
  const std::shared_ptr<Process> process = frames_.back()->process;
  if (process->is_dead) throw Death();
  if (!in_transaction_ && frames_.size() < kMaxNesting && random_.PerMille(40)) {
    ++tally_.interleaved;
    Step();
    // It may have been this daemon's end.
    if (process->is_dead) throw Death();
  }
  if (!random_.PerMille(fault_rate_)) return absl::OkStatus();
  if (random_.PerMille(300)) {
    Kill(frames_.back()->number);
    throw Death();
  }
  ++tally_.failures;
  // An expectation that is lost leaves what is older than the database.
  if (call == Call::kCacheExpect) oracle_.ExpectOldReads();
  return MakeError(Reason::kDatabaseUnavailable, "The database does not answer.");
}

void Simulator::Observe() {
  Frame& frame = *frames_.back();
  ++tally_.commits;
  const bool was_calm = std::exchange(is_calm_, true);
  State state = ReadState(database_, oracle_.now());
  std::vector<OutboxEntry> recorded;
  database_
      .Read([&](const UnitOfWork& work) -> absl::Status {
        const auto waiting = work.outbox().Peek(kEverything);
        for (const OutboxEntry& entry : waiting.value()) {
          if (entry.sequence > last_sequence_) recorded.push_back(entry);
        }
        return absl::OkStatus();
      })
      .IgnoreError();
  is_calm_ = was_calm;
  if (!recorded.empty()) last_sequence_ = recorded.back().sequence;
  const bool had_effect =
      frame.committer.request != nullptr && frame.committer.request->effect.has_value();
  oracle_.Committed(std::move(state), recorded, frame.committer);
  frame.had_effect = frame.committer.request != nullptr &&
                     frame.committer.request->effect.has_value() && !had_effect;
}

}  // namespace outdial::simulation
