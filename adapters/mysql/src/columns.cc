#include "columns.h"

#include <charconv>
#include <cstddef>
#include <system_error>
#include <utility>

#include "absl/strings/escaping.h"

namespace outdial::mysql {

std::string HexOf(const Uuid& uuid) {
  const Uuid::Bytes& bytes = uuid.bytes();
  return absl::BytesToHexString({reinterpret_cast<const char*>(bytes.data()), bytes.size()});
}

std::optional<Uuid> UuidOfHex(std::string_view hex) {
  Uuid::Bytes bytes{};
  if (hex.size() != 2 * bytes.size()) return std::nullopt;
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    const char* const digits = hex.data() + 2 * i;
    const auto [parsed_to, error] = std::from_chars(digits, digits + 2, bytes[i], 16);
    if (error != std::errc() || parsed_to != digits + 2) return std::nullopt;
  }
  return Uuid(bytes);
}

std::string TextOf(absl::Time time) {
  std::string text = FormatTimestamp(time);
  text.pop_back();  // the Z
  return text;
}

void TimeColumn::Set(const std::optional<absl::Time>& time) {
  time.has_value() ? TextColumn::Set(TextOf(*time)) : SetNull();
}

std::optional<absl::Time> TimeColumn::ToTime() const {
  if (is_null()) return std::nullopt;
  const std::string text = value();
  if (text.starts_with("9999-") || text.starts_with("0000-00-00")) return std::nullopt;
  const std::optional<absl::Time> time = ParseTimestamp(text);
  if (!time.has_value()) throw soci::soci_error("damaged time");
  return time;
}

void OutdialTargetRow::Set(const OutdialTarget& target) {
  sql::OutdialTargetRow<ColumnKinds>::Set(target);
  const OutdialTarget::Fields& fields = target.fields();
  if (!fields.lease_until.has_value()) lease_until.TextColumn::Set(kNever);
  lease_version.Set(fields.lease_until.has_value() ? fields.tm_update : std::nullopt);
}

OutdialTarget OutdialTargetRow::ToEntity() const {
  OutdialTarget target = sql::OutdialTargetRow<ColumnKinds>::ToEntity();
  if (!target.fields().lease_until.has_value() || lease_version.ToTime() == tm_update.ToTime()) {
    return target;
  }
  OutdialTarget::Fields fields = target.fields();
  fields.lease_until = std::nullopt;
  return OutdialTarget(std::move(fields));
}

void OutdialTargetCallRow::Set(const OutdialTargetCall& call) {
  sql::OutdialTargetCallRow<ColumnKinds>::Set(call);
  exclusive.Set(1);
}

}  // namespace outdial::mysql
