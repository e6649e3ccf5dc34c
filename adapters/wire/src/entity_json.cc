#include "outdial/wire/entity_json.h"

#include <array>
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "object_reader.h"
#include "outdial/entities/error.h"
#include "outdial/entities/slot.h"
#include "outdial/entities/timestamp.h"
#include "outdial/wire/envelope.h"

namespace outdial::wire {
namespace {

constexpr std::array<std::string_view, kSlotCount> kDestinationKeys = {
    "destination_0", "destination_1", "destination_2", "destination_3", "destination_4"};
constexpr std::array<std::string_view, kSlotCount> kTryCountKeys = {
    "try_count_0", "try_count_1", "try_count_2", "try_count_3", "try_count_4"};

Json TimeToJson(const std::optional<absl::Time>& time) {
  return time.has_value() ? Json(FormatTimestamp(*time)) : Json();
}

// Writes members in order. It does not look for keys that are there already, as Json's own
// operators do, and does not grow: an ordered_json copies all of its values when it grows.
class ObjectWriter {
 public:
  explicit ObjectWriter(std::size_t members) { members_.reserve(members); }

  template <typename Value>
  ObjectWriter& Add(std::string_view key, Value&& value) {
    members_.emplace_back(std::string(key), std::forward<Value>(value));
    return *this;
  }

  ObjectWriter& AddUnlessEmpty(std::string_view key, const std::string& value) {
    return value.empty() ? *this : Add(key, value);
  }

  // The object. To be called once, last.
  Json Finish() { return std::move(members_); }

 private:
  Json::object_t members_;
};

constexpr std::size_t kTargetMembers = 9 + 2 * kSlotCount;
constexpr std::size_t kClaimMembers = 3;

ObjectWriter WriteTarget(const OutdialTarget& target, std::size_t more_members) {
  const OutdialTarget::Fields& fields = target.fields();
  ObjectWriter object(kTargetMembers + more_members);
  object.Add("id", fields.id.ToString())
      .Add("outdial_id", fields.outdial_id.ToString())
      .Add("name", fields.name.value())
      .Add("detail", fields.detail.value())
      .Add("data", fields.data.value())
      .Add("status", TargetStatusName(fields.status));
  for (std::size_t i = 0; i < kSlotCount; ++i) {
    object.Add(kDestinationKeys[i], ToJson(fields.slots[i].address));
  }
  for (std::size_t i = 0; i < kSlotCount; ++i) {
    object.Add(kTryCountKeys[i], fields.slots[i].try_count);
  }
  object.Add("tm_create", TimeToJson(fields.tm_create))
      .Add("tm_update", TimeToJson(fields.tm_update))
      .Add("tm_delete", TimeToJson(fields.tm_delete));
  return object;
}

ObjectWriter WriteCounts(const ImportCounts& counts, std::size_t more_members) {
  ObjectWriter object(3 + more_members);
  object.Add("created", counts.created)
      .Add("skipped", counts.skipped)
      .Add("refused", counts.refused);
  return object;
}

bool IsOfOutdial(EventType type) {
  return type == EventType::kOutdialCreated || type == EventType::kOutdialUpdated ||
         type == EventType::kOutdialDeleted;
}

template <typename Entity>
absl::StatusOr<Event> EventOf(EventType type, absl::StatusOr<Entity> entity) {
  if (!entity.ok()) return entity.status();
  return Event{type, *std::move(entity)};
}

}  // namespace

Json ToJson(const std::optional<Address>& address) {
  if (!address.has_value()) return {};
  return ObjectWriter(5)
      .AddUnlessEmpty("type", address->type())
      .AddUnlessEmpty("target", address->target())
      .AddUnlessEmpty("target_name", address->target_name())
      .AddUnlessEmpty("name", address->name())
      .AddUnlessEmpty("detail", address->detail())
      .Finish();
}

Json ToJson(const Outdial& outdial) {
  const Outdial::Fields& fields = outdial.fields();
  return ObjectWriter(9)
      .Add("id", fields.id.ToString())
      .Add("customer_id", fields.customer_id.ToString())
      .Add("campaign_id", fields.campaign_id.ToString())
      .Add("name", fields.name.value())
      .Add("detail", fields.detail.value())
      .Add("data", fields.data.value())
      .Add("tm_create", TimeToJson(fields.tm_create))
      .Add("tm_update", TimeToJson(fields.tm_update))
      .Add("tm_delete", TimeToJson(fields.tm_delete))
      .Finish();
}

Json ToJson(const OutdialTarget& target) { return WriteTarget(target, 0).Finish(); }

Json ToJson(const OutdialTargetCall& call) {
  const OutdialTargetCall::Fields& fields = call.fields();
  return ObjectWriter(15)
      .Add("id", fields.id.ToString())
      .Add("customer_id", fields.customer_id.ToString())
      .Add("campaign_id", fields.campaign_id.ToString())
      .Add("outdial_id", fields.outdial_id.ToString())
      .Add("outdial_target_id", fields.outdial_target_id.ToString())
      .Add("activeflow_id", fields.activeflow_id.ToString())
      .Add("reference_type", ReferenceTypeName(fields.reference_type))
      .Add("reference_id", fields.reference_id.ToString())
      .Add("status", TargetCallStatusName(fields.status))
      .Add("destination", ToJson(fields.destination))
      .Add("destination_index", fields.destination_index.value())
      .Add("try_count", fields.try_count)
      .Add("tm_create", TimeToJson(fields.tm_create))
      .Add("tm_update", TimeToJson(fields.tm_update))
      .Add("tm_delete", TimeToJson(fields.tm_delete))
      .Finish();
}

Json ToJson(const ClaimedTarget& claimed) {
  ObjectWriter object = WriteTarget(claimed.target, kClaimMembers);
  object.Add("destination_index", claimed.destination_index.value())
      .Add("outdialtargetcall_id", claimed.call_id.ToString())
      .Add("lease_until", TimeToJson(claimed.lease_until));
  return object.Finish();
}

Json ToJson(const RowNotImported& row) {
  ObjectWriter object(6);
  object.Add("index", row.index)
      .Add("result", row.skipped ? "skipped" : "refused")
      .Add("reason", ReasonName(GetReason(row.reason)))
      .Add("message", std::string(row.reason.message()))
      .AddUnlessEmpty("field", GetField(row.reason));
  if (row.existing.has_value()) object.Add("outdialtarget_id", row.existing->ToString());
  return object.Finish();
}

Json ToJson(const ImportCounts& counts) { return WriteCounts(counts, 0).Finish(); }

Json ToJson(const ImportResult& result) {
  Json rows = Json::array();
  for (const RowNotImported& row : result.not_imported) rows.push_back(ToJson(row));
  return WriteCounts(result.counts, 1).Add("rows", std::move(rows)).Finish();
}

Json ToJson(const TargetsImported& imported) {
  return ObjectWriter(6)
      .Add("outdial_id", imported.outdial_id.ToString())
      .Add("created", imported.counts.created)
      .Add("skipped", imported.counts.skipped)
      .Add("refused", imported.counts.refused)
      .Add("tm_create_first", TimeToJson(imported.tm_create_first))
      .Add("tm_create_last", TimeToJson(imported.tm_create_last))
      .Finish();
}

Json ToJson(const OutdialProgress& progress) {
  return ObjectWriter(9)
      .Add("outdial_id", progress.outdial_id.ToString())
      .Add("targets", ObjectWriter(3)
                          .Add(TargetStatusName(TargetStatus::kIdle), progress.idle)
                          .Add(TargetStatusName(TargetStatus::kProgressing), progress.progressing)
                          .Add(TargetStatusName(TargetStatus::kDone), progress.done)
                          .Finish())
      .Add("dialable", progress.dialable)
      .Add("exhausted", progress.exhausted)
      .Add("calls", ObjectWriter(2)
                        .Add("open", progress.calls.open)
                        .Add("made", progress.calls.made)
                        .Finish())
      .Add("tries", progress.tries)
      .Add("tm_first_call", TimeToJson(progress.calls.first))
      .Add("tm_last_call", TimeToJson(progress.calls.last))
      .Add("tm_count", TimeToJson(progress.tm_count))
      .Finish();
}

Json ToJson(const Event& event) {
  Json entity = std::visit([](const auto& value) { return ToJson(value); }, event.entity);
  return ObjectWriter(4)
      .Add("type", EventTypeName(event.type))
      .Add("publisher", kPublisher)
      .Add("data_type", kJsonDataType)
      .Add("data", std::move(entity))
      .Finish();
}

absl::StatusOr<std::optional<Address>> AddressFromJson(std::string_view field, const Json& value) {
  if (value.is_null()) return std::nullopt;
  ObjectReader reader(field, value);
  return reader.Result(Address::FromStorage({.type = reader.ReadString("type"),
                                             .target = reader.ReadString("target"),
                                             .target_name = reader.ReadString("target_name"),
                                             .name = reader.ReadString("name"),
                                             .detail = reader.ReadString("detail")}));
}

absl::StatusOr<std::optional<Address>> CheckedAddressFromJson(std::string_view field,
                                                              const Json& value) {
  absl::StatusOr<std::optional<Address>> address = AddressFromJson(field, value);
  if (!address.ok() || !address->has_value()) return address;
  return Address::Create(field, (*address)->fields());
}

absl::StatusOr<NewOutdialTarget> NewOutdialTargetFromJson(const Json& value) {
  if (!value.is_object()) {
    return MakeError(Reason::kWrongType, "A target must be a JSON object.");
  }
  ObjectReader reader("", value);
  absl::StatusOr<Name> name = Name::Create("name", reader.ReadString("name"));
  absl::StatusOr<Text> detail = Text::Create("detail", reader.ReadString("detail"));
  absl::StatusOr<Text> data = Text::Create("data", reader.ReadString("data"));
  for (const absl::Status& status :
       {reader.status(), name.status(), detail.status(), data.status()}) {
    if (!status.ok()) return status;
  }
  NewOutdialTarget target{.name = *std::move(name),
                          .detail = *std::move(detail),
                          .data = *std::move(data),
                          .destinations = {}};
  for (std::size_t i = 0; i < kSlotCount; ++i) {
    const Json* const destination = reader.Find(kDestinationKeys[i]);
    if (destination == nullptr) continue;
    auto address = CheckedAddressFromJson(kDestinationKeys[i], *destination);
    if (!address.ok()) return address.status();
    target.destinations[i] = *std::move(address);
  }
  return target;
}

absl::StatusOr<Outdial> OutdialFromJson(const Json& value) {
  ObjectReader reader("", value);
  return reader.Result(Outdial({.id = reader.ReadId<OutdialId>("id"),
                                .customer_id = reader.ReadId<CustomerId>("customer_id"),
                                .campaign_id = reader.ReadId<CampaignId>("campaign_id"),
                                .name = Name::FromStorage(reader.ReadString("name")),
                                .detail = Text::FromStorage(reader.ReadString("detail")),
                                .data = Text::FromStorage(reader.ReadString("data")),
                                .tm_create = reader.ReadTime("tm_create"),
                                .tm_update = reader.ReadTime("tm_update"),
                                .tm_delete = reader.ReadTime("tm_delete")}));
}

absl::StatusOr<OutdialTarget> OutdialTargetFromJson(const Json& value) {
  ObjectReader reader("", value);
  Slots slots;
  for (std::size_t i = 0; i < kSlotCount; ++i) {
    slots[i] = {.address = reader.ReadAddress(kDestinationKeys[i]),
                .try_count = reader.ReadCount(kTryCountKeys[i])};
  }
  return reader.Result(
      OutdialTarget({.id = reader.ReadId<OutdialTargetId>("id"),
                     .outdial_id = reader.ReadId<OutdialId>("outdial_id"),
                     .name = Name::FromStorage(reader.ReadString("name")),
                     .detail = Text::FromStorage(reader.ReadString("detail")),
                     .data = Text::FromStorage(reader.ReadString("data")),
                     .status = TargetStatusFromStorage(reader.ReadString("status")),
                     .slots = std::move(slots),
                     .lease_until = std::nullopt,
                     .tm_create = reader.ReadTime("tm_create"),
                     .tm_update = reader.ReadTime("tm_update"),
                     .tm_delete = reader.ReadTime("tm_delete")}));
}

absl::StatusOr<OutdialTargetCall> OutdialTargetCallFromJson(const Json& value) {
  ObjectReader reader("", value);
  return reader.Result(OutdialTargetCall(
      {.id = reader.ReadId<OutdialTargetCallId>("id"),
       .customer_id = reader.ReadId<CustomerId>("customer_id"),
       .campaign_id = reader.ReadId<CampaignId>("campaign_id"),
       .outdial_id = reader.ReadId<OutdialId>("outdial_id"),
       .outdial_target_id = reader.ReadId<OutdialTargetId>("outdial_target_id"),
       .activeflow_id = reader.ReadId<ActiveflowId>("activeflow_id"),
       .reference_type =
           ParseReferenceType(reader.ReadString("reference_type")).value_or(ReferenceType::kNone),
       .reference_id = reader.ReadId<ReferenceId>("reference_id"),
       .status = TargetCallStatusFromStorage(reader.ReadString("status")),
       .destination = reader.ReadAddress("destination"),
       .destination_index = DestinationIndex::FromStorage(reader.ReadInteger("destination_index")),
       .try_count = reader.ReadCount("try_count"),
       .tm_create = reader.ReadTime("tm_create"),
       .tm_update = reader.ReadTime("tm_update"),
       .tm_delete = reader.ReadTime("tm_delete")}));
}

absl::StatusOr<ImportCounts> ImportCountsFromJson(const Json& value) {
  ObjectReader reader("", value);
  return reader.Result(ImportCounts{.created = reader.ReadInteger("created"),
                                    .skipped = reader.ReadInteger("skipped"),
                                    .refused = reader.ReadInteger("refused")});
}

absl::StatusOr<TargetsImported> TargetsImportedFromJson(const Json& value) {
  ObjectReader reader("", value);
  const absl::StatusOr<ImportCounts> counts = ImportCountsFromJson(value);
  if (!counts.ok()) return counts.status();
  return reader.Result(TargetsImported{
      .outdial_id = reader.ReadId<OutdialId>("outdial_id"),
      .counts = *counts,
      .tm_create_first = reader.ReadTime("tm_create_first").value_or(absl::UnixEpoch()),
      .tm_create_last = reader.ReadTime("tm_create_last").value_or(absl::UnixEpoch())});
}

absl::StatusOr<Event> EventFromJson(const Json& value) {
  ObjectReader reader("", value);
  const std::optional<EventType> type = ParseEventType(reader.ReadString("type"));
  if (!type.has_value()) {
    reader.Fail("type", "the type of an event");
    return reader.status();
  }
  const Json null;
  const Json* data = reader.Find("data");
  const Json& entity = data == nullptr ? null : *data;
  if (*type == EventType::kOutdialTargetsImported) {
    return EventOf(*type, TargetsImportedFromJson(entity));
  }
  if (IsOfOutdial(*type)) return EventOf(*type, OutdialFromJson(entity));
  return EventOf(*type, OutdialTargetFromJson(entity));
}

}  // namespace outdial::wire
