// Rows of the tables of entities, column by column, and what they mean.
// A row belongs to the thread of its statement; nothing here blocks.
#ifndef OUTDIAL_SQL_ROWS_H_
#define OUTDIAL_SQL_ROWS_H_

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "outdial/entities/error.h"
#include "outdial/entities/outdial.h"
#include "outdial/entities/outdial_target.h"
#include "outdial/entities/outdial_target_call.h"
#include "outdial/entities/slot.h"
#include "outdial/entities/text.h"
#include "outdial/entities/uuid.h"
#include "outdial/sql/statement.h"

namespace outdial::sql {

// What an update does with a column.
enum class Column {
  kFixed,    // never written again: it costs, most of all where it is in an index
  kMutable,  // written
  kFinal,    // NULL until it is written once; not written while it is NULL
};

// Each row has
//   - Entity: what it is a row of,
//   - kTable,
//   - ForEachColumn(visit): calls visit(name, column, Column) for each column, in one order,
//   - Set(entity) and ToEntity(); the latter throws soci::soci_error where the row is damaged,
//   - NotFound(): the error where there is no such row.
//
// `Kinds` says how a database holds ids and times:
//   - Id: Set(id), ToId<EntityId>(); a nil id is NULL, or is written as it is, and both are read;
//   - RequiredId: the same, never NULL;
//   - Time: Set(optional time), ToTime(), which is nullopt where it is not set.

// A row of the outdials, in the order of its columns.
template <typename Kinds>
struct OutdialRow {
  // What it is a row of, and the name of the table:
  using Entity = Outdial;
  static constexpr char kTable[] = "outdial_outdials";

  // The columns, as the entity has them:
  typename Kinds::RequiredId id;
  typename Kinds::RequiredId customer_id;
  typename Kinds::RequiredId campaign_id;
  TextColumn name;
  TextColumn detail;
  TextColumn data;
  typename Kinds::Time tm_create;
  typename Kinds::Time tm_update;
  typename Kinds::Time tm_delete;

  // Calls visit(name, column, Column) for each column, in one order.
  template <typename Visitor>
  void ForEachColumn(Visitor visit) {
    visit("id", id, Column::kFixed);
    visit("customer_id", customer_id, Column::kMutable);
    visit("campaign_id", campaign_id, Column::kMutable);
    visit("name", name, Column::kMutable);
    visit("detail", detail, Column::kMutable);
    visit("data", data, Column::kMutable);
    visit("tm_create", tm_create, Column::kFixed);
    visit("tm_update", tm_update, Column::kMutable);
    visit("tm_delete", tm_delete, Column::kFinal);
  }

  // Takes what `outdial` holds.
  void Set(const Outdial& outdial) {
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

  // What it holds; throws soci::soci_error where it is damaged.
  Outdial ToEntity() const {
    return Outdial(Outdial::Fields{.id = id.template ToId<OutdialId>(),
                                   .customer_id = customer_id.template ToId<CustomerId>(),
                                   .campaign_id = campaign_id.template ToId<CampaignId>(),
                                   .name = Name::FromStorage(name.value()),
                                   .detail = Text::FromStorage(detail.value()),
                                   .data = Text::FromStorage(data.value()),
                                   .tm_create = tm_create.ToTime(),
                                   .tm_update = tm_update.ToTime(),
                                   .tm_delete = tm_delete.ToTime()});
  }

  // The error where there is no such row.
  static absl::Status NotFound() {
    return MakeError(Reason::kOutdialNotFound, "The outdial was not found.");
  }
};

// A row of the targets, in the order of its columns.
template <typename Kinds>
struct OutdialTargetRow {
  // What it is a row of, and the name of the table:
  using Entity = OutdialTarget;
  static constexpr char kTable[] = "outdial_outdialtargets";

  // The columns, as the entity has them:
  typename Kinds::RequiredId id;
  typename Kinds::RequiredId outdial_id;
  TextColumn name;
  TextColumn detail;
  TextColumn data;
  TextColumn status;
  std::array<AddressColumn, kSlotCount> destinations;
  std::array<IntegerColumn, kSlotCount> try_counts;
  typename Kinds::Time lease_until;
  typename Kinds::Time tm_create;
  typename Kinds::Time tm_update;
  typename Kinds::Time tm_delete;

  // Calls visit(name, column, Column) for each column, in one order.
  template <typename Visitor>
  void ForEachColumn(Visitor visit) {
    visit("id", id, Column::kFixed);
    visit("outdial_id", outdial_id, Column::kFixed);
    visit("name", name, Column::kFixed);
    visit("detail", detail, Column::kFixed);
    visit("data", data, Column::kFixed);
    visit("status", status, Column::kMutable);
    for (std::size_t i = 0; i < kSlotCount; ++i) {
      visit(absl::StrCat("destination_", i), destinations[i], Column::kFixed);
    }
    for (std::size_t i = 0; i < kSlotCount; ++i) {
      visit(absl::StrCat("try_count_", i), try_counts[i], Column::kMutable);
    }
    visit("lease_until", lease_until, Column::kMutable);
    visit("tm_create", tm_create, Column::kFixed);
    visit("tm_update", tm_update, Column::kMutable);
    visit("tm_delete", tm_delete, Column::kFinal);
  }

  // Takes what `target` holds.
  void Set(const OutdialTarget& target) {
    const OutdialTarget::Fields& fields = target.fields();
    id.Set(fields.id);
    outdial_id.Set(fields.outdial_id);
    name.Set(fields.name.value());
    detail.Set(fields.detail.value());
    data.Set(fields.data.value());
    status.Set(TargetStatusName(fields.status));
    for (std::size_t i = 0; i < kSlotCount; ++i) {
      destinations[i].Set(fields.slots[i].address);
      try_counts[i].Set(fields.slots[i].try_count);
    }
    lease_until.Set(fields.lease_until);
    tm_create.Set(fields.tm_create);
    tm_update.Set(fields.tm_update);
    tm_delete.Set(fields.tm_delete);
  }

  // What it holds; throws soci::soci_error where it is damaged.
  OutdialTarget ToEntity() const {
    OutdialTarget::Fields fields{.id = id.template ToId<OutdialTargetId>(),
                                 .outdial_id = outdial_id.template ToId<OutdialId>(),
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
      fields.slots[i] = {.address = destinations[i].ToAddress(),
                         .try_count = static_cast<std::int32_t>(try_counts[i].value())};
    }
    return OutdialTarget(std::move(fields));
  }

  // The error where there is no such row.
  static absl::Status NotFound() {
    return MakeError(Reason::kOutdialTargetNotFound, "The outdial target was not found.");
  }
};

// A row of the target calls, in the order of its columns.
template <typename Kinds>
struct OutdialTargetCallRow {
  // What it is a row of, and the name of the table:
  using Entity = OutdialTargetCall;
  static constexpr char kTable[] = "outdial_outdialtargetcalls";

  // The columns, as the entity has them:
  typename Kinds::RequiredId id;
  typename Kinds::RequiredId customer_id;
  typename Kinds::RequiredId campaign_id;
  typename Kinds::RequiredId outdial_id;
  typename Kinds::RequiredId outdial_target_id;
  typename Kinds::Id activeflow_id;
  TextColumn reference_type;
  typename Kinds::Id reference_id;
  TextColumn status;
  AddressColumn destination;
  IntegerColumn destination_index;
  IntegerColumn try_count;
  typename Kinds::Time tm_create;
  typename Kinds::Time tm_update;
  typename Kinds::Time tm_delete;

  // Calls visit(name, column, Column) for each column, in one order.
  template <typename Visitor>
  void ForEachColumn(Visitor visit) {
    visit("id", id, Column::kFixed);
    visit("customer_id", customer_id, Column::kFixed);
    visit("campaign_id", campaign_id, Column::kFixed);
    visit("outdial_id", outdial_id, Column::kFixed);
    visit("outdial_target_id", outdial_target_id, Column::kFixed);
    visit("activeflow_id", activeflow_id, Column::kMutable);
    visit("reference_type", reference_type, Column::kMutable);
    visit("reference_id", reference_id, Column::kMutable);
    visit("status", status, Column::kMutable);
    visit("destination", destination, Column::kFixed);
    visit("destination_index", destination_index, Column::kFixed);
    visit("try_count", try_count, Column::kFixed);
    visit("tm_create", tm_create, Column::kFixed);
    visit("tm_update", tm_update, Column::kMutable);
    visit("tm_delete", tm_delete, Column::kMutable);
  }

  // Takes what `call` holds.
  void Set(const OutdialTargetCall& call) {
    const OutdialTargetCall::Fields& fields = call.fields();
    id.Set(fields.id);
    customer_id.Set(fields.customer_id);
    campaign_id.Set(fields.campaign_id);
    outdial_id.Set(fields.outdial_id);
    outdial_target_id.Set(fields.outdial_target_id);
    activeflow_id.Set(fields.activeflow_id);
    reference_type.Set(ReferenceTypeName(fields.reference_type));
    reference_id.Set(fields.reference_id);
    status.Set(TargetCallStatusName(fields.status));
    destination.Set(fields.destination);
    destination_index.Set(static_cast<long long>(fields.destination_index.value()));
    try_count.Set(fields.try_count);
    tm_create.Set(fields.tm_create);
    tm_update.Set(fields.tm_update);
    tm_delete.Set(fields.tm_delete);
  }

  // What it holds; throws soci::soci_error where it is damaged.
  OutdialTargetCall ToEntity() const {
    return OutdialTargetCall(OutdialTargetCall::Fields{
        .id = id.template ToId<OutdialTargetCallId>(),
        .customer_id = customer_id.template ToId<CustomerId>(),
        .campaign_id = campaign_id.template ToId<CampaignId>(),
        .outdial_id = outdial_id.template ToId<OutdialId>(),
        .outdial_target_id = outdial_target_id.template ToId<OutdialTargetId>(),
        .activeflow_id = activeflow_id.template ToId<ActiveflowId>(),
        .reference_type = ParseReferenceType(reference_type.value()).value_or(ReferenceType::kNone),
        .reference_id = reference_id.template ToId<ReferenceId>(),
        .status = TargetCallStatusFromStorage(status.value()),
        .destination = destination.ToAddress(),
        .destination_index = DestinationIndex::FromStorage(destination_index.value()),
        .try_count = static_cast<std::int32_t>(try_count.value()),
        .tm_create = tm_create.ToTime(),
        .tm_update = tm_update.ToTime(),
        .tm_delete = tm_delete.ToTime()});
  }

  // The error where there is no such row.
  static absl::Status NotFound() {
    return MakeError(Reason::kOutdialTargetCallNotFound, "The outdial target call was not found.");
  }
};

}  // namespace outdial::sql

#endif  // OUTDIAL_SQL_ROWS_H_
