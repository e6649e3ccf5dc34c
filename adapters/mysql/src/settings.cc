#include "outdial/mysql/settings.h"

#include <charconv>
#include <optional>
#include <system_error>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"

namespace outdial::mysql {
namespace {

constexpr std::string_view kUrlScheme = "mysql://";

absl::Status Error(const std::string& what) { return absl::InvalidArgumentError(what); }

absl::Status MalformedDsn() {
  return Error(
      "must be user:password@tcp(host:3306)/database or mysql://user:password@host/database");
}

std::optional<std::string> PercentDecode(std::string_view text, bool plus_is_space) {
  std::string decoded;
  decoded.reserve(text.size());
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '%') {
      std::uint8_t byte = 0;
      if (text.size() - i < 3) return std::nullopt;
      const char* const end = text.data() + i + 3;
      const auto [parsed_to, error] = std::from_chars(text.data() + i + 1, end, byte, 16);
      if (error != std::errc() || parsed_to != end) return std::nullopt;
      decoded += static_cast<char>(byte);
      i += 2;
    } else {
      decoded += plus_is_space && text[i] == '+' ? ' ' : text[i];
    }
  }
  return decoded;
}

// "host", "host:port", "[::1]", "[::1]:port" or an IPv6 address without a port; an empty host or
// port keeps its default.
absl::Status ReadAddress(std::string_view text, Settings& settings) {
  std::string_view port;
  if (text.starts_with('[')) {
    const std::size_t end = text.find(']');
    if (end == std::string_view::npos) return MalformedDsn();
    port = text.substr(end + 1);
    text = text.substr(1, end - 1);
    if (!port.empty() && !port.starts_with(':')) return MalformedDsn();
  } else if (const std::size_t colon = text.find(':');
             colon != std::string_view::npos && colon == text.rfind(':')) {
    port = text.substr(colon);
    text = text.substr(0, colon);
  }
  if (!port.empty()) port.remove_prefix(1);
  for (const char c : text) {
    if (!absl::ascii_isalnum(static_cast<unsigned char>(c)) &&
        std::string_view("-._:%").find(c) == std::string_view::npos) {
      return Error("names a host with a character that no host has");
    }
  }
  if (!text.empty()) settings.host = text;
  if (port.empty()) return absl::OkStatus();
  const char* const end = port.data() + port.size();
  const auto [parsed_to, error] = std::from_chars(port.data(), end, settings.port);
  if (error != std::errc() || parsed_to != end || settings.port == 0) {
    return Error("names a port that is not a number from 1 to 65535");
  }
  return absl::OkStatus();
}

absl::Status ReadDuration(const std::string& name, const std::string& value,
                          absl::Duration& duration) {
  absl::Duration read;
  if (!absl::ParseDuration(value, &read) || read < absl::ZeroDuration() || read > absl::Hours(24)) {
    return Error(absl::StrCat("has a parameter ", name,
                              " that is not a duration of up to a day, such as 5s"));
  }
  if (read > absl::ZeroDuration()) duration = read;
  return absl::OkStatus();
}

absl::Status ReadParameter(const std::string& name, const std::string& value, Settings& settings) {
  if (name == "timeout") return ReadDuration(name, value, settings.connect_timeout);
  if (name == "readTimeout") return ReadDuration(name, value, settings.read_timeout);
  if (name == "writeTimeout") return ReadDuration(name, value, settings.write_timeout);
  if (name == "loc" && !value.empty() && value != "UTC") {
    return Error("has a parameter loc: times are UTC, nothing else is possible");
  }
  if (name == "tls") {
    const std::string word = absl::AsciiStrToLower(value);
    if (word == "true" || word == "1") {
      settings.tls = Tls::kVerified;
    } else if (word == "false" || word == "0") {
      settings.tls = Tls::kOff;
    } else if (word == "skip-verify") {
      settings.tls = Tls::kUnverified;
    } else if (word == "preferred") {
      settings.tls = Tls::kPreferred;
    } else {
      return Error("has a parameter tls that is none of: true, false, skip-verify, preferred");
    }
  }
  return absl::OkStatus();
}

// "database?name=value&…"
absl::Status ReadDatabase(std::string_view text, Settings& settings) {
  const std::size_t question_mark = text.find('?');
  const auto database = PercentDecode(text.substr(0, question_mark), /*plus_is_space=*/false);
  if (!database.has_value()) return MalformedDsn();
  if (database->empty()) return Error("names no database");
  settings.database = *database;
  std::string_view rest;
  if (question_mark != std::string_view::npos) rest = text.substr(question_mark + 1);
  while (!rest.empty()) {
    const std::string_view parameter = rest.substr(0, rest.find('&'));
    rest.remove_prefix(std::min(parameter.size() + 1, rest.size()));
    const std::size_t equals = parameter.find('=');
    if (equals == std::string_view::npos) continue;
    const auto value = PercentDecode(parameter.substr(equals + 1), /*plus_is_space=*/true);
    if (!value.has_value()) return Error("has a parameter with a malformed percent sign");
    absl::Status status = ReadParameter(std::string(parameter.substr(0, equals)), *value, settings);
    if (!status.ok()) return status;
  }
  return absl::OkStatus();
}

// Splits "user:password@rest"; returns the rest.
std::string_view ReadCredentials(std::string_view text, Settings& settings) {
  const std::size_t at = text.rfind('@');
  if (at == std::string_view::npos) return text;
  const std::string_view credentials = text.substr(0, at);
  const std::size_t colon = credentials.find(':');
  settings.user = credentials.substr(0, colon);
  if (colon != std::string_view::npos) settings.password = credentials.substr(colon + 1);
  return text.substr(at + 1);
}

absl::Status ReadGoForm(std::string_view dsn, Settings& settings) {
  // As the Go driver does: the last slash, because a password or a path may hold others.
  const std::size_t slash = dsn.rfind('/');
  if (slash == std::string_view::npos) return MalformedDsn();
  // Any path has a slash: the name of a file that was given without its scheme is no database.
  if (dsn.substr(0, slash).find_first_of("@(") == std::string_view::npos) return MalformedDsn();
  std::string_view network = ReadCredentials(dsn.substr(0, slash), settings);
  std::string_view address;
  if (const std::size_t open = network.find('('); open != std::string_view::npos) {
    if (!network.ends_with(')')) return MalformedDsn();
    address = network.substr(open + 1, network.size() - open - 2);
    network = network.substr(0, open);
  }
  if (network == "unix") {
    if (address.empty()) return Error("names a unix socket without a path");
    settings.unix_socket = address;
  } else if (network == "tcp" || network.empty()) {
    if (absl::Status status = ReadAddress(address, settings); !status.ok()) return status;
  } else {
    return Error("names a network that is neither tcp nor unix");
  }
  return ReadDatabase(dsn.substr(slash + 1), settings);
}

absl::Status ReadUrl(std::string_view url, Settings& settings) {
  const std::string_view after_user = ReadCredentials(url, settings);
  const std::size_t slash = after_user.find('/');
  if (slash == std::string_view::npos) return MalformedDsn();
  auto user = PercentDecode(settings.user, /*plus_is_space=*/false);
  auto password = PercentDecode(settings.password, /*plus_is_space=*/false);
  if (!user.has_value() || !password.has_value()) {
    return Error("has a user or password with a malformed percent sign");
  }
  settings.user = *std::move(user);
  settings.password = *std::move(password);
  if (absl::Status status = ReadAddress(after_user.substr(0, slash), settings); !status.ok()) {
    return status;
  }
  return ReadDatabase(after_user.substr(slash + 1), settings);
}

bool HasControlCharacter(std::string_view text) {
  for (const char c : text) {
    if (absl::ascii_iscntrl(static_cast<unsigned char>(c))) return true;
  }
  return false;
}

}  // namespace

absl::StatusOr<Settings> ParseDsn(std::string_view dsn) {
  Settings settings;
  absl::Status status = dsn.starts_with(kUrlScheme)
                            ? ReadUrl(dsn.substr(kUrlScheme.size()), settings)
                            : ReadGoForm(dsn, settings);
  if (!status.ok()) return status;
  for (const std::string* text :
       {&settings.user, &settings.password, &settings.database, &settings.unix_socket}) {
    // A C library would take a NUL for the end.
    if (HasControlCharacter(*text)) return Error("holds a control character");
  }
  return settings;
}

}  // namespace outdial::mysql
