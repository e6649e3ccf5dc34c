#include "outdial/entities/outdial_target_call.h"

#include <array>
#include <cstddef>
#include <optional>
#include <string_view>

#include "absl/time/time.h"
#include "outdial/entities/misuse.h"
#include "outdial/entities/timestamp.h"

namespace outdial {
namespace {

constexpr std::array<std::string_view, 2> kStatusNames = {"progressing", "done"};
static_assert(kStatusNames.size() == static_cast<std::size_t>(TargetCallStatus::kDone) + 1);

constexpr std::string_view kReferenceType = "ReferenceType";
constexpr std::array<std::string_view, 2> kReferenceTypeNames = {"none", "call"};
static_assert(kReferenceTypeNames.size() == static_cast<std::size_t>(ReferenceType::kCall) + 1);

}  // namespace

std::string_view TargetCallStatusName(TargetCallStatus status) {
  return EntryOf(kStatusNames, status, "TargetCallStatus");
}

TargetCallStatus TargetCallStatusFromStorage(std::string_view word) {
  return word == "progressing" || word == "processing" ? TargetCallStatus::kProgressing
                                                       : TargetCallStatus::kDone;
}

std::string_view ReferenceTypeName(ReferenceType type) {
  return EntryOf(kReferenceTypeNames, type, kReferenceType);
}

std::optional<ReferenceType> ParseReferenceType(std::string_view word) {
  if (word == "none") return ReferenceType::kNone;
  if (word == "call") return ReferenceType::kCall;
  return std::nullopt;
}

OutdialTargetCall::OutdialTargetCall(OutdialTargetCallId id, const Outdial& outdial,
                                     const OutdialTarget& target, DestinationIndex index,
                                     absl::Time now)
    : fields_{.id = id,
              .customer_id = outdial.fields().customer_id,
              .campaign_id = outdial.fields().campaign_id,
              .outdial_id = outdial.id(),
              .outdial_target_id = target.id(),
              .activeflow_id = {},
              .reference_type = ReferenceType::kNone,
              .reference_id = {},
              .status = TargetCallStatus::kProgressing,
              .destination = target.slot(index).address,
              .destination_index = index,
              .try_count = target.slot(index).try_count,
              .tm_create = TruncateToMicroseconds(now),
              .tm_update = std::nullopt,
              .tm_delete = std::nullopt} {}

absl::Time OutdialTargetCall::version() const {
  return fields_.tm_update.value_or(fields_.tm_create.value_or(absl::UnixEpoch()));
}

void OutdialTargetCall::Update(const OutdialTargetCallUpdate& update, absl::Time now) {
  if (update.reference_type.has_value()) {
    CheckEnumerator(*update.reference_type, ReferenceType::kCall, kReferenceType);
  }
  fields_.activeflow_id = update.activeflow_id.value_or(fields_.activeflow_id);
  fields_.reference_type = update.reference_type.value_or(fields_.reference_type);
  fields_.reference_id = update.reference_id.value_or(fields_.reference_id);
  fields_.tm_update = NextVersion(version(), now);
}

void OutdialTargetCall::End(absl::Time now) {
  fields_.status = TargetCallStatus::kDone;
  fields_.tm_update = NextVersion(version(), now);
}

}  // namespace outdial
