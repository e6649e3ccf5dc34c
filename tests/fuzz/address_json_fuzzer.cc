// The JSON form of an address, and the limits of its fields.
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>

#include "fuzz.h"
#include "outdial/entities/address.h"
#include "outdial/entities/text.h"
#include "outdial/wire/entity_json.h"

namespace {

using outdial::Address;
namespace wire = outdial::wire;

// What Create takes it keeps, and it takes what the limits allow.
void CheckLimits(const Address& address) {
  const auto checked = Address::Create("a", {.type = address.type(),
                                             .target = address.target(),
                                             .target_name = address.target_name(),
                                             .name = address.name(),
                                             .detail = address.detail()});
  const auto within = [](const std::string& text, const outdial::TextLimits& limits) {
    return outdial::CheckText("a", text, limits).ok();
  };
  const bool fits = within(address.type(), outdial::kNameLimits) &&
                    within(address.target(), outdial::kTextLimits) &&
                    within(address.target_name(), outdial::kNameLimits) &&
                    within(address.name(), outdial::kNameLimits) &&
                    within(address.detail(), outdial::kTextLimits);
  OUTDIAL_FUZZ_CHECK(checked.ok() == fits);
  if (fits) OUTDIAL_FUZZ_CHECK(*checked == address);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto text = outdial::fuzz::ToText(data, size);
  outdial::fuzz::CheckEntity(
      text, [](const wire::Json& json) { return wire::AddressFromJson("a", json); },
      [](const std::optional<Address>& value) { return wire::ToJson(value); });

  const auto json = wire::ParseJson(text);
  if (!json.ok()) return 0;
  const auto address = wire::AddressFromJson("a", *json);
  if (address.ok() && address->has_value()) CheckLimits(**address);
  return 0;
}
