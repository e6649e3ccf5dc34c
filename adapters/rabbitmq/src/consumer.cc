#include "outdial/rabbitmq/consumer.h"

#include <sys/socket.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <condition_variable>
#include <deque>
#include <exception>
#include <iterator>
#include <mutex>
#include <string>
#include <thread>
#include <utility>
#include <variant>
#include <vector>

#include "absl/status/statusor.h"
#include "backoff.h"
#include "connection.h"
#include "deadline.h"
#include "interrupt.h"
#include "journal_cleaner.h"
#include "messages.h"
#include "outdial/entities/misuse.h"
#include "outdial/entities/use_counted.h"
#include "outdial/logging/log.h"
#include "outdial/rabbitmq/names.h"
#include "topology.h"

namespace outdial::rabbitmq {
namespace {

constexpr amqp_channel_t kChannel = 1;

// One in hand and the next one at hand, so that a worker does not wait for the broker between two:
// a third more requests a second than with one. Four give a tenth more again, and would keep
// requests behind a slow one that other workers could take.
constexpr std::uint16_t kPrefetch = 2;

// Either side gives the connection up after two of them. Longer than a worker waits for the
// database, because it sends none meanwhile.
constexpr absl::Duration kHeartbeat = absl::Seconds(10);

// How often a worker looks at its heartbeats while nothing comes.
constexpr absl::Duration kTick = absl::Seconds(1);

// When the broker is asked whether it has processed the acknowledgements.
constexpr std::size_t kMaxUnaskedKeys = 256;
constexpr absl::Duration kAskInterval = absl::Milliseconds(500);

// How many keys a worker holds, some 2 MB: 2,000 a second for the ten seconds that they are held.
constexpr std::size_t kMaxHeldKeys = 20'000;

// How long a change that could not be made now, and whose sender waits for no answer, is kept from
// the queue.
constexpr absl::Duration kRequeuePause = absl::Seconds(1);

// How long a connection must have lasted for the next one to be made as soon as the first time.
// What the broker ends a connection for may come again at once: a reply that is too large for it.
constexpr absl::Duration kLasting = absl::Seconds(1);

struct Counters {
  std::atomic<std::size_t> requests_in_hand = 0;
  std::atomic<std::uint64_t> requests = 0;
  std::atomic<std::uint64_t> redelivered = 0;
  std::atomic<std::uint64_t> unreadable = 0;
  std::atomic<std::uint64_t> replies = 0;
  std::atomic<std::uint64_t> reconnects = 0;
};

// What the log is told of the workers' connections: once when there is none, and once when there is
// one again.
class Outages {
 public:
  void Connected() {
    const std::lock_guard lock(mutex_);
    ++connections_;
    if (!std::exchange(outage_, false)) return;
    logging::Log(logging::Level::kInfo, "Requests are taken from the broker again");
  }

  // Whether that was the last connection.
  bool Disconnected() {
    const std::lock_guard lock(mutex_);
    return --connections_ == 0;
  }

  void Failed(const absl::Status& why) {
    const std::string error(why.message());
    const std::lock_guard lock(mutex_);
    if (connections_ > 0 || std::exchange(outage_, true)) {
      logging::Log(logging::Level::kDebug, "A worker has no connection to the broker",
                   {{"error", error}});
    } else {
      logging::Log(logging::Level::kWarning, "Requests cannot be taken from the broker",
                   {{"error", error}});
    }
  }

  std::size_t connections() const {
    const std::lock_guard lock(mutex_);
    return connections_;
  }

 private:
  mutable std::mutex mutex_;  // guards what follows
  std::size_t connections_ = 0;
  bool outage_ = false;
};

// What the workers of a consumer share.
struct Shared {
  Shared(const ConsumerSettings& settings, const router::Router& operations,
         RequestJournalService& journal)
      : address(settings.address),
        removal_delay(settings.removal_delay),
        router(operations),
        metrics(settings.metrics),
        cleaner(journal) {}

  const Address address;
  const absl::Duration removal_delay;
  const Use<const router::Router> router;
  const Use<metrics::Metrics> metrics;  // may be null
  Interrupt stop;
  Topology topology;
  Outages outages;
  JournalCleaner cleaner;
  Counters counters;
  std::atomic<bool> delay_exchange_is_due = true;  // to be declared by who connects next
};

// The journal entries of acknowledged requests, as long as the requests may come again: with the
// connection acknowledgements are lost that the broker has not processed, and with the broker those
// that it has not stored. It answers what it is asked after what it was sent before; from when it
// has shown so that it has processed some it has `delay` to store them, and must still answer then.
class AcknowledgedKeys {
 public:
  AcknowledgedKeys(JournalCleaner& cleaner, absl::Duration delay)
      : cleaner_(cleaner), delay_(delay) {}

  // Of what is still held nobody knows whether it comes again.
  ~AcknowledgedKeys() { cleaner_.Leave(held_); }

  AcknowledgedKeys(const AcknowledgedKeys&) = delete;
  AcknowledgedKeys& operator=(const AcknowledgedKeys&) = delete;

  void Add(std::string key) {
    if (held_ == kMaxHeldKeys) return cleaner_.Leave(1);
    ++held_;
    if (unasked_.empty()) ask_at_ = Deadline(kAskInterval);
    unasked_.push_back(std::move(key));
  }

  // Whether it is time to ask the broker.
  bool IsDue() const {
    if (is_asked_) return false;
    return unasked_.size() >= kMaxUnaskedKeys || (!unasked_.empty() && ask_at_.HasPassed()) ||
           (!processed_.empty() && processed_.front().stored.HasPassed());
  }

  void Asked() {
    is_asked_ = true;
    asked_.swap(unasked_);
    asked_stored_ = TakeStored();
  }

  // Whether its answer is still to come.
  bool IsAsked() const { return is_asked_; }

  void Answered() {
    is_asked_ = false;
    Remove(std::exchange(asked_stored_, {}));
    Processed(std::exchange(asked_, {}));
  }

  // The connection has ended in order: the broker has answered all.
  void Closed() {
    Answered();
    Processed(std::exchange(unasked_, {}));
    Remove(TakeStored());
  }

 private:
  using Keys = std::vector<std::string>;

  struct ProcessedKeys {
    Keys keys;
    Deadline stored;
  };

  void Processed(Keys keys) {
    if (!keys.empty()) processed_.push_back({std::move(keys), Deadline(delay_)});
  }

  // Those that are stored, if the broker lives.
  Keys TakeStored() {
    Keys stored;
    for (; !processed_.empty() && processed_.front().stored.HasPassed(); processed_.pop_front()) {
      Keys& keys = processed_.front().keys;
      std::move(keys.begin(), keys.end(), std::back_inserter(stored));
    }
    return stored;
  }

  void Remove(Keys keys) {
    held_ -= keys.size();
    cleaner_.Add(std::move(keys));
  }

  JournalCleaner& cleaner_;
  const absl::Duration delay_;
  std::size_t held_ = 0;  // in all that follow
  Keys unasked_;
  Keys asked_;
  std::deque<ProcessedKeys> processed_;
  Keys asked_stored_;
  bool is_asked_ = false;
  Deadline ask_at_{kAskInterval};
};

// Consumes on one connection, until it is lost or the consumer stops.
class Session {
 public:
  Session(Shared& shared, Connection& connection)
      : shared_(shared), connection_(connection), keys_(shared.cleaner, shared.removal_delay) {}

  absl::Status Begin() {
    if (absl::Status status = shared_.topology.DeclareRequestQueue(connection_); !status.ok()) {
      return status;
    }
    if (absl::Status status = shared_.topology.DeclareEventExchange(connection_); !status.ok()) {
      return status;
    }
    if (shared_.delay_exchange_is_due.exchange(false)) {
      shared_.topology.DeclareDelayExchange(shared_.address);
    }
    if (absl::Status status = connection_.OpenChannel(kChannel); !status.ok()) return status;
    if (absl::Status status = connection_.SetPrefetch(kChannel, kPrefetch); !status.ok()) {
      return status;
    }
    return connection_.Consume(kChannel, kRequestQueue, kConsumerTag);
  }

  // OK: the consumer stops.
  absl::Status Run() {
    try {
      while (!shared_.stop.IsSet()) {
        if (absl::Status status = Step(); !status.ok()) return status;
      }
      // What is postponed goes back to the queue with the connection.
      if (connection_.Close().ok()) keys_.Closed();
      return absl::OkStatus();
    } catch (const std::exception& exception) {  // memory that ran out, for one
      return absl::InternalError(exception.what());
    }
  }

 private:
  absl::Status Step() {
    if (absl::Status status = RequeuePostponed(); !status.ok()) return status;
    if (!waiting_.empty()) {
      const Delivery delivery = std::move(waiting_.front());
      waiting_.pop_front();
      return Handle(delivery);
    }
    const absl::Duration due =
        postponed_.empty() ? kTick : std::min(kTick, postponed_.front().pause.Left());
    auto incoming = connection_.Next(due, &shared_.stop);
    if (!incoming.ok()) return incoming.status();
    if (incoming->has_value()) {
      if (const auto* delivery = std::get_if<Delivery>(&**incoming)) {
        if (absl::Status status = Handle(*delivery); !status.ok()) return status;
      } else if (std::holds_alternative<SyncAnswer>(**incoming)) {
        keys_.Answered();
      }
    }
    if (!keys_.IsDue()) return absl::OkStatus();
    keys_.Asked();
    return connection_.RequestSync(kChannel, kPrefetch);
  }

  absl::Status Handle(const Delivery& request) {
    const auto start = std::chrono::steady_clock::now();
    Counters& counters = shared_.counters;
    struct InHand {
      std::atomic<std::size_t>& count;
      explicit InHand(std::atomic<std::size_t>& counter) : count(counter) { ++count; }
      ~InHand() { --count; }
    } in_hand(counters.requests_in_hand);
    ++counters.requests;
    if (request.redelivered) ++counters.redelivered;

    absl::Status question;
    Answered answered = Answer(*shared_.router, request, [&] {
      question = WaitForSync();
      return question.ok();
    });
    if (!question.ok()) return question;
    if (!answered.readable) ++counters.unreadable;
    const bool expects_reply = !request.reply_to.value_or("").empty();
    if (answered.unavailable && !expects_reply) {
      postponed_.push_back({request.tag, Deadline(kRequeuePause)});
      return absl::OkStatus();
    }
    const Connection::Batch reply_and_acknowledgement(connection_);
    if (expects_reply) {
      const Outgoing reply{.exchange = "",
                           .routing_key = *request.reply_to,
                           .body = answered.reply,
                           .correlation_id = &request.correlation_id};
      if (absl::Status status = connection_.Publish(kChannel, reply); !status.ok()) return status;
      ++counters.replies;
      if (shared_.metrics.get() != nullptr) {
        shared_.metrics->ObserveQueueToReply(
            absl::FromChrono(std::chrono::steady_clock::now() - start));
      }
    }
    if (absl::Status status = connection_.Acknowledge(kChannel, request.tag); !status.ok()) {
      return status;
    }
    if (answered.journal_key.has_value() && !request.redelivered) {
      keys_.Add(*std::move(answered.journal_key));
    }
    return absl::OkStatus();
  }

  // Whether the broker still knows of this connection: what it has delivered on it, and what is not
  // acknowledged, it has delivered to nobody else then. Waits for as long as the connection lives:
  // a broker that takes no messages for want of memory answers late.
  absl::Status WaitForSync() {
    if (absl::Status status = connection_.RequestSync(kChannel, kPrefetch); !status.ok()) {
      return status;
    }
    while (true) {
      auto incoming = connection_.Next(kTick);
      if (!incoming.ok()) return incoming.status();
      if (!incoming->has_value()) continue;
      if (auto* delivery = std::get_if<Delivery>(&**incoming)) {
        waiting_.push_back(std::move(*delivery));
      } else if (std::holds_alternative<SyncAnswer>(**incoming)) {
        if (!keys_.IsAsked()) return absl::OkStatus();
        keys_.Answered();  // it was asked before
      }
    }
  }

  absl::Status RequeuePostponed() {
    for (; !postponed_.empty() && postponed_.front().pause.HasPassed(); postponed_.pop_front()) {
      absl::Status status = connection_.Requeue(kChannel, postponed_.front().tag);
      if (!status.ok()) return status;
    }
    return absl::OkStatus();
  }

  struct Postponed {
    std::uint64_t tag;
    Deadline pause;
  };

  Shared& shared_;
  Connection& connection_;
  AcknowledgedKeys keys_;
  // Both hold no more than the broker hands out: kPrefetch.
  std::deque<Delivery> waiting_;
  std::deque<Postponed> postponed_;
};

// One thread with one connection at a time.
class Worker {
 public:
  explicit Worker(Shared& shared) : shared_(shared) {}

  void Start() {
    thread_ = std::thread([this] { Run(); });
  }

  // Waits for its end; false where it is at work after `timeout`.
  bool WaitForEnd(absl::Duration timeout) {
    std::unique_lock lock(mutex_);
    return ended_.wait_for(lock, absl::ToChronoNanoseconds(timeout), [this] { return has_ended_; });
  }

  // Ends what it says to the broker and hears from it.
  void CutConnection() {
    const std::lock_guard lock(mutex_);
    if (descriptor_ >= 0) ::shutdown(descriptor_, SHUT_RDWR);
  }

  void Join() { thread_.join(); }

 private:
  void Run() {
    Backoff backoff;
    while (!shared_.stop.IsSet()) {
      const absl::Status status = Serve(backoff);
      if (status.ok() || shared_.stop.IsSet()) break;
      shared_.outages.Failed(status);
      shared_.stop.WaitFor(backoff.Next());
    }
    const std::lock_guard lock(mutex_);
    has_ended_ = true;
    ended_.notify_all();
  }

  absl::Status Serve(Backoff& backoff) {
    const auto connection = Connection::Open(shared_.address, kHeartbeat);
    if (!connection.ok()) return connection.status();
    const Registration registration(*this, (*connection)->descriptor());
    Session session(shared_, **connection);
    if (absl::Status status = session.Begin(); !status.ok()) return status;
    if (std::exchange(was_connected_, true)) ++shared_.counters.reconnects;

    shared_.outages.Connected();
    const Deadline lasting(kLasting);
    absl::Status status = session.Run();
    if (lasting.HasPassed()) backoff.Reset();
    if (shared_.outages.Disconnected()) shared_.delay_exchange_is_due = true;
    return status;
  }

  // Lets CutConnection find the connection.
  class Registration {
   public:
    Registration(Worker& worker, int descriptor) : worker_(worker) { Set(descriptor); }
    ~Registration() { Set(-1); }
    Registration(const Registration&) = delete;
    Registration& operator=(const Registration&) = delete;

   private:
    void Set(int descriptor) {
      const std::lock_guard lock(worker_.mutex_);
      worker_.descriptor_ = descriptor;
    }

    Worker& worker_;
  };

  Shared& shared_;
  bool was_connected_ = false;  // of its own thread

  std::mutex mutex_;  // guards what follows
  std::condition_variable ended_;
  bool has_ended_ = false;
  int descriptor_ = -1;

  std::thread thread_;
};

}  // namespace

class Consumer::Impl {
 public:
  Impl(const ConsumerSettings& settings, const router::Router& router,
       RequestJournalService& journal)
      : stop_timeout_(settings.stop_timeout), shared_(settings, router, journal) {
    CheckCountSetting("rabbitmq::ConsumerSettings::workers", settings.workers);
    CheckTimeoutSetting("rabbitmq::ConsumerSettings::stop_timeout", stop_timeout_,
                        ZeroTimeout::kAllowed);
    CheckTimeoutSetting("rabbitmq::ConsumerSettings::removal_delay", settings.removal_delay,
                        ZeroTimeout::kAllowed);
    for (std::size_t i = 0; i < settings.workers; ++i) {
      workers_.push_back(std::make_unique<Worker>(shared_));
    }
  }

  void Start() {
    if (std::exchange(start_called_, true)) {
      StopAtMisuse("rabbitmq::Consumer::Start is called twice");
    }
    shared_.cleaner.Start();
    for (; started_ < workers_.size(); ++started_) workers_[started_]->Start();
  }

  void Stop() {
    shared_.stop.Set();
    const Deadline deadline(stop_timeout_);
    for (std::size_t i = 0; i < started_; ++i) {
      if (!workers_[i]->WaitForEnd(deadline.Left())) workers_[i]->CutConnection();
    }
    for (; started_ > 0; --started_) workers_[started_ - 1]->Join();
    shared_.cleaner.Stop();
  }

  absl::Status CheckConnected() const {
    return shared_.outages.connections() > 0
               ? absl::OkStatus()
               : absl::UnavailableError("the broker cannot be reached");
  }

  ConsumerStats stats() const {
    const Counters& counters = shared_.counters;
    return {.connections = shared_.outages.connections(),
            .requests_in_hand = counters.requests_in_hand,
            .requests = counters.requests,
            .redelivered = counters.redelivered,
            .unreadable = counters.unreadable,
            .replies = counters.replies,
            .reconnects = counters.reconnects,
            .journal_removed = shared_.cleaner.removed(),
            .journal_left = shared_.cleaner.left()};
  }

 private:
  const absl::Duration stop_timeout_;
  Shared shared_;
  bool start_called_ = false;
  std::vector<std::unique_ptr<Worker>> workers_;
  std::size_t started_ = 0;  // those of workers_ that have a thread: the first ones
};

Consumer::Consumer(const ConsumerSettings& settings, const router::Router& router,
                   RequestJournalService& journal)
    : impl_(std::make_unique<Impl>(settings, router, journal)) {}

Consumer::~Consumer() { Stop(); }

void Consumer::Start() { impl_->Start(); }
void Consumer::Stop() { impl_->Stop(); }
absl::Status Consumer::CheckConnected() const { return impl_->CheckConnected(); }
ConsumerStats Consumer::stats() const { return impl_->stats(); }

}  // namespace outdial::rabbitmq
