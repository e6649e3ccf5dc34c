// Destinations in the cells of a file.
#include <cstddef>
#include <cstdint>
#include <string>

#include "fuzz.h"
#include "outdial/entities/text.h"
#include "outdial/wire/entity_json.h"
#include "reader.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using outdial::Reason;
  const std::string text(outdial::fuzz::ToText(data, size));
  const auto address = outdial::target_files::ReadDestination("destination_0", text);
  if (!address.ok()) {
    // The row is refused, not the file.
    const Reason reason = outdial::GetReason(address.status());
    OUTDIAL_FUZZ_CHECK(reason != Reason::kInternal && reason != Reason::kMalformedRequest);
    return 0;
  }
  if (!address->has_value()) return 0;
  OUTDIAL_FUZZ_CHECK(outdial::IsValidUtf8((*address)->type()));
  OUTDIAL_FUZZ_CHECK(outdial::IsValidUtf8((*address)->target()));
  // As JSON it is read as the same.
  const std::string json = outdial::wire::DumpJson(outdial::wire::ToJson(*address));
  const auto again = outdial::target_files::ReadDestination("destination_0", json);
  OUTDIAL_FUZZ_CHECK(again.ok());
  OUTDIAL_FUZZ_CHECK(*again == *address);
  return 0;
}
