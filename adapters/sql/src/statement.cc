#include "outdial/sql/statement.h"

#include "absl/status/statusor.h"
#include "outdial/wire/entity_json.h"
#include "outdial/wire/json.h"

namespace outdial::sql {

void AddressColumn::Set(const std::optional<Address>& address) {
  if (address.has_value()) {
    TextColumn::Set(wire::DumpJson(wire::ToJson(address)));
  } else {
    SetNull();
  }
}

std::optional<Address> AddressColumn::ToAddress() const {
  if (is_null()) return std::nullopt;
  const absl::StatusOr<wire::Json> json = wire::ParseJson(value());
  if (!json.ok()) return std::nullopt;
  absl::StatusOr<std::optional<Address>> address = wire::AddressFromJson("destination", *json);
  return address.ok() ? *std::move(address) : std::nullopt;
}

}  // namespace outdial::sql
