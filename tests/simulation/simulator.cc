#include "simulator.h"

#include <algorithm>
#include <cstdlib>
#include <optional>
#include <utility>
#include <vector>

#include "outdial/entities/error.h"
#include "outdial/router/router.h"
#include "outdial/services/outbox_relay.h"
#include "outdial/services/services.h"
#include "violation.h"

namespace outdial::simulation {
namespace {

using memory::Call;

constexpr std::array<std::size_t, 4> kFaultRates = {0, 2, 10, 30};
constexpr std::size_t kMaxNesting = 4;
constexpr std::size_t kMaxHttpAttempts = 5;
constexpr std::size_t kReclaimLimit = 3;
constexpr std::size_t kEverything = 1000;
constexpr std::size_t kNoLimit = 1'000'000;
constexpr std::size_t kSmallOutbox = 6;

ModelSettings DrawSettings(Random& random) {
  return {.record_events = random.PerMille(900),
          .default_lease_seconds = random.PerMille(300) ? 20 : 0,
          .outbox_limit = random.PerMille(150) ? kSmallOutbox : kNoLimit};
}

ServiceSettings ToServiceSettings(const ModelSettings& settings, std::function<void()> on_events) {
  return {.record_events = settings.record_events,
          .default_lease = absl::Seconds(settings.default_lease_seconds),
          .on_events_recorded = std::move(on_events)};
}

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
  digest = digest * 31 + other.digest;
}

// A daemon from its start to its death.
struct Simulator::Process {
  Process(Simulator& simulator, std::size_t number)
      : highest(simulator.times_[number]),
        services(simulator.sabotaged_database_, simulator.sabotaged_cache_,
                 simulator.clocks_[number], simulator.ids_,
                 ToServiceSettings(simulator.settings_, [this] { ++told_of_events; }),
                 &simulator.numbers_),
        router(services, simulator.metrics_),
        relay(simulator.sabotaged_database_, simulator.sabotaged_publisher_),
        relay_lock(simulator.relay_locks_.Open()) {}

  absl::Time highest;  // what its clock has shown
  std::size_t told_of_events = 0;
  Services services;
  router::Router router;
  OutboxRelay relay;
  std::unique_ptr<RelayLock> relay_lock;
  Counts counts;
  std::set<absl::Time> created;  // when it has created something
  bool is_dead = false;
};

// Something that a daemon is at.
struct Simulator::Frame {
  std::shared_ptr<Process> process;
  std::size_t number;
  Handling* handling;  // null: the daemon's own work
  std::function<void(const ClockRange&)> on_commit;
  absl::Time earliest;  // on its clock
  absl::Time latest;
  bool has_committed = false;  // in the last transaction
  // The place in Process::counts of what it has counted: how long that took is known at its end.
  std::optional<std::pair<OutdialId, std::size_t>> count_in_hand{};
};

Simulator::Simulator(std::uint64_t seed, Bug bug, metrics::Metrics& metrics)
    : random_(seed),
      fault_rate_(random_.Of(kFaultRates)),
      settings_(DrawSettings(random_)),
      bug_(bug),
      database_({.outbox_limit = settings_.outbox_limit,
                 .run_bodies_twice = random_.PerMille(300),
                 .hook = this}),
      sabotaged_database_(database_, bug),
      sabotaged_cache_(cache_, bug),
      sabotaged_publisher_(publisher_, bug),
      sabotaged_replies_(bug),
      metrics_(metrics),
      oracle_(settings_, database_) {
  for (std::size_t i = 0; i < kProcesses; ++i) {
    times_[i] = clocks_[i].Now();
    processes_[i] = std::make_shared<Process>(*this, i);
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
  if (draw < 855) return Relay(process);
  if (draw < 860) return Recount(process);
  if (draw < 900) return Reclaim(process);
  if (draw < 960) return MoveClock(process);
  if (draw < 975) return CleanJournal(process);
  if (draw < 985) return cache_.Clear();
  if (draw < 990) return relay_locks_.Break();
  Kill(process);
}

void Simulator::SendRequest() {
  requests_.push_back(clients_.Next(random_));
  queue_.push_back({.request = &requests_.back(), .redelivered = false});
  ++tally_.requests;
}

// What the broker delivers again, or the client sends again.
void Simulator::SendAgain(Request& request) {
  if (request.over_http) {
    const bool gives_up = request.deliveries >= kMaxHttpAttempts || random_.PerMille(200);
    if (gives_up) return;
  }
  queue_.push_back({.request = &request, .redelivered = true});
}

void Simulator::Deliver(std::size_t process) {
  if (queue_.empty()) return;
  auto chosen = queue_.begin() + static_cast<std::ptrdiff_t>(random_.Below(queue_.size()));
  // What would be rare: two daemons are at the same request.
  const auto rival = std::find_if(queue_.begin(), queue_.end(), [this](const Delivery& waiting) {
    return waiting.is_abandoned && !frames_.empty() && frames_.back()->handling != nullptr &&
           &frames_.back()->handling->request == waiting.request;
  });
  if (rival != queue_.end()) chosen = rival;
  const Delivery delivery = *chosen;
  Request& request = *delivery.request;
  if (request.operation == Operation::kProgress && IsCounting(process)) return;
  queue_.erase(chosen);
  ++tally_.deliveries;
  ++request.deliveries;
  if (delivery.redelivered) ++tally_.redeliveries;

  // The connection may be lost while the daemon is at work, or after its reply.
  const bool is_lost_before = delivery.is_abandoned || (!is_calm_ && random_.PerMille(20));
  const bool is_lost_after = !is_calm_ && random_.PerMille(50);
  if (is_lost_before && !delivery.is_abandoned) {
    SendAgain(request);
    if (random_.PerMille(500)) {
      queue_.push_back(
          {.request = &request, .redelivered = delivery.redelivered, .is_abandoned = true});
      return;
    }
  }
  Handling handling{.request = request, .counts = processes_[process]->counts};
  const bool survived = RunOn(
      process, &handling,
      [&, created = &processes_[process]->created](const ClockRange& clock) {
        oracle_.CommittedRequest(request, clock, *created);
      },
      [&](Frame& frame) {
        const bool reaches_client = !is_lost_before && !(request.over_http && is_lost_after);
        Handle(frame, handling, request.over_http || delivery.redelivered, reaches_client);
      });
  if (is_lost_before) return;
  if (!survived || is_lost_after || (request.over_http && !request.is_heard)) {
    SendAgain(request);
  } else if (!delivery.redelivered && !request.over_http && Changes(request.operation)) {
    done_keys_.push_back(request.key);
  }
}

void Simulator::Handle(Frame& frame, Handling& handling, bool look_up, bool reaches_client) {
  Request& request = handling.request;
  Process& process = *frame.process;
  const std::size_t told_before = process.told_of_events;
  const Request misread = Misread(request, bug_);
  oracle_.Look(handling);
  router::Reply reply = process.router.Handle(
      {.method = misread.method,
       .uri = misread.uri,
       .body = misread.body,
       .idempotency = Changes(request.operation) ? std::optional(router::Idempotency{
                                                       .key = request.key, .look_up = look_up})
                                                 : std::nullopt,
       .request_id = {}});
  if (frame.count_in_hand.has_value()) {
    const auto& [id, index] = *frame.count_in_hand;
    process.counts.at(id).at(index).clock = RangeOf(frame);
  }
  if (process.is_dead || violation_.has_value() || !reaches_client) return;
  wire::ReplyEnvelope& envelope = reply.envelope;
  Note(request.ToString());
  Note(envelope.data);
  if (envelope.status_code == 200)
    envelope.data = sabotaged_replies_.Answer(request, envelope.data);
  oracle_.Answered(handling, RangeOf(frame), envelope);
  if (envelope.status_code == 200 && frame.has_committed && oracle_.HasEvents(request)) {
    Require(process.told_of_events > told_before, "the relay is not told of an event");
  }
  const bool is_asked_again = request.over_http && envelope.status_code == 503;
  // Its client may have gone.
  if (is_asked_again || request.is_heard || (!is_calm_ && random_.PerMille(50))) return;
  request.is_heard = true;
  clients_.Hear(random_, request, envelope.status_code, envelope.data);
}

void Simulator::Reclaim(std::size_t process) {
  RunOn(
      process, nullptr,
      [this, process](ClockRange clock) {
        // It looks at its clock inside of the transaction.
        clock.latest = times_[process];
        oracle_.CommittedReclaim(kReclaimLimit, clock);
      },
      [this](Frame& frame) {
        const auto reclaimed = frame.process->services.targets.ReclaimExpiredLeases(kReclaimLimit);
        if (reclaimed.ok()) tally_.reclaimed += *reclaimed;
      });
}

void Simulator::Relay(std::size_t process) {
  RunOn(
      process, nullptr, [this](const ClockRange&) { oracle_.CommittedRelay(publisher_.events()); },
      [this](Frame& frame) {
        const auto held = frame.process->relay_lock->TryHold();
        if (!held.ok() || !*held) return;
        frame.process->relay.RelayBatch(1 + random_.Below(5)).status().IgnoreError();
      });
}

// In peace: in which order it counts is not determined.
void Simulator::Recount(std::size_t process) {
  if (IsCounting(process)) return;
  const bool was_calm = std::exchange(is_calm_, true);
  RunOn(process, nullptr, nullptr, [](Frame& frame) {
    frame.process->services.progress.RecountWatched(kEverything).status().IgnoreError();
  });
  is_calm_ = was_calm;
}

void Simulator::CleanJournal(std::size_t process) {
  const std::vector<std::string> keys = std::exchange(done_keys_, {});
  RunOn(
      process, nullptr, [&](const ClockRange&) { oracle_.CommittedJournal(keys); },
      [&](Frame& frame) { frame.process->services.journal.Remove(keys).IgnoreError(); });
  RunOn(
      process, nullptr, [this](const ClockRange&) { oracle_.CommittedJournal({}); },
      [](Frame& frame) {
        frame.process->services.journal.RemoveExpired(kEverything).status().IgnoreError();
      });
}

void Simulator::MoveClock(std::size_t process) {
  const bool is_back = random_.PerMille(200);
  const absl::Duration step =
      is_back ? -absl::Seconds(static_cast<std::int64_t>(random_.Below(5)))
              : absl::Milliseconds(static_cast<std::int64_t>(random_.Below(15000)));
  SetClock(process, times_[process] + step);
}

void Simulator::SetClock(std::size_t process, absl::Time time) {
  clocks_[process].Set(time);
  times_[process] = time;
  processes_[process]->highest = std::max(processes_[process]->highest, time);
  for (Frame* const frame : frames_) {
    if (frame->number != process) continue;
    frame->earliest = std::min(frame->earliest, time);
    frame->latest = std::max(frame->latest, time);
    frame->process->highest = std::max(frame->process->highest, time);
  }
}

ClockRange Simulator::RangeOf(const Frame& frame) const {
  return {.earliest = frame.earliest, .latest = frame.latest, .highest = frame.process->highest};
}

bool Simulator::IsCounting(std::size_t process) const {
  return std::any_of(frames_.begin(), frames_.end(), [&](const Frame* frame) {
    return frame->process == processes_[process] && frame->handling != nullptr &&
           frame->handling->request.operation == Operation::kProgress;
  });
}

void Simulator::Kill(std::size_t process) {
  processes_[process]->is_dead = true;
  processes_[process]->relay_lock->Release();
  processes_[process] = std::make_shared<Process>(*this, process);
  ++tally_.deaths;
}

void Simulator::Finish() {
  is_calm_ = true;
  while (!queue_.empty()) Deliver(0);
  const absl::Time late = std::max(times_[0], times_[1]) + absl::Hours(1);
  for (std::size_t i = 0; i < kProcesses; ++i) SetClock(i, late);
  const auto relay_all = [this] {
    RunOn(
        0, nullptr, [this](const ClockRange&) { oracle_.CommittedRelay(publisher_.events()); },
        [](Frame& frame) {
          while (frame.process->relay.RelayBatch(kEverything).value().events > 0) {
          }
        });
  };
  relay_all();
  while (oracle_.HasLeases()) {
    Reclaim(0);
    relay_all();
  }
  oracle_.CheckPublished(publisher_.events());
  // Whoever asks again is answered as before, whatever has happened since.
  for (Request& request : requests_) {
    if (request.effect.has_value() && oracle_.IsJournaled(request)) {
      queue_.push_back({.request = &request, .redelivered = true});
    }
  }
  while (!queue_.empty()) Deliver(1);
  ReadEverything();
  oracle_.CheckJournal();
}

// Whoever reads now gets what is there.
void Simulator::ReadEverything() {
  const auto ask = [this](Request request) {
    Compose(request);
    requests_.push_back(std::move(request));
    queue_.push_back({.request = &requests_.back(), .redelivered = false});
  };
  const Model& model = oracle_.model();
  for (const auto& [id, outdial] : model.outdials()) {
    ask({.operation = Operation::kGetOutdial, .outdial_id = id});
    ask({.operation = Operation::kListTargets, .outdial_id = id});
    ask({.operation = Operation::kProgress, .outdial_id = id});
  }
  for (const auto& [id, target] : model.targets()) {
    ask({.operation = Operation::kGetTarget, .target_id = id});
  }
  for (const auto& [id, call] : model.calls()) {
    ask({.operation = Operation::kGetCall, .call_id = id});
  }
  while (!queue_.empty()) Deliver(1);
}

bool Simulator::RunOn(std::size_t process, Handling* handling,
                      const std::function<void(const ClockRange&)>& on_commit,
                      const std::function<void(Frame&)>& body) {
  const absl::Time now = times_[process];
  Frame frame{.process = processes_[process],
              .number = process,
              .handling = handling,
              .on_commit = on_commit,
              .earliest = now,
              .latest = now};
  frames_.push_back(&frame);
  try {
    body(frame);
  } catch (const Death&) {
  }
  frames_.pop_back();
  in_transaction_ = false;
  if (violation_.has_value()) throw Violation(*violation_);
  return !frame.process->is_dead;
}

absl::Status Simulator::Before(Call call) {
  if (is_observing_ || frames_.empty()) return absl::OkStatus();
  if (call == Call::kDatabaseWrite) frames_.back()->has_committed = false;
  if (is_calm_) return absl::OkStatus();
  absl::Status status = Interfere();
  // Nobody takes a step inside of a transaction.
  if (status.ok() && (call == Call::kDatabaseRead || call == Call::kDatabaseWrite)) {
    in_transaction_ = true;
  }
  return status;
}

absl::Status Simulator::After(Call call) {
  if (is_observing_ || frames_.empty()) return absl::OkStatus();
  is_observing_ = true;
  try {
    HasEnded(call);
  } catch (const Violation& violation) {
    violation_ = violation.what();
    is_observing_ = false;
    throw;
  }
  is_observing_ = false;
  return is_calm_ ? absl::OkStatus() : Interfere();
}

void Simulator::HasEnded(Call call) {
  Frame& frame = *frames_.back();
  switch (call) {
    case Call::kDatabaseCommit:
      in_transaction_ = false;
      Observe();
      break;
    case Call::kDatabaseWrite:
      in_transaction_ = false;
      if (!frame.has_committed && frame.handling != nullptr) {
        oracle_.HasNotCommitted(*frame.handling);
      }
      break;
    case Call::kDatabaseRead:
      in_transaction_ = false;
      if (const auto counted = sabotaged_database_.TakeCounted()) {
        std::vector<Count>& counts = frame.process->counts[*counted];
        frame.count_in_hand = {*counted, counts.size()};
        counts.push_back({.progress = oracle_.ProgressOf(*counted), .clock = RangeOf(frame)});
      }
      if (frame.handling != nullptr) oracle_.HasRead(*frame.handling);
      break;
    default:
      break;
  }
}

// What was committed.
void Simulator::Observe() {
  Frame& frame = *frames_.back();
  ++tally_.commits;
  frame.has_committed = true;
  if (bug_ == Bug::kCrash) std::abort();
  Require(static_cast<bool>(frame.on_commit), "something is changed by what only reads");
  frame.on_commit(RangeOf(frame));
  for (Frame* const other : frames_) {
    if (other->handling != nullptr) oracle_.Look(*other->handling);
  }
}

absl::Status Simulator::Interfere() {
  const std::shared_ptr<Process> process = frames_.back()->process;
  if (violation_.has_value()) throw Violation(*violation_);
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
  if (frames_.back()->handling != nullptr) frames_.back()->handling->had_failure = true;
  return MakeError(Reason::kDatabaseUnavailable, "The database does not answer.");
}

void Simulator::Note(const std::string& text) {
  for (const char c : text) {
    tally_.digest = (tally_.digest ^ static_cast<unsigned char>(c)) * 0x100000001b3;
  }
}

}  // namespace outdial::simulation
