#include "outdial/redis/address.h"

#include <charconv>
#include <cstddef>

#include "absl/status/status.h"

namespace outdial::redis {

absl::StatusOr<Address> ParseAddress(std::string_view text) {
  const absl::Status error = absl::InvalidArgumentError("It must be host:port.");
  const std::size_t colon = text.rfind(':');
  if (colon == std::string_view::npos) return error;
  const std::string_view port_text = text.substr(colon + 1);
  std::uint16_t port = 0;
  const char* const end = port_text.data() + port_text.size();
  const auto [rest, failure] = std::from_chars(port_text.data(), end, port);
  if (failure != std::errc() || rest != end || port == 0) return error;

  std::string_view host = text.substr(0, colon);
  const bool bracketed = host.starts_with('[') && host.ends_with(']');
  if (bracketed) host = host.substr(1, host.size() - 2);
  // "::1:6379" is no address and port: which colon would be the last?
  if (!bracketed && host.find(':') != std::string_view::npos) return error;
  // Nobody's name holds these; a '@' would say that somebody put a password here.
  for (const char c : host) {
    if (c <= ' ' || c == '\x7f' || c == '[' || c == ']' || c == '@' || c == '/') return error;
  }
  if (host.empty()) return error;
  return Address{std::string(host), port};
}

}  // namespace outdial::redis
