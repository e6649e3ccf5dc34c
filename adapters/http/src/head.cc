#include "head.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <system_error>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "body.h"
#include "outdial/entities/error.h"

namespace outdial::http {
namespace {

constexpr std::string_view kLineEnd = "\r\n";

// Headers that mean one thing. Of two of them somebody in front may have taken the other one.
constexpr std::array<std::string_view, 9> kSingle = {
    "authorization",   "content-length", "content-type", "expect",           "host",
    "idempotency-key", "origin",         "x-request-id", "transfer-encoding"};

absl::string_view ToAbsl(std::string_view text) { return {text.data(), text.size()}; }

bool IsTokenCharacter(char c) {
  constexpr std::string_view kMarks = "!#$%&'*+-.^_`|~";
  return absl::ascii_isalnum(static_cast<unsigned char>(c)) ||
         kMarks.find(c) != std::string_view::npos;
}

bool IsToken(std::string_view text) {
  return !text.empty() && std::all_of(text.begin(), text.end(), IsTokenCharacter);
}

bool IsControl(char c) { return absl::ascii_iscntrl(static_cast<unsigned char>(c)); }

bool IsTarget(std::string_view text) {
  const bool known_form = text.starts_with('/') || text.starts_with("http://") || text == "*";
  return known_form &&
         std::none_of(text.begin(), text.end(), [](char c) { return c == ' ' || IsControl(c); });
}

// "GET /v1/outdials HTTP/1.1".
absl::Status ParseRequestLine(std::string_view line, Head& head) {
  const std::size_t target = line.find(' ');
  const std::size_t version = line.rfind(' ');
  if (target == std::string_view::npos || version <= target) {
    return MalformedRequest("The request is not one of HTTP/1.1.");
  }
  head.method = line.substr(0, target);
  head.target = line.substr(target + 1, version - target - 1);
  const std::string_view protocol = line.substr(version + 1);
  head.http_1_0 = protocol == "HTTP/1.0";
  if (!head.http_1_0 && protocol != "HTTP/1.1") {
    return MalformedRequest("The request is not one of HTTP/1.1.");
  }
  if (!IsToken(head.method)) return MalformedRequest("The method of the request is no word.");
  if (!IsTarget(head.target)) return MalformedRequest("The target of the request is no path.");
  return absl::OkStatus();
}

absl::Status CheckSingleHeaders(const std::vector<Header>& headers) {
  for (const std::string_view name : kSingle) {
    if (std::count_if(headers.begin(), headers.end(),
                      [&](const Header& header) { return header.name == name; }) > 1) {
      return MalformedRequest(
          absl::StrCat("The request has more than one header ", ToAbsl(name), "."));
    }
  }
  return absl::OkStatus();
}

absl::StatusOr<std::uint64_t> ParseContentLength(std::string_view text) {
  const auto is_digit = [](char c) { return absl::ascii_isdigit(static_cast<unsigned char>(c)); };
  if (text.empty() || !std::all_of(text.begin(), text.end(), is_digit)) {
    return MalformedRequest("The Content-Length must be a number.");
  }
  std::uint64_t length = 0;
  if (std::from_chars(text.data(), text.data() + text.size(), length).ec != std::errc()) {
    return BodyTooLarge();
  }
  return length;
}

absl::StatusOr<std::optional<std::uint64_t>> BodyLength(const Head& head) {
  const auto coding = head.Find("transfer-encoding");
  const auto length = head.Find("content-length");
  if (!coding.has_value()) {
    if (!length.has_value()) return 0;
    const auto parsed = ParseContentLength(*length);
    if (!parsed.ok()) return parsed.status();
    return *parsed;
  }
  if (length.has_value()) {
    return MalformedRequest("The request says more than once how long its body is.");
  }
  if (head.http_1_0) return MalformedRequest("A request of HTTP/1.0 has no Transfer-Encoding.");
  if (!absl::EqualsIgnoreCase(ToAbsl(*coding), "chunked")) {
    return MalformedRequest("The Transfer-Encoding must be chunked.");
  }
  return std::nullopt;
}

}  // namespace

absl::Status MalformedRequest(std::string_view problem) {
  return MakeError(Reason::kMalformedRequest, problem);
}

absl::Status HeadTooLarge() {
  return MakeError(Reason::kHeadTooLarge,
                   "The request line and the headers of the request are too large.");
}

std::optional<std::string_view> Head::Find(std::string_view name) const {
  const auto found = std::find_if(headers.begin(), headers.end(),
                                  [&](const Header& header) { return header.name == name; });
  if (found == headers.end()) return std::nullopt;
  return found->value;
}

bool Head::HasToken(std::string_view name, std::string_view token) const {
  for (const Header& header : headers) {
    if (header.name != name) continue;
    for (const auto item : absl::StrSplit(header.value, ',')) {
      if (absl::EqualsIgnoreCase(absl::StripAsciiWhitespace(item), ToAbsl(token))) return true;
    }
  }
  return false;
}

bool Head::KeepsAlive() const {
  if (HasToken("connection", "close")) return false;
  return !http_1_0 || HasToken("connection", "keep-alive");
}

std::optional<std::size_t> FindHeadEnd(std::string_view text) {
  for (std::size_t begin = 0;;) {
    const std::size_t end = text.find('\n', begin);
    if (end == std::string_view::npos) return std::nullopt;
    const std::string_view line = text.substr(begin, end - begin);
    begin = end + 1;
    if (line.empty() || line == "\r") return begin;
  }
}

absl::StatusOr<Header> ParseHeaderLine(std::string_view line) {
  const std::size_t colon = line.find(':');
  const std::string_view name = line.substr(0, colon);
  if (colon == std::string_view::npos || !IsToken(name)) {
    return MalformedRequest("A header of the request has no name.");
  }
  std::string_view value = line.substr(colon + 1);
  if (std::any_of(value.begin(), value.end(), [](char c) { return IsControl(c) && c != '\t'; })) {
    return MalformedRequest("A header of the request holds control characters.");
  }
  constexpr std::string_view kBlanks = " \t";
  value.remove_prefix(std::min(value.find_first_not_of(kBlanks), value.size()));
  value = value.substr(0, value.find_last_not_of(kBlanks) + 1);
  return Header{.name = absl::AsciiStrToLower(ToAbsl(name)), .value = std::string(value)};
}

absl::StatusOr<Head> ParseHead(std::string_view text) {
  Head head;
  bool first = true;
  while (true) {
    const std::size_t end = text.find(kLineEnd);
    if (end == std::string_view::npos) {
      return MalformedRequest("A line of the request's head does not end with CR and LF.");
    }
    const std::string_view line = text.substr(0, end);
    text.remove_prefix(end + kLineEnd.size());
    if (std::exchange(first, false)) {
      if (absl::Status status = ParseRequestLine(line, head); !status.ok()) return status;
      continue;
    }
    if (line.empty()) break;
    absl::StatusOr<Header> header = ParseHeaderLine(line);
    if (!header.ok()) return header.status();
    head.headers.push_back(*std::move(header));
  }
  if (!text.empty()) return MalformedRequest("The request's head ends before its empty line.");
  if (absl::Status status = CheckSingleHeaders(head.headers); !status.ok()) return status;
  const auto length = BodyLength(head);
  if (!length.ok()) return length.status();
  head.body_length = *length;
  return head;
}

}  // namespace outdial::http
