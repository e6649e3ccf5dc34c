#include "event_relay.h"

#include <algorithm>
#include <chrono>
#include <exception>
#include <string>
#include <utility>

#include "absl/status/status.h"
#include "outdial/logging/log.h"

namespace outdial::manager {
namespace {

// After which a batch calls Publish no more: whoever does not ask for the lock for a minute loses
// it, and a stop waits.
constexpr std::chrono::seconds kMaxBatchTime{2};

}  // namespace

EventRelay::EventRelay(Database& database, EventPublisher& publisher, RelayLock& lock,
                       const EventRelaySettings& settings)
    : relay_(database, publisher),
      lock_(lock),
      settings_(settings),
      backoff_(settings.min_backoff) {}

EventRelay::~EventRelay() { Stop(); }

void EventRelay::Start() {
  thread_ = std::thread([this] { Run(); });
}

void EventRelay::Wake() {
  if (woken_.exchange(true)) return;
  // Whoever is about to wait has either seen it or is waiting by now.
  { const std::lock_guard lock(mutex_); }
  changed_.notify_one();
}

void EventRelay::Stop() {
  if (!thread_.joinable()) return;
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  changed_.notify_one();
  thread_.join();
}

void EventRelay::Run() {
  Outcome outcome = Outcome::kMoreWait;
  bool failed_at_the_stop = false;
  do {
    woken_ = false;
    outcome = RelayBatch();
    failed_at_the_stop = outcome == Outcome::kFailed && IsStopping();
  } while (WaitAfter(outcome));
  // Another try would take as long again.
  if (!failed_at_the_stop) Flush();
  lock_.Release();
}

void EventRelay::Flush() {
  const auto deadline =
      std::chrono::steady_clock::now() + absl::ToChronoNanoseconds(settings_.flush_timeout);
  while (RelayBatch() == Outcome::kMoreWait && std::chrono::steady_clock::now() < deadline) {
  }
}

EventRelay::Outcome EventRelay::RelayBatch() {
  absl::StatusOr<Outcome> outcome = absl::UnknownError("");
  try {
    outcome = TryRelayBatch();
  } catch (const std::exception& exception) {  // memory that ran out, for one
    outcome = absl::InternalError(exception.what());
  }
  if (!outcome.ok()) {
    if (!std::exchange(failing_, true)) {
      logging::Log(logging::Level::kWarning, "Events cannot be published",
                   {{"error", std::string(outcome.status().message())}});
    }
    return Outcome::kFailed;
  }
  backoff_ = settings_.min_backoff;
  if (std::exchange(failing_, false)) {
    logging::Log(logging::Level::kInfo, "Events are published again");
  }
  return *outcome;
}

absl::StatusOr<EventRelay::Outcome> EventRelay::TryRelayBatch() {
  const absl::StatusOr<bool> held = lock_.TryHold();
  if (!held.ok()) return held.status();
  if (!*held) return Outcome::kNotOurs;
  const auto deadline = std::chrono::steady_clock::now() + kMaxBatchTime;
  const absl::StatusOr<RelayedBatch> relayed = relay_.RelayBatch(
      settings_.batch, [&] { return std::chrono::steady_clock::now() < deadline; });
  if (!relayed.ok()) return relayed.status();
  return relayed->more_may_wait ? Outcome::kMoreWait : Outcome::kNoneWait;
}

bool EventRelay::IsStopping() {
  const std::lock_guard lock(mutex_);
  return stopping_;
}

// False when the relay is to stop.
bool EventRelay::WaitAfter(Outcome outcome) {
  absl::Duration wait = absl::ZeroDuration();
  if (outcome == Outcome::kNoneWait || outcome == Outcome::kNotOurs) wait = settings_.poll_interval;
  if (outcome == Outcome::kFailed) {
    wait = std::exchange(backoff_, std::min(2 * backoff_, settings_.max_backoff));
  }
  std::unique_lock lock(mutex_);
  if (outcome == Outcome::kNoneWait) {
    changed_.wait_for(lock, absl::ToChronoNanoseconds(settings_.min_interval),
                      [&] { return stopping_; });
  }
  // New events change nothing where others publish them, or nobody can.
  changed_.wait_for(lock, absl::ToChronoNanoseconds(wait),
                    [&] { return stopping_ || (outcome == Outcome::kNoneWait && woken_.load()); });
  return !stopping_;
}

}  // namespace outdial::manager
