// The five places in which a target holds its destinations.
// Values: many threads may read one at once, and nothing here blocks.
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

// Ends the program: there is no slot with this index.
[[noreturn]] void StopAtSlotOutOfRange(std::size_t index);

// One value for each slot, in order. An aggregate: PerSlot<int>{3, 1} is 3, 1, 0, 0, 0, and a sixth
// value does not compile.
template <typename T>
struct PerSlot {
  // An index that is not below kSlotCount stops the program with a message that names it; in a
  // constant it does not compile.
  constexpr T& operator[](std::size_t index) {
    if (index >= kSlotCount) StopAtSlotOutOfRange(index);
    return unchecked[index];
  }
  constexpr const T& operator[](std::size_t index) const {
    if (index >= kSlotCount) StopAtSlotOutOfRange(index);
    return unchecked[index];
  }

  // As those of an array.
  static constexpr std::size_t size() { return kSlotCount; }
  // Sets all of them to the same.
  constexpr void fill(const T& value) { unchecked.fill(value); }

  // Random-access iterators over all slots, in order.
  constexpr auto begin() { return unchecked.begin(); }
  constexpr auto end() { return unchecked.end(); }
  constexpr auto begin() const { return unchecked.begin(); }
  constexpr auto end() const { return unchecked.end(); }

  friend constexpr bool operator==(const PerSlot&, const PerSlot&) = default;
  friend constexpr auto operator<=>(const PerSlot&, const PerSlot&) = default;

  // Public so that this is an aggregate; use the functions.
  std::array<T, kSlotCount> unchecked{};
};

// A destination and how often it was tried. The count stands for itself: it is kept where the
// address is not set.
struct Slot {
  std::optional<Address> address;  // nullopt: not set
  std::int32_t try_count = 0;      // 0: not yet

  friend bool operator==(const Slot&, const Slot&) = default;
};

// All slots of a target.
using Slots = PerSlot<Slot>;

// The position of a slot, 0 to kSlotCount - 1. Default-constructed it is 0.
class DestinationIndex {
 public:
  constexpr DestinationIndex() = default;

  // Error: DESTINATION_INDEX_OUT_OF_RANGE.
  static absl::StatusOr<DestinationIndex> Create(std::int64_t value);

  // For repositories: an index outside of the range counts as 0.
  static DestinationIndex FromStorage(std::int64_t value);

  // Below kSlotCount.
  constexpr std::size_t value() const { return value_; }

  friend constexpr auto operator<=>(const DestinationIndex&, const DestinationIndex&) = default;

 private:
  explicit constexpr DestinationIndex(std::size_t value) : value_(value) {}

  std::size_t value_ = 0;
};

}  // namespace outdial

#endif  // OUTDIAL_ENTITIES_SLOT_H_
