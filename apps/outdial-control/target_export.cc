#include "outdial-control/target_export.h"

#include <sys/stat.h>

#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <optional>
#include <utility>

#include "absl/strings/str_cat.h"
#include "outdial-control/file_format.h"
#include "outdial/entities/page.h"
#include "outdial/target_files/file_export.h"

namespace outdial::control {
namespace {

absl::Status CannotBeWritten() {
  return absl::InvalidArgumentError(
      absl::StrCat("The file cannot be written: ", std::strerror(errno), "."));
}

// Whether something is there that is no file: a device, a pipe.
bool IsSpecial(const std::string& path) {
  struct stat status {};
  return ::stat(path.c_str(), &status) == 0 && !S_ISREG(status.st_mode);
}

// Where the file goes: standard output, what is no file, or a file beside the one that it becomes.
class OutputFile {
 public:
  explicit OutputFile(const std::string& path)
      : path_(path), part_path_(path == "-" || IsSpecial(path) ? "" : path + ".part") {
    if (path == "-") {
      file_ = stdout;
    } else {
      file_ = std::fopen(part_path_.empty() ? path.c_str() : part_path_.c_str(), "we");
    }
  }

  ~OutputFile() {
    if (file_ != nullptr && file_ != stdout) std::fclose(file_);
    if (!part_path_.empty() && !finished_) std::remove(part_path_.c_str());
  }

  OutputFile(const OutputFile&) = delete;
  OutputFile& operator=(const OutputFile&) = delete;

  absl::Status Write(const std::string& text) {
    if (file_ == nullptr || std::fwrite(text.data(), 1, text.size(), file_) != text.size()) {
      return CannotBeWritten();
    }
    return absl::OkStatus();
  }

  absl::Status Finish() {
    if (std::fflush(file_) != 0) return CannotBeWritten();
    if (!part_path_.empty() && std::rename(part_path_.c_str(), path_.c_str()) != 0) {
      return CannotBeWritten();
    }
    finished_ = true;
    return absl::OkStatus();
  }

 private:
  const std::string path_;
  const std::string part_path_;  // empty: it is written where it belongs
  std::FILE* file_;              // null: it could not be opened
  bool finished_ = false;
};

}  // namespace

absl::StatusOr<Outcome> ExportTargets(Services& services, OutdialId outdial_id,
                                      const ExportOptions& options) {
  target_files::FileExport source(
      [&](const Page& page) { return services.targets.List(outdial_id, page); },
      options.format.value_or(FormatByName(options.path)));
  // What is wrong with the outdial is said before a file is touched.
  absl::StatusOr<std::string> piece = source.Next();
  if (!piece.ok()) return piece.status();
  OutputFile file(options.path);
  while (true) {
    if (absl::Status status = file.Write(*piece); !status.ok()) return status;
    piece = source.Next();
    if (!piece.ok()) return piece.status();
    if (piece->empty()) break;
  }
  if (absl::Status status = file.Finish(); !status.ok()) return status;
  return Outcome(std::nullopt, EXIT_SUCCESS);
}

}  // namespace outdial::control
