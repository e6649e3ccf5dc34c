// The rows that an import refuses, as they were, for somebody to mend them.
#ifndef OUTDIAL_APPS_OUTDIAL_CONTROL_REJECTS_FILE_H_
#define OUTDIAL_APPS_OUTDIAL_CONTROL_REJECTS_FILE_H_

#include <cstdint>
#include <cstdio>
#include <memory>
#include <string>
#include <string_view>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "outdial/target_files/row_parser.h"

namespace outdial::control {

// A file in the format of the one that is imported, so that it can be imported once it is mended.
// Used by one thread at a time.
class RejectsFile {
 public:
  // Overwrites a file that exists, or with `append` goes on at its end. Error: INVALID_ARGUMENT
  // where it cannot be written.
  static absl::StatusOr<RejectsFile> Open(const std::string& path, bool append);

  // Writes a refused row of `file`, which began in `line`. Errors: as Open; what was written before
  // may be lost too.
  absl::Status Write(const target_files::RowParser& file, target_files::Format format,
                     std::int64_t line, std::string_view reason, std::string_view text);

  // Everything is in the file when it returns OK. Errors: as Write.
  absl::Status Close();

 private:
  struct Closer {
    void operator()(std::FILE* file) const { std::fclose(file); }
  };

  RejectsFile(std::FILE* file, bool has_header) : file_(file), has_header_(has_header) {}

  std::unique_ptr<std::FILE, Closer> file_;
  bool has_header_;
};

}  // namespace outdial::control

#endif  // OUTDIAL_APPS_OUTDIAL_CONTROL_REJECTS_FILE_H_
