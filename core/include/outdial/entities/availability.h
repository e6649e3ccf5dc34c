// Whom may I call next? The rule, as pure functions of slots and thresholds.
// Values and pure functions: many threads may read a value at once, and nothing here blocks.
#ifndef OUTDIAL_ENTITIES_AVAILABILITY_H_
#define OUTDIAL_ENTITIES_AVAILABILITY_H_

#include <compare>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "outdial/entities/slot.h"

namespace outdial {

// For each slot: it may be dialled while its try count is below this; never where this is negative.
using TryThresholds = PerSlot<std::int64_t>;

// For each slot: how often it was tried; nullopt where it is not set.
using TryCounts = PerSlot<std::optional<std::int32_t>>;

// The try count of every slot that is set, and nothing for one that is not: all that availability
// depends on.
//
// A list of any size holds few distinct signatures, because dialling walks slot by slot. A
// repository that indexes its idle, live targets by (outdial, signature, tm_update, id) finds the
// next target without scanning: it skips from signature to signature, asks IsEligible, and seeks
// into those that are.
class Signature {
 public:
  constexpr Signature() = default;

  // The signature of a target with these slots, or that whose parts are `try_counts`.
  explicit Signature(const Slots& slots);
  explicit constexpr Signature(const TryCounts& try_counts) : try_counts_(try_counts) {}

  // Reads ToText's form; nullopt for anything else.
  static std::optional<Signature> FromText(std::string_view text);

  // Eight lower-case hexadecimal digits (two's complement) for each set slot, eight dashes for an
  // unset one: 40 characters.
  std::string ToText() const;

  // What it consists of.
  constexpr const TryCounts& try_counts() const { return try_counts_; }

  // The lowest slot that is set and whose try count is below its threshold; nullopt where there is
  // none.
  std::optional<DestinationIndex> LowestEligible(const TryThresholds& thresholds) const;

  // Whether there is one.
  bool IsEligible(const TryThresholds& thresholds) const {
    return LowestEligible(thresholds).has_value();
  }

  friend auto operator<=>(const Signature&, const Signature&) = default;

 private:
  TryCounts try_counts_{};
};

}  // namespace outdial

#endif  // OUTDIAL_ENTITIES_AVAILABILITY_H_
