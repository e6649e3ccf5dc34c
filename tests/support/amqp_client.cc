#include "support/amqp_client.h"

#include <sys/socket.h>
#include <sys/time.h>

#include <regex>
#include <stdexcept>
#include <utility>

namespace outdial::test {
namespace {

constexpr amqp_channel_t kChannel = 1;
constexpr int kFrameBytes = 131'072;

[[noreturn]] void Fail(const std::string& what) {
  throw std::runtime_error("RabbitMQ: " + what + " failed");
}

void Check(bool done, const char* what) {
  if (!done) Fail(what);
}

amqp_bytes_t Bytes(std::string_view text) { return {text.size(), const_cast<char*>(text.data())}; }

std::string Text(const amqp_bytes_t& bytes) {
  return {static_cast<const char*>(bytes.bytes), bytes.len};
}

timeval ToTimeval(std::chrono::milliseconds duration) {
  const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(duration);
  const std::chrono::microseconds rest = duration - seconds;
  return {.tv_sec = seconds.count(), .tv_usec = rest.count()};
}

struct Address {
  std::string user;
  std::string password;
  int port;
  std::string vhost;
};

Address ParseAddress(const std::string& address) {
  const std::regex form("amqp://([^:]*):([^@]*)@127\\.0\\.0\\.1:([0-9]+)(?:/(.+))?");
  std::smatch match;
  if (!std::regex_match(address, match, form)) Fail("reading the address");
  return {match[1], match[2], std::stoi(match[3]), match[4].matched ? match[4].str() : "/"};
}

amqp_basic_properties_t PropertiesOf(const AmqpMessage& message) {
  amqp_basic_properties_t properties{};
  const auto set = [&](amqp_bytes_t& property, amqp_flags_t flag, const std::string& value) {
    if (value.empty()) return;
    properties._flags |= flag;
    property = Bytes(value);
  };
  set(properties.content_type, AMQP_BASIC_CONTENT_TYPE_FLAG, message.content_type);
  set(properties.reply_to, AMQP_BASIC_REPLY_TO_FLAG, message.reply_to);
  set(properties.correlation_id, AMQP_BASIC_CORRELATION_ID_FLAG, message.correlation_id);
  if (message.delivery_mode.has_value()) {
    properties._flags |= AMQP_BASIC_DELIVERY_MODE_FLAG;
    properties.delivery_mode = static_cast<std::uint8_t>(*message.delivery_mode);
  }
  return properties;
}

AmqpDelivery ToDelivery(const amqp_envelope_t& envelope) {
  const amqp_basic_properties_t& properties = envelope.message.properties;
  const auto get = [&](const amqp_bytes_t& property, amqp_flags_t flag) {
    return (properties._flags & flag) != 0 ? Text(property) : std::string();
  };
  AmqpDelivery delivery{
      .message = {.body = Text(envelope.message.body),
                  .content_type = get(properties.content_type, AMQP_BASIC_CONTENT_TYPE_FLAG),
                  .reply_to = get(properties.reply_to, AMQP_BASIC_REPLY_TO_FLAG),
                  .correlation_id = get(properties.correlation_id, AMQP_BASIC_CORRELATION_ID_FLAG)},
      .exchange = Text(envelope.exchange),
      .routing_key = Text(envelope.routing_key),
      .redelivered = envelope.redelivered != 0,
      .tag = envelope.delivery_tag};
  if ((properties._flags & AMQP_BASIC_DELIVERY_MODE_FLAG) != 0) {
    delivery.message.delivery_mode = properties.delivery_mode;
  }
  return delivery;
}

}  // namespace

void AmqpClient::Deleter::operator()(amqp_connection_state_t connection) const {
  amqp_destroy_connection(connection);
}

void AmqpClient::CheckReply(const char* what) const {
  Check(amqp_get_rpc_reply(connection_.get()).reply_type == AMQP_RESPONSE_NORMAL, what);
}

AmqpClient::AmqpClient(const std::string& address) : connection_(amqp_new_connection()) {
  const Address parsed = ParseAddress(address);
  amqp_socket_t* const socket = amqp_tcp_socket_new(connection_.get());
  const timeval timeout = ToTimeval(kPatience);
  amqp_set_handshake_timeout(connection_.get(), &timeout);
  amqp_set_rpc_timeout(connection_.get(), &timeout);
  Check(amqp_socket_open_noblock(socket, "127.0.0.1", parsed.port, &timeout) == AMQP_STATUS_OK,
        "connecting");
  Check(amqp_login(connection_.get(), parsed.vhost.c_str(), /*channel_max=*/1, kFrameBytes,
                   /*heartbeat=*/0, AMQP_SASL_METHOD_PLAIN, parsed.user.c_str(),
                   parsed.password.c_str())
                .reply_type == AMQP_RESPONSE_NORMAL,
        "login");
  amqp_channel_open(connection_.get(), kChannel);
  CheckReply("opening a channel");
}

AmqpClient::~AmqpClient() {
  if (!broken_) amqp_connection_close(connection_.get(), AMQP_REPLY_SUCCESS);
}

void AmqpClient::DeclareQueue(const std::string& name, bool durable) {
  amqp_queue_declare(connection_.get(), kChannel, Bytes(name), /*passive=*/0, durable ? 1 : 0,
                     durable ? 0 : 1, /*auto_delete=*/0, amqp_empty_table);
  CheckReply("declaring a queue");
}

std::string AmqpClient::DeclareOwnQueue() {
  const amqp_queue_declare_ok_t* const declared =
      amqp_queue_declare(connection_.get(), kChannel, amqp_empty_bytes, /*passive=*/0,
                         /*durable=*/0, /*exclusive=*/1, /*auto_delete=*/0, amqp_empty_table);
  CheckReply("declaring a queue");
  return Text(declared->queue);
}

const amqp_queue_declare_ok_t& AmqpClient::LookAtQueue(const std::string& name) {
  const amqp_queue_declare_ok_t* const declared = amqp_queue_declare(
      connection_.get(), kChannel, Bytes(name), /*passive=*/1, 0, 0, 0, amqp_empty_table);
  CheckReply("looking at a queue");
  return *declared;
}

std::uint32_t AmqpClient::QueueSize(const std::string& name) {
  return LookAtQueue(name).message_count;
}

std::uint32_t AmqpClient::ConsumerCount(const std::string& name) {
  return LookAtQueue(name).consumer_count;
}

void AmqpClient::DeclareExchange(const std::string& name, const std::string& type) {
  amqp_exchange_declare(connection_.get(), kChannel, Bytes(name), Bytes(type), /*passive=*/0,
                        /*durable=*/1, /*auto_delete=*/0, /*internal=*/0, amqp_empty_table);
  CheckReply("declaring an exchange");
}

void AmqpClient::Bind(const std::string& queue, const std::string& exchange,
                      const std::string& routing_key) {
  amqp_queue_bind(connection_.get(), kChannel, Bytes(queue), Bytes(exchange), Bytes(routing_key),
                  amqp_empty_table);
  CheckReply("binding a queue");
}

void AmqpClient::Publish(const std::string& exchange, const std::string& routing_key,
                         const AmqpMessage& message) {
  const amqp_basic_properties_t properties = PropertiesOf(message);
  Check(amqp_basic_publish(connection_.get(), kChannel, Bytes(exchange), Bytes(routing_key),
                           /*mandatory=*/0, /*immediate=*/0, &properties,
                           Bytes(message.body)) == AMQP_STATUS_OK,
        "publishing");
}

void AmqpClient::PublishConfirmed(const std::string& exchange, const std::string& routing_key,
                                  const AmqpMessage& message) {
  if (!confirming_) {
    amqp_confirm_select(connection_.get(), kChannel);
    CheckReply("asking for confirms");
    confirming_ = true;
  }
  Publish(exchange, routing_key, message);
  // Any other frame here would be a message, which this connection does not receive.
  amqp_frame_t frame;
  const timeval timeout = ToTimeval(kPatience);
  Check(amqp_simple_wait_frame_noblock(connection_.get(), &frame, &timeout) == AMQP_STATUS_OK &&
            frame.frame_type == AMQP_FRAME_METHOD &&
            frame.payload.method.id == AMQP_BASIC_ACK_METHOD,
        "waiting for a confirm");
}

void AmqpClient::Consume(const std::string& queue, Acknowledgement acknowledgement,
                         std::uint16_t prefetch) {
  amqp_basic_qos(connection_.get(), kChannel, 0, prefetch, /*global=*/0);
  CheckReply("limiting what is in hand");
  amqp_basic_consume(connection_.get(), kChannel, Bytes(queue), amqp_empty_bytes, /*no_local=*/0,
                     acknowledgement == Acknowledgement::kAutomatic ? 1 : 0, /*exclusive=*/0,
                     amqp_empty_table);
  CheckReply("consuming");
}

std::optional<AmqpDelivery> AmqpClient::Receive(std::chrono::milliseconds timeout) {
  amqp_maybe_release_buffers(connection_.get());
  amqp_envelope_t envelope;
  const timeval limit = ToTimeval(timeout);
  const amqp_rpc_reply_t reply = amqp_consume_message(connection_.get(), &envelope, &limit, 0);
  if (reply.reply_type == AMQP_RESPONSE_LIBRARY_EXCEPTION &&
      reply.library_error == AMQP_STATUS_TIMEOUT) {
    return std::nullopt;
  }
  Check(reply.reply_type == AMQP_RESPONSE_NORMAL, "receiving");
  AmqpDelivery delivery = ToDelivery(envelope);
  amqp_destroy_envelope(&envelope);
  return delivery;
}

void AmqpClient::Acknowledge(const AmqpDelivery& delivery) {
  Check(amqp_basic_ack(connection_.get(), kChannel, delivery.tag, /*multiple=*/0) == AMQP_STATUS_OK,
        "acknowledging");
}

void AmqpClient::Break() {
  ::shutdown(amqp_get_sockfd(connection_.get()), SHUT_RDWR);
  broken_ = true;
}

std::string MakeEnvelope(std::string_view method, std::string_view uri, std::string_view data) {
  std::string envelope = R"({"uri":")";
  envelope += uri;
  envelope += R"(","method":")";
  envelope += method;
  envelope += R"(","publisher":"test","data_type":"application/json")";
  if (!data.empty()) {
    envelope += R"(,"data":)";
    envelope += data;
  }
  return envelope + "}";
}

RpcClient::RpcClient(const std::string& address, std::string queue)
    : queue_(std::move(queue)), client_(address), reply_to_(client_.DeclareOwnQueue()) {
  client_.Consume(reply_to_, AmqpClient::Acknowledgement::kAutomatic);
}

void RpcClient::Send(const std::string& envelope, const std::string& correlation_id,
                     std::optional<int> delivery_mode) {
  client_.Publish({}, queue_,
                  {.body = envelope,
                   .content_type = "text/plain",
                   .reply_to = reply_to_,
                   .correlation_id = correlation_id,
                   .delivery_mode = delivery_mode});
}

std::string RpcClient::Call(const std::string& envelope) {
  Send(envelope, std::to_string(++calls_));
  std::optional<AmqpDelivery> reply = client_.Receive();
  if (!reply.has_value()) Fail("waiting for a reply");
  return std::move(reply->message.body);
}

}  // namespace outdial::test
