// Where a server listens, as people write it.
// Values: many threads may read one at once, and nothing here blocks but Resolve.
#ifndef OUTDIAL_HTTP_LISTEN_ADDRESS_H_
#define OUTDIAL_HTTP_LISTEN_ADDRESS_H_

#include <sys/socket.h>

#include <string>
#include <string_view>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

namespace outdial::http {

// A socket address: what is checked is what is bound, whatever a name resolves to later. A value.
class ListenAddress {
 public:
  // Reads `host:port`. The host is an IPv4 address, an IPv6 address in brackets, a name (which is
  // resolved now, to an IPv4 address where it has one: blocks for as long as the system takes to
  // look it up) or nothing: all interfaces. Port 0 is any free port.
  // Errors: InvalidArgument where it is malformed, NotFound where the name does not resolve.
  static absl::StatusOr<ListenAddress> Resolve(std::string_view text);

  // The address that a socket is bound to.
  static ListenAddress OfSocket(int socket);

  // Whether only programs on this machine can connect to it.
  bool IsLoopback() const;

  // "127.0.0.1:8080", "[::1]:8080".
  std::string ToString() const;

  // Its port, and what bind() and connect() take: the pointer lives as long as this.
  int port() const;
  const sockaddr* address() const { return reinterpret_cast<const sockaddr*>(&storage_); }
  socklen_t length() const { return length_; }

 private:
  ListenAddress() = default;

  sockaddr_storage storage_{};
  socklen_t length_ = 0;
};

// Who listens beyond loopback asks for a token: FailedPrecondition where `token` is empty and
// `address` can be reached from elsewhere.
absl::Status CheckExposure(const ListenAddress& address, std::string_view token);

}  // namespace outdial::http

#endif  // OUTDIAL_HTTP_LISTEN_ADDRESS_H_
