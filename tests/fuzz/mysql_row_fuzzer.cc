// Rows as anybody may have left them in MySQL: the first byte chooses the table, each line that
// follows is a column, "NULL" is NULL.
#include <charconv>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>
#include <type_traits>

#include "columns.h"
#include "fuzz.h"
#include "outdial/wire/entity_json.h"
#include "outdial/wire/json.h"

namespace {

using outdial::mysql::IntegerColumn;
using outdial::mysql::TextColumn;

// Takes the next line off `rest`.
std::string_view NextLine(std::string_view& rest) {
  const std::size_t end = rest.find('\n');
  const std::string_view line = rest.substr(0, end);
  rest.remove_prefix(end == std::string_view::npos ? rest.size() : end + 1);
  return line;
}

void SetColumn(IntegerColumn& column, std::string_view value) {
  long long number = 0;
  const auto [end, error] = std::from_chars(value.data(), value.data() + value.size(), number);
  error == std::errc() ? column.Set(number) : column.SetNull();
}

void SetColumn(TextColumn& column, std::string_view value) {
  value == "NULL" ? column.SetNull() : column.Set(value);
}

// A row is damaged, which is an error, or is read as something that is written and read as the same
// again, as a row and as JSON.
template <typename Row>
void CheckRow(std::string_view lines) {
  Row row;
  row.ForEachColumn([&](std::string_view, auto& column, outdial::sql::Column) {
    using Kind = std::conditional_t<std::is_same_v<decltype(column), IntegerColumn&>, IntegerColumn,
                                    TextColumn>;
    SetColumn(static_cast<Kind&>(column), NextLine(lines));
  });
  try {
    const typename Row::Entity entity = row.ToEntity();
    OUTDIAL_FUZZ_CHECK(
        outdial::wire::ParseJson(outdial::wire::DumpJson(outdial::wire::ToJson(entity))).ok());
    row.Set(entity);
    OUTDIAL_FUZZ_CHECK(row.ToEntity() == entity);
  } catch (const soci::soci_error&) {
    return;  // damaged
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  const std::string_view lines = outdial::fuzz::ToText(data, size).substr(1);
  switch (data[0] % 3) {
    case 0:
      CheckRow<outdial::mysql::OutdialRow>(lines);
      break;
    case 1:
      CheckRow<outdial::mysql::OutdialTargetRow>(lines);
      break;
    default:
      CheckRow<outdial::mysql::OutdialTargetCallRow>(lines);
  }
  return 0;
}
