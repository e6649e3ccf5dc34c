#include "outdial/entities/slot.h"

#include <cstddef>
#include <cstdint>

#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "outdial/entities/error.h"
#include "outdial/entities/misuse.h"

namespace outdial {
namespace {

constexpr bool InRange(std::int64_t value) {
  return value >= 0 && value < static_cast<std::int64_t>(kSlotCount);
}

}  // namespace

void StopAtSlotOutOfRange(std::size_t index) {
  StopAtMisuse(absl::StrCat("PerSlot::operator[] is given the index ", index,
                            ": a target has the slots 0 to ", kSlotCount - 1));
}

absl::StatusOr<DestinationIndex> DestinationIndex::Create(std::int64_t value) {
  if (!InRange(value)) {
    return MakeError(Reason::kDestinationIndexOutOfRange,
                     absl::StrCat("The destination_index must be from 0 to ", kSlotCount - 1, "."),
                     "destination_index");
  }
  return DestinationIndex(static_cast<std::size_t>(value));
}

DestinationIndex DestinationIndex::FromStorage(std::int64_t value) {
  return InRange(value) ? DestinationIndex(static_cast<std::size_t>(value)) : DestinationIndex();
}

}  // namespace outdial
