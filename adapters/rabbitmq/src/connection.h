// A connection to the broker, on rabbitmq-c.
#ifndef OUTDIAL_ADAPTERS_RABBITMQ_SRC_CONNECTION_H_
#define OUTDIAL_ADAPTERS_RABBITMQ_SRC_CONNECTION_H_

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <variant>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "interrupt.h"
#include "librabbitmq.h"
#include "outdial/rabbitmq/address.h"

namespace outdial::rabbitmq {

// The most that the body of a received message may hold; of a larger one nothing is kept.
inline constexpr std::size_t kMaxMessageBytes = 1024 * 1024 + 64 * 1024;

// A message that a consumer is given.
struct Delivery {
  std::uint64_t tag = 0;
  bool redelivered = false;
  std::optional<std::string> reply_to;
  std::optional<std::string> correlation_id;
  std::string body;
  bool too_large = false;  // the body is not there
};

// A mandatory message that no queue took.
struct Returned {};

// What became of the published message with this tag, counted from 1 on each channel, or of all up
// to it.
struct Confirmation {
  std::uint64_t tag = 0;
  bool multiple = false;
  bool accepted = false;
};

// The answer to RequestSync: what was sent before it on the same channel is processed.
struct SyncAnswer {};

// The broker takes no messages, or takes them again.
struct FlowChange {
  bool blocked = false;
};

using Incoming = std::variant<Delivery, Returned, Confirmation, SyncAnswer, FlowChange>;

// A message to be published, as content type text/plain. Refers to what it is made of.
struct Outgoing {
  std::string_view exchange{};
  std::string_view routing_key{};
  std::string_view body{};
  const std::optional<std::string>* correlation_id = nullptr;  // null: none
  bool persistent = false;
  bool mandatory = false;
};

// A message whose frames are arriving.
struct ArrivingMessage {
  bool returned = false;
  Delivery delivery;
  std::uint64_t missing = 0;  // bytes of the body
  bool has_header = false;
};

// Every call has a timeout of a few seconds. Errors: Unavailable where the connection has ended or
// is to be given up; where only a channel has, what the broker said, as FailedPrecondition (406),
// NotFound (404), PermissionDenied (403) or Internal. Messages hold neither names nor addresses.
//
// Used by one thread, but for descriptor(), which another may shut down.
class Connection {
 public:
  // `heartbeat` zero: none. Error: Unavailable.
  static absl::StatusOr<std::unique_ptr<Connection>> Open(const Address& address,
                                                          absl::Duration heartbeat);

  // Drops the connection.
  ~Connection();

  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;

  int descriptor() const;

  // Wait for the broker's answer. Only while it sends nothing by itself on that channel.
  absl::Status OpenChannel(amqp_channel_t channel);
  absl::Status CloseChannel(amqp_channel_t channel);
  absl::Status DeclareQueue(amqp_channel_t channel, const char* name);
  absl::Status DeclareExchange(amqp_channel_t channel, const char* name, const char* type,
                               amqp_table_t arguments = amqp_empty_table);
  absl::Status BindQueue(amqp_channel_t channel, const char* queue, const char* exchange,
                         const char* routing_key);
  absl::Status SetPrefetch(amqp_channel_t channel, std::uint16_t count);
  absl::Status Consume(amqp_channel_t channel, const char* queue, const char* tag);
  absl::Status SelectConfirms(amqp_channel_t channel);

  // As long as it lives, what is sent waits for what follows, to go in fewer packets: each one
  // wakes the broker up. To be used around what does not wait for an answer.
  class Batch {
   public:
    explicit Batch(const Connection& connection);
    ~Batch();
    Batch(const Batch&) = delete;
    Batch& operator=(const Batch&) = delete;

   private:
    const int descriptor_;
  };

  // Do not wait for an answer.
  absl::Status Publish(amqp_channel_t channel, const Outgoing& message);
  absl::Status Acknowledge(amqp_channel_t channel, std::uint64_t tag);
  // Back to the queue, to be delivered again.
  absl::Status Requeue(amqp_channel_t channel, std::uint64_t tag);

  // Asks for a SyncAnswer. `prefetch` as it was set before.
  absl::Status RequestSync(amqp_channel_t channel, std::uint16_t prefetch);

  // The next thing that the broker says by itself. Waits for it until `timeout` has passed or
  // `interrupt`, where it is not null, is set: nullopt. Also sends and expects heartbeats.
  absl::StatusOr<std::optional<Incoming>> Next(absl::Duration timeout,
                                               const Interrupt* interrupt = nullptr);

  // Ends the connection in order. OK: everything that was sent is processed. What was delivered and
  // not acknowledged is given to others.
  absl::Status Close();

 private:
  using Progress = absl::StatusOr<std::optional<Incoming>>;

  explicit Connection(amqp_connection_state_t state) : state_(state) {}

  absl::Status Connect(const Address& address);
  absl::Status Login(const Address& address, absl::Duration heartbeat);
  absl::Status RpcResult(amqp_channel_t channel);
  bool HasBuffered() const;
  bool WaitForInput(absl::Duration timeout, const Interrupt* interrupt) const;
  Progress Take(const amqp_frame_t& frame);
  Progress TakeMethod(const amqp_frame_t& frame);
  Progress TakeHeader(const amqp_frame_t& frame);
  Progress TakeBody(const amqp_frame_t& frame);
  std::optional<Incoming> Finish();

  const amqp_connection_state_t state_;
  std::optional<ArrivingMessage> arriving_;
  bool close_confirmed_ = false;
};

}  // namespace outdial::rabbitmq

#endif  // OUTDIAL_ADAPTERS_RABBITMQ_SRC_CONNECTION_H_
