// A dialogue with the service before this one, as it was recorded.
#ifndef OUTDIAL_TESTS_SUPPORT_WIRE_EXAMPLES_H_
#define OUTDIAL_TESTS_SUPPORT_WIRE_EXAMPLES_H_

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "nlohmann/json.hpp"

namespace outdial::test {

struct WireExample {
  std::string request;  // envelopes
  std::string reply;
};

// In the order in which they were sent. (The recorded replies of `available` hold {} where all
// others hold null for a destination that is not set: here they hold null.)
const std::vector<WireExample>& WireExamples();

// The envelopes of the events of that dialogue that concern the outdial.
const std::vector<std::string>& EventExamples();

// Holds the dialogue again: knows which of our ids stands for which recorded one.
class WireReplay {
 public:
  // `text` with our ids in place of the recorded ones.
  std::string Translate(std::string_view text) const;

  // Empty where both are equal as JSON, ids and times apart; else says what is different. Learns
  // the ids.
  std::string Compare(std::string_view recorded, std::string_view actual);

 private:
  std::string CompareValues(const nlohmann::json& expected, const nlohmann::json& actual);

  std::map<std::string, std::string> ids_;  // ours by recorded ones
};

}  // namespace outdial::test

#endif  // OUTDIAL_TESTS_SUPPORT_WIRE_EXAMPLES_H_
