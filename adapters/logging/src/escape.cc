#include "escape.h"

#include <cstddef>
#include <cstdint>

namespace outdial::logging {
namespace {

constexpr char kHexDigits[] = "0123456789abcdef";

void AppendUnicodeEscape(std::uint32_t code_point, std::string& line) {
  line += "\\u";
  for (int shift = 12; shift >= 0; shift -= 4) line += kHexDigits[(code_point >> shift) & 0xf];
}

void AppendByteEscape(unsigned char byte, std::string& line) {
  line += "\\\\x";
  line += kHexDigits[byte >> 4];
  line += kHexDigits[byte & 0xf];
}

void AppendAscii(char c, std::string& line) {
  if (c == '"' || c == '\\') {
    line += '\\';
    line += c;
  } else if (static_cast<unsigned char>(c) < 0x20 || c == 0x7f) {
    AppendUnicodeEscape(static_cast<unsigned char>(c), line);
  } else {
    line += c;
  }
}

struct CodePoint {
  std::uint32_t value;
  std::size_t length;  // in bytes; 0 where the bytes are not valid UTF-8
};

// `text` begins with a byte that is not ASCII.
CodePoint DecodeUtf8(std::string_view text) {
  const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(text[i]); };
  std::size_t length = 0;
  std::uint32_t smallest = 0;
  std::uint32_t value = 0;
  if ((byte(0) & 0xe0) == 0xc0) {
    length = 2, smallest = 0x80, value = byte(0) & 0x1f;
  } else if ((byte(0) & 0xf0) == 0xe0) {
    length = 3, smallest = 0x800, value = byte(0) & 0x0f;
  } else if ((byte(0) & 0xf8) == 0xf0) {
    length = 4, smallest = 0x10000, value = byte(0) & 0x07;
  }
  if (length == 0 || text.size() < length) return {0, 0};
  for (std::size_t i = 1; i < length; ++i) {
    if ((byte(i) & 0xc0) != 0x80) return {0, 0};
    value = (value << 6) | (byte(i) & 0x3f);
  }
  const bool surrogate = value >= 0xd800 && value <= 0xdfff;
  if (value < smallest || surrogate || value > 0x10ffff) return {0, 0};
  return {value, length};
}

// What terminals and log readers may take for a command or an end of line.
bool IsControl(std::uint32_t code_point) {
  return (code_point >= 0x80 && code_point <= 0x9f) || code_point == 0x2028 || code_point == 0x2029;
}

}  // namespace

void AppendEscaped(std::string_view text, std::string& line) {
  while (!text.empty()) {
    if (static_cast<unsigned char>(text.front()) < 0x80) {
      AppendAscii(text.front(), line);
      text.remove_prefix(1);
      continue;
    }
    const CodePoint code_point = DecodeUtf8(text);
    if (code_point.length == 0) {
      AppendByteEscape(static_cast<unsigned char>(text.front()), line);
      text.remove_prefix(1);
      continue;
    }
    if (IsControl(code_point.value)) {
      AppendUnicodeEscape(code_point.value, line);
    } else {
      line += text.substr(0, code_point.length);
    }
    text.remove_prefix(code_point.length);
  }
}

}  // namespace outdial::logging
