// Files of targets, read row by row.
#ifndef OUTDIAL_TARGET_FILES_ROW_PARSER_H_
#define OUTDIAL_TARGET_FILES_ROW_PARSER_H_

#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "outdial/entities/outdial_target.h"

namespace outdial::target_files {

// The most that a row holds, in bytes: the longest target there can be, with each of its characters
// escaped; in columns; and, of JSON lines, in values, those inside of others too:
inline constexpr std::size_t kMaxRowBytes = 5 * 1024 * 1024;
inline constexpr std::size_t kMaxColumns = 1'000;
inline constexpr std::size_t kMaxJsonValues = 10'000;

// What some programs begin a file with that is UTF-8.
inline constexpr std::string_view kByteOrderMark = "\xef\xbb\xbf";

// What a file of refused rows has beside the rows as they were. Not kept when it is imported:
inline constexpr std::string_view kRejectedLine = "rejected_line";
inline constexpr std::string_view kRejectedReason = "rejected_reason";

// Whether a column, or a key, is one of these two.
inline bool IsOfRejects(std::string_view name) {
  return name == kRejectedLine || name == kRejectedReason;
}

// What it has, of JSON lines, instead of a row that is no object or was too large to be kept: to be
// replaced by whoever mends it. It is refused when it is imported.
inline constexpr std::string_view kRejectedRow = "rejected_row";

// Whether it is a field of a new target: "name", "destination_0", …
bool IsField(std::string_view name);

// How a file holds its rows.
enum class Format {
  kCsv,        // with a header: RFC 4180, lines that end with LF or CRLF, or all with CR
  kJsonLines,  // a JSON object in each line
};

// How a file holds characters; a byte order mark says kUtf8, whatever is set.
enum class Encoding {
  kUtf8,    // text that is not valid UTF-8 is a mistake
  kLatin1,  // windows-1252: ISO 8859-1, with letters and signs for its second control characters
};

// What a file is like.
struct FileSettings {
  Format format = Format::kCsv;         // of its rows
  Encoding encoding = Encoding::kUtf8;  // of its characters

  // What separates the fields of CSV. NUL: the one of comma, semicolon, tab and bar that occurs
  // most in the header.
  char delimiter = '\0';

  // The fields of columns, or keys, that have other names: {"Mobile", "destination_0"}.
  std::map<std::string, std::string> columns{};

  // Whether what is in columns, or keys, that are no field goes into `data`, as a JSON object. A
  // column without a name is called by its place, from 1 on, columns of refused rows not counted:
  // "column 3", or the next one that is free. Nothing else may be in `data` then.
  bool keep_rest = false;

  // Whether rows bring their text.
  bool keep_text = false;
};

// A row that was read.
struct Row {
  std::int64_t line = 0;  // of the file, where it begins; from 1 on
  std::size_t size = 0;   // in bytes, as it is in the file
  // What it says, or why it cannot be added: CheckText's errors, WRONG_TYPE, BODY_NOT_JSON,
  // MALFORMED_REQUEST and INVALID_PHONE_NUMBER, naming the field where it is one; ROW_TOO_LARGE.
  absl::StatusOr<NewOutdialTarget> target{NewOutdialTarget{}};
  // As it is in the file, without the end of its line, where it is wanted; empty for a row that is
  // too large.
  std::string text{};
};

// Reads a file that comes in pieces, in memory that does not depend on its size. Its columns, or
// the keys of its objects, are the fields of a new target: `name`, `detail`, `data`,
// `destination_0` … `destination_4`; others are ignored, but an object that has only others is
// refused. A destination is a JSON address, a type
// and a target ("sip:ann@example.com"), or a telephone number; in JSON lines it may also be an
// object. Empty lines are no rows, nor are those of CSV whose fields are all empty without quotes.
// A byte order mark is passed over.
//
// Used by one thread. Does not block, and does not throw but for what `on_row` throws.
class RowParser {
 public:
  // What is called for a row; it may keep the row.
  using OnRow = std::function<void(Row)>;

  // `on_row` is called for each row, inside of Parse and Finish. An empty one stops the program,
  // and so do settings with a format or an encoding that there is none of.
  RowParser(FileSettings settings, OnRow on_row);
  ~RowParser();

  // Reads the next piece. Errors, after which nothing more can be read: MALFORMED_REQUEST where the
  // header names a column twice, or no column that is a destination, or where `settings` speak of a
  // column that it does not name, or where JSON lines begin with an array, or where the file is
  // UTF-16, compressed with gzip or a ZIP archive; TEXT_… where the header is no text;
  // ROW_TOO_LARGE where it is too large, or where a quoted field is larger than 64 MiB: its end may
  // be missing.
  absl::Status Parse(std::string_view piece);

  // The file ends here. Errors: as Parse; MALFORMED_REQUEST where CSV has no header, or ends inside
  // of a quoted field.
  absl::Status Finish();

  // Of CSV, once its header is read: the text of the header, where rows bring theirs, and what
  // separates its fields.
  const std::string& header() const;
  char delimiter() const;

  // Whether the file began with a byte order mark, which says that it is UTF-8. It is no part of
  // what is read.
  bool has_byte_order_mark() const;

  class Reader;

 private:
  std::unique_ptr<Reader> reader_;
  absl::Status status_;
};

}  // namespace outdial::target_files

#endif  // OUTDIAL_TARGET_FILES_ROW_PARSER_H_
