#include "amqp_rpc.h"

#include <chrono>
#include <cstdint>
#include <exception>
#include <memory>
#include <mutex>
#include <optional>
#include <stdexcept>
#include <utility>
#include <vector>

#include "absl/time/clock.h"

namespace outdial::bench {

using test::AmqpClient;
using test::AmqpDelivery;
using test::RpcClient;

NullServer::NullServer(const std::string& address, const std::string& queue, std::string reply)
    : reply_(std::move(reply)), client_(address) {
  client_.DeclareQueue(queue, /*durable=*/true);
  client_.Consume(queue, AmqpClient::Acknowledgement::kManual, /*prefetch=*/100);
  thread_ = std::thread([this] { Serve(); });
}

NullServer::~NullServer() {
  stopping_ = true;
  thread_.join();
}

void NullServer::Serve() {
  while (!stopping_) {
    const std::optional<AmqpDelivery> request = client_.Receive(std::chrono::milliseconds(100));
    if (!request.has_value()) continue;
    client_.Publish({}, request->message.reply_to, {.body = reply_, .content_type = "text/plain"});
    client_.Acknowledge(*request);
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
    std::int64_t number = 0;
    const auto send = [&] {
      if (absl::Now() >= deadline) return;
      const std::string request = make_request(connection);
      if (request.empty()) return;
      client.Send(request, std::to_string(++number));
      ++under_way;
    };
    for (int i = 0; i < settings.outstanding; ++i) send();
    while (under_way > 0) {
      const std::optional<AmqpDelivery> reply = client.Receive();
      if (!reply.has_value()) throw std::runtime_error("a request has no reply");
      --under_way;
      ++replies;
      if (take_reply) take_reply(connection, reply->message.body);
      send();
    }
  };
  std::vector<std::unique_ptr<RpcClient>> clients;
  for (int i = 0; i < settings.connections; ++i) {
    clients.push_back(std::make_unique<RpcClient>(settings.address, settings.queue));
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
