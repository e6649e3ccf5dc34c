#include "outdial/rabbitmq/event_publisher.h"

#include <algorithm>
#include <atomic>
#include <cstddef>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "absl/status/statusor.h"
#include "connection.h"
#include "deadline.h"
#include "messages.h"
#include "outdial/entities/misuse.h"
#include "outdial/entities/uuid.h"
#include "outdial/logging/log.h"
#include "outdial/rabbitmq/names.h"
#include "topology.h"

namespace outdial::rabbitmq {
namespace {

constexpr amqp_channel_t kChannel = 1;

// None: between two calls nobody would send them. A connection that is dead is found out by the
// system's probes, or when it is used.
constexpr absl::Duration kNoHeartbeat = absl::ZeroDuration();

// How many messages are written before the broker's answers are read.
constexpr std::size_t kMessagesBetweenReads = 64;

// Which of the published messages the broker has settled. Tags count up from 1.
class Unsettled {
 public:
  // A new channel: tags start again.
  void Restart() { *this = Unsettled(); }

  // From here on only later messages matter.
  void Begin() {
    first_ += settled_.size();
    settled_.clear();
    lowest_ = 0;
    count_ = 0;
    refused_ = false;
  }

  void Published() {
    settled_.push_back(false);
    ++count_;
  }

  void Settle(const Confirmation& confirmation) {
    if (confirmation.tag < first_ || confirmation.tag >= first_ + settled_.size()) return;
    const std::size_t last = confirmation.tag - first_;
    for (std::size_t i = confirmation.multiple ? lowest_ : last; i <= last; ++i) {
      if (settled_[i]) continue;
      settled_[i] = true;
      --count_;
      refused_ |= !confirmation.accepted;
    }
    while (lowest_ < settled_.size() && settled_[lowest_]) ++lowest_;
  }

  bool empty() const { return count_ == 0; }
  bool refused() const { return refused_; }

 private:
  std::uint64_t first_ = 1;    // the tag of settled_[0]
  std::vector<bool> settled_;  // one for each message
  std::size_t lowest_ = 0;     // the first that is not settled
  std::size_t count_ = 0;      // of those that are not settled
  bool refused_ = false;       // whether any was refused
};

// Events that may be on their way at the same time.
using Round = std::vector<const Event*>;

// The events in rounds, of each entity one at most, and each entity's in order: while the broker
// may still refuse the first of them, it must not get the second. An import is an event of its
// outdial and of all targets there, for which it may be the first.
std::vector<Round> ToRounds(absl::Span<const Event> events) {
  std::vector<Round> rounds;
  std::map<Uuid, std::size_t> next;      // by entity: the round of its next event at the earliest
  std::map<Uuid, std::size_t> imported;  // by outdial: the same of the events of its targets
  for (const Event& event : events) {
    const Uuid id = EntityIdOf(event);
    std::size_t round = next[id];
    if (const auto* const target = std::get_if<OutdialTarget>(&event.entity)) {
      round = std::max(round, imported[target->outdial_id().uuid()]);
    }
    if (round == rounds.size()) rounds.emplace_back();
    rounds[round].push_back(&event);
    next[id] = round + 1;
    if (std::holds_alternative<TargetsImported>(event.entity)) imported[id] = round + 1;
  }
  return rounds;
}

}  // namespace

class EventPublisher::Impl {
 public:
  Impl(EventPublisherSettings settings, metrics::Metrics& metrics)
      : settings_(std::move(settings)), metrics_(metrics) {
    CheckTimeoutSetting("rabbitmq::EventPublisherSettings::confirm_timeout",
                        settings_.confirm_timeout);
  }

  absl::Status Publish(absl::Span<const Event> events) {
    if (events.empty()) return absl::OkStatus();
    const auto start = std::chrono::steady_clock::now();
    absl::Status status = PrepareConnection();
    if (status.ok()) status = PublishAll(events);
    // A broker that takes no messages tells so on the connection that it goes on reading later.
    if (!status.ok() && !blocked_) connection_.reset();
    if (!status.ok()) return status;

    events_ += events.size();
    const absl::Duration duration = absl::FromChrono(std::chrono::steady_clock::now() - start);
    for (const Event& event : events) {
      metrics_->ObserveNotification(EventTypeName(event.type), duration);
    }
    return absl::OkStatus();
  }

  EventPublisherStats stats() const {
    return {.events = events_,
            .webhooks = webhooks_,
            .webhooks_dropped = webhooks_dropped_,
            .rounds = rounds_,
            .connections = connections_};
  }

 private:
  absl::Status PrepareConnection() {
    if (connection_ != nullptr && !ReadAnswers().ok()) connection_.reset();
    if (connection_ == nullptr) {
      if (absl::Status status = Connect(); !status.ok()) return status;
    }
    const Deadline deadline(settings_.confirm_timeout);
    while (blocked_) {
      if (deadline.HasPassed()) return absl::UnavailableError("the broker takes no messages");
      if (absl::Status status = ReadAnswer(deadline.Left()).status(); !status.ok()) return status;
    }
    return absl::OkStatus();
  }

  absl::Status Connect() {
    blocked_ = false;
    unsettled_.Restart();
    auto connection = Connection::Open(settings_.address, kNoHeartbeat);
    if (!connection.ok()) return connection.status();
    if (absl::Status status = topology_.DeclareEventExchange(**connection); !status.ok()) {
      return status;
    }
    if (absl::Status status = (*connection)->OpenChannel(kChannel); !status.ok()) return status;
    if (absl::Status status = (*connection)->SelectConfirms(kChannel); !status.ok()) return status;
    connection_ = *std::move(connection);
    ++connections_;
    return absl::OkStatus();
  }

  absl::Status PublishAll(absl::Span<const Event> events) {
    const Deadline deadline(settings_.confirm_timeout);
    for (const Round& round : ToRounds(events)) {
      if (absl::Status status = PublishRound(round, deadline); !status.ok()) return status;
    }
    return absl::OkStatus();
  }

  absl::Status PublishRound(const Round& round, const Deadline& deadline) {
    ++rounds_;
    unsettled_.Begin();
    returned_ = 0;
    const absl::StatusOr<std::uint64_t> webhooks = SendAll(round, deadline);
    if (!webhooks.ok()) return webhooks.status();
    if (absl::Status status = AwaitConfirmation(deadline); !status.ok()) return status;
    webhooks_ += *webhooks - std::min(*webhooks, returned_);
    return absl::OkStatus();
  }

  // Returns how many of the messages are for the webhook queue.
  absl::StatusOr<std::uint64_t> SendAll(const Round& round, const Deadline& deadline) {
    const Connection::Batch batch(*connection_);
    std::uint64_t webhooks = 0;
    std::size_t unread = 0;
    for (const Event* const event : round) {
      const std::string body = EventBody(*event);
      absl::Status status = connection_->Publish(
          kChannel, {.exchange = kEventExchange, .body = body, .persistent = true});
      if (!status.ok()) return status;
      unsettled_.Published();
      if (const std::optional<std::string> webhook = WebhookBody(*event)) {
        status = connection_->Publish(kChannel, {.routing_key = kWebhookQueue,
                                                 .body = *webhook,
                                                 .persistent = true,
                                                 .mandatory = true});
        if (!status.ok()) return status;
        unsettled_.Published();
        ++webhooks;
      }
      if (++unread < kMessagesBetweenReads) continue;
      unread = 0;
      if (status = ReadAnswers(); !status.ok()) return status;
      if (deadline.HasPassed()) return absl::UnavailableError("the broker takes messages slowly");
    }
    return webhooks;
  }

  absl::Status AwaitConfirmation(const Deadline& deadline) {
    while (!unsettled_.empty()) {
      const absl::StatusOr<bool> answered = ReadAnswer(deadline.Left());
      if (!answered.ok()) return answered.status();
      if (!*answered && deadline.HasPassed()) {
        return absl::UnavailableError("the broker does not confirm what it was given");
      }
    }
    if (unsettled_.refused()) return absl::UnavailableError("the broker refused a message");
    return absl::OkStatus();
  }

  // What has arrived so far.
  absl::Status ReadAnswers() {
    while (true) {
      const auto answered = ReadAnswer(absl::ZeroDuration());
      if (!answered.ok()) return answered.status();
      if (!*answered) return absl::OkStatus();
    }
  }

  // Whether there was one.
  absl::StatusOr<bool> ReadAnswer(absl::Duration timeout) {
    const auto incoming = connection_->Next(timeout);
    if (!incoming.ok()) return incoming.status();
    if (!incoming->has_value()) return false;
    if (const auto* confirmation = std::get_if<Confirmation>(&**incoming)) {
      unsettled_.Settle(*confirmation);
    } else if (const auto* change = std::get_if<FlowChange>(&**incoming)) {
      blocked_ = change->blocked;
    } else if (std::holds_alternative<Returned>(**incoming)) {
      ++returned_;
      CountDroppedWebhook();
    }
    return true;
  }

  void CountDroppedWebhook() {
    if (webhooks_dropped_++ > 0) return;
    logging::Log(logging::Level::kWarning, "Webhook requests are dropped: their queue is missing",
                 {{"name", kWebhookQueue}});
  }

  const EventPublisherSettings settings_;
  const Use<metrics::Metrics> metrics_;
  Topology topology_;
  std::unique_ptr<Connection> connection_;  // null: none
  bool blocked_ = false;                    // the broker takes no messages
  Unsettled unsettled_;
  std::uint64_t returned_ = 0;  // of the round

  std::atomic<std::uint64_t> events_ = 0;
  std::atomic<std::uint64_t> webhooks_ = 0;
  std::atomic<std::uint64_t> webhooks_dropped_ = 0;
  std::atomic<std::uint64_t> rounds_ = 0;
  std::atomic<std::uint64_t> connections_ = 0;
};

EventPublisher::EventPublisher(EventPublisherSettings settings, metrics::Metrics& metrics)
    : impl_(std::make_unique<Impl>(std::move(settings), metrics)) {}

EventPublisher::~EventPublisher() = default;

absl::Status EventPublisher::Publish(absl::Span<const Event> events) {
  return impl_->Publish(events);
}

EventPublisherStats EventPublisher::stats() const { return impl_->stats(); }

}  // namespace outdial::rabbitmq
