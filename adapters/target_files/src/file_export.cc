#include "outdial/target_files/file_export.h"

#include <cstddef>

#include "outdial/target_files/row_writer.h"

namespace outdial::target_files {

absl::StatusOr<std::string> FileExport::Next() {
  constexpr std::size_t kPieceBytes = 64 * 1024;
  std::string piece = began_ ? "" : FileHead(format_);
  began_ = true;
  while (!complete_ && piece.size() < kPieceBytes) {
    const auto targets = list_page_(page_);
    if (!targets.ok()) return targets.status();
    for (const OutdialTarget& target : *targets) piece += RowText(target, format_);
    if (!targets->empty()) page_.before = targets->back().fields().tm_create;
    complete_ = targets->size() < page_.size || !page_.before.has_value();
  }
  return piece;
}

}  // namespace outdial::target_files
