// The port to what is known about telephone numbers.
#ifndef OUTDIAL_PORTS_NUMBER_NORMALIZER_H_
#define OUTDIAL_PORTS_NUMBER_NORMALIZER_H_

#include <string>
#include <string_view>

#include "absl/status/statusor.h"
#include "outdial/ports/port.h"

namespace outdial {

// Reads telephone numbers as people of a region write them. Thread-safe, does not block.
class NumberNormalizer : public Port {
 public:
  NumberNormalizer() : Port("NumberNormalizer") {}

  // Whether `region` is one whose numbers it knows: two capital letters of ISO 3166-1, "US".
  virtual bool IsRegion(std::string_view region) = 0;

  // `number` in the form of E.164: "+" and digits. A number that starts with "+" may be of any
  // region; others are read as they are dialled in `region`, and are none where that is no
  // region. What is written behind a number, such as a name or a second number, is never dialled
  // with it: such a text is none. Error: INVALID_PHONE_NUMBER, whose message says what is wrong
  // with it.
  virtual absl::StatusOr<std::string> Normalize(std::string_view number,
                                                std::string_view region) = 0;
};

}  // namespace outdial

#endif  // OUTDIAL_PORTS_NUMBER_NORMALIZER_H_
