#include "outdial/entities/outdial_target.h"

#include <array>
#include <cstddef>
#include <limits>
#include <optional>
#include <string_view>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/time/time.h"
#include "outdial/entities/error.h"
#include "outdial/entities/misuse.h"
#include "outdial/entities/timestamp.h"

namespace outdial {
namespace {

constexpr std::string_view kStatus = "TargetStatus";
constexpr std::array<std::string_view, 3> kStatusNames = {"idle", "progressing", "done"};
static_assert(kStatusNames.size() == static_cast<std::size_t>(TargetStatus::kDone) + 1);

Slots SlotsOf(PerSlot<std::optional<Address>> destinations) {
  Slots slots;
  for (std::size_t i = 0; i < kSlotCount; ++i) slots[i].address = std::move(destinations[i]);
  return slots;
}

absl::Status NotFound() {
  return MakeError(Reason::kOutdialTargetNotFound, "The outdial target was not found.");
}

}  // namespace

std::string_view TargetStatusName(TargetStatus status) {
  return EntryOf(kStatusNames, status, kStatus);
}

std::optional<TargetStatus> ParseTargetStatus(std::string_view word) {
  if (word == "idle") return TargetStatus::kIdle;
  if (word == "progressing" || word == "processing") return TargetStatus::kProgressing;
  if (word == "done") return TargetStatus::kDone;
  return std::nullopt;
}

TargetStatus TargetStatusFromStorage(std::string_view word) {
  return ParseTargetStatus(word).value_or(TargetStatus::kDone);
}

OutdialTarget::OutdialTarget(OutdialTargetId id, OutdialId outdial_id, NewOutdialTarget values,
                             absl::Time now)
    : fields_{.id = id,
              .outdial_id = outdial_id,
              .name = std::move(values.name),
              .detail = std::move(values.detail),
              .data = std::move(values.data),
              .status = TargetStatus::kIdle,
              .slots = SlotsOf(std::move(values.destinations)),
              .lease_until = std::nullopt,
              .tm_create = TruncateToMicroseconds(now),
              .tm_update = TruncateToMicroseconds(now),
              .tm_delete = std::nullopt} {}

absl::Time OutdialTarget::version() const {
  return fields_.tm_update.value_or(fields_.tm_create.value_or(absl::UnixEpoch()));
}

OutdialTarget OutdialTarget::WithoutLease() const {
  OutdialTarget copy = *this;
  copy.fields_.lease_until = std::nullopt;
  return copy;
}

absl::Status OutdialTarget::StartCall(DestinationIndex index, std::optional<absl::Time> lease_until,
                                      absl::Time now) {
  if (deleted()) return NotFound();
  Slot& slot = fields_.slots[index.value()];
  if (!slot.address.has_value()) {
    return MakeError(Reason::kDestinationNotSet,
                     absl::StrCat("The outdial target has no destination_", index.value(), "."),
                     "destination_index");
  }
  if (fields_.status != TargetStatus::kIdle) {
    return MakeError(Reason::kOutdialTargetNotIdle,
                     "The outdial target is not idle: it is being dialled already, or done.");
  }
  if (slot.try_count == std::numeric_limits<std::int32_t>::max()) {
    return MakeError(Reason::kTryCountAtMaximum,
                     "The destination's try count cannot be raised any further.");
  }
  ++slot.try_count;
  fields_.status = TargetStatus::kProgressing;
  fields_.lease_until = lease_until;
  fields_.tm_update = NextVersion(version(), now);
  return absl::OkStatus();
}

absl::Status OutdialTarget::Renew(std::optional<absl::Time> lease_until) {
  if (deleted()) return NotFound();
  if (fields_.status != TargetStatus::kProgressing) {
    return MakeError(Reason::kOutdialTargetNotProgressing,
                     "The outdial target is not progressing.");
  }
  fields_.lease_until = lease_until;
  return absl::OkStatus();
}

absl::Status OutdialTarget::Report(TargetStatus status, absl::Time now) {
  CheckEnumerator(status, TargetStatus::kDone, kStatus);
  if (status == TargetStatus::kProgressing) {
    return MakeError(
        Reason::kInvalidStatus,
        "The status can be set to idle or done; a call is started by the operation progressing.",
        "status");
  }
  fields_.status = status;
  fields_.lease_until = std::nullopt;
  fields_.tm_update = NextVersion(version(), now);
  return absl::OkStatus();
}

bool OutdialTarget::LeaseExpired(absl::Time now) const {
  return fields_.status == TargetStatus::kProgressing && fields_.lease_until.has_value() &&
         *fields_.lease_until <= now;
}

bool OutdialTarget::Delete(absl::Time now) {
  if (deleted()) return false;
  fields_.lease_until = std::nullopt;
  fields_.tm_update = NextVersion(version(), now);
  fields_.tm_delete = fields_.tm_update;
  return true;
}

bool DialledBefore(const OutdialTarget& a, const OutdialTarget& b) {
  const auto& x = a.fields();
  const auto& y = b.fields();
  // An empty optional compares as less than any time.
  if (x.tm_update != y.tm_update) return x.tm_update < y.tm_update;
  return x.id < y.id;
}

}  // namespace outdial
