#include "outdial/target_files/file_export.h"

#include <cstddef>

#include "outdial/target_files/row_writer.h"

namespace outdial::target_files {

absl::StatusOr<std::string> FileExport::Next() {
  constexpr std::size_t kPieceBytes = 64 * 1024;
  constexpr std::size_t kPageTargets = 16;
  std::string piece = began_ ? "" : FileHead(format_);
  began_ = true;
  while (!complete_ && piece.size() < kPieceBytes) {
    const auto targets = list_page_(after_, kPageTargets);
    if (!targets.ok()) return targets.status();
    for (const OutdialTarget& target : *targets) piece += RowText(target, format_);
    complete_ = targets->size() < kPageTargets;
    if (!complete_) after_ = CreationPlace::Of(targets->back());
  }
  return piece;
}

}  // namespace outdial::target_files
