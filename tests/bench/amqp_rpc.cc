#include "amqp_rpc.h"

#include <amqp_tcp_socket.h>
#include <sys/time.h>

#include <exception>
#include <mutex>
#include <stdexcept>
#include <string_view>
#include <utility>

#include "absl/time/clock.h"

namespace outdial::bench {
namespace {

constexpr amqp_channel_t kChannel = 1;
constexpr int kFrameBytes = 131'072;

void Check(bool done, const char* what) {
  if (!done) throw std::runtime_error(std::string("RabbitMQ: ") + what + " failed");
}

void CheckReply(const AmqpConnection& connection, const char* what) {
  Check(amqp_get_rpc_reply(connection.get()).reply_type == AMQP_RESPONSE_NORMAL, what);
}

amqp_bytes_t Bytes(std::string_view text) { return {text.size(), const_cast<char*>(text.data())}; }

std::string Text(const amqp_bytes_t& bytes) {
  return {static_cast<const char*>(bytes.bytes), bytes.len};
}

AmqpConnection Connect(const Broker& broker) {
  AmqpConnection connection(amqp_new_connection());
  amqp_socket_t* const socket = amqp_tcp_socket_new(connection.get());
  timeval timeout{.tv_sec = 10, .tv_usec = 0};
  Check(amqp_socket_open_noblock(socket, "127.0.0.1", broker.port, &timeout) == AMQP_STATUS_OK,
        "connect");
  Check(amqp_login(connection.get(), broker.vhost.c_str(), 1, kFrameBytes, /*heartbeat=*/0,
                   AMQP_SASL_METHOD_PLAIN, "guest", "guest")
                .reply_type == AMQP_RESPONSE_NORMAL,
        "login");
  amqp_channel_open(connection.get(), kChannel);
  CheckReply(connection, "channel");
  return connection;
}

void Consume(const AmqpConnection& connection, const std::string& queue, bool no_ack) {
  amqp_basic_consume(connection.get(), kChannel, Bytes(queue), amqp_empty_bytes, 0, no_ack, 0,
                     amqp_empty_table);
  CheckReply(connection, "consume");
}

// nullptr where none comes in time.
struct EnvelopeDeleter {
  void operator()(amqp_envelope_t* envelope) const {
    amqp_destroy_envelope(envelope);
    delete envelope;
  }
};
using Delivery = std::unique_ptr<amqp_envelope_t, EnvelopeDeleter>;

Delivery Wait(const AmqpConnection& connection, timeval timeout) {
  auto envelope = std::make_unique<amqp_envelope_t>();
  amqp_maybe_release_buffers(connection.get());
  const amqp_rpc_reply_t reply =
      amqp_consume_message(connection.get(), envelope.get(), &timeout, 0);
  if (reply.reply_type == AMQP_RESPONSE_NORMAL) return Delivery(envelope.release());
  Check(reply.library_error == AMQP_STATUS_TIMEOUT, "receive");
  return nullptr;
}

void Publish(const AmqpConnection& connection, const amqp_bytes_t& queue,
             const amqp_basic_properties_t& properties, std::string_view body) {
  Check(amqp_basic_publish(connection.get(), kChannel, amqp_empty_bytes, queue, 0, 0, &properties,
                           Bytes(body)) == AMQP_STATUS_OK,
        "publish");
}

}  // namespace

void ConnectionDeleter::operator()(amqp_connection_state_t connection) const {
  amqp_connection_close(connection, AMQP_REPLY_SUCCESS);
  amqp_destroy_connection(connection);
}

std::string MakeEnvelope(const std::string& method, const std::string& uri,
                         const std::string& data) {
  return R"({"uri":")" + uri + R"(","method":")" + method +
         R"(","publisher":"benchmark","data_type":"application/json")" +
         (data.empty() ? "" : R"(,"data":)" + data) + "}";
}

RpcClient::RpcClient(const Broker& broker, std::string queue)
    : queue_(std::move(queue)), connection_(Connect(broker)) {
  const amqp_queue_declare_ok_t* const declared = amqp_queue_declare(
      connection_.get(), kChannel, amqp_empty_bytes, 0, 0, /*exclusive=*/1, 0, amqp_empty_table);
  CheckReply(connection_, "reply queue");
  reply_to_ = Text(declared->queue);
  Consume(connection_, reply_to_, /*no_ack=*/true);
}

void RpcClient::Send(const std::string& envelope) {
  amqp_basic_properties_t properties{};
  properties._flags = AMQP_BASIC_CONTENT_TYPE_FLAG | AMQP_BASIC_REPLY_TO_FLAG;
  properties.content_type = Bytes("text/plain");
  properties.reply_to = Bytes(reply_to_);
  Publish(connection_, Bytes(queue_), properties, envelope);
}

std::string RpcClient::Receive() {
  const Delivery delivery = Wait(connection_, {.tv_sec = 10, .tv_usec = 0});
  Check(delivery != nullptr, "waiting for a reply");
  return Text(delivery->message.body);
}

NullServer::NullServer(const Broker& broker, const std::string& queue, std::string reply)
    : reply_(std::move(reply)), connection_(Connect(broker)) {
  amqp_queue_declare(connection_.get(), kChannel, Bytes(queue), 0, /*durable=*/1, 0, 0,
                     amqp_empty_table);
  CheckReply(connection_, "queue");
  amqp_basic_qos(connection_.get(), kChannel, 0, 100, 0);
  CheckReply(connection_, "prefetch");
  Consume(connection_, queue, /*no_ack=*/false);
  thread_ = std::thread([this] { Serve(); });
}

NullServer::~NullServer() {
  stopping_ = true;
  thread_.join();
}

void NullServer::Serve() {
  while (!stopping_) {
    const Delivery delivery = Wait(connection_, {.tv_sec = 0, .tv_usec = 100'000});
    if (delivery == nullptr) continue;
    amqp_basic_properties_t properties{};
    properties._flags = AMQP_BASIC_CONTENT_TYPE_FLAG;
    properties.content_type = Bytes("text/plain");
    Publish(connection_, delivery->message.properties.reply_to, properties, reply_);
    Check(amqp_basic_ack(connection_.get(), kChannel, delivery->delivery_tag, 0) == AMQP_STATUS_OK,
          "acknowledge");
  }
}

Result RunLoad(const std::string& name, const LoadSettings& settings, absl::Duration duration,
               const std::function<std::string(int connection)>& make_request,
               const std::function<void(int connection, const std::string& reply)>& take_reply) {
  std::atomic<std::int64_t> replies = 0;
  std::mutex mutex;
  std::exception_ptr failure;
  const auto run = [&](int connection, RpcClient& client, absl::Time deadline) {
    int under_way = 0;
    const auto send = [&] {
      if (absl::Now() >= deadline) return;
      const std::string request = make_request(connection);
      if (request.empty()) return;
      client.Send(request);
      ++under_way;
    };
    for (int i = 0; i < settings.outstanding; ++i) send();
    while (under_way > 0) {
      const std::string reply = client.Receive();
      --under_way;
      ++replies;
      if (take_reply) take_reply(connection, reply);
      send();
    }
  };
  std::vector<std::unique_ptr<RpcClient>> clients;
  for (int i = 0; i < settings.connections; ++i) {
    clients.push_back(std::make_unique<RpcClient>(settings.broker, settings.queue));
  }
  const absl::Time start = absl::Now();
  std::vector<std::thread> threads;
  for (int i = 0; i < settings.connections; ++i) {
    threads.emplace_back([&, i] {
      try {
        run(i, *clients[static_cast<std::size_t>(i)], start + duration);
      } catch (...) {
        const std::lock_guard lock(mutex);
        failure = std::current_exception();
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  if (failure) std::rethrow_exception(failure);
  return {name, replies, absl::Now() - start};
}

}  // namespace outdial::bench
