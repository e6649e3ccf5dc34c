#include "outdial-control/rejects_file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstddef>
#include <cstring>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "outdial/wire/json.h"

namespace outdial::control {
namespace {

using target_files::Format;
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

// An object gets two more keys; what is no object becomes the value of a third one.
std::string JsonLine(std::int64_t line, std::string_view reason, std::string_view text) {
  std::string result = wire::DumpJson({{kRejectedLine, line}, {kRejectedReason, reason}});
  result.pop_back();
  const auto object = absl::StripAsciiWhitespace({text.data(), text.size()});
  if (object.empty() || object.front() != '{') {
    const wire::Json row = std::string(text);
    return absl::StrCat(result, ",\"", std::string(target_files::kRejectedRow),
                        "\":", wire::DumpJson(row), "}");
  }
  const auto members = absl::StripLeadingAsciiWhitespace(object.substr(1));
  return absl::StrCat(result, members == "}" ? "" : ",", members);
}

}  // namespace

absl::StatusOr<RejectsFile> RejectsFile::Open(const std::string& path, bool append) {
  constexpr mode_t kMode = 0666;
  const int descriptor = ::open(
      path.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC | (append ? 0 : O_TRUNC), kMode);
  if (descriptor < 0) return CannotBeWritten();
  struct stat file {};
  return RejectsFile(descriptor, ::fstat(descriptor, &file) == 0 ? file.st_size : 0);
}

RejectsFile::RejectsFile(RejectsFile&& other) noexcept
    : descriptor_(std::exchange(other.descriptor_, -1)),
      size_(other.size_),
      has_header_(other.has_header_),
      added_(std::move(other.added_)) {}

RejectsFile::~RejectsFile() {
  if (descriptor_ >= 0) ::close(descriptor_);
}

void RejectsFile::Add(const target_files::RowParser& file, Format format, std::int64_t line,
                      std::string_view reason, std::string_view text) {
  if (format == Format::kJsonLines) {
    absl::StrAppend(&added_, JsonLine(line, reason, text), "\n");
    return;
  }
  const std::string delimiter(1, file.delimiter());
  if (!has_header_) {
    absl::StrAppend(&added_, std::string(kRejectedLine), delimiter, std::string(kRejectedReason),
                    delimiter, file.header(), "\n");
    has_header_ = true;
  }
  absl::StrAppend(&added_, line, delimiter, Quoted(reason), delimiter, std::string(text), "\n");
}

absl::Status RejectsFile::Write() {
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
