// Requests of HTTP. The first byte of an input says in what pieces the body comes.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "body.h"
#include "fuzz.h"
#include "head.h"

namespace {

using outdial::GetReason;
using outdial::Reason;
using outdial::http::BodyDecoder;
using outdial::http::Head;

constexpr std::uint64_t kLimit = 1'000;

void CheckRefused(const absl::Status& status) {
  if (status.ok()) return;
  const Reason reason = GetReason(status);
  OUTDIAL_FUZZ_CHECK(reason == Reason::kMalformedRequest || reason == Reason::kBodyTooLarge);
}

struct Body {
  std::string data;
  std::size_t used = 0;
  bool complete = false;
  absl::Status status;
};

Body Read(std::string_view text, std::optional<std::uint64_t> length, std::size_t piece_size) {
  Body body;
  BodyDecoder decoder(length, kLimit);
  while (!text.empty() && !decoder.complete()) {
    const std::string_view piece = text.substr(0, piece_size);
    const auto step = decoder.Decode(piece);
    body.status = step.status();
    if (!step.ok()) break;
    OUTDIAL_FUZZ_CHECK(step->used > 0 && step->used <= piece.size());
    OUTDIAL_FUZZ_CHECK(step->data.size() <= step->used);
    body.data += step->data;
    body.used += step->used;
    text.remove_prefix(step->used);
  }
  body.complete = decoder.complete();
  return body;
}

// What is read does not depend on the pieces in which it comes.
void CheckBody(std::string_view text, std::optional<std::uint64_t> length, std::size_t piece_size) {
  const Body whole = Read(text, length, std::max<std::size_t>(text.size(), 1));
  const Body pieces = Read(text, length, piece_size);
  CheckRefused(whole.status);
  OUTDIAL_FUZZ_CHECK(whole.status.ok() == pieces.status.ok());
  OUTDIAL_FUZZ_CHECK(whole.complete == pieces.complete);
  OUTDIAL_FUZZ_CHECK(whole.data == pieces.data);
  if (whole.complete) OUTDIAL_FUZZ_CHECK(whole.used == pieces.used);
  if (length.has_value()) {
    OUTDIAL_FUZZ_CHECK(whole.status.ok());
    OUTDIAL_FUZZ_CHECK(whole.data == text.substr(0, std::min<std::uint64_t>(text.size(), *length)));
  } else {
    OUTDIAL_FUZZ_CHECK(whole.data.size() <= kLimit);
  }
}

bool HasControl(std::string_view text) {
  return std::any_of(text.begin(), text.end(),
                     [](unsigned char c) { return (c < 0x20 && c != '\t') || c == 0x7f; });
}

// What is read has one reading: written anew, it is read as the same.
void CheckHead(const Head& head) {
  OUTDIAL_FUZZ_CHECK(!HasControl(head.method) && !HasControl(head.target));
  std::string text = head.method + " " + head.target + (head.http_1_0 ? " HTTP/1.0" : " HTTP/1.1");
  text += "\r\n";
  int lengths = 0;
  for (const auto& header : head.headers) {
    OUTDIAL_FUZZ_CHECK(!header.name.empty() && !HasControl(header.value));
    if (header.name == "content-length" || header.name == "transfer-encoding") ++lengths;
    text += header.name + ": " + header.value + "\r\n";
  }
  OUTDIAL_FUZZ_CHECK(lengths <= 1);
  text += "\r\n";
  OUTDIAL_FUZZ_CHECK(outdial::http::FindHeadEnd(text) == text.size());
  const auto again = outdial::http::ParseHead(text);
  OUTDIAL_FUZZ_CHECK(again.ok());
  OUTDIAL_FUZZ_CHECK(again->method == head.method && again->target == head.target);
  OUTDIAL_FUZZ_CHECK(again->headers == head.headers);
  OUTDIAL_FUZZ_CHECK(again->body_length == head.body_length);
  OUTDIAL_FUZZ_CHECK(again->KeepsAlive() == head.KeepsAlive());
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  const std::size_t piece_size = data[0] % 16 + 1;
  const std::string_view text = outdial::fuzz::ToText(data + 1, size - 1);
  const std::optional<std::size_t> end = outdial::http::FindHeadEnd(text);
  if (!end.has_value()) {
    CheckBody(text, std::nullopt, piece_size);
    return 0;
  }
  const auto head = outdial::http::ParseHead(text.substr(0, *end));
  CheckRefused(head.status());
  if (head.ok()) CheckHead(*head);
  CheckBody(text.substr(*end), head.ok() ? head->body_length : std::nullopt, piece_size);
  return 0;
}
