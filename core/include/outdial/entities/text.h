// Bounded, valid text. A Name or a Text that exists can be stored everywhere and sent to anyone.
// Values: many threads may read one at once, and nothing here blocks.
#ifndef OUTDIAL_ENTITIES_TEXT_H_
#define OUTDIAL_ENTITIES_TEXT_H_

#include <cstddef>
#include <string>
#include <string_view>
#include <utility>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

namespace outdial {

// How long a text may be. Both count.
struct TextLimits {
  std::size_t max_characters;  // code points
  std::size_t max_bytes;       // of its UTF-8
};

// Whether a text can be kept: valid UTF-8 without NUL (a database column of some kind would cut it
// there), within the limits. `field` is the name that an error reports. Errors: TEXT_NOT_UTF8,
// TEXT_HAS_NUL, TEXT_TOO_LONG.
absl::Status CheckText(std::string_view field, std::string_view value, const TextLimits& limits);

// Whether `value` is valid UTF-8 (RFC 3629: no overlong forms, no surrogates, nothing above
// U+10FFFF).
bool IsValidUtf8(std::string_view value);

// The limits of contract section 4, which are what a varchar(255) and a text column hold:
inline constexpr TextLimits kNameLimits{.max_characters = 255, .max_bytes = 4 * 255};
inline constexpr TextLimits kTextLimits{.max_characters = 65'535, .max_bytes = 65'535};

// A text within the limits that `kLimits` names. Default-constructed it is empty.
template <const TextLimits& kLimits>
class BoundedText {
 public:
  BoundedText() = default;

  // Checks `value`; errors as CheckText.
  static absl::StatusOr<BoundedText> Create(std::string_view field, std::string value) {
    if (absl::Status status = CheckText(field, value, kLimits); !status.ok()) return status;
    return BoundedText(std::move(value));
  }

  // For repositories: a value that is stored already is taken as it is, also where today's limits
  // would refuse it.
  static BoundedText FromStorage(std::string value) { return BoundedText(std::move(value)); }

  // The text, which lives as long as this, and whether there is none.
  const std::string& value() const { return value_; }
  bool empty() const { return value_.empty(); }

  friend auto operator<=>(const BoundedText&, const BoundedText&) = default;

 private:
  explicit BoundedText(std::string value) : value_(std::move(value)) {}

  std::string value_;
};

// A name: at most 255 characters.
using Name = BoundedText<kNameLimits>;
// A detail or a data field: at most 65,535 bytes, kept byte for byte.
using Text = BoundedText<kTextLimits>;

}  // namespace outdial

#endif  // OUTDIAL_ENTITIES_TEXT_H_
