// Where a broker is, as people write it.
// Values and pure functions: many threads may read a value at once, and nothing here blocks.
#ifndef OUTDIAL_RABBITMQ_ADDRESS_H_
#define OUTDIAL_RABBITMQ_ADDRESS_H_

#include <optional>
#include <string>
#include <string_view>

#include "absl/status/statusor.h"

namespace outdial::rabbitmq {

// How to speak TLS. Paths of PEM files; empty: none.
struct TlsSettings {
  std::string ca_file{};    // who may have signed the broker's certificate; empty: the system's
  std::string cert_file{};  // what we show, where the broker asks for it; with `key_file` or not
                            // at all
  std::string key_file{};   // its private key
  bool verify = true;       // whether the broker's certificate must be valid and name its host
};

// A broker, and who we are to it. Holds a secret: never to be logged.
struct Address {
  std::string host = "localhost";  // a name or an address, without brackets
  int port = 5672;                 // 1 to 65535

  // Who we are, and which virtual host we use; percent-encoded nowhere:
  std::string user = "guest";
  std::string password = "guest";
  std::string virtual_host = "/";

  std::optional<TlsSettings> tls{};  // nullopt: no TLS
};

// Reads
//
//   `amqp://user:password@host:port/vhost`
//   `amqps://user:password@host:port/vhost?cacertfile=…&certfile=…&keyfile=…&verify=verify_none`
//
// All but the scheme may be left out: guest:guest, localhost, port 5672 (amqps: 5671), the virtual
// host "/". User, password, virtual host and the values of parameters are percent-encoded; an IPv6
// address stands in brackets. `verify` is verify_peer (the default) or verify_none. Parameters of
// other clients are accepted and ignored.
//
// Error: InvalidArgument. Its message completes a sentence that begins with a name ("must begin
// with …") and holds nothing of `text`.
absl::StatusOr<Address> ParseAddress(std::string_view text);

}  // namespace outdial::rabbitmq

#endif  // OUTDIAL_RABBITMQ_ADDRESS_H_
