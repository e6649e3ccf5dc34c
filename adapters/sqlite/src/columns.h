// How SQLite holds ids and times.
#ifndef OUTDIAL_ADAPTERS_SQLITE_SRC_COLUMNS_H_
#define OUTDIAL_ADAPTERS_SQLITE_SRC_COLUMNS_H_

#include <optional>

#include "absl/time/time.h"
#include "outdial/entities/uuid.h"
#include "outdial/sql/rows.h"
#include "outdial/sql/statement.h"

namespace outdial::sqlite {

using sql::IntegerColumn;
using sql::Statement;
using sql::TextColumn;

// The canonical lower-case form.
class RequiredIdColumn : public TextColumn {
 public:
  template <typename Tag>
  void Set(const Id<Tag>& id) {
    TextColumn::Set(id.ToString());
  }

  template <typename EntityId>
  EntityId ToId() const {
    const std::optional<EntityId> id = is_null() ? EntityId() : EntityId::Parse(value());
    if (!id.has_value()) throw soci::soci_error("damaged id");
    return *id;
  }
};

// A nil id is NULL.
class IdColumn : public RequiredIdColumn {
 public:
  template <typename Tag>
  void Set(const Id<Tag>& id) {
    id.is_nil() ? SetNull() : RequiredIdColumn::Set(id);
  }
};

// Microseconds since the Unix epoch; NULL where it is not set.
class TimeColumn : public IntegerColumn {
 public:
  void Set(const std::optional<absl::Time>& time) {
    time.has_value() ? IntegerColumn::Set(absl::ToUnixMicros(*time)) : SetNull();
  }

  std::optional<absl::Time> ToTime() const {
    const std::optional<long long> microseconds = optional_value();
    if (!microseconds.has_value()) return std::nullopt;
    return absl::FromUnixMicros(*microseconds);
  }
};

struct ColumnKinds {
  using Id = IdColumn;
  using RequiredId = RequiredIdColumn;
  using Time = TimeColumn;
};

using OutdialRow = sql::OutdialRow<ColumnKinds>;

// Whoever adds a target adds its destination keys too.
struct OutdialTargetRow : sql::OutdialTargetRow<ColumnKinds> {
  IntegerColumn has_keys;

  template <typename Visitor>
  void ForEachColumn(Visitor visit) {
    sql::OutdialTargetRow<ColumnKinds>::ForEachColumn(visit);
    visit("has_keys", has_keys, sql::Column::kFixed);
  }

  void Set(const OutdialTarget& target) {
    sql::OutdialTargetRow<ColumnKinds>::Set(target);
    has_keys.Set(1);
  }
};

using OutdialTargetCallRow = sql::OutdialTargetCallRow<ColumnKinds>;

}  // namespace outdial::sqlite

#endif  // OUTDIAL_ADAPTERS_SQLITE_SRC_COLUMNS_H_
