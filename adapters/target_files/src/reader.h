// What reads one format.
#ifndef OUTDIAL_ADAPTERS_TARGET_FILES_SRC_READER_H_
#define OUTDIAL_ADAPTERS_TARGET_FILES_SRC_READER_H_

#include <array>
#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "outdial/entities/address.h"
#include "outdial/entities/slot.h"
#include "outdial/target_files/row_parser.h"

namespace outdial::target_files {

// Leaves out a byte order mark, which may come in pieces.
class ByteOrderMark {
 public:
  // What of `piece` belongs to the file, after what was kept back of the pieces before.
  std::string_view Skip(std::string_view piece);
  // What was kept back and is no mark, at the end.
  std::string_view Rest() { return kByteOrderMark.substr(0, done_ ? 0 : seen_); }
  // Whether there was one: it says that the file is UTF-8.
  bool found() const { return seen_ == kByteOrderMark.size(); }

 private:
  std::size_t seen_ = 0;
  bool done_ = false;
  std::string joined_;
};

class RowParser::Reader {
 public:
  virtual ~Reader() = default;

  // Whether this may be a file of rows, as far as its first bytes tell, of which `piece` holds
  // more.
  absl::Status CheckFirstBytes(std::string_view piece);

  virtual absl::Status Parse(std::string_view piece) = 0;
  virtual absl::Status Finish() = 0;

  const std::string& header() const { return header_; }
  char delimiter() const { return delimiter_; }
  bool has_byte_order_mark() const { return mark_.found(); }

 protected:
  ByteOrderMark mark_;
  std::string header_;
  char delimiter_ = '\0';

 private:
  std::string first_bytes_;
};

// What a column, or a key, may be: the fields of a new target, by their number.
inline constexpr std::array<std::string_view, 3 + kSlotCount> kFields = {
    "name",          "detail",        "data",          "destination_0",
    "destination_1", "destination_2", "destination_3", "destination_4"};
inline constexpr std::size_t kData = 2;
inline constexpr std::size_t kFirstDestination = 3;

// nullopt for what is no field.
std::optional<std::size_t> FieldOf(std::string_view name);

std::unique_ptr<RowParser::Reader> MakeCsvReader(FileSettings settings, RowParser::OnRow on_row);

absl::Status RowTooLarge();

// An error of CheckText, with what to do about a file that is not UTF-8.
absl::Status WithEncodingAdvice(const absl::Status& error);

// A file of refused rows has the place of a row that could not be kept, and nothing in it, or a row
// that nobody has mended.
absl::Status RowIsMissing();

// A text of the file as UTF-8; what is said to be that already is not looked at.
std::string ToUtf8(std::string_view text, Encoding encoding, const ByteOrderMark& mark);

// The destination that a cell holds; nullopt for an empty one. Errors: as wire::ParseDestination.
absl::StatusOr<std::optional<Address>> ReadDestination(std::string_view field,
                                                       const std::string& text);

}  // namespace outdial::target_files

#endif  // OUTDIAL_ADAPTERS_TARGET_FILES_SRC_READER_H_
