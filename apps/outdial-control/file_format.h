// What a file's name says of what is in it.
#ifndef OUTDIAL_APPS_OUTDIAL_CONTROL_FILE_FORMAT_H_
#define OUTDIAL_APPS_OUTDIAL_CONTROL_FILE_FORMAT_H_

#include <string_view>

#include "outdial/target_files/row_parser.h"

namespace outdial::control {

// JSON lines for .jsonl, .ndjson and .json, otherwise CSV.
inline target_files::Format FormatByName(std::string_view path) {
  const bool json =
      path.ends_with(".jsonl") || path.ends_with(".ndjson") || path.ends_with(".json");
  return json ? target_files::Format::kJsonLines : target_files::Format::kCsv;
}

}  // namespace outdial::control

#endif  // OUTDIAL_APPS_OUTDIAL_CONTROL_FILE_FORMAT_H_
