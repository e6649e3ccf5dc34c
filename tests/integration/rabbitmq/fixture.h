// The daemon on a broker, and a client of it.
#ifndef OUTDIAL_TESTS_INTEGRATION_RABBITMQ_FIXTURE_H_
#define OUTDIAL_TESTS_INTEGRATION_RABBITMQ_FIXTURE_H_

#include <memory>
#include <string>
#include <vector>

#include "nlohmann/json.hpp"
#include "outdial/memory/call_hook.h"
#include "outdial/memory/database.h"
#include "outdial/metrics/metrics.h"
#include "outdial/ports/cache.h"
#include "outdial/ports/database.h"
#include "outdial/rabbitmq/consumer.h"
#include "outdial/router/router.h"
#include "outdial/services/services.h"
#include "outdial/system/random_id_source.h"
#include "outdial/system/system_clock.h"
#include "support/amqp_client.h"
#include "support/daemon_process.h"
#include "support/eventually.h"
#include "support/servers.h"
#include "support/temporary_directory.h"

namespace outdial::test {

using Json = nlohmann::ordered_json;

inline const std::string kManager = std::string(OUTDIAL_BIN_DIR) + "/outdial-manager";

// The id of nobody's queue, exchange or entity.
inline constexpr char kUnknownId[] = "99999999-9999-4999-8999-999999999999";

// How often `text` is in `where`.
int CountOf(const std::string& text, const std::string& where);

// The operations on a database file, without a daemon: to prepare what it finds, and to look at
// what it has done.
class LocalApi {
 public:
  explicit LocalApi(const std::string& path);

  // What is answered; it must be a 200.
  Json Ask(const std::string& method, const std::string& uri, const Json& body = nullptr);

  std::string MakeOutdial(const std::string& name = "list");
  // With a phone number as destination 0.
  std::string MakeTarget(const std::string& outdial_id);

  // All there is to see, as text.
  std::string Snapshot();

 private:
  std::unique_ptr<Database> database_;
  NoCache cache_;
  system::SystemClock clock_;
  system::RandomIdSource ids_;
  Services services_;
  metrics::Metrics metrics_;
  router::Router router_;
};

// A virtual host and a database file of its own; no daemon yet.
struct BrokerFixture {
  BrokerFixture();

  // Ready for requests when it returns. `address`: by which it reaches the broker.
  std::unique_ptr<DaemonProcess> StartDaemon(const std::vector<std::string>& arguments = {},
                                             const std::string& address = {});

  TestVhost vhost;
  TemporaryDirectory directory;
  const std::string path = directory.Join("outdial.db");
};

// With a daemon, and a client.
struct DaemonFixture : BrokerFixture {
  explicit DaemonFixture(const std::vector<std::string>& arguments = {})
      : daemon(StartDaemon(arguments)), rpc(vhost.address()) {}

  // A request and its reply, whatever it is.
  Json Call(const std::string& method, const std::string& uri, const Json& data = nullptr);

  // As above; it must be a 200, and is its data.
  Json Ask(const std::string& method, const std::string& uri, const Json& data = nullptr);

  std::unique_ptr<DaemonProcess> daemon;
  RpcClient rpc;
};

// Consumers in this process, on one database in memory, whose calls `hook` is told of where it is
// not null.
struct ConsumerFixture {
  explicit ConsumerFixture(memory::CallHook* hook = nullptr) : database({.hook = hook}) {}

  // Ready for requests when it returns.
  std::unique_ptr<rabbitmq::Consumer> Start(const rabbitmq::ConsumerSettings& settings);

  std::size_t CountOutdials();

  memory::Database database;
  NoCache cache;
  system::SystemClock clock;
  system::RandomIdSource ids;
  Services services{database, cache, clock, ids};
  metrics::Metrics metrics;
  router::Router router{services, metrics};
};

// Whether GET /readyz of a daemon answers 200; `body` gets what it says, where it is not null.
bool IsReady(const DaemonProcess& daemon, std::string* body = nullptr);

}  // namespace outdial::test

#endif  // OUTDIAL_TESTS_INTEGRATION_RABBITMQ_FIXTURE_H_
