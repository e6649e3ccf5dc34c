// The JSON form of Event.
#include <cstddef>
#include <cstdint>

#include "fuzz.h"
#include "outdial/wire/entity_json.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  namespace wire = outdial::wire;
  outdial::fuzz::CheckEntity(
      outdial::fuzz::ToText(data, size),
      [](const wire::Json& json) { return wire::EventFromJson(json); },
      [](const outdial::Event& value) { return wire::ToJson(value); });
  return 0;
}
