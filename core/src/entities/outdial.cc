#include "outdial/entities/outdial.h"

#include <utility>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "outdial/entities/error.h"
#include "outdial/entities/timestamp.h"

namespace outdial {

Outdial::Outdial(OutdialId id, NewOutdial values, absl::Time now)
    : fields_{.id = id,
              .customer_id = values.customer_id,
              .campaign_id = values.campaign_id,
              .name = std::move(values.name),
              .detail = std::move(values.detail),
              .data = std::move(values.data),
              .tm_create = TruncateToMicroseconds(now),
              .tm_update = std::nullopt,
              .tm_delete = std::nullopt} {}

absl::Time Outdial::version() const {
  return fields_.tm_update.value_or(fields_.tm_create.value_or(absl::UnixEpoch()));
}

absl::Status Outdial::CheckLive() const {
  if (deleted()) return MakeError(Reason::kOutdialNotFound, "The outdial was not found.");
  return absl::OkStatus();
}

absl::Status Outdial::UpdateBasicInfo(Name name, Text detail, absl::Time now) {
  if (absl::Status status = CheckLive(); !status.ok()) return status;
  fields_.name = std::move(name);
  fields_.detail = std::move(detail);
  fields_.tm_update = NextVersion(version(), now);
  return absl::OkStatus();
}

absl::Status Outdial::UpdateCampaign(CampaignId campaign_id, absl::Time now) {
  if (absl::Status status = CheckLive(); !status.ok()) return status;
  fields_.campaign_id = campaign_id;
  fields_.tm_update = NextVersion(version(), now);
  return absl::OkStatus();
}

absl::Status Outdial::UpdateData(Text data, absl::Time now) {
  if (absl::Status status = CheckLive(); !status.ok()) return status;
  fields_.data = std::move(data);
  fields_.tm_update = NextVersion(version(), now);
  return absl::OkStatus();
}

bool Outdial::Delete(absl::Time now) {
  if (deleted()) return false;
  fields_.tm_update = NextVersion(version(), now);
  fields_.tm_delete = fields_.tm_update;
  return true;
}

}  // namespace outdial
