// What a command that was carried out leaves.
#ifndef OUTDIAL_APPS_OUTDIAL_CONTROL_OUTCOME_H_
#define OUTDIAL_APPS_OUTDIAL_CONTROL_OUTCOME_H_

#include <cstdlib>
#include <optional>
#include <utility>

#include "outdial/wire/json.h"

namespace outdial::control {

struct Outcome {
  // Implicit, because most commands leave nothing else.
  Outcome(wire::Json printed)  // NOLINT(google-explicit-constructor)
      : result(std::move(printed)) {}
  Outcome(std::optional<wire::Json> printed, int code)
      : result(std::move(printed)), exit_code(code) {}

  std::optional<wire::Json> result;  // is printed
  int exit_code = EXIT_SUCCESS;
};

}  // namespace outdial::control

#endif  // OUTDIAL_APPS_OUTDIAL_CONTROL_OUTCOME_H_
