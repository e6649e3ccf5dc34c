// Many requests under way over RabbitMQ, and a server that answers them without thinking, which is
// the limit of every other.
#ifndef OUTDIAL_TESTS_BENCH_AMQP_RPC_H_
#define OUTDIAL_TESTS_BENCH_AMQP_RPC_H_

#include <atomic>
#include <functional>
#include <string>
#include <thread>

#include "absl/time/time.h"
#include "benchmark.h"
#include "support/amqp_client.h"

namespace outdial::bench {

// Answers each request on `queue` with `reply`: on one connection, from one thread, with a prefetch
// of 100.
class NullServer {
 public:
  NullServer(const std::string& address, const std::string& queue, std::string reply);
  ~NullServer();

  NullServer(const NullServer&) = delete;
  NullServer& operator=(const NullServer&) = delete;

 private:
  void Serve();

  const std::string reply_;
  test::AmqpClient client_;
  std::atomic<bool> stopping_ = false;
  std::thread thread_;
};

struct LoadSettings {
  std::string address;
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
