// Errors of the domain: an absl::Status that carries a stable machine word.
//
// Every function of the library that can fail returns absl::Status or absl::StatusOr. Such a status
// has
//   - a code, which says what kind of failure it is,
//   - a Reason, which says which one, and never changes its spelling,
//   - a message, a sentence a person can act on; it never holds SQL, a secret or a host name,
//   - optionally the name of the field that is wrong.
// It is a value: many threads may read one at once, and nothing here blocks.
#ifndef OUTDIAL_ENTITIES_ERROR_H_
#define OUTDIAL_ENTITIES_ERROR_H_

#include <string>
#include <string_view>

#include "absl/status/status.h"

namespace outdial {

// Why an operation failed. Each reason belongs to exactly one absl::StatusCode (see ReasonCode).
enum class Reason {
  // absl::StatusCode::kInvalidArgument, the request is wrong, whatever the state is:
  kBodyNotJson,                 // what should be JSON text is not, or is not UTF-8
  kBodyRequired,                // an operation that needs a body has none
  kBodyTooDeep,                 // more arrays and objects inside of each other than are read
  kDestinationIndexOutOfRange,  // an index of a destination that is none of 0 to 4
  kDestinationNotSet,           // the target has no destination at this index
  kFilterRequired,              // a list that needs a filter has none
  kInvalidNumber,               // a number that is no integer, or out of range
  kInvalidOnDuplicate,          // no word that OnDuplicateName gives
  kInvalidPageToken,            // a page token that is no `tm_create`
  kInvalidPhoneNumber,          // what should be a telephone number is none
  kInvalidQuery,  // a parameter of a query that cannot be read, or that cannot have this value
  kInvalidReferenceType,  // no word that ReferenceTypeName gives
  kInvalidRegion,         // a region whose telephone numbers are not known
  kInvalidStatus,         // a status that a report cannot set
  kInvalidUuid,           // what should be a UUID is none
  kLeaseOutOfRange,       // a lease below zero, or longer than kMaxLease
  kMalformedRequest,      // a request or file that is not written as its format says, or breaks off
  kMethodNotAllowed,      // the URI is known, and does not take this method
  kTextHasNul,            // text that holds a NUL
  kTextNotStorable,       // text with a character that the database cannot hold
  kTextNotUtf8,           // text that is not valid UTF-8
  kTextTooLong,           // text over its limit, ours or that of the database
  kUnknownFilter,         // there is no filter with this name
  kWrongType,             // a value is of another type than it should be
  // absl::StatusCode::kNotFound:
  kOutdialNotFound,            // no outdial has this id, or it is deleted and should not be
  kOutdialTargetNotFound,      // the same of a target
  kOutdialTargetCallNotFound,  // no target call has this id
  kUriNotFound,                // there is nothing at this URI
  // absl::StatusCode::kFailedPrecondition, the request is right, the state does not allow it:
  kDuplicateDestination,  // a live target of the outdial, or an earlier row, has the destination
  kIdempotencyKeyReused,  // the key belongs to another request
  kOutdialTargetCallNotOpen,     // the call that is named is not the target's open one
  kOutdialTargetNotIdle,         // the target is being dialled, or done
  kOutdialTargetNotProgressing,  // the target is not being dialled
  kTryCountAtMaximum,            // the destination was tried as often as can be counted
  // absl::StatusCode::kAlreadyExists, another delivery of the same request has been committed:
  kRequestAlreadyJournaled,  // its change must not be made again
  // absl::StatusCode::kUnauthenticated:
  kUnauthenticated,  // the request lacks a valid token
  // absl::StatusCode::kResourceExhausted, a limit of ours:
  kBodyTooLarge,    // a body, or a JSON text, holds more than is read
  kHeadTooLarge,    // the request line and headers hold more than is read
  kReplyTooLarge,   // what a reply would hold is more than it may
  kRowTooLarge,     // a row of a file holds more than is read
  kTooManyBodies,   // the bodies that are being read hold together what may be kept of them
  kTooManyStreams,  // as many imports and exports are under way as there may be
  // absl::StatusCode::kUnavailable, trying again later may help:
  kDatabaseUnavailable,     // the database cannot be reached, or is too busy
  kDestinationKeysPending,  // an import waits for the keys of targets that others have added
  kOutboxFull,              // as many events wait to be published as there may be
  kServiceStopping,         // the process is being stopped
  // absl::StatusCode::kInternal:
  kInternal,  // anything else; the message tells nothing of what is inside
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
