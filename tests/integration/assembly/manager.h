// outdial-manager with any servers and transports.
#ifndef OUTDIAL_TESTS_INTEGRATION_ASSEMBLY_MANAGER_H_
#define OUTDIAL_TESTS_INTEGRATION_ASSEMBLY_MANAGER_H_

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "nlohmann/json.hpp"
#include "support/amqp_client.h"
#include "support/daemon_process.h"
#include "support/eventually.h"
#include "support/raw_http.h"

namespace outdial::test {

using Json = nlohmann::json;

// What a daemon is told; what is empty it is not told.
struct ManagerSettings {
  std::string database_dsn;
  std::string rabbitmq_address{};
  std::string redis_address{};
  bool http = false;
  bool migrate = true;
  std::vector<std::string> more{};  // arguments
};

// The daemon, with a listener for metrics, and a client. Nobody takes requests from the broker
// until the daemon has migrated and is ready. Used by one thread.
class Manager {
 public:
  explicit Manager(ManagerSettings settings);

  DaemonProcess& daemon() { return *daemon_; }

  // The envelope of the reply: over RabbitMQ, and over HTTP made up from the answer.
  Json CallRabbitmq(const std::string& method, const std::string& uri, const Json& data = nullptr);
  Json CallHttp(const std::string& method, const std::string& uri, const Json& data = nullptr);

  // The `data` of a reply that must be a 200; over RabbitMQ where it is there.
  Json Ask(const std::string& method, const std::string& uri, const Json& data = nullptr);

  // What GET answers on the listener for metrics.
  HttpAnswer Get(const std::string& path) const;

  // Waits until GET /readyz answers 200, or 503 and the name of `missing`.
  void WaitUntilReady() const { WaitForReadiness(200, ""); }
  void WaitUntilMissing(const std::string& missing) const { WaitForReadiness(503, missing); }

 private:
  void WaitForReadiness(int status_code, const std::string& text) const;

  const ManagerSettings settings_;
  std::unique_ptr<DaemonProcess> daemon_;
  std::unique_ptr<RpcClient> rpc_;
};

}  // namespace outdial::test

#endif  // OUTDIAL_TESTS_INTEGRATION_ASSEMBLY_MANAGER_H_
