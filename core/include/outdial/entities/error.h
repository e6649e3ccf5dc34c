// Errors of the domain: an absl::Status that carries a stable machine word.
//
// Every function of the library that can fail returns absl::Status or absl::StatusOr. Such a status
// has
//   - a code, which says what kind of failure it is,
//   - a Reason, which says which one, and never changes its spelling,
//   - a message, a sentence a person can act on; it never holds SQL, a secret or a host name,
//   - optionally the name of the field that is wrong.
#ifndef OUTDIAL_ENTITIES_ERROR_H_
#define OUTDIAL_ENTITIES_ERROR_H_

#include <string>
#include <string_view>

#include "absl/status/status.h"

namespace outdial {

// Why an operation failed. Each reason belongs to exactly one absl::StatusCode (see ReasonCode).
enum class Reason {
  // absl::StatusCode::kInvalidArgument: the request is wrong, whatever the state is.
  kBodyNotJson,
  kBodyRequired,
  kBodyTooDeep,
  kDestinationIndexOutOfRange,
  kDestinationNotSet,
  kFilterRequired,
  kInvalidNumber,
  kInvalidOnDuplicate,
  kInvalidPageToken,
  kInvalidPhoneNumber,
  kInvalidQuery,
  kInvalidReferenceType,
  kInvalidRegion,
  kInvalidStatus,
  kInvalidTimestamp,
  kInvalidUuid,
  kLeaseOutOfRange,
  kMalformedRequest,
  kMethodNotAllowed,
  kTextHasNul,
  kTextNotStorable,
  kTextNotUtf8,
  kTextTooLong,
  kUnknownFilter,
  kWrongType,
  // absl::StatusCode::kNotFound
  kOutdialNotFound,
  kOutdialTargetNotFound,
  kOutdialTargetCallNotFound,
  kUriNotFound,
  // absl::StatusCode::kFailedPrecondition: the request is right, the state does not allow it.
  kDuplicateDestination,
  kIdempotencyKeyReused,
  kOutdialTargetCallNotOpen,
  kOutdialTargetNotIdle,
  kOutdialTargetNotProgressing,
  kTryCountAtMaximum,
  // absl::StatusCode::kAlreadyExists: another delivery of the same request has been committed.
  kRequestAlreadyJournaled,
  // absl::StatusCode::kUnauthenticated
  kUnauthenticated,
  // absl::StatusCode::kResourceExhausted: a limit of ours.
  kBodyTooLarge,
  kHeadTooLarge,
  kRowTooLarge,
  kTooManyStreams,
  // absl::StatusCode::kUnavailable: trying again later may help.
  kDatabaseUnavailable,
  kDestinationKeysPending,
  kOutboxFull,
  kServiceStopping,
  // absl::StatusCode::kInternal
  kInternal,
};

// The stable machine word, for example "OUTDIAL_NOT_FOUND".
std::string_view ReasonName(Reason reason);

// The status code that a reason belongs to.
absl::StatusCode ReasonCode(Reason reason);

// Makes an error. `message` is a sentence for a person; `field` names the wrong field, or is empty.
absl::Status MakeError(Reason reason, std::string_view message, std::string_view field = {});

// The reason of an error; kInternal for a status that MakeError did not make. `status` must not be
// OK.
Reason GetReason(const absl::Status& status);

// The field that an error names; empty where it names none.
std::string GetField(const absl::Status& status);

}  // namespace outdial

#endif  // OUTDIAL_ENTITIES_ERROR_H_
