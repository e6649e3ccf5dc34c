// Remote procedure calls over RabbitMQ, as fast as its client library goes: those who ask, and a
// server that answers without thinking, which is the limit of every other.
#ifndef OUTDIAL_TESTS_BENCH_AMQP_RPC_H_
#define OUTDIAL_TESTS_BENCH_AMQP_RPC_H_

#include <amqp.h>

#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "absl/time/time.h"
#include "benchmark.h"

namespace outdial::bench {

// A virtual host of a broker on 127.0.0.1, as user guest.
struct Broker {
  int port;
  std::string vhost;
};

// The envelope of a request; `data` is JSON text, or empty.
std::string MakeEnvelope(const std::string& method, const std::string& uri,
                         const std::string& data = {});

struct ConnectionDeleter {
  void operator()(amqp_connection_state_t connection) const;
};
using AmqpConnection =
    std::unique_ptr<std::remove_pointer_t<amqp_connection_state_t>, ConnectionDeleter>;

// One connection with a reply queue of its own. Everything throws std::runtime_error where the
// broker fails, or does not answer in ten seconds. Used by one thread.
class RpcClient {
 public:
  // Asks what listens on `queue`.
  RpcClient(const Broker& broker, std::string queue);

  // Sends a request, and does not wait for its reply.
  void Send(const std::string& envelope);

  // Waits for the next reply, whichever request it is to.
  std::string Receive();

  // A request, and its reply.
  std::string Call(const std::string& envelope) {
    Send(envelope);
    return Receive();
  }

 private:
  const std::string queue_;
  AmqpConnection connection_;
  std::string reply_to_;
};

// Answers each request on `queue` with `reply`: on one connection, from one thread, with a prefetch
// of 100.
class NullServer {
 public:
  NullServer(const Broker& broker, const std::string& queue, std::string reply);
  ~NullServer();

  NullServer(const NullServer&) = delete;
  NullServer& operator=(const NullServer&) = delete;

 private:
  void Serve();

  const std::string reply_;
  AmqpConnection connection_;
  std::atomic<bool> stopping_ = false;
  std::thread thread_;
};

struct LoadSettings {
  Broker broker;
  std::string queue;
  int connections;
  int outstanding;  // requests under way on each connection
};

// Keeps requests under way until `duration` has passed, or `make_request` has returned an empty
// text for each connection, and counts the replies. `make_request` and `take_reply` (may be empty)
// are called by one thread for each connection, with its number; requests and replies of a
// connection are not in the same order.
Result RunLoad(const std::string& name, const LoadSettings& settings, absl::Duration duration,
               const std::function<std::string(int connection)>& make_request,
               const std::function<void(int connection, const std::string& reply)>& take_reply);

}  // namespace outdial::bench

#endif  // OUTDIAL_TESTS_BENCH_AMQP_RPC_H_
