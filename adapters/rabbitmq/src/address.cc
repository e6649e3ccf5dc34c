#include "outdial/rabbitmq/address.h"

#include <algorithm>
#include <charconv>
#include <cstddef>
#include <cstdint>
#include <system_error>
#include <utility>

#include "absl/status/status.h"

namespace outdial::rabbitmq {
namespace {

constexpr int kTlsPort = 5671;

absl::Status Malformed(const char* what) { return absl::InvalidArgumentError(what); }

absl::Status BadEncoding() { return Malformed("holds a wrong percent-encoding"); }

// The part of `text` before `separator`, which goes from it; all of it where there is none.
std::string_view Cut(std::string_view& text, char separator) {
  const std::size_t position = text.find(separator);
  const std::string_view part = text.substr(0, position);
  text.remove_prefix(position == std::string_view::npos ? text.size() : position + 1);
  return part;
}

std::optional<char> ParseHexByte(std::string_view digits) {
  std::uint8_t byte = 0;
  const char* const end = digits.data() + digits.size();
  const auto [rest, error] = std::from_chars(digits.data(), end, byte, 16);
  if (digits.size() != 2 || error != std::errc() || rest != end) return std::nullopt;
  return static_cast<char>(byte);
}

// nullopt also for a NUL: the texts go to a library of C.
std::optional<std::string> DecodePercent(std::string_view text) {
  std::string decoded;
  for (std::size_t i = 0; i < text.size(); ++i) {
    char c = text[i];
    if (c == '%') {
      const std::optional<char> byte = ParseHexByte(text.substr(i + 1, 2));
      if (!byte.has_value()) return std::nullopt;
      c = *byte;
      i += 2;
    }
    if (c == '\0') return std::nullopt;
    decoded += c;
  }
  return decoded;
}

absl::Status ReadUser(std::string_view text, Address& address) {
  const std::optional<std::string> user = DecodePercent(Cut(text, ':'));
  const std::optional<std::string> password = DecodePercent(text);
  if (!user.has_value() || !password.has_value()) return BadEncoding();
  address.user = *user;
  address.password = *password;
  return absl::OkStatus();
}

bool ReadPort(std::string_view text, Address& address) {
  std::uint16_t port = 0;
  const char* const end = text.data() + text.size();
  const auto [rest, error] = std::from_chars(text.data(), end, port);
  if (error != std::errc() || rest != end || port == 0) return false;
  address.port = port;
  return true;
}

absl::Status ReadHostAndPort(std::string_view text, Address& address) {
  absl::Status malformed = Malformed("must name its broker as host:port");
  std::string_view host;
  if (text.starts_with('[')) {
    text.remove_prefix(1);
    if (text.find(']') == std::string_view::npos) return malformed;
    host = Cut(text, ']');
    if (host.empty() || (!text.empty() && !text.starts_with(':'))) return malformed;
    if (text == ":") return malformed;
    if (!text.empty()) text.remove_prefix(1);
  } else {
    const bool has_port = text.find(':') != std::string_view::npos;
    host = Cut(text, ':');
    if (has_port && text.empty()) return malformed;
  }
  if (!text.empty() && !ReadPort(text, address)) return malformed;
  const bool printable =
      std::all_of(host.begin(), host.end(), [](char c) { return c > 0x20 && c < 0x7f; });
  if (!printable || host.find_first_of("[]%") != std::string_view::npos) return malformed;
  if (!host.empty()) address.host = host;
  return absl::OkStatus();
}

absl::Status ReadParameter(std::string_view key, const std::string& value, TlsSettings& tls) {
  if (key == "cacertfile") tls.ca_file = value;
  if (key == "certfile") tls.cert_file = value;
  if (key == "keyfile") tls.key_file = value;
  if (key == "verify") {
    if (value != "verify_peer" && value != "verify_none") {
      return Malformed("has a parameter verify that is neither verify_peer nor verify_none");
    }
    tls.verify = value == "verify_peer";
  }
  return absl::OkStatus();
}

absl::Status ReadParameters(std::string_view text, Address& address) {
  TlsSettings tls;
  while (!text.empty()) {
    std::string_view value = Cut(text, '&');
    const std::string_view key = Cut(value, '=');
    const std::optional<std::string> decoded = DecodePercent(value);
    if (!decoded.has_value()) return BadEncoding();
    if (absl::Status status = ReadParameter(key, *decoded, tls); !status.ok()) return status;
  }
  if (tls.cert_file.empty() != tls.key_file.empty()) {
    return Malformed("needs both certfile and keyfile, or none of them");
  }
  if (address.tls.has_value()) address.tls = std::move(tls);
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<Address> ParseAddress(std::string_view text) {
  constexpr std::string_view kPlain = "amqp://";
  constexpr std::string_view kTls = "amqps://";
  Address address;
  if (text.starts_with(kTls)) {
    text.remove_prefix(kTls.size());
    address.tls.emplace();
    address.port = kTlsPort;
  } else if (text.starts_with(kPlain)) {
    text.remove_prefix(kPlain.size());
  } else {
    return Malformed("must begin with amqp:// or amqps://");
  }
  std::string_view path = Cut(text, '?');
  const std::string_view parameters = text;
  std::string_view authority = Cut(path, '/');

  if (const std::size_t at = authority.rfind('@'); at != std::string_view::npos) {
    if (absl::Status status = ReadUser(authority.substr(0, at), address); !status.ok()) {
      return status;
    }
    authority.remove_prefix(at + 1);
  }
  if (absl::Status status = ReadHostAndPort(authority, address); !status.ok()) return status;
  if (!path.empty()) {
    const std::optional<std::string> virtual_host = DecodePercent(path);
    if (!virtual_host.has_value()) return BadEncoding();
    address.virtual_host = *virtual_host;
  }
  if (absl::Status status = ReadParameters(parameters, address); !status.ok()) return status;
  return address;
}

}  // namespace outdial::rabbitmq
