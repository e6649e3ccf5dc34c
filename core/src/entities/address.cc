#include "outdial/entities/address.h"

#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "outdial/entities/text.h"

namespace outdial {

absl::StatusOr<std::optional<Address>> Address::Create(std::string_view field, Fields fields) {
  struct Check {
    std::string_view key;
    const std::string& value;
    const TextLimits& limits;
  };
  for (const Check& check :
       {Check{"type", fields.type, kNameLimits}, Check{"target", fields.target, kTextLimits},
        Check{"target_name", fields.target_name, kNameLimits},
        Check{"name", fields.name, kNameLimits}, Check{"detail", fields.detail, kTextLimits}}) {
    const std::string path = absl::StrCat(std::string(field), ".", std::string(check.key));
    if (absl::Status status = CheckText(path, check.value, check.limits); !status.ok())
      return status;
  }
  return FromStorage(std::move(fields));
}

std::optional<Address> Address::FromStorage(Fields fields) {
  if (fields == Fields{}) return std::nullopt;
  return Address(std::move(fields));
}

}  // namespace outdial
