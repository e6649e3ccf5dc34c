// The five places in which a target holds its destinations.
#ifndef OUTDIAL_ENTITIES_SLOT_H_
#define OUTDIAL_ENTITIES_SLOT_H_

#include <array>
#include <compare>
#include <cstddef>
#include <cstdint>
#include <optional>

#include "absl/status/statusor.h"
#include "outdial/entities/address.h"

namespace outdial {

// How many destinations a target has at most.
inline constexpr std::size_t kSlotCount = 5;

// A destination and how often it was tried. The count stands for itself: it is kept where the
// address is not set.
struct Slot {
  std::optional<Address> address;
  std::int32_t try_count = 0;

  friend bool operator==(const Slot&, const Slot&) = default;
};

using Slots = std::array<Slot, kSlotCount>;

// The position of a slot, 0 to kSlotCount - 1. Default-constructed it is 0.
class DestinationIndex {
 public:
  constexpr DestinationIndex() = default;

  // Error: DESTINATION_INDEX_OUT_OF_RANGE.
  static absl::StatusOr<DestinationIndex> Create(std::int64_t value);

  // For repositories: an index outside of the range counts as 0.
  static DestinationIndex FromStorage(std::int64_t value);

  constexpr std::size_t value() const { return value_; }

  friend constexpr auto operator<=>(const DestinationIndex&, const DestinationIndex&) = default;

 private:
  explicit constexpr DestinationIndex(std::size_t value) : value_(value) {}

  std::size_t value_ = 0;
};

}  // namespace outdial

#endif  // OUTDIAL_ENTITIES_SLOT_H_
