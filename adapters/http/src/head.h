// The head of a request, read strictly: what two programs could read in two ways is refused,
// because one of them may sit in front of this one (RFC 9112).
#ifndef OUTDIAL_HTTP_SRC_HEAD_H_
#define OUTDIAL_HTTP_SRC_HEAD_H_

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

namespace outdial::http {

// The most that a request line and its headers may hold together.
inline constexpr std::size_t kMaxHeadBytes = 16 * 1024;

absl::Status MalformedRequest(std::string_view problem);
absl::Status HeadTooLarge();

struct Header {
  std::string name;   // in lower case
  std::string value;  // byte for byte, without the blanks around it

  friend bool operator==(const Header&, const Header&) = default;
};

// A value.
struct Head {
  std::string method;
  std::string target;  // as it was sent: percent-encoded
  bool http_1_0 = false;
  std::vector<Header> headers;

  // Of the body; nullopt where it comes in chunks.
  std::optional<std::uint64_t> body_length = 0;

  // The value of the first header of this name, which is in lower case. Of headers that this server
  // acts on, and that are no lists, there is one at most.
  std::optional<std::string_view> Find(std::string_view name) const;

  // Whether the list that the headers of this name are has `token`, in whatever case.
  bool HasToken(std::string_view name, std::string_view token) const;

  // Whether another request may follow.
  bool KeepsAlive() const;
};

// Where the head ends that `text` begins with: behind its first empty line. nullopt where that is
// missing. Lines may end as they like here, so that a head which is malformed ends too.
std::optional<std::size_t> FindHeadEnd(std::string_view text);

// Reads a line of the form `name: value`, without its end. Error: MALFORMED_REQUEST, for a name
// that is no token, a blank before the colon or the name (a folded line), and control characters.
absl::StatusOr<Header> ParseHeaderLine(std::string_view line);

// Reads a head with its empty line. Errors: MALFORMED_REQUEST, BODY_TOO_LARGE for a length beyond
// 64 bits.
absl::StatusOr<Head> ParseHead(std::string_view text);

}  // namespace outdial::http

#endif  // OUTDIAL_HTTP_SRC_HEAD_H_
