// What the failures of the server and of its client library mean.
#ifndef OUTDIAL_ADAPTERS_MYSQL_SRC_ERRORS_H_
#define OUTDIAL_ADAPTERS_MYSQL_SRC_ERRORS_H_

#include <exception>

#include "absl/status/status.h"

namespace outdial::mysql {

enum class Failure {
  kStatement,   // the statement alone was refused: the transaction can go on
  kPassing,     // the transaction has to be rolled back, and may succeed the next time
  kConnection,  // the connection is of no use any more
  kServer,      // the server cannot do it: a connection made anew may lead to one that can
  kOther,       // the transaction has to be rolled back
};

// Of an exception that SOCI threw.
Failure FailureOf(const std::exception& exception);

// Whether a row with the same key is there already.
bool IsDuplicateKey(const std::exception& exception);

// What an exception of SOCI's tells the caller: DATABASE_UNAVAILABLE, INTERNAL, TEXT_NOT_STORABLE
// or TEXT_TOO_LONG, with a message that says nothing of what is inside.
absl::Status ToStatus(const std::exception& exception);

}  // namespace outdial::mysql

#endif  // OUTDIAL_ADAPTERS_MYSQL_SRC_ERRORS_H_
