#include "outdial-control/rejects_file.h"

#include <cerrno>
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
    return absl::StrCat(result, ",\"rejected_row\":", wire::DumpJson(row), "}");
  }
  const auto members = absl::StripLeadingAsciiWhitespace(object.substr(1));
  return absl::StrCat(result, members == "}" ? "" : ",", members);
}

}  // namespace

absl::StatusOr<RejectsFile> RejectsFile::Open(const std::string& path, bool append) {
  std::FILE* const file = std::fopen(path.c_str(), append ? "ae" : "we");
  if (file == nullptr) return CannotBeWritten();
  return RejectsFile(file, std::ftell(file) > 0);
}

absl::Status RejectsFile::Write(const target_files::RowParser& file, Format format,
                                std::int64_t line, std::string_view reason, std::string_view text) {
  std::string row;
  if (format == Format::kJsonLines) {
    row = JsonLine(line, reason, text);
  } else {
    const std::string delimiter(1, file.delimiter());
    if (!has_header_) {
      row = absl::StrCat(std::string(kRejectedLine), delimiter, std::string(kRejectedReason),
                         delimiter, file.header(), "\n");
    }
    absl::StrAppend(&row, line, delimiter, Quoted(reason), delimiter, std::string(text));
  }
  has_header_ = true;
  row += '\n';
  if (std::fwrite(row.data(), 1, row.size(), file_.get()) != row.size()) return CannotBeWritten();
  return absl::OkStatus();
}

absl::Status RejectsFile::Close() {
  if (std::fclose(file_.release()) != 0) return CannotBeWritten();
  return absl::OkStatus();
}

}  // namespace outdial::control
