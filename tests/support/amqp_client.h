// A client of RabbitMQ: what tests and benchmarks send to the daemon, and hear from it.
#ifndef OUTDIAL_TESTS_SUPPORT_AMQP_CLIENT_H_
#define OUTDIAL_TESTS_SUPPORT_AMQP_CLIENT_H_

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>

#include "librabbitmq.h"
#include "support/process.h"

namespace outdial::test {

inline constexpr char kRequestQueue[] = "bin-manager.outdial-manager.request";
inline constexpr char kEventExchange[] = "bin-manager.outdial-manager.event";
inline constexpr char kWebhookQueue[] = "bin-manager.webhook-manager.request";

// A message; what is empty, or nullopt, is a property that it does not have.
struct AmqpMessage {
  std::string body;
  std::string content_type{};
  std::string reply_to{};
  std::string correlation_id{};
  std::optional<int> delivery_mode{};  // 2: persistent
};

struct AmqpDelivery {
  AmqpMessage message;
  std::string exchange;
  std::string routing_key;
  bool redelivered;
  std::uint64_t tag;
};

// A connection with one channel. Throws std::runtime_error where the broker is away, refuses what
// it is asked, or does not answer within kPatience; the connection is of no more use then. Used by
// one thread.
class AmqpClient {
 public:
  // amqp://<user>:<password>@127.0.0.1:<port>, with /<virtual host> where it is not the default
  // one.
  explicit AmqpClient(const std::string& address);
  ~AmqpClient();

  AmqpClient(const AmqpClient&) = delete;
  AmqpClient& operator=(const AmqpClient&) = delete;

  // Durable queues stay; others are this connection's own, and go with it.
  void DeclareQueue(const std::string& name, bool durable);
  // A name that the broker makes up.
  std::string DeclareOwnQueue();
  // How many messages wait in a queue, those in a consumer's hands apart. It must exist.
  std::uint32_t QueueSize(const std::string& name);
  std::uint32_t ConsumerCount(const std::string& name);  // likewise

  void DeclareExchange(const std::string& name, const std::string& type);  // durable
  void Bind(const std::string& queue, const std::string& exchange,
            const std::string& routing_key = {});

  // Sends a message and waits for nothing. An empty `exchange` is the default one, which takes the
  // name of a queue as routing key.
  void Publish(const std::string& exchange, const std::string& routing_key,
               const AmqpMessage& message);

  // As above, and waits until the broker has taken it for good. Not on a connection that consumes.
  void PublishConfirmed(const std::string& exchange, const std::string& routing_key,
                        const AmqpMessage& message);

  // Begins to receive; `prefetch` messages at most without acknowledgement, 0: any number.
  enum class Acknowledgement { kManual, kAutomatic };
  void Consume(const std::string& queue, Acknowledgement acknowledgement,
               std::uint16_t prefetch = 0);

  // The next message. nullopt where none comes within `timeout`.
  std::optional<AmqpDelivery> Receive(std::chrono::milliseconds timeout = kPatience);

  void Acknowledge(const AmqpDelivery& delivery);

  // Ends the connection without a word, as a process does that is killed.
  void Break();

 private:
  struct Deleter {
    void operator()(amqp_connection_state_t connection) const;
  };

  void CheckReply(const char* what) const;
  const amqp_queue_declare_ok_t& LookAtQueue(const std::string& name);

  std::unique_ptr<std::remove_pointer_t<amqp_connection_state_t>, Deleter> connection_;
  bool confirming_ = false;
  bool broken_ = false;
};

// The envelope of a request (contract section 1); `data` is JSON text, or empty.
std::string MakeEnvelope(std::string_view method, std::string_view uri, std::string_view data = {});

// Asks what listens on a queue, with a reply queue of its own. As AmqpClient.
class RpcClient {
 public:
  explicit RpcClient(const std::string& address, std::string queue = kRequestQueue);

  // Sends a request, and does not wait for its reply. `delivery_mode` as in AmqpMessage.
  void Send(const std::string& envelope, const std::string& correlation_id = {},
            std::optional<int> delivery_mode = {});

  // The next reply, whichever request it is to. nullopt where none comes within `timeout`.
  std::optional<AmqpDelivery> Receive(std::chrono::milliseconds timeout = kPatience) {
    return client_.Receive(timeout);
  }

  // A request, and the body of its reply. Calls are numbered: a request that came again with the
  // same queue and number would be a repetition to the daemon.
  std::string Call(const std::string& envelope);

  const std::string& reply_to() const { return reply_to_; }
  AmqpClient& client() { return client_; }

 private:
  const std::string queue_;
  AmqpClient client_;
  const std::string reply_to_;
  std::uint64_t calls_ = 0;
};

}  // namespace outdial::test

#endif  // OUTDIAL_TESTS_SUPPORT_AMQP_CLIENT_H_
