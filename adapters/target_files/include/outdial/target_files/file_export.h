// The targets of a list, as a file in pieces.
#ifndef OUTDIAL_TARGET_FILES_FILE_EXPORT_H_
#define OUTDIAL_TARGET_FILES_FILE_EXPORT_H_

#include <cstddef>
#include <functional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "outdial/entities/outdial_target.h"
#include "outdial/target_files/row_parser.h"

namespace outdial::target_files {

// Reads a list page by page, oldest targets first, and makes a file of it that RowParser reads: an
// import of it adds them in the order in which they were added, which is the one in which they are
// dialled. Nothing of the database is held between two pages: a target that lives all the time is
// in the file once; one that is created meanwhile may be in it or not. Holds a page of few targets,
// because one may be as large as kMaxRowBytes, and a piece. Used by one thread.
class FileExport {
 public:
  // Lists a page of targets, as OutdialTargetService::ListOldest does.
  using ListPage = std::function<absl::StatusOr<std::vector<OutdialTarget>>(
      const CreationPlace& after, std::size_t limit)>;

  // `list_page` must be callable as long as this lives. An empty one, or no format that there is,
  // stops the program.
  FileExport(ListPage list_page, Format format);

  // The next piece; empty after the last one. Blocks as the function does. Errors: those of the
  // function; what came before is not the whole file then.
  absl::StatusOr<std::string> Next();

 private:
  const ListPage list_page_;
  const Format format_;
  bool began_ = false;
  CreationPlace after_{};
  bool complete_ = false;
};

}  // namespace outdial::target_files

#endif  // OUTDIAL_TARGET_FILES_FILE_EXPORT_H_
