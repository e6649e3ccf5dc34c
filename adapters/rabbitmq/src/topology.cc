#include "topology.h"

#include "absl/status/statusor.h"
#include "outdial/logging/log.h"
#include "outdial/rabbitmq/names.h"

namespace outdial::rabbitmq {
namespace {

constexpr amqp_channel_t kChannel = 2;

absl::Status DeclareAndBindDelayExchange(Connection& connection) {
  amqp_table_entry_t type{};
  type.key = amqp_cstring_bytes("x-delayed-type");
  type.value.kind = AMQP_FIELD_KIND_UTF8;
  type.value.value.bytes = amqp_cstring_bytes("direct");
  const amqp_table_t arguments{.num_entries = 1, .entries = &type};
  if (absl::Status status = connection.OpenChannel(kChannel); !status.ok()) return status;
  if (absl::Status status =
          connection.DeclareExchange(kChannel, kDelayExchange, kDelayExchangeType, arguments);
      !status.ok()) {
    return status;
  }
  return connection.BindQueue(kChannel, kRequestQueue, kDelayExchange, kRequestQueue);
}

}  // namespace

absl::Status Topology::DeclareRequestQueue(Connection& connection) {
  if (absl::Status status = connection.OpenChannel(kChannel); !status.ok()) return status;
  return Settle(connection, kRequestQueue, connection.DeclareQueue(kChannel, kRequestQueue));
}

absl::Status Topology::DeclareEventExchange(Connection& connection) {
  if (absl::Status status = connection.OpenChannel(kChannel); !status.ok()) return status;
  return Settle(connection, kEventExchange,
                connection.DeclareExchange(kChannel, kEventExchange, "fanout"));
}

absl::Status Topology::Settle(Connection& connection, std::string_view name,
                              const absl::Status& declared) {
  if (declared.ok()) return connection.CloseChannel(kChannel);
  if (absl::IsUnavailable(declared)) return declared;
  WarnOnce(name, declared);
  return absl::OkStatus();
}

void Topology::DeclareDelayExchange(const Address& address) {
  const auto connection = Connection::Open(address, absl::ZeroDuration());
  // The broker has gone again: whoever needs it will notice.
  if (!connection.ok()) return;
  const absl::Status declared = DeclareAndBindDelayExchange(**connection);
  if (!declared.ok()) {
    WarnOnce(kDelayExchange, declared);
  } else {
    (*connection)->Close().IgnoreError();
  }
}

void Topology::WarnOnce(std::string_view name, const absl::Status& why) {
  {
    const std::lock_guard lock(mutex_);
    if (!warned_.emplace(name).second) return;
  }
  logging::Log(logging::Level::kWarning, "Something could not be declared on the broker",
               {{"name", std::string(name)}, {"error", std::string(why.message())}});
}

}  // namespace outdial::rabbitmq
