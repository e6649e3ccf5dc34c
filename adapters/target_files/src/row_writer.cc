#include "outdial/target_files/row_writer.h"

#include <algorithm>
#include <cstddef>
#include <optional>
#include <string_view>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_replace.h"
#include "outdial/entities/address.h"
#include "outdial/entities/slot.h"
#include "outdial/wire/entity_json.h"
#include "outdial/wire/json.h"
#include "reader.h"

namespace outdial::target_files {
namespace {

std::string CsvField(const std::string& text) {
  if (text.find_first_of(",\"\r\n") == std::string::npos) return text;
  return absl::StrCat("\"", absl::StrReplaceAll(text, {{"\"", "\"\""}}), "\"");
}

// As people write it where that says everything, otherwise as JSON.
std::string DestinationText(std::string_view field, const std::optional<Address>& address) {
  if (!address.has_value()) return "";
  const bool stands_alone = address->type() == "tel" || address->type() == "sip";
  std::string text =
      stands_alone ? address->target() : absl::StrCat(address->type(), ":", address->target());
  const auto read = ReadDestination(field, text);
  if (read.ok() && *read == address) return text;
  return wire::DumpJson(wire::ToJson(address));
}

std::string CsvRow(const OutdialTarget& target) {
  const OutdialTarget::Fields& fields = target.fields();
  std::vector<std::string> row = {CsvField(fields.name.value()), CsvField(fields.detail.value()),
                                  CsvField(fields.data.value())};
  for (std::size_t i = 0; i < kSlotCount; ++i) {
    const std::string_view field = kFields.at(kFirstDestination + i);
    row.push_back(CsvField(DestinationText(field, fields.slots[i].address)));
  }
  // A line of commas alone is no row.
  const bool has_text =
      std::any_of(row.begin(), row.end(), [](const std::string& text) { return !text.empty(); });
  if (!has_text) row[0] = "\"\"";
  return absl::StrJoin(row, ",");
}

wire::Json JsonRow(const OutdialTarget& target) {
  const OutdialTarget::Fields& fields = target.fields();
  wire::Json row = wire::Json::object();
  const auto add = [&](std::size_t field, const std::string& text) {
    if (!text.empty()) row[std::string(kFields.at(field))] = text;
  };
  add(0, fields.name.value());
  add(1, fields.detail.value());
  add(kData, fields.data.value());
  for (std::size_t i = 0; i < kSlotCount; ++i) {
    const std::optional<Address>& address = fields.slots[i].address;
    if (address.has_value()) {
      row[std::string(kFields.at(kFirstDestination + i))] = wire::ToJson(address);
    }
  }
  return row;
}

}  // namespace

std::string FileHead(Format format) {
  if (format == Format::kJsonLines) return "";
  const std::vector<std::string> names(kFields.begin(), kFields.end());
  return absl::StrCat(absl::StrJoin(names, ","), "\n");
}

std::string RowText(const OutdialTarget& target, Format format) {
  return absl::StrCat(format == Format::kCsv ? CsvRow(target) : wire::DumpJson(JsonRow(target)),
                      "\n");
}

}  // namespace outdial::target_files
