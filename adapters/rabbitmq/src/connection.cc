#include "connection.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/time.h>

#include <array>
#include <utility>

#include "absl/strings/str_cat.h"
#include "deadline.h"

namespace outdial::rabbitmq {
namespace {

constexpr absl::Duration kConnectTimeout = absl::Seconds(3);
constexpr absl::Duration kLoginTimeout = absl::Seconds(3);
constexpr absl::Duration kAnswerTimeout = absl::Seconds(3);
constexpr absl::Duration kCloseTimeout = absl::Seconds(1);
// Seconds: how long a connection may be silent before the system asks whether the other side is
// there, how often it asks, and how many times.
constexpr int kKeepaliveIdle = 20;
constexpr int kKeepaliveInterval = 5;
constexpr int kKeepaliveProbes = 4;
// How long what is written may stay unread.
constexpr int kSendTimeoutMilliseconds = 10'000;

constexpr int kMaxChannels = 8;
constexpr int kMaxFrameBytes = 131'072;
constexpr char kContentType[] = "text/plain";

amqp_bytes_t ToBytes(std::string_view text) {
  amqp_bytes_t bytes;
  bytes.len = text.size();
  bytes.bytes = const_cast<char*>(text.data());
  return bytes;
}

std::string_view ToText(amqp_bytes_t bytes) {
  return {static_cast<const char*>(bytes.bytes), bytes.len};
}

amqp_table_entry_t Entry(const char* key, amqp_table_t table) {
  amqp_table_entry_t entry{};
  entry.key = amqp_cstring_bytes(key);
  entry.value.kind = AMQP_FIELD_KIND_TABLE;
  entry.value.value.table = table;
  return entry;
}

amqp_table_entry_t Entry(const char* key, const char* text) {
  amqp_table_entry_t entry{};
  entry.key = amqp_cstring_bytes(key);
  entry.value.kind = AMQP_FIELD_KIND_UTF8;
  entry.value.value.bytes = amqp_cstring_bytes(text);
  return entry;
}

amqp_table_entry_t Capability(const char* key) {
  amqp_table_entry_t entry{};
  entry.key = amqp_cstring_bytes(key);
  entry.value.kind = AMQP_FIELD_KIND_BOOLEAN;
  entry.value.value.boolean = 1;
  return entry;
}

absl::Status LibraryError(int error) { return absl::UnavailableError(amqp_error_string2(error)); }

// "406 PRECONDITION_FAILED": what follows in the broker's text names what is nobody's business.
std::string Describe(int code, amqp_bytes_t text) {
  const std::string_view word = ToText(text).substr(0, ToText(text).find(' '));
  return absl::StrCat("the broker answered ", code, " ", std::string(word));
}

absl::Status ConnectionClosed(const amqp_method_t& method) {
  const auto& close = *static_cast<const amqp_connection_close_t*>(method.decoded);
  return absl::UnavailableError(Describe(close.reply_code, close.reply_text));
}

absl::Status ChannelClosed(const amqp_method_t& method) {
  const auto& close = *static_cast<const amqp_channel_close_t*>(method.decoded);
  const std::string text = Describe(close.reply_code, close.reply_text);
  switch (close.reply_code) {
    case AMQP_ACCESS_REFUSED:
      return absl::PermissionDeniedError(text);
    case AMQP_NOT_FOUND:
      return absl::NotFoundError(text);
    case AMQP_PRECONDITION_FAILED:
      return absl::FailedPreconditionError(text);
    default:
      return absl::InternalError(text);
  }
}

absl::Status ReplyToStatus(const amqp_rpc_reply_t& reply) {
  switch (reply.reply_type) {
    case AMQP_RESPONSE_NORMAL:
      return absl::OkStatus();
    case AMQP_RESPONSE_LIBRARY_EXCEPTION:
      return LibraryError(reply.library_error);
    case AMQP_RESPONSE_SERVER_EXCEPTION:
      if (reply.reply.id == AMQP_CONNECTION_CLOSE_METHOD) return ConnectionClosed(reply.reply);
      if (reply.reply.id == AMQP_CHANNEL_CLOSE_METHOD) return ChannelClosed(reply.reply);
      break;
    default:
      break;
  }
  return absl::UnavailableError("the broker closed the connection");
}

absl::Status UnexpectedFrame() {
  return absl::UnavailableError("the broker sent something that was not expected");
}

bool IsNumeric(const std::string& host) {
  std::array<unsigned char, sizeof(in6_addr)> ignored{};
  return ::inet_pton(AF_INET, host.c_str(), ignored.data()) == 1 ||
         ::inet_pton(AF_INET6, host.c_str(), ignored.data()) == 1;
}

// Null where a file cannot be read.
amqp_socket_t* MakeTlsSocket(amqp_connection_state_t state, const Address& address) {
  const TlsSettings& tls = *address.tls;
  amqp_socket_t* const socket = amqp_ssl_socket_new(state);
  if (socket == nullptr) return nullptr;
  auto* const context = static_cast<SSL_CTX*>(amqp_ssl_socket_get_context(socket));
  SSL_CTX_set_min_proto_version(context, TLS1_2_VERSION);
  // The library checks names its own way, which knows no addresses; OpenSSL's knows both.
  amqp_ssl_socket_set_verify_hostname(socket, 0);
  amqp_ssl_socket_set_verify_peer(socket, tls.verify ? 1 : 0);
  if (tls.verify) {
    X509_VERIFY_PARAM* const parameters = SSL_CTX_get0_param(context);
    if (IsNumeric(address.host)) {
      X509_VERIFY_PARAM_set1_ip_asc(parameters, address.host.c_str());
    } else {
      X509_VERIFY_PARAM_set1_host(parameters, address.host.c_str(), address.host.size());
    }
    const bool trusts = tls.ca_file.empty() ? SSL_CTX_set_default_verify_paths(context) == 1
                                            : amqp_ssl_socket_set_cacert(
                                                  socket, tls.ca_file.c_str()) == AMQP_STATUS_OK;
    if (!trusts) return nullptr;
  }
  if (!tls.cert_file.empty() && amqp_ssl_socket_set_key(socket, tls.cert_file.c_str(),
                                                        tls.key_file.c_str()) != AMQP_STATUS_OK) {
    return nullptr;
  }
  return socket;
}

void SetTcpOption(int descriptor, int option, int value) {
  ::setsockopt(descriptor, IPPROTO_TCP, option, &value, sizeof(value));
}

// What else may silently keep a thread waiting: a peer that is gone, and one that reads no more.
void SetSocketOptions(int descriptor) {
  const int on = 1;
  ::setsockopt(descriptor, SOL_SOCKET, SO_KEEPALIVE, &on, sizeof(on));
  SetTcpOption(descriptor, TCP_KEEPIDLE, kKeepaliveIdle);
  SetTcpOption(descriptor, TCP_KEEPINTVL, kKeepaliveInterval);
  SetTcpOption(descriptor, TCP_KEEPCNT, kKeepaliveProbes);
  SetTcpOption(descriptor, TCP_USER_TIMEOUT, kSendTimeoutMilliseconds);
}

}  // namespace

absl::StatusOr<std::unique_ptr<Connection>> Connection::Open(const Address& address,
                                                             absl::Duration heartbeat) {
  const amqp_connection_state_t state = amqp_new_connection();
  if (state == nullptr) return absl::UnavailableError("no memory for a connection");
  std::unique_ptr<Connection> connection(new Connection(state));
  if (absl::Status status = connection->Connect(address); !status.ok()) return status;
  if (absl::Status status = connection->Login(address, heartbeat); !status.ok()) return status;
  return connection;
}

Connection::~Connection() { amqp_destroy_connection(state_); }

int Connection::descriptor() const { return amqp_get_sockfd(state_); }

absl::Status Connection::Connect(const Address& address) {
  timeval connect_timeout = absl::ToTimeval(kConnectTimeout);
  timeval login_timeout = absl::ToTimeval(kLoginTimeout);
  timeval answer_timeout = absl::ToTimeval(kAnswerTimeout);
  amqp_set_handshake_timeout(state_, &login_timeout);
  amqp_set_rpc_timeout(state_, &answer_timeout);
  amqp_socket_t* const socket =
      address.tls.has_value() ? MakeTlsSocket(state_, address) : amqp_tcp_socket_new(state_);
  if (socket == nullptr) {
    return absl::UnavailableError("the certificates or keys for TLS cannot be read");
  }
  const int opened =
      amqp_socket_open_noblock(socket, address.host.c_str(), address.port, &connect_timeout);
  if (opened != AMQP_STATUS_OK) return LibraryError(opened);
  SetSocketOptions(descriptor());
  return absl::OkStatus();
}

absl::Status Connection::Login(const Address& address, absl::Duration heartbeat) {
  std::array<amqp_table_entry_t, 2> capabilities = {Capability("connection.blocked"),
                                                    Capability("consumer_cancel_notify")};
  const amqp_table_t capability_table{.num_entries = static_cast<int>(capabilities.size()),
                                      .entries = capabilities.data()};
  std::array<amqp_table_entry_t, 2> properties = {Entry("capabilities", capability_table),
                                                  Entry("connection_name", "outdial-manager")};
  const amqp_table_t property_table{.num_entries = static_cast<int>(properties.size()),
                                    .entries = properties.data()};
  return ReplyToStatus(amqp_login_with_properties(
      state_, address.virtual_host.c_str(), kMaxChannels, kMaxFrameBytes,
      static_cast<int>(absl::ToInt64Seconds(heartbeat)), &property_table, AMQP_SASL_METHOD_PLAIN,
      address.user.c_str(), address.password.c_str()));
}

absl::Status Connection::RpcResult(amqp_channel_t channel) {
  const amqp_rpc_reply_t reply = amqp_get_rpc_reply(state_);
  absl::Status status = ReplyToStatus(reply);
  if (!status.ok() && !absl::IsUnavailable(status)) {
    // The broker closed the channel; its number can be used again once that is confirmed.
    amqp_channel_close_ok_t confirmation{};
    amqp_send_method(state_, channel, AMQP_CHANNEL_CLOSE_OK_METHOD, &confirmation);
  }
  return status;
}

absl::Status Connection::OpenChannel(amqp_channel_t channel) {
  amqp_channel_open(state_, channel);
  return RpcResult(channel);
}

absl::Status Connection::CloseChannel(amqp_channel_t channel) {
  return ReplyToStatus(amqp_channel_close(state_, channel, AMQP_REPLY_SUCCESS));
}

absl::Status Connection::DeclareQueue(amqp_channel_t channel, const char* name) {
  amqp_queue_declare(state_, channel, amqp_cstring_bytes(name), /*passive=*/0, /*durable=*/1,
                     /*exclusive=*/0, /*auto_delete=*/0, amqp_empty_table);
  return RpcResult(channel);
}

absl::Status Connection::DeclareExchange(amqp_channel_t channel, const char* name, const char* type,
                                         amqp_table_t arguments) {
  amqp_exchange_declare(state_, channel, amqp_cstring_bytes(name), amqp_cstring_bytes(type),
                        /*passive=*/0, /*durable=*/1, /*auto_delete=*/0, /*internal=*/0, arguments);
  return RpcResult(channel);
}

absl::Status Connection::BindQueue(amqp_channel_t channel, const char* queue, const char* exchange,
                                   const char* routing_key) {
  amqp_queue_bind(state_, channel, amqp_cstring_bytes(queue), amqp_cstring_bytes(exchange),
                  amqp_cstring_bytes(routing_key), amqp_empty_table);
  return RpcResult(channel);
}

absl::Status Connection::SetPrefetch(amqp_channel_t channel, std::uint16_t count) {
  amqp_basic_qos(state_, channel, /*prefetch_size=*/0, count, /*global=*/0);
  return RpcResult(channel);
}

absl::Status Connection::Consume(amqp_channel_t channel, const char* queue, const char* tag) {
  amqp_basic_consume(state_, channel, amqp_cstring_bytes(queue), amqp_cstring_bytes(tag),
                     /*no_local=*/0, /*no_ack=*/0, /*exclusive=*/0, amqp_empty_table);
  return RpcResult(channel);
}

absl::Status Connection::SelectConfirms(amqp_channel_t channel) {
  amqp_confirm_select(state_, channel);
  return RpcResult(channel);
}

Connection::Batch::Batch(const Connection& connection) : descriptor_(connection.descriptor()) {
  SetTcpOption(descriptor_, TCP_CORK, 1);
}

Connection::Batch::~Batch() { SetTcpOption(descriptor_, TCP_CORK, 0); }

absl::Status Connection::Publish(amqp_channel_t channel, const Outgoing& message) {
  amqp_basic_properties_t properties{};
  properties._flags = AMQP_BASIC_CONTENT_TYPE_FLAG;
  properties.content_type = amqp_cstring_bytes(kContentType);
  if (message.persistent) {
    properties._flags |= AMQP_BASIC_DELIVERY_MODE_FLAG;
    properties.delivery_mode = AMQP_DELIVERY_PERSISTENT;
  }
  if (message.correlation_id != nullptr && message.correlation_id->has_value()) {
    properties._flags |= AMQP_BASIC_CORRELATION_ID_FLAG;
    properties.correlation_id = ToBytes(**message.correlation_id);
  }
  const int result = amqp_basic_publish(state_, channel, ToBytes(message.exchange),
                                        ToBytes(message.routing_key), message.mandatory ? 1 : 0,
                                        /*immediate=*/0, &properties, ToBytes(message.body));
  return result == AMQP_STATUS_OK ? absl::OkStatus() : LibraryError(result);
}

absl::Status Connection::Acknowledge(amqp_channel_t channel, std::uint64_t tag) {
  const int result = amqp_basic_ack(state_, channel, tag, /*multiple=*/0);
  return result == AMQP_STATUS_OK ? absl::OkStatus() : LibraryError(result);
}

absl::Status Connection::Requeue(amqp_channel_t channel, std::uint64_t tag) {
  const int result = amqp_basic_nack(state_, channel, tag, /*multiple=*/0, /*requeue=*/1);
  return result == AMQP_STATUS_OK ? absl::OkStatus() : LibraryError(result);
}

absl::Status Connection::RequestSync(amqp_channel_t channel, std::uint16_t prefetch) {
  amqp_basic_qos_t qos{.prefetch_size = 0, .prefetch_count = prefetch, .global = 0};
  const int result = amqp_send_method(state_, channel, AMQP_BASIC_QOS_METHOD, &qos);
  return result == AMQP_STATUS_OK ? absl::OkStatus() : LibraryError(result);
}

bool Connection::HasBuffered() const {
  return amqp_frames_enqueued(state_) != 0 || amqp_data_in_buffer(state_) != 0;
}

// Whether there is something to read, or it ended.
bool Connection::WaitForInput(absl::Duration timeout, const Interrupt* interrupt) const {
  std::array<pollfd, 2> entries = {{{.fd = descriptor(), .events = POLLIN, .revents = 0},
                                    {.fd = interrupt == nullptr ? -1 : interrupt->descriptor(),
                                     .events = POLLIN,
                                     .revents = 0}}};
  ::poll(entries.data(), entries.size(), ToPollTimeout(timeout));
  return entries[0].revents != 0 && entries[1].revents == 0;
}

absl::StatusOr<std::optional<Incoming>> Connection::Next(absl::Duration timeout,
                                                         const Interrupt* interrupt) {
  const Deadline deadline(timeout);
  while (true) {
    const bool readable = HasBuffered() || WaitForInput(deadline.Left(), interrupt);
    // Also where there is nothing to read: it is here that heartbeats are sent and missed.
    amqp_frame_t frame;
    const timeval no_time{};
    const int result = amqp_simple_wait_frame_noblock(state_, &frame, &no_time);
    if (result == AMQP_STATUS_OK) {
      Progress progress = Take(frame);
      amqp_maybe_release_buffers_on_channel(state_, frame.channel);
      if (!progress.ok() || progress->has_value()) return progress;
    } else if (result != AMQP_STATUS_TIMEOUT) {
      return LibraryError(result);
    } else if (!readable) {
      return std::nullopt;
    }
    if (close_confirmed_) return std::nullopt;
  }
}

Connection::Progress Connection::Take(const amqp_frame_t& frame) {
  switch (frame.frame_type) {
    case AMQP_FRAME_METHOD:
      return TakeMethod(frame);
    case AMQP_FRAME_HEADER:
      return TakeHeader(frame);
    case AMQP_FRAME_BODY:
      return TakeBody(frame);
    default:
      return UnexpectedFrame();
  }
}

Connection::Progress Connection::TakeMethod(const amqp_frame_t& frame) {
  const amqp_method_t& method = frame.payload.method;
  switch (method.id) {
    case AMQP_BASIC_DELIVER_METHOD: {
      const auto& deliver = *static_cast<const amqp_basic_deliver_t*>(method.decoded);
      arriving_.emplace();
      arriving_->delivery.tag = deliver.delivery_tag;
      arriving_->delivery.redelivered = deliver.redelivered != 0;
      return std::nullopt;
    }
    case AMQP_BASIC_RETURN_METHOD:
      arriving_.emplace();
      arriving_->returned = true;
      return std::nullopt;
    case AMQP_BASIC_ACK_METHOD: {
      const auto& ack = *static_cast<const amqp_basic_ack_t*>(method.decoded);
      return Confirmation{ack.delivery_tag, ack.multiple != 0, /*accepted=*/true};
    }
    case AMQP_BASIC_NACK_METHOD: {
      const auto& nack = *static_cast<const amqp_basic_nack_t*>(method.decoded);
      return Confirmation{nack.delivery_tag, nack.multiple != 0, /*accepted=*/false};
    }
    case AMQP_BASIC_QOS_OK_METHOD:
      return SyncAnswer{};
    case AMQP_CONNECTION_BLOCKED_METHOD:
      return FlowChange{.blocked = true};
    case AMQP_CONNECTION_UNBLOCKED_METHOD:
      return FlowChange{.blocked = false};
    case AMQP_CONNECTION_CLOSE_OK_METHOD:
      close_confirmed_ = true;
      return std::nullopt;
    case AMQP_BASIC_CANCEL_METHOD:
      return absl::UnavailableError("the queue was deleted");
    case AMQP_CONNECTION_CLOSE_METHOD:
      return ConnectionClosed(method);
    case AMQP_CHANNEL_CLOSE_METHOD:
      return ChannelClosed(method);
    default:
      return UnexpectedFrame();
  }
}

Connection::Progress Connection::TakeHeader(const amqp_frame_t& frame) {
  if (!arriving_.has_value() || arriving_->has_header) return UnexpectedFrame();
  arriving_->has_header = true;
  arriving_->missing = frame.payload.properties.body_size;
  Delivery& delivery = arriving_->delivery;
  delivery.too_large = arriving_->missing > kMaxMessageBytes;
  const auto& properties =
      *static_cast<const amqp_basic_properties_t*>(frame.payload.properties.decoded);
  if ((properties._flags & AMQP_BASIC_REPLY_TO_FLAG) != 0) {
    delivery.reply_to = ToText(properties.reply_to);
  }
  if ((properties._flags & AMQP_BASIC_CORRELATION_ID_FLAG) != 0) {
    delivery.correlation_id = ToText(properties.correlation_id);
  }
  if (!delivery.too_large) delivery.body.reserve(arriving_->missing);
  return Finish();
}

Connection::Progress Connection::TakeBody(const amqp_frame_t& frame) {
  const std::string_view part = ToText(frame.payload.body_fragment);
  if (!arriving_.has_value() || !arriving_->has_header || part.size() > arriving_->missing) {
    return UnexpectedFrame();
  }
  arriving_->missing -= part.size();
  if (!arriving_->delivery.too_large) arriving_->delivery.body.append(part);
  return Finish();
}

// The message, where all of it is there.
std::optional<Incoming> Connection::Finish() {
  if (arriving_->missing > 0) return std::nullopt;
  ArrivingMessage complete = *std::exchange(arriving_, std::nullopt);
  if (complete.returned) return Returned{};
  return std::move(complete.delivery);
}

absl::Status Connection::Close() {
  amqp_connection_close_t close{};
  close.reply_code = AMQP_REPLY_SUCCESS;
  const int result = amqp_send_method(state_, 0, AMQP_CONNECTION_CLOSE_METHOD, &close);
  if (result != AMQP_STATUS_OK) return LibraryError(result);
  // What comes before the answer is read and dropped: were it left unread, the system would not
  // deliver what was written last.
  const Deadline deadline(kCloseTimeout);
  while (!close_confirmed_) {
    if (deadline.HasPassed()) return LibraryError(AMQP_STATUS_TIMEOUT);
    const auto incoming = Next(deadline.Left());
    if (!incoming.ok()) return incoming.status();
  }
  return absl::OkStatus();
}

}  // namespace outdial::rabbitmq
