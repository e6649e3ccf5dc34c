// Early return on errors.
#ifndef OUTDIAL_CORE_SRC_SERVICES_STATUS_MACROS_H_
#define OUTDIAL_CORE_SRC_SERVICES_STATUS_MACROS_H_

#include <utility>

#include "absl/status/status.h"

// Returns the status of `expression` from the enclosing function, unless it is OK.
#define RETURN_IF_ERROR(expression)                                                     \
  do {                                                                                  \
    if (absl::Status status_of_expression = (expression); !status_of_expression.ok()) { \
      return status_of_expression;                                                      \
    }                                                                                   \
  } while (false)

// Declares `variable` with the value of the absl::StatusOr `expression`, or returns its status.
#define ASSIGN_OR_RETURN(variable, expression)            \
  auto variable##_or = (expression);                      \
  if (!variable##_or.ok()) return variable##_or.status(); \
  auto& variable = *variable##_or  // NOLINT(bugprone-macro-parentheses): a declaration

#endif  // OUTDIAL_CORE_SRC_SERVICES_STATUS_MACROS_H_
