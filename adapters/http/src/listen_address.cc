#include "outdial/http/listen_address.h"

#include <arpa/inet.h>
#include <netdb.h>
#include <netinet/in.h>
#include <unistd.h>

#include <array>
#include <charconv>
#include <cstdint>
#include <cstring>
#include <memory>
#include <optional>

namespace outdial::http {
namespace {

std::optional<std::uint16_t> ParsePort(std::string_view text) {
  std::uint16_t port = 0;
  const char* const end = text.data() + text.size();
  const auto [rest, error] = std::from_chars(text.data(), end, port);
  if (error != std::errc() || rest != end) return std::nullopt;
  return port;
}

struct HostAndPort {
  std::string host;  // without brackets; empty: all interfaces
  std::uint16_t port;
  bool numeric;  // whether the host must be an address
};

std::optional<HostAndPort> Split(std::string_view text) {
  const std::size_t colon = text.rfind(':');
  if (colon == std::string_view::npos) return std::nullopt;
  const std::optional<std::uint16_t> port = ParsePort(text.substr(colon + 1));
  if (!port.has_value()) return std::nullopt;
  std::string_view host = text.substr(0, colon);
  const bool bracketed = host.size() > 2 && host.front() == '[' && host.back() == ']';
  if (bracketed) host = host.substr(1, host.size() - 2);
  // "::1:80" is no address and port: which colon would be the last?
  if (!bracketed && host.find_first_of(":[]") != std::string_view::npos) return std::nullopt;
  if (host.find('\0') != std::string_view::npos) return std::nullopt;
  return HostAndPort{std::string(host), *port, bracketed};
}

// An address with the port that it is to have.
sockaddr_storage WithPort(const sockaddr_storage& storage, std::uint16_t port) {
  sockaddr_storage result = storage;
  if (result.ss_family == AF_INET6) {
    reinterpret_cast<sockaddr_in6*>(&result)->sin6_port = htons(port);
  } else {
    reinterpret_cast<sockaddr_in*>(&result)->sin_port = htons(port);
  }
  return result;
}

bool HasIpv6() {
  const int probe = ::socket(AF_INET6, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (probe >= 0) ::close(probe);
  return probe >= 0;
}

const addrinfo* Preferred(const addrinfo* results) {
  for (const addrinfo* result = results; result != nullptr; result = result->ai_next) {
    if (result->ai_family == AF_INET) return result;
  }
  return results;
}

}  // namespace

absl::StatusOr<ListenAddress> ListenAddress::Resolve(std::string_view text) {
  const std::optional<HostAndPort> parts = Split(text);
  if (!parts.has_value()) return absl::InvalidArgumentError("It must be host:port.");

  addrinfo hints{};
  hints.ai_socktype = SOCK_STREAM;
  hints.ai_family = AF_UNSPEC;
  hints.ai_flags = parts->numeric ? AI_NUMERICHOST : 0;
  // An IPv6 socket on all interfaces takes IPv4 as well.
  std::string host = parts->host;
  if (host.empty()) host = HasIpv6() ? "::" : "0.0.0.0";

  addrinfo* results = nullptr;
  if (::getaddrinfo(host.c_str(), nullptr, &hints, &results) != 0 || results == nullptr) {
    if (parts->numeric) return absl::InvalidArgumentError("It must be host:port.");
    return absl::NotFoundError("Its host does not resolve to an address.");
  }
  const std::unique_ptr<addrinfo, void (*)(addrinfo*)> owner(results, ::freeaddrinfo);
  const addrinfo* const chosen = Preferred(results);
  ListenAddress address;
  std::memcpy(&address.storage_, chosen->ai_addr, chosen->ai_addrlen);
  address.storage_ = WithPort(address.storage_, parts->port);
  address.length_ = chosen->ai_addrlen;
  return address;
}

ListenAddress ListenAddress::OfSocket(int socket) {
  ListenAddress address;
  address.length_ = sizeof(address.storage_);
  ::getsockname(socket, reinterpret_cast<sockaddr*>(&address.storage_), &address.length_);
  return address;
}

bool ListenAddress::IsLoopback() const {
  const auto is_loopback = [](std::uint8_t first_byte) { return first_byte == 127; };
  if (storage_.ss_family == AF_INET) {
    const auto* ipv4 = reinterpret_cast<const sockaddr_in*>(&storage_);
    return is_loopback(static_cast<std::uint8_t>(ntohl(ipv4->sin_addr.s_addr) >> 24));
  }
  const in6_addr& ipv6 = reinterpret_cast<const sockaddr_in6*>(&storage_)->sin6_addr;
  if (IN6_IS_ADDR_V4MAPPED(&ipv6)) return is_loopback(ipv6.s6_addr[12]);
  return IN6_IS_ADDR_LOOPBACK(&ipv6);
}

std::string ListenAddress::ToString() const {
  std::array<char, INET6_ADDRSTRLEN> host{};
  if (storage_.ss_family == AF_INET) {
    const auto* ipv4 = reinterpret_cast<const sockaddr_in*>(&storage_);
    ::inet_ntop(AF_INET, &ipv4->sin_addr, host.data(), host.size());
    return std::string(host.data()) + ":" + std::to_string(port());
  }
  const auto* ipv6 = reinterpret_cast<const sockaddr_in6*>(&storage_);
  ::inet_ntop(AF_INET6, &ipv6->sin6_addr, host.data(), host.size());
  return "[" + std::string(host.data()) + "]:" + std::to_string(port());
}

int ListenAddress::port() const {
  if (storage_.ss_family == AF_INET) {
    return ntohs(reinterpret_cast<const sockaddr_in*>(&storage_)->sin_port);
  }
  return ntohs(reinterpret_cast<const sockaddr_in6*>(&storage_)->sin6_port);
}

absl::Status CheckExposure(const ListenAddress& address, std::string_view token) {
  if (address.IsLoopback() || !token.empty()) return absl::OkStatus();
  return absl::FailedPreconditionError("It can be reached from other machines.");
}

}  // namespace outdial::http
