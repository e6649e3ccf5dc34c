// Where a Redis server is, as people write it.
// Values and pure functions: many threads may read a value at once, and nothing here blocks.
#ifndef OUTDIAL_REDIS_ADDRESS_H_
#define OUTDIAL_REDIS_ADDRESS_H_

#include <cstdint>
#include <string>
#include <string_view>

#include "absl/status/statusor.h"

namespace outdial::redis {

// Where a Redis listens.
struct Address {
  std::string host{};      // a name, an IPv4 address, or an IPv6 address without brackets
  std::uint16_t port = 0;  // 1 to 65535; 0: not set

  friend bool operator==(const Address&, const Address&) = default;
};

// Reads `host:port`; an IPv6 address stands in brackets. The port is 1 to 65535. A name is not
// resolved yet: it may not be known before its server is. Error: InvalidArgument, which does not
// repeat the text.
absl::StatusOr<Address> ParseAddress(std::string_view text);

}  // namespace outdial::redis

#endif  // OUTDIAL_REDIS_ADDRESS_H_
