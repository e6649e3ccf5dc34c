// How MySQL holds ids and times, also those that others wrote.
#ifndef OUTDIAL_ADAPTERS_MYSQL_SRC_COLUMNS_H_
#define OUTDIAL_ADAPTERS_MYSQL_SRC_COLUMNS_H_

#include <optional>
#include <string>
#include <string_view>

#include "absl/strings/str_cat.h"
#include "absl/time/time.h"
#include "outdial/entities/outdial_target.h"
#include "outdial/entities/outdial_target_call.h"
#include "outdial/entities/timestamp.h"
#include "outdial/entities/uuid.h"
#include "outdial/sql/rows.h"
#include "outdial/sql/statement.h"

namespace outdial::mysql {

using sql::IntegerColumn;
using sql::Statement;
using sql::TextColumn;

// An id as hexadecimal digits: sixteen bytes are no text.
std::string HexOf(const Uuid& uuid);
std::optional<Uuid> UuidOfHex(std::string_view hex);

// Sixteen bytes; a nil id is sixteen zeros, as others write it, or NULL.
class IdColumn : public TextColumn {
 public:
  static std::string Select(std::string_view name) {
    return absl::StrCat("hex(", std::string(name), ")");
  }
  static std::string Parameter(std::string_view name) {
    return absl::StrCat("unhex(:", std::string(name), ")");
  }

  template <typename Tag>
  void Set(const Id<Tag>& id) {
    TextColumn::Set(HexOf(id.uuid()));
  }

  template <typename EntityId>
  EntityId ToId() const {
    const std::optional<Uuid> uuid = is_null() ? Uuid() : UuidOfHex(value());
    if (!uuid.has_value()) throw soci::soci_error("damaged id");
    return EntityId(*uuid);
  }
};

// As TimeColumn holds it.
std::string TextOf(absl::Time time);

// As TimeColumn holds what never comes; it is read as not set.
inline constexpr char kNever[] = "9999-12-31 23:59:59.000000";

// Before all times that are set, and after zero.
inline constexpr char kFirstTime[] = "'0001-01-01'";

// UTC, six digits of the second. Not set is NULL; others write the first day of the year 9999, or
// zero, as Go's driver does with the time that a time.Time begins with.
class TimeColumn : public TextColumn {
 public:
  void Set(const std::optional<absl::Time>& time);
  std::optional<absl::Time> ToTime() const;
};

struct ColumnKinds {
  using Id = IdColumn;
  using RequiredId = IdColumn;
  using Time = TimeColumn;
};

using OutdialRow = sql::OutdialRow<ColumnKinds>;

// A lease counts for the change that it was given with, and for no change that somebody made who
// knows nothing of leases. Who knows of them knows of destination keys too: a target without a
// lease has one that never ends, unless its keys are missing.
struct OutdialTargetRow : sql::OutdialTargetRow<ColumnKinds> {
  TimeColumn lease_version;  // the tm_update of that change

  template <typename Visitor>
  void ForEachColumn(Visitor visit) {
    sql::OutdialTargetRow<ColumnKinds>::ForEachColumn(visit);
    visit("lease_version", lease_version, sql::Column::kMutable);
  }

  void Set(const OutdialTarget& target);
  OutdialTarget ToEntity() const;
  bool has_keys() const { return !lease_until.is_null(); }
};

// Calls that this library adds are the only open ones of their targets.
struct OutdialTargetCallRow : sql::OutdialTargetCallRow<ColumnKinds> {
  IntegerColumn exclusive;

  template <typename Visitor>
  void ForEachColumn(Visitor visit) {
    sql::OutdialTargetCallRow<ColumnKinds>::ForEachColumn(visit);
    visit("exclusive", exclusive, sql::Column::kFixed);
  }

  void Set(const OutdialTargetCall& call);
};

}  // namespace outdial::mysql

#endif  // OUTDIAL_ADAPTERS_MYSQL_SRC_COLUMNS_H_
