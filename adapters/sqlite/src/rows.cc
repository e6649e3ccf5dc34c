#include "rows.h"

#include <cstdint>
#include <optional>
#include <string>
#include <utility>

#include "absl/status/statusor.h"
#include "outdial/entities/error.h"
#include "outdial/entities/text.h"
#include "outdial/entities/uuid.h"
#include "outdial/wire/entity_json.h"
#include "outdial/wire/json.h"

namespace outdial::sqlite {
namespace {

void SetAddress(TextColumn& column, const std::optional<Address>& address) {
  if (address.has_value()) {
    column.Set(wire::DumpJson(wire::ToJson(address)));
  } else {
    column.SetNull();
  }
}

std::optional<Address> ToAddress(const TextColumn& column) {
  if (column.is_null()) return std::nullopt;
  const absl::StatusOr<wire::Json> json = wire::ParseJson(column.value());
  if (json.ok()) {
    absl::StatusOr<std::optional<Address>> address = wire::AddressFromJson("destination", *json);
    if (address.ok()) return *std::move(address);
  }
  throw soci::soci_error("damaged destination");
}

}  // namespace

void OutdialRow::Set(const Outdial& outdial) {
  const Outdial::Fields& fields = outdial.fields();
  id.Set(fields.id);
  customer_id.Set(fields.customer_id);
  campaign_id.Set(fields.campaign_id);
  name.Set(fields.name.value());
  detail.Set(fields.detail.value());
  data.Set(fields.data.value());
  tm_create.Set(fields.tm_create);
  tm_update.Set(fields.tm_update);
  tm_delete.Set(fields.tm_delete);
}

Outdial OutdialRow::ToEntity() const {
  return Outdial(Outdial::Fields{.id = id.ToId<OutdialId>(),
                                 .customer_id = customer_id.ToId<CustomerId>(),
                                 .campaign_id = campaign_id.ToId<CampaignId>(),
                                 .name = Name::FromStorage(name.value()),
                                 .detail = Text::FromStorage(detail.value()),
                                 .data = Text::FromStorage(data.value()),
                                 .tm_create = tm_create.ToTime(),
                                 .tm_update = tm_update.ToTime(),
                                 .tm_delete = tm_delete.ToTime()});
}

absl::Status OutdialRow::NotFound() {
  return MakeError(Reason::kOutdialNotFound, "The outdial was not found.");
}

void OutdialTargetRow::Set(const OutdialTarget& target) {
  const OutdialTarget::Fields& fields = target.fields();
  id.Set(fields.id);
  outdial_id.Set(fields.outdial_id);
  name.Set(fields.name.value());
  detail.Set(fields.detail.value());
  data.Set(fields.data.value());
  status.Set(TargetStatusName(fields.status));
  for (std::size_t i = 0; i < kSlotCount; ++i) {
    SetAddress(destinations[i], fields.slots[i].address);
    try_counts[i].Set(fields.slots[i].try_count);
  }
  lease_until.Set(fields.lease_until);
  tm_create.Set(fields.tm_create);
  tm_update.Set(fields.tm_update);
  tm_delete.Set(fields.tm_delete);
}

OutdialTarget OutdialTargetRow::ToEntity() const {
  OutdialTarget::Fields fields{.id = id.ToId<OutdialTargetId>(),
                               .outdial_id = outdial_id.ToId<OutdialId>(),
                               .name = Name::FromStorage(name.value()),
                               .detail = Text::FromStorage(detail.value()),
                               .data = Text::FromStorage(data.value()),
                               .status = TargetStatusFromStorage(status.value()),
                               .slots = {},
                               .lease_until = lease_until.ToTime(),
                               .tm_create = tm_create.ToTime(),
                               .tm_update = tm_update.ToTime(),
                               .tm_delete = tm_delete.ToTime()};
  for (std::size_t i = 0; i < kSlotCount; ++i) {
    fields.slots[i] = {.address = ToAddress(destinations[i]),
                       .try_count = static_cast<std::int32_t>(try_counts[i].value())};
  }
  return OutdialTarget(std::move(fields));
}

absl::Status OutdialTargetRow::NotFound() {
  return MakeError(Reason::kOutdialTargetNotFound, "The outdial target was not found.");
}

void OutdialTargetCallRow::Set(const OutdialTargetCall& call) {
  const OutdialTargetCall::Fields& fields = call.fields();
  id.Set(fields.id);
  customer_id.Set(fields.customer_id);
  campaign_id.Set(fields.campaign_id);
  outdial_id.Set(fields.outdial_id);
  outdial_target_id.Set(fields.outdial_target_id);
  activeflow_id.SetOptional(fields.activeflow_id);
  reference_type.Set(ReferenceTypeName(fields.reference_type));
  reference_id.SetOptional(fields.reference_id);
  status.Set(TargetCallStatusName(fields.status));
  SetAddress(destination, fields.destination);
  destination_index.Set(static_cast<long long>(fields.destination_index.value()));
  try_count.Set(fields.try_count);
  tm_create.Set(fields.tm_create);
  tm_update.Set(fields.tm_update);
  tm_delete.Set(fields.tm_delete);
}

OutdialTargetCall OutdialTargetCallRow::ToEntity() const {
  return OutdialTargetCall(OutdialTargetCall::Fields{
      .id = id.ToId<OutdialTargetCallId>(),
      .customer_id = customer_id.ToId<CustomerId>(),
      .campaign_id = campaign_id.ToId<CampaignId>(),
      .outdial_id = outdial_id.ToId<OutdialId>(),
      .outdial_target_id = outdial_target_id.ToId<OutdialTargetId>(),
      .activeflow_id = activeflow_id.ToId<ActiveflowId>(),
      .reference_type = ParseReferenceType(reference_type.value()).value_or(ReferenceType::kNone),
      .reference_id = reference_id.ToId<ReferenceId>(),
      .status = TargetCallStatusFromStorage(status.value()),
      .destination = ToAddress(destination),
      .destination_index = DestinationIndex::FromStorage(destination_index.value()),
      .try_count = static_cast<std::int32_t>(try_count.value()),
      .tm_create = tm_create.ToTime(),
      .tm_update = tm_update.ToTime(),
      .tm_delete = tm_delete.ToTime()});
}

absl::Status OutdialTargetCallRow::NotFound() {
  return MakeError(Reason::kOutdialTargetCallNotFound, "The outdial target call was not found.");
}

}  // namespace outdial::sqlite
