#include "outdial-control/rejects_file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstddef>
#include <cstring>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "outdial/wire/json.h"

namespace outdial::control {
namespace {

using target_files::Format;
using target_files::IsOfRejects;
using target_files::kRejectedLine;
using target_files::kRejectedReason;

absl::Status CannotBeWritten() {
  return absl::InvalidArgumentError(
      absl::StrCat("The file of refused rows cannot be written: ", std::strerror(errno), "."));
}

std::string Quoted(std::string_view text) {
  return absl::StrCat("\"", absl::StrReplaceAll({text.data(), text.size()}, {{"\"", "\"\""}}),
                      "\"");
}

std::string_view Stripped(std::string_view text, std::string_view unwanted) {
  const std::size_t begin = std::min(text.find_first_not_of(unwanted), text.size());
  return text.substr(begin, text.find_last_not_of(unwanted) + 1 - begin);
}

// How long the field is that `text`, of a row of CSV, begins with: as it is there, with its quotes.
std::size_t FieldLength(std::string_view text, char delimiter) {
  // Blanks may stand before quotes.
  std::size_t begin = delimiter == ' ' ? 0 : std::min(text.find_first_not_of(' '), text.size());
  if (text.substr(begin).starts_with('"')) {
    begin = text.find('"', begin + 1);
    // Two quotes are one of the field's.
    while (begin < text.size() && text.substr(begin + 1).starts_with('"')) {
      begin = text.find('"', begin + 2);
    }
  }
  return std::min(text.find(delimiter, begin), text.size());
}

// The numbers of the columns of `header` that an earlier import added.
std::vector<std::size_t> ColumnsOfRejects(std::string_view header, char delimiter) {
  std::vector<std::size_t> columns;
  for (std::size_t column = 0;; ++column) {
    const std::size_t length = FieldLength(header, delimiter);
    if (IsOfRejects(Stripped(header.substr(0, length), " \t\""))) columns.push_back(column);
    if (length == header.size()) return columns;
    header.remove_prefix(length + 1);
  }
}

std::string WithoutColumns(const std::vector<std::size_t>& columns, std::string_view row,
                           char delimiter) {
  if (columns.empty()) return std::string(row);
  std::string kept;
  bool first = true;
  for (std::size_t column = 0;; ++column) {
    const std::size_t length = FieldLength(row, delimiter);
    if (std::find(columns.begin(), columns.end(), column) == columns.end()) {
      if (!std::exchange(first, false)) kept += delimiter;
      kept += row.substr(0, length);
    }
    if (length == row.size()) return kept;
    row.remove_prefix(length + 1);
  }
}

// How long the member is that `text`, of an object, begins with. The object may be malformed.
std::size_t MemberLength(std::string_view text) {
  int depth = 0;
  bool quoted = false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (c == '\\' && quoted) {
      ++i;
    } else if (c == '"') {
      quoted = !quoted;
    } else if (quoted) {
      continue;
    } else if (depth == 0 && (c == ',' || c == '}')) {
      return i;
    } else if (c == '{' || c == '[') {
      ++depth;
    } else if (c == '}' || c == ']') {
      --depth;
    }
  }
  return text.size();
}

// `members` is an object behind its brace; all but the members that an earlier import added.
std::string WithoutMembersOfRejects(std::string_view members) {
  std::string kept;
  bool first = true;
  while (true) {
    const std::size_t length = MemberLength(members);
    const std::string_view member = members.substr(0, length);
    if (!IsOfRejects(Stripped(member.substr(0, member.find(':')), " \t\""))) {
      if (!std::exchange(first, false)) kept += ',';
      kept += member;
    }
    if (length == members.size() || members[length] == '}') {
      return kept.append(members.substr(length));
    }
    members.remove_prefix(length + 1);
  }
}

// An object gets two more keys; what is no object becomes the value of a third one.
std::string JsonLine(std::int64_t line, std::string_view reason, std::string_view text) {
  std::string result = wire::DumpJson({{kRejectedLine, line}, {kRejectedReason, reason}});
  result.pop_back();
  const std::string_view object = Stripped(text, " \t\r");
  if (!object.starts_with('{')) {
    const wire::Json row = std::string(text);
    return absl::StrCat(result, ",\"", std::string(target_files::kRejectedRow),
                        "\":", wire::DumpJson(row), "}");
  }
  const std::string rest = WithoutMembersOfRejects(object.substr(1));
  const std::string_view members = Stripped(rest, " \t\r");
  return absl::StrCat(result, members == "}" ? "" : ",", std::string(members));
}

}  // namespace

absl::StatusOr<RejectsFile> RejectsFile::Open(const std::string& path, bool append) {
  constexpr mode_t kMode = 0666;
  const int descriptor = ::open(path.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, kMode);
  if (descriptor < 0) return CannotBeWritten();
  struct stat file {};
  return RejectsFile(descriptor, ::fstat(descriptor, &file) == 0 ? file.st_size : 0, append);
}

RejectsFile::RejectsFile(RejectsFile&& other) noexcept
    : descriptor_(std::exchange(other.descriptor_, -1)),
      overwrite_(other.overwrite_),
      size_(other.size_),
      has_header_(other.has_header_),
      columns_of_rejects_(std::move(other.columns_of_rejects_)),
      added_(std::move(other.added_)) {}

RejectsFile::~RejectsFile() {
  if (descriptor_ >= 0) ::close(descriptor_);
}

void RejectsFile::Add(const target_files::RowParser& file, Format format, std::int64_t line,
                      std::string_view reason, std::string_view text) {
  if (size_ == 0 && added_.empty() && file.has_byte_order_mark()) {
    added_ = target_files::kByteOrderMark;
  }
  if (format == Format::kJsonLines) {
    absl::StrAppend(&added_, JsonLine(line, reason, text), "\n");
    return;
  }
  const std::string delimiter(1, file.delimiter());
  if (!columns_of_rejects_.has_value()) {
    columns_of_rejects_ = ColumnsOfRejects(file.header(), file.delimiter());
  }
  if (!has_header_) {
    absl::StrAppend(&added_, std::string(kRejectedLine), delimiter, std::string(kRejectedReason),
                    delimiter,
                    WithoutColumns(*columns_of_rejects_, file.header(), file.delimiter()), "\n");
    has_header_ = true;
  }
  absl::StrAppend(&added_, line, delimiter, Quoted(reason), delimiter,
                  WithoutColumns(*columns_of_rejects_, text, file.delimiter()), "\n");
}

absl::Status RejectsFile::Write() {
  if (overwrite_ && ::ftruncate(descriptor_, 0) != 0) return CannotBeWritten();
  overwrite_ = false;
  for (std::string_view rest = added_; !rest.empty();) {
    const ssize_t count = ::write(descriptor_, rest.data(), rest.size());
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) {
      absl::Status status = CannotBeWritten();
      // Half a row would make one of it and of what is written next.
      [[maybe_unused]] const int truncated = ::ftruncate(descriptor_, size_);
      return status;
    }
    rest.remove_prefix(static_cast<std::size_t>(count));
  }
  size_ += static_cast<std::int64_t>(added_.size());
  added_.clear();
  return absl::OkStatus();
}

}  // namespace outdial::control
