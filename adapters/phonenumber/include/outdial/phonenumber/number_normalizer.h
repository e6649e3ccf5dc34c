// Telephone numbers by Google's libphonenumber.
#ifndef OUTDIAL_PHONENUMBER_NUMBER_NORMALIZER_H_
#define OUTDIAL_PHONENUMBER_NUMBER_NORMALIZER_H_

#include <string>
#include <string_view>

#include "absl/status/statusor.h"
#include "outdial/ports/number_normalizer.h"

namespace outdial::phonenumber {

// Knows the numbering plans of all regions, as they were when the library was made: a number is one
// where some region's plan has room for it. A number with an extension is none, because E.164 has
// no place for it. Four or more letters are the digits that they stand for on a telephone in
// numbers of country code 1, "1-800-FLOWERS"; else a text with a letter behind a digit is none.
// What has a number of its own in front of a slash is none either, because it has several:
// "030 1234567/68". So is a short number with a long extension behind a slash, as some in Austria
// have. Takes 5 to 15 microseconds for a number, and as long again for each part with a digit that
// ends with a slash; the first call of the process reads the plans, which takes some milliseconds.
// Thread-safe, does not block.
class NumberNormalizer final : public outdial::NumberNormalizer {
 public:
  bool IsRegion(std::string_view region) override;
  absl::StatusOr<std::string> Normalize(std::string_view number, std::string_view region) override;
};

}  // namespace outdial::phonenumber

#endif  // OUTDIAL_PHONENUMBER_NUMBER_NORMALIZER_H_
