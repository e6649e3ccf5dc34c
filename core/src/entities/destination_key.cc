#include "outdial/entities/destination_key.h"

#include <algorithm>
#include <cstdint>
#include <string_view>

#include "absl/strings/str_cat.h"
#include "outdial/entities/slot.h"

namespace outdial {
namespace {

constexpr std::string_view kTel = "tel";

constexpr bool ContinuesCodePoint(char c) { return (static_cast<std::uint8_t>(c) & 0xc0) == 0x80; }

// The text's first character, as it is encoded. Not empty where the text is not.
std::string_view FirstCharacter(std::string_view text) {
  std::size_t size = 1;
  while (size < text.size() && ContinuesCodePoint(text[size])) ++size;
  return text.substr(0, size);
}

// What people put between the digits of a number to make it easier to read, and programs around it:
// in ASCII, no-break spaces, and all from U+2000 to U+206F, which are spaces, hyphens and marks of
// the direction of writing.
bool IsSeparator(std::string_view character) {
  constexpr std::string_view kAscii = " \t-./()";
  if (character.size() == 1) return kAscii.find(character[0]) != std::string_view::npos;
  if (character.size() == 2) return character == "\u00a0" || character == "\u00ad";
  return (character >= "\u2000" && character <= "\u206f") || character == "\u2212" ||
         character == "\u3000" || character == "\ufeff";
}

std::string WithoutSeparators(std::string_view number) {
  std::string stripped;
  for (std::string_view rest = number; !rest.empty();) {
    const std::string_view character = FirstCharacter(rest);
    rest.remove_prefix(character.size());
    if (!IsSeparator(character)) stripped += character;
  }
  return stripped.empty() ? std::string(number) : stripped;
}

// The same on every machine and in every version, which absl::Hash is not.
std::uint64_t Fnv1a(std::string_view text) {
  std::uint64_t hash = 0xcbf29ce484222325;
  for (const char c : text) {
    hash ^= static_cast<std::uint8_t>(c);
    hash *= 0x100000001b3;
  }
  return hash;
}

std::string Bounded(std::string key) {
  constexpr std::size_t kHashLength = 16;
  if (key.size() <= DestinationKey::kMaxBytes) return key;
  std::size_t kept = DestinationKey::kMaxBytes - kHashLength;
  while (kept > 0 && ContinuesCodePoint(key[kept])) --kept;
  const std::uint64_t hash = Fnv1a(std::string_view(key).substr(kept));
  key.resize(kept);
  absl::StrAppend(&key, absl::Hex(hash, absl::kZeroPad16));
  return key;
}

}  // namespace

std::optional<DestinationKey> DestinationKey::Of(const Address& address) {
  if (address.target().empty()) return std::nullopt;
  return DestinationKey(Bounded(absl::StrCat(
      address.type(), ":",
      address.type() == kTel ? WithoutSeparators(address.target()) : address.target())));
}

DestinationKey DestinationKey::OfNobody(const OutdialTarget& target) {
  const OutdialTarget::Fields& fields = target.fields();
  std::string all;
  const auto add = [&all](std::string_view text) {
    absl::StrAppend(&all, text.size(), ":", std::string(text));
  };
  add(fields.name.value());
  add(fields.detail.value());
  add(fields.data.value());
  for (const Slot& slot : fields.slots) {
    if (!slot.address.has_value()) continue;
    add(slot.address->type());
    add(slot.address->target_name());
    add(slot.address->name());
    add(slot.address->detail());
  }
  // Without a colon: the key of an address has one.
  return DestinationKey(absl::StrCat("nobody ", absl::Hex(Fnv1a(all), absl::kZeroPad16)));
}

std::uint64_t DestinationKey::StableHash() const { return Fnv1a(value_); }

std::vector<DestinationKey> DestinationKeysOf(const OutdialTarget& target) {
  std::vector<DestinationKey> keys;
  for (const Slot& slot : target.fields().slots) {
    if (!slot.address.has_value()) continue;
    if (auto key = DestinationKey::Of(*slot.address)) keys.push_back(*std::move(key));
  }
  std::sort(keys.begin(), keys.end());
  keys.erase(std::unique(keys.begin(), keys.end()), keys.end());
  if (keys.empty()) keys.push_back(DestinationKey::OfNobody(target));
  return keys;
}

}  // namespace outdial
