#include "outdial/target_files/file_export.h"

#include <cstddef>
#include <utility>

#include "outdial/entities/misuse.h"
#include "outdial/target_files/row_writer.h"

namespace outdial::target_files {

FileExport::FileExport(ListPage list_page, Format format)
    : list_page_(std::move(list_page)), format_(format) {
  if (!list_page_) StopAtMisuse("target_files::FileExport is given an empty function");
  CheckEnumerator(format, Format::kJsonLines, "target_files::Format");
}

absl::StatusOr<std::string> FileExport::Next() {
  constexpr std::size_t kPieceBytes = 64 * 1024;
  constexpr std::size_t kPageTargets = 16;
  std::string piece = began_ ? "" : FileHead(format_);
  began_ = true;
  while (!complete_ && piece.size() < kPieceBytes) {
    const auto targets = list_page_(after_, kPageTargets);
    if (!targets.ok()) return targets.status();
    for (const OutdialTarget& target : *targets) piece += RowText(target, format_);
    // Of large targets a page holds fewer than it may.
    complete_ = targets->empty();
    if (!complete_) after_ = CreationPlace::Of(targets->back());
  }
  return piece;
}

}  // namespace outdial::target_files
