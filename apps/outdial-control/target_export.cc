#include "outdial-control/target_export.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstddef>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <optional>
#include <system_error>

#include "absl/strings/str_cat.h"
#include "outdial-control/file_format.h"
#include "outdial/apps/signals.h"
#include "outdial/entities/outdial_target.h"
#include "outdial/target_files/file_export.h"

namespace outdial::control {
namespace {

absl::Status CannotBeWritten() {
  return absl::InvalidArgumentError(
      absl::StrCat("The file cannot be written: ", std::strerror(errno), "."));
}

// What a new file may be used for, as the user's umask has it.
mode_t NewFileMode() {
  const mode_t mask = ::umask(0);
  ::umask(mask);
  return 0666 & ~mask;
}

// Where the file goes: standard output, what is no file (a device, a pipe), or a new file beside
// the one that it becomes.
class OutputFile {
 public:
  explicit OutputFile(const std::string& path) {
    struct stat there {};
    const bool exists = path != "-" && ::stat(path.c_str(), &there) == 0;
    if (path == "-") {
      file_ = stdout;
    } else if (exists && !S_ISREG(there.st_mode)) {
      file_ = std::fopen(path.c_str(), "we");
    } else {
      // What a link leads to is replaced, not the link.
      std::error_code no_such_file;
      const auto target = std::filesystem::canonical(path, no_such_file);
      path_ = no_such_file ? path : target.string();
      OpenBeside(exists ? there.st_mode & 07777 : NewFileMode());
    }
  }

  ~OutputFile() {
    if (file_ != nullptr && file_ != stdout) std::fclose(file_);
    if (!part_path_.empty()) std::remove(part_path_.c_str());
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
    if (part_path_.empty()) return absl::OkStatus();
    if (::fsync(::fileno(file_)) != 0 || std::rename(part_path_.c_str(), path_.c_str()) != 0) {
      return CannotBeWritten();
    }
    part_path_.clear();
    return absl::OkStatus();
  }

 private:
  void OpenBeside(mode_t mode) {
    std::string name = path_ + ".XXXXXX";
    const int descriptor = ::mkostemp(name.data(), O_CLOEXEC);
    if (descriptor < 0) return;
    part_path_ = name;
    file_ = ::fdopen(descriptor, "w");
    ::fchmod(descriptor, mode);
  }

  std::string path_;
  std::string part_path_;      // empty: there is none
  std::FILE* file_ = nullptr;  // null: it could not be opened
};

}  // namespace

absl::StatusOr<Outcome> ExportTargets(Services& services, OutdialId outdial_id,
                                      const ExportOptions& options) {
  target_files::FileExport source(
      [&](const CreationPlace& after, std::size_t limit) {
        return services.targets.ListOldest(outdial_id, after, limit);
      },
      options.format.value_or(FormatByName(options.path)));
  // What is wrong with the outdial is said before a file is touched.
  absl::StatusOr<std::string> piece = source.Next();
  if (!piece.ok()) return piece.status();
  const apps::StopSignalWatch signals;
  OutputFile file(options.path);
  while (true) {
    if (signals.stopped()) return Outcome(std::nullopt, signals.exit_code());
    if (absl::Status status = file.Write(*piece); !status.ok()) return status;
    piece = source.Next();
    if (!piece.ok()) return piece.status();
    if (piece->empty()) break;
  }
  if (absl::Status status = file.Finish(); !status.ok()) return status;
  return Outcome(std::nullopt, EXIT_SUCCESS);
}

}  // namespace outdial::control
