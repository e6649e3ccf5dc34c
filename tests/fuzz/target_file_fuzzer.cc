// Files of targets. The first byte of an input says of which format and in what pieces it comes.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "fuzz.h"
#include "outdial/entities/text.h"
#include "outdial/target_files/row_parser.h"

namespace {

using outdial::target_files::FileSettings;
using outdial::target_files::Row;

struct File {
  std::vector<Row> rows;
  absl::Status status;
};

File Read(std::string_view text, const FileSettings& settings, std::size_t piece_size) {
  File file;
  outdial::target_files::RowParser parser(settings,
                                          [&](Row row) { file.rows.push_back(std::move(row)); });
  for (; !text.empty() && file.status.ok(); text.remove_prefix(std::min(piece_size, text.size()))) {
    file.status = parser.Parse(text.substr(0, piece_size));
  }
  if (file.status.ok()) file.status = parser.Finish();
  return file;
}

void CheckRow(const Row& row, std::int64_t line_before, std::size_t size) {
  OUTDIAL_FUZZ_CHECK(row.line > line_before);
  OUTDIAL_FUZZ_CHECK(row.size <= size);
  if (!row.target.ok()) return;
  OUTDIAL_FUZZ_CHECK(outdial::IsValidUtf8(row.target->name.value()));
  OUTDIAL_FUZZ_CHECK(outdial::IsValidUtf8(row.target->data.value()));
  for (const auto& address : row.target->destinations) {
    OUTDIAL_FUZZ_CHECK(!address.has_value() || outdial::IsValidUtf8(address->target()));
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  const std::uint8_t choice = data[0];
  const std::string_view text = outdial::fuzz::ToText(data + 1, size - 1);
  const FileSettings settings{.format = choice & 1 ? outdial::target_files::Format::kJsonLines
                                                   : outdial::target_files::Format::kCsv,
                              .encoding = choice & 2 ? outdial::target_files::Encoding::kLatin1
                                                     : outdial::target_files::Encoding::kUtf8,
                              .keep_rest = (choice & 4) != 0,
                              .keep_text = (choice & 8) != 0};
  const File whole = Read(text, settings, std::max<std::size_t>(text.size(), 1));
  std::int64_t line = 0;
  for (const Row& row : whole.rows) {
    CheckRow(row, line, text.size());
    line = row.line;
  }
  // What is read does not depend on the pieces in which it comes.
  const File pieces = Read(text, settings, 1 + choice / 16);
  OUTDIAL_FUZZ_CHECK(pieces.status == whole.status);
  OUTDIAL_FUZZ_CHECK(pieces.rows.size() == whole.rows.size());
  for (std::size_t i = 0; i < whole.rows.size(); ++i) {
    OUTDIAL_FUZZ_CHECK(pieces.rows[i].line == whole.rows[i].line);
    OUTDIAL_FUZZ_CHECK(pieces.rows[i].text == whole.rows[i].text);
    OUTDIAL_FUZZ_CHECK(pieces.rows[i].target.status() == whole.rows[i].target.status());
  }
  return 0;
}
