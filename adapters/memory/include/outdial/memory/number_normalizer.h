// Telephone numbers by simple rules.
#ifndef OUTDIAL_MEMORY_NUMBER_NORMALIZER_H_
#define OUTDIAL_MEMORY_NUMBER_NORMALIZER_H_

#include <string>
#include <string_view>

#include "absl/status/statusor.h"
#include "outdial/ports/number_normalizer.h"

namespace outdial::memory {

// Knows DE, GB, KR and US. Takes what separates digits out of a number, and its country's code or
// trunk prefix for what they are; every number of 7 to 15 digits, country code included, is one.
// For tests: it knows nothing of the numbers that there really are. Thread-safe, does not block.
class NumberNormalizer final : public outdial::NumberNormalizer {
 public:
  bool IsRegion(std::string_view region) override;
  absl::StatusOr<std::string> Normalize(std::string_view number, std::string_view region) override;
};

}  // namespace outdial::memory

#endif  // OUTDIAL_MEMORY_NUMBER_NORMALIZER_H_
