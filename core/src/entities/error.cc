#include "outdial/entities/error.h"

#include <array>
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

#include "absl/status/status.h"
#include "absl/strings/cord.h"
#include "absl/strings/string_view.h"
#include "outdial/entities/misuse.h"

namespace outdial {
namespace {

constexpr char kReasonPayload[] = "outdial.reason";
constexpr char kFieldPayload[] = "outdial.field";

struct ReasonInfo {
  Reason reason;
  std::string_view name;
  absl::StatusCode code;
};

using absl::StatusCode;

constexpr std::array kReasons = {
    ReasonInfo{Reason::kBodyNotJson, "BODY_NOT_JSON", StatusCode::kInvalidArgument},
    ReasonInfo{Reason::kBodyRequired, "BODY_REQUIRED", StatusCode::kInvalidArgument},
    ReasonInfo{Reason::kBodyTooDeep, "BODY_TOO_DEEP", StatusCode::kInvalidArgument},
    ReasonInfo{Reason::kDestinationIndexOutOfRange, "DESTINATION_INDEX_OUT_OF_RANGE",
               StatusCode::kInvalidArgument},
    ReasonInfo{Reason::kDestinationNotSet, "DESTINATION_NOT_SET", StatusCode::kInvalidArgument},
    ReasonInfo{Reason::kFilterRequired, "FILTER_REQUIRED", StatusCode::kInvalidArgument},
    ReasonInfo{Reason::kInvalidNumber, "INVALID_NUMBER", StatusCode::kInvalidArgument},
    ReasonInfo{Reason::kInvalidOnDuplicate, "INVALID_ON_DUPLICATE", StatusCode::kInvalidArgument},
    ReasonInfo{Reason::kInvalidPageToken, "INVALID_PAGE_TOKEN", StatusCode::kInvalidArgument},
    ReasonInfo{Reason::kInvalidPhoneNumber, "INVALID_PHONE_NUMBER", StatusCode::kInvalidArgument},
    ReasonInfo{Reason::kInvalidQuery, "INVALID_QUERY", StatusCode::kInvalidArgument},
    ReasonInfo{Reason::kInvalidReferenceType, "INVALID_REFERENCE_TYPE",
               StatusCode::kInvalidArgument},
    ReasonInfo{Reason::kInvalidRegion, "INVALID_REGION", StatusCode::kInvalidArgument},
    ReasonInfo{Reason::kInvalidStatus, "INVALID_STATUS", StatusCode::kInvalidArgument},
    ReasonInfo{Reason::kInvalidUuid, "INVALID_UUID", StatusCode::kInvalidArgument},
    ReasonInfo{Reason::kLeaseOutOfRange, "LEASE_OUT_OF_RANGE", StatusCode::kInvalidArgument},
    ReasonInfo{Reason::kMalformedRequest, "MALFORMED_REQUEST", StatusCode::kInvalidArgument},
    ReasonInfo{Reason::kMethodNotAllowed, "METHOD_NOT_ALLOWED", StatusCode::kInvalidArgument},
    ReasonInfo{Reason::kTextHasNul, "TEXT_HAS_NUL", StatusCode::kInvalidArgument},
    ReasonInfo{Reason::kTextNotStorable, "TEXT_NOT_STORABLE", StatusCode::kInvalidArgument},
    ReasonInfo{Reason::kTextNotUtf8, "TEXT_NOT_UTF8", StatusCode::kInvalidArgument},
    ReasonInfo{Reason::kTextTooLong, "TEXT_TOO_LONG", StatusCode::kInvalidArgument},
    ReasonInfo{Reason::kUnknownFilter, "UNKNOWN_FILTER", StatusCode::kInvalidArgument},
    ReasonInfo{Reason::kWrongType, "WRONG_TYPE", StatusCode::kInvalidArgument},
    ReasonInfo{Reason::kOutdialNotFound, "OUTDIAL_NOT_FOUND", StatusCode::kNotFound},
    ReasonInfo{Reason::kOutdialTargetNotFound, "OUTDIAL_TARGET_NOT_FOUND", StatusCode::kNotFound},
    ReasonInfo{Reason::kOutdialTargetCallNotFound, "OUTDIAL_TARGET_CALL_NOT_FOUND",
               StatusCode::kNotFound},
    ReasonInfo{Reason::kUriNotFound, "URI_NOT_FOUND", StatusCode::kNotFound},
    ReasonInfo{Reason::kDuplicateDestination, "DUPLICATE_DESTINATION",
               StatusCode::kFailedPrecondition},
    ReasonInfo{Reason::kIdempotencyKeyReused, "IDEMPOTENCY_KEY_REUSED",
               StatusCode::kFailedPrecondition},
    ReasonInfo{Reason::kOutdialTargetCallNotOpen, "OUTDIAL_TARGET_CALL_NOT_OPEN",
               StatusCode::kFailedPrecondition},
    ReasonInfo{Reason::kOutdialTargetNotIdle, "OUTDIAL_TARGET_NOT_IDLE",
               StatusCode::kFailedPrecondition},
    ReasonInfo{Reason::kOutdialTargetNotProgressing, "OUTDIAL_TARGET_NOT_PROGRESSING",
               StatusCode::kFailedPrecondition},
    ReasonInfo{Reason::kTryCountAtMaximum, "TRY_COUNT_AT_MAXIMUM", StatusCode::kFailedPrecondition},
    ReasonInfo{Reason::kRequestAlreadyJournaled, "REQUEST_ALREADY_JOURNALED",
               StatusCode::kAlreadyExists},
    ReasonInfo{Reason::kUnauthenticated, "UNAUTHENTICATED", StatusCode::kUnauthenticated},
    ReasonInfo{Reason::kBodyTooLarge, "BODY_TOO_LARGE", StatusCode::kResourceExhausted},
    ReasonInfo{Reason::kHeadTooLarge, "HEAD_TOO_LARGE", StatusCode::kResourceExhausted},
    ReasonInfo{Reason::kReplyTooLarge, "REPLY_TOO_LARGE", StatusCode::kResourceExhausted},
    ReasonInfo{Reason::kRowTooLarge, "ROW_TOO_LARGE", StatusCode::kResourceExhausted},
    ReasonInfo{Reason::kTooManyBodies, "TOO_MANY_BODIES", StatusCode::kResourceExhausted},
    ReasonInfo{Reason::kTooManyStreams, "TOO_MANY_STREAMS", StatusCode::kResourceExhausted},
    ReasonInfo{Reason::kDatabaseUnavailable, "DATABASE_UNAVAILABLE", StatusCode::kUnavailable},
    ReasonInfo{Reason::kDestinationKeysPending, "DESTINATION_KEYS_PENDING",
               StatusCode::kUnavailable},
    ReasonInfo{Reason::kOutboxFull, "OUTBOX_FULL", StatusCode::kUnavailable},
    ReasonInfo{Reason::kServiceStopping, "SERVICE_STOPPING", StatusCode::kUnavailable},
    ReasonInfo{Reason::kInternal, "INTERNAL", StatusCode::kInternal},
};

constexpr bool InOrderOfTheEnumeration() {
  for (std::size_t i = 0; i < kReasons.size(); ++i) {
    if (static_cast<std::size_t>(kReasons[i].reason) != i) return false;
  }
  return kReasons.size() == static_cast<std::size_t>(Reason::kInternal) + 1;
}
static_assert(InOrderOfTheEnumeration());

const ReasonInfo& InfoOf(Reason reason) { return EntryOf(kReasons, reason, "Reason"); }

// Not of a std::string: that constructor is a template, which GCC and Clang 18 name differently.
absl::Cord ToCord(std::string_view text) {
  return absl::Cord(absl::string_view(text.data(), text.size()));
}

}  // namespace

std::string_view ReasonName(Reason reason) { return InfoOf(reason).name; }

absl::StatusCode ReasonCode(Reason reason) { return InfoOf(reason).code; }

absl::Status MakeError(Reason reason, std::string_view message, std::string_view field) {
  absl::Status status(ReasonCode(reason), {message.data(), message.size()});
  status.SetPayload(kReasonPayload, ToCord(ReasonName(reason)));
  if (!field.empty()) status.SetPayload(kFieldPayload, ToCord(field));
  return status;
}

Reason GetReason(const absl::Status& status) {
  const auto payload = status.GetPayload(kReasonPayload);
  if (payload.has_value()) {
    for (const ReasonInfo& info : kReasons) {
      if (*payload == std::string(info.name)) return info.reason;
    }
  }
  return Reason::kInternal;
}

std::string GetField(const absl::Status& status) {
  const auto payload = status.GetPayload(kFieldPayload);
  return payload.has_value() ? std::string(*payload) : std::string();
}

}  // namespace outdial
