// Rows of the tables, column by column, and what they mean.
#ifndef OUTDIAL_ADAPTERS_SQLITE_SRC_ROWS_H_
#define OUTDIAL_ADAPTERS_SQLITE_SRC_ROWS_H_

#include <array>
#include <cstddef>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "outdial/entities/outdial.h"
#include "outdial/entities/outdial_target.h"
#include "outdial/entities/outdial_target_call.h"
#include "outdial/entities/slot.h"
#include "statement.h"

namespace outdial::sqlite {

// What an update does with a column.
enum class Column {
  kFixed,    // never written again: most of these are in indexes, which would be written with them
  kMutable,  // written
  kFinal,    // NULL until it is written once; not written while it is NULL
};

// Each row has
//   - Entity: what it is a row of,
//   - kTable,
//   - ForEachColumn(visit): calls visit(name, column, Column) for each column, in one order,
//   - Set(entity) and ToEntity(); the latter throws soci::soci_error where the row is damaged,
//   - NotFound(): the error where there is no such row.

struct OutdialRow {
  using Entity = Outdial;
  static constexpr char kTable[] = "outdial_outdials";

  TextColumn id;
  TextColumn customer_id;
  TextColumn campaign_id;
  TextColumn name;
  TextColumn detail;
  TextColumn data;
  IntegerColumn tm_create;
  IntegerColumn tm_update;
  IntegerColumn tm_delete;

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

  void Set(const Outdial& outdial);
  Outdial ToEntity() const;
  static absl::Status NotFound();
};

struct OutdialTargetRow {
  using Entity = OutdialTarget;
  static constexpr char kTable[] = "outdial_outdialtargets";

  TextColumn id;
  TextColumn outdial_id;
  TextColumn name;
  TextColumn detail;
  TextColumn data;
  TextColumn status;
  std::array<TextColumn, kSlotCount> destinations;
  std::array<IntegerColumn, kSlotCount> try_counts;
  IntegerColumn lease_until;
  IntegerColumn tm_create;
  IntegerColumn tm_update;
  IntegerColumn tm_delete;

  template <typename Visitor>
  void ForEachColumn(Visitor visit) {
    visit("id", id, Column::kFixed);
    visit("outdial_id", outdial_id, Column::kFixed);
    visit("name", name, Column::kMutable);
    visit("detail", detail, Column::kMutable);
    visit("data", data, Column::kMutable);
    visit("status", status, Column::kMutable);
    for (std::size_t i = 0; i < kSlotCount; ++i) {
      visit(absl::StrCat("destination_", i), destinations[i], Column::kMutable);
    }
    for (std::size_t i = 0; i < kSlotCount; ++i) {
      visit(absl::StrCat("try_count_", i), try_counts[i], Column::kMutable);
    }
    visit("lease_until", lease_until, Column::kMutable);
    visit("tm_create", tm_create, Column::kFixed);
    visit("tm_update", tm_update, Column::kMutable);
    visit("tm_delete", tm_delete, Column::kFinal);
  }

  void Set(const OutdialTarget& target);
  OutdialTarget ToEntity() const;
  static absl::Status NotFound();
};

struct OutdialTargetCallRow {
  using Entity = OutdialTargetCall;
  static constexpr char kTable[] = "outdial_outdialtargetcalls";

  TextColumn id;
  TextColumn customer_id;
  TextColumn campaign_id;
  TextColumn outdial_id;
  TextColumn outdial_target_id;
  TextColumn activeflow_id;
  TextColumn reference_type;
  TextColumn reference_id;
  TextColumn status;
  TextColumn destination;
  IntegerColumn destination_index;
  IntegerColumn try_count;
  IntegerColumn tm_create;
  IntegerColumn tm_update;
  IntegerColumn tm_delete;

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
    visit("destination", destination, Column::kMutable);
    visit("destination_index", destination_index, Column::kMutable);
    visit("try_count", try_count, Column::kMutable);
    visit("tm_create", tm_create, Column::kFixed);
    visit("tm_update", tm_update, Column::kMutable);
    visit("tm_delete", tm_delete, Column::kMutable);
  }

  void Set(const OutdialTargetCall& call);
  OutdialTargetCall ToEntity() const;
  static absl::Status NotFound();
};

}  // namespace outdial::sqlite

#endif  // OUTDIAL_ADAPTERS_SQLITE_SRC_ROWS_H_
