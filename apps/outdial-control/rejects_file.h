// The rows that an import refuses, as they were, for somebody to mend them.
#ifndef OUTDIAL_APPS_OUTDIAL_CONTROL_REJECTS_FILE_H_
#define OUTDIAL_APPS_OUTDIAL_CONTROL_REJECTS_FILE_H_

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "outdial/target_files/row_parser.h"

namespace outdial::control {

// A file in the format of the one that is imported, so that it can be imported once it is mended.
// Used by one thread at a time.
class RejectsFile {
 public:
  // A file that exists is overwritten by the first Write, or with `append` goes on at its end.
  // Error: INVALID_ARGUMENT where it cannot be written.
  static absl::StatusOr<RejectsFile> Open(const std::string& path, bool append);

  RejectsFile(RejectsFile&& other) noexcept;
  RejectsFile& operator=(RejectsFile&&) = delete;
  ~RejectsFile();

  // Adds a refused row of `file`, which began in `line`; an empty `text` leaves its place empty.
  // The line and the reason that an earlier import has added to the row are left out.
  void Add(const target_files::RowParser& file, target_files::Format format, std::int64_t line,
           std::string_view reason, std::string_view text);

  // Writes what was added since the last time, all of it or nothing. Error: INVALID_ARGUMENT where
  // it cannot be written.
  absl::Status Write();

 private:
  RejectsFile(int descriptor, std::int64_t size, bool append)
      : descriptor_(descriptor),
        overwrite_(!append && size > 0),
        size_(append ? size : 0),
        has_header_(size_ > 0) {}

  int descriptor_;
  bool overwrite_;     // what is in the file from before; it is still there
  std::int64_t size_;  // of what is in the file for good
  bool has_header_;
  std::optional<std::vector<std::size_t>> columns_of_rejects_;  // nullopt: not looked for yet
  std::string added_;
};

}  // namespace outdial::control

#endif  // OUTDIAL_APPS_OUTDIAL_CONTROL_REJECTS_FILE_H_
