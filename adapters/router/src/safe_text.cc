#include "safe_text.h"

#include <cstddef>
#include <string>
#include <string_view>

#include "outdial/entities/text.h"

namespace outdial::router {
namespace {

constexpr std::size_t kMaxBytes = 64;

constexpr bool IsContinuation(char c) { return (static_cast<unsigned char>(c) & 0xc0) == 0x80; }

// The beginning of `text`; it does not end inside of a character.
std::string_view Beginning(std::string_view text) {
  std::size_t size = kMaxBytes;
  while (size > 0 && IsContinuation(text[size])) --size;
  return text.substr(0, size);
}

}  // namespace

std::string SafeText(std::string_view text) {
  const bool too_long = text.size() > kMaxBytes;
  std::string safe(too_long ? Beginning(text) : text);
  const bool valid = IsValidUtf8(safe);
  for (char& c : safe) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte < 0x20 || byte == 0x7f || (byte >= 0x80 && !valid)) c = '?';
  }
  if (too_long) safe += "...";
  return safe;
}

}  // namespace outdial::router
