// What is declared on the broker.
#ifndef OUTDIAL_ADAPTERS_RABBITMQ_SRC_TOPOLOGY_H_
#define OUTDIAL_ADAPTERS_RABBITMQ_SRC_TOPOLOGY_H_

#include <mutex>
#include <set>
#include <string>
#include <string_view>

#include "absl/status/status.h"
#include "connection.h"
#include "outdial/rabbitmq/address.h"

namespace outdial::rabbitmq {

// Declares queue and exchanges. What exists otherwise than we would make it, or may not be declared
// by us, is used as it is, or done without; the log warns once of each. Thread-safe.
class Topology {
 public:
  // Returns OK unless the connection is lost.
  absl::Status DeclareRequestQueue(Connection& connection);
  absl::Status DeclareEventExchange(Connection& connection);

  // With the request queue bound to it. On a connection of its own: a broker that does not know the
  // type of the exchange ends it. The request queue must exist.
  void DeclareDelayExchange(const Address& address);

 private:
  void WarnOnce(std::string_view name, const absl::Status& why);
  absl::Status Settle(Connection& connection, std::string_view name, const absl::Status& declared);

  std::mutex mutex_;
  std::set<std::string, std::less<>> warned_;  // guarded by mutex_
};

}  // namespace outdial::rabbitmq

#endif  // OUTDIAL_ADAPTERS_RABBITMQ_SRC_TOPOLOGY_H_
