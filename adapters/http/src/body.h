// The body of a request, read strictly.
#ifndef OUTDIAL_HTTP_SRC_BODY_H_
#define OUTDIAL_HTTP_SRC_BODY_H_

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

namespace outdial::http {

absl::Status BodyTooLarge();

// Takes a body out of the bytes that follow a head, in whatever pieces they come: of a length that
// the head told, or in chunks (RFC 9112, section 7.1), of which everything that surrounds the data
// is checked. Extensions and trailers are read and dropped; together with the blanks they may hold
// kMaxHeadBytes.
class BodyDecoder {
 public:
  // A body that holds `length` bytes or, without, comes in chunks that hold `limit` together.
  BodyDecoder(std::optional<std::uint64_t> length, std::uint64_t limit);

  struct Step {
    std::size_t used = 0;     // how much of the input was read
    std::string_view data{};  // what of it belongs to the body; may be empty
  };

  // Reads from the front of `input`, which is not empty, as far as it can in one step, and no byte
  // beyond the body's end. Not to be called when the body is complete, or after an error. Errors:
  // MALFORMED_REQUEST, BODY_TOO_LARGE.
  absl::StatusOr<Step> Decode(std::string_view input);

  bool complete() const { return state_ == State::kComplete; }

 private:
  enum class State {
    kLength,   // in a body whose length is known
    kSize,     // in the line before a chunk's data
    kData,     // in the data of a chunk
    kDataEnd,  // in the end of line behind it
    kTrailer,  // in a line behind the last chunk
    kComplete,
  };

  Step TakeData(std::string_view input, State next);
  absl::StatusOr<Step> TakeLine(std::string_view input);
  absl::Status EndLine();
  absl::Status BeginChunk();

  const std::uint64_t limit_;
  State state_;
  std::uint64_t left_ = 0;   // of the body, or of the chunk
  std::uint64_t total_ = 0;  // of the chunks that have begun
  std::string line_;         // what has come of it, with its CR
  std::size_t dropped_ = 0;  // of extensions and trailers
};

}  // namespace outdial::http

#endif  // OUTDIAL_HTTP_SRC_BODY_H_
