#include "body.h"

#include <algorithm>
#include <charconv>

#include "absl/strings/ascii.h"
#include "head.h"
#include "outdial/entities/error.h"

namespace outdial::http {
namespace {

// Sixteen digits are 64 bits.
constexpr std::size_t kMaxSizeDigits = 16;

bool IsHexDigit(char c) { return absl::ascii_isxdigit(static_cast<unsigned char>(c)); }

absl::Status ChunkTooLong() {
  return MalformedRequest("A chunk of the body is longer than it says.");
}

// A semicolon, with blanks before it or not, and anything that is text; or nothing.
bool IsExtension(std::string_view text) {
  const std::size_t begin = text.find_first_not_of(" \t");
  if (text.empty()) return true;
  return begin != std::string_view::npos && text[begin] == ';' &&
         std::none_of(text.begin(), text.end(), [](char c) {
           return absl::ascii_iscntrl(static_cast<unsigned char>(c)) && c != '\t';
         });
}

}  // namespace

absl::Status BodyTooLarge() {
  return MakeError(Reason::kBodyTooLarge, "The body of the request is larger than 1 MiB.");
}

BodyDecoder::BodyDecoder(std::optional<std::uint64_t> length, std::uint64_t limit)
    : limit_(limit), state_(State::kSize) {
  if (!length.has_value()) return;
  left_ = *length;
  state_ = left_ == 0 ? State::kComplete : State::kLength;
}

absl::StatusOr<BodyDecoder::Step> BodyDecoder::Decode(std::string_view input) {
  if (state_ == State::kLength) return TakeData(input, State::kComplete);
  if (state_ == State::kData) return TakeData(input, State::kDataEnd);
  return TakeLine(input);
}

BodyDecoder::Step BodyDecoder::TakeData(std::string_view input, State next) {
  const auto count = static_cast<std::size_t>(std::min<std::uint64_t>(input.size(), left_));
  left_ -= count;
  if (left_ == 0) state_ = next;
  return {.used = count, .data = input.substr(0, count)};
}

absl::StatusOr<BodyDecoder::Step> BodyDecoder::TakeLine(std::string_view input) {
  const std::size_t end = input.find('\n');
  const std::size_t used = end == std::string_view::npos ? input.size() : end + 1;
  line_.append(input.substr(0, end));
  // What is wrong does not have to end before it is refused.
  if (state_ == State::kDataEnd && line_ != "\r" && !line_.empty()) return ChunkTooLong();
  if (line_.size() + dropped_ > kMaxHeadBytes) {
    return MalformedRequest("The chunks of the body carry too much beside their data.");
  }
  if (end == std::string_view::npos) return Step{.used = used};
  if (!line_.ends_with('\r')) {
    return MalformedRequest("A line between the chunks of the body does not end with CR and LF.");
  }
  line_.pop_back();
  if (absl::Status status = EndLine(); !status.ok()) return status;
  line_.clear();
  return Step{.used = used};
}

absl::Status BodyDecoder::EndLine() {
  if (state_ == State::kSize) return BeginChunk();
  if (state_ == State::kDataEnd) {
    if (!line_.empty()) return ChunkTooLong();
    state_ = State::kSize;
    return absl::OkStatus();
  }
  if (line_.empty()) {
    state_ = State::kComplete;
    return absl::OkStatus();
  }
  dropped_ += line_.size();
  return ParseHeaderLine(line_).status();
}

absl::Status BodyDecoder::BeginChunk() {
  const auto digits_end = std::find_if_not(line_.begin(), line_.end(), IsHexDigit);
  const auto digits = static_cast<std::size_t>(digits_end - line_.begin());
  if (digits == 0 || digits > kMaxSizeDigits ||
      !IsExtension(std::string_view(line_).substr(digits))) {
    return MalformedRequest("A chunk of the body does not say how long it is.");
  }
  dropped_ += line_.size() - digits;
  std::from_chars(line_.data(), line_.data() + digits, left_, 16);
  if (left_ > limit_ - total_) return BodyTooLarge();
  total_ += left_;
  state_ = left_ == 0 ? State::kTrailer : State::kData;
  return absl::OkStatus();
}

}  // namespace outdial::http
