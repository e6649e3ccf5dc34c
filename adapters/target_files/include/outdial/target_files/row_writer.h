// Files of targets, written row by row.
// Pure functions: any thread may call them at any time, and none blocks.
#ifndef OUTDIAL_TARGET_FILES_ROW_WRITER_H_
#define OUTDIAL_TARGET_FILES_ROW_WRITER_H_

#include <string>

#include "outdial/entities/outdial_target.h"
#include "outdial/target_files/row_parser.h"

namespace outdial::target_files {

// What a file begins with: of CSV the line that names its columns, separated by commas; nothing of
// JSON lines.
std::string FileHead(Format format);

// A target as a row of a file, with the end of its line. RowParser reads from it what the target
// was created from: name, detail, data and destinations; what was dialled is left out.
std::string RowText(const OutdialTarget& target, Format format);

}  // namespace outdial::target_files

#endif  // OUTDIAL_TARGET_FILES_ROW_WRITER_H_
