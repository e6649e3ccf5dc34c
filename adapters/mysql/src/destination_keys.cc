// Targets and what their destinations are known by.
#include <algorithm>
#include <cstddef>
#include <deque>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

#include "absl/container/btree_map.h"
#include "absl/container/btree_set.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_replace.h"
#include "outdial/wire/json.h"
#include "repositories.h"

namespace outdial::mysql {
namespace {

// Of one statement.
constexpr std::size_t kMaxKeys = 5'000;
constexpr std::size_t kMaxBytes = 1 << 20;

// Statements that are about many keys get them as one JSON document: binding each of them would
// cost more than finding it.
struct SelectTaken final : Statement {
  explicit SelectTaken(soci::session& session)
      : Statement(session,
                  "select straight_join wanted.place, hex(min(taken.target_id))"
                  " from json_table(:wanted, '$[*]' columns (place for ordinality,"
                  " destination_key varchar(128) character set utf8mb4 path '$')) as wanted"
                  " join outdial_destination_keys as taken force index (primary)"
                  " on taken.outdial_id = unhex(:outdial_id)"
                  " and taken.destination_key = cast(wanted.destination_key as binary)"
                  " join outdial_outdialtargets as target force index (primary)"
                  " on target.id = taken.target_id and target.deleted = 0"
                  " group by wanted.place order by wanted.place") {
    Use(wanted);
    Use(outdial_id);
    Into(place);
    Into(target_id);
    Bind();
  }

  TextColumn wanted;
  IdColumn outdial_id;
  IntegerColumn place;  // from 1 on
  IdColumn target_id;
};

// The values of targets' columns, as JSON: of each target one for each column.
using Values = std::vector<std::vector<wire::Json>>;

std::vector<wire::Json> ValuesOf(OutdialTargetRow& row) {
  std::vector<wire::Json> values;
  row.ForEachColumn([&](const auto&, auto& column, sql::Column) {
    values.push_back(column.is_null() ? wire::Json() : wire::Json(column.value()));
  });
  return values;
}

// Which columns do not hold the same in all of them.
std::vector<bool> FindVarying(const Values& targets) {
  std::vector<bool> varying(targets.front().size());
  for (std::size_t i = 0; i < varying.size(); ++i) {
    varying[i] = std::any_of(targets.begin(), targets.end(),
                             [&](const auto& values) { return values[i] != targets.front()[i]; });
  }
  return varying;
}

// The same for many targets, each an array of what varies. What all have in common is bound once:
// the server searches the array for each value.
struct InsertTargets final : Statement {
  // `row` holds what all have in common; it must outlive the statement.
  InsertTargets(soci::session& session, OutdialTargetRow& row, const std::vector<bool>& varying)
      : Statement(session, Sql(varying)) {
    std::size_t column_index = 0;
    row.ForEachColumn([&](const auto&, auto& column, sql::Column) {
      if (!varying[column_index++]) Use(column);
    });
    Use(added);
    Bind();
  }

  static std::string Sql(const std::vector<bool>& varying) {
    std::vector<std::string> expressions;
    std::vector<std::string> columns;
    OutdialTargetRow().ForEachColumn([&](const auto& name, auto& column, sql::Column) {
      // ":name" or "unhex(:name)"
      std::string expression = column.Parameter(name);
      if (varying[expressions.size()]) {
        const std::string place = absl::StrCat("value_", columns.size());
        columns.push_back(absl::StrCat(
            place, kIsInteger<decltype(column)> ? " bigint" : " mediumtext character set utf8mb4",
            " path '$[", columns.size(), "]'"));
        absl::StrReplaceAll({{absl::StrCat(":", std::string(name)), place}}, &expression);
      }
      expressions.push_back(std::move(expression));
    });
    return absl::StrCat(
        "insert into outdial_outdialtargets (", sql::InsertedColumns<OutdialTargetRow>(),
        ") select ", absl::StrJoin(expressions, ", "), " from json_table(:added, '$[*]' columns (",
        absl::StrJoin(columns, ", "), ")) as added");
  }

  template <typename ColumnType>
  static constexpr bool kIsInteger =
      std::is_same_v<std::remove_reference_t<ColumnType>, IntegerColumn>;

  TextColumn added;
};

// Keys that are there already stay.
struct InsertDestinationKeys final : Statement {
  explicit InsertDestinationKeys(soci::session& session)
      : Statement(session,
                  "insert ignore into outdial_destination_keys"
                  " (outdial_id, destination_key, target_id)"
                  " select unhex(:outdial_id), destination_key, unhex(target_id)"
                  " from json_table(:added, '$[*]' columns ("
                  " destination_key varchar(128) character set utf8mb4 path '$[0]',"
                  " target_id char(32) path '$[1]')) as added") {
    Use(outdial_id);
    Use(added);
    Bind();
  }

  IdColumn outdial_id;
  TextColumn added;
};

struct SelectIdsWithoutKeys final : Statement {
  SelectIdsWithoutKeys(soci::session& session, std::optional<OutdialId> of)
      : Statement(session, absl::StrCat("select hex(id) from outdial_outdialtargets"
                                        " force index (outdial_outdialtargets_keys_due)"
                                        " where keys_due ",
                                        of.has_value() ? "= unhex(:outdial_id)" : "is not null",
                                        " limit :limit")) {
    if (of.has_value()) {
      outdial_id.Set(*of);
      Use(outdial_id);
    }
    Use(limit);
    Into(id);
    Bind();
  }

  IdColumn outdial_id;
  IntegerColumn limit;
  IdColumn id;
};

// By their ids, in the order in which everybody locks: a row comes before its entries in indexes,
// and a target before its keys.
struct LockWithoutKeys final : sql::SelectRows<OutdialTargetRow> {
  LockWithoutKeys(soci::session& session, const std::vector<OutdialTargetId>& ids,
                  std::string_view lock)
      : SelectRows(
            session,
            absl::StrCat(" force index (primary) where id in (",
                         absl::StrJoin(std::vector<std::string>(ids.size(), "unhex(:id)"), ", "),
                         ") and keys_due is not null", std::string(lock))) {
    for (const OutdialTargetId& id : ids) {
      id_columns.emplace_back().Set(id);
      Use(id_columns.back());
    }
    Bind();
  }

  std::deque<IdColumn> id_columns;
};

struct MarkAsHavingKeys final : Statement {
  MarkAsHavingKeys(soci::session& session, absl::Span<const OutdialTarget> targets)
      : Statement(
            session,
            absl::StrCat(
                "update outdial_outdialtargets set lease_until = :never"
                " where lease_until is null and id in (",
                absl::StrJoin(std::vector<std::string>(targets.size(), "unhex(:id)"), ", "), ")")),
        never(kNever) {
    Use(never);
    for (const OutdialTarget& target : targets) {
      ids.emplace_back().Set(target.id());
      Use(ids.back());
    }
    Bind();
  }

  TextColumn never;
  std::deque<IdColumn> ids;
};

}  // namespace

absl::StatusOr<std::vector<TakenDestination>> Targets::FindTaken(
    OutdialId outdial_id, absl::Span<const DestinationKey> keys) const {
  return connection_.Run([&]() -> absl::StatusOr<std::vector<TakenDestination>> {
    const absl::btree_set<DestinationKey> distinct(keys.begin(), keys.end());
    const std::vector<DestinationKey> sorted(distinct.begin(), distinct.end());
    std::vector<TakenDestination> taken;
    for (std::size_t first = 0; first < sorted.size(); first += kMaxKeys) {
      wire::Json wanted = wire::Json::array();
      for (std::size_t i = first; i < std::min(sorted.size(), first + kMaxKeys); ++i) {
        wanted.push_back(sorted[i].value());
      }
      SelectTaken select(connection_.session());
      select.wanted.Set(wire::DumpJson(wanted));
      select.outdial_id.Set(outdial_id);
      select.ForEachRow([&] {
        taken.push_back({sorted.at(first + static_cast<std::size_t>(select.place.value()) - 1),
                         select.target_id.ToId<OutdialTargetId>()});
      });
    }
    return taken;
  });
}

absl::StatusOr<std::size_t> Targets::RegisterKeys(OutdialId outdial_id, std::size_t limit) {
  return connection_.Run([&]() -> absl::StatusOr<std::size_t> {
    const std::vector<OutdialTargetId> ids = FindWithoutKeys(outdial_id, limit);
    MakeUpForKeys(ids, kForUpdate);
    return ids.size();
  });
}

absl::StatusOr<std::size_t> Targets::RegisterKeysOfAny(std::size_t limit) {
  return connection_.Run([&]() -> absl::StatusOr<std::size_t> {
    return MakeUpForKeys(FindWithoutKeys(std::nullopt, limit), kSkipLocked);
  });
}

// Throws what SOCI throws.
std::vector<OutdialTargetId> Targets::FindWithoutKeys(std::optional<OutdialId> outdial_id,
                                                      std::size_t limit) {
  SelectIdsWithoutKeys select(connection_.session(), outdial_id);
  select.limit.SetLimit(limit);
  std::vector<OutdialTargetId> ids;
  select.ForEachRow([&] { ids.push_back(select.id.ToId<OutdialTargetId>()); });
  return ids;
}

// Returns of how many. Throws what SOCI throws.
std::size_t Targets::MakeUpForKeys(const std::vector<OutdialTargetId>& ids, std::string_view lock) {
  std::vector<OutdialTarget> targets;
  if (!ids.empty()) {
    LockWithoutKeys select(connection_.session(), ids, lock);
    select.ForEachRow([&] { targets.push_back(select.row.ToEntity()); });
  }
  if (targets.empty()) return 0;
  InsertKeys(targets);
  MarkAsHavingKeys(connection_.session(), targets).Execute();
  return targets.size();
}

absl::Status Targets::Insert(absl::Span<const OutdialTarget> targets) {
  absl::Status status = targets.size() == 1 ? table_.Insert(targets) : InsertMany(targets);
  if (!status.ok()) return status;
  return connection_.Run([&]() -> absl::Status {
    InsertKeys(targets);
    return absl::OkStatus();
  });
}

absl::Status Targets::InsertMany(absl::Span<const OutdialTarget> targets) {
  // Where it takes several statements, one that is refused leaves the others' rows behind.
  absl::Status status = connection_.Run([&]() -> absl::Status {
    connection_.session() << "savepoint outdial_insert";
    while (!targets.empty()) targets.remove_prefix(InsertFirst(targets));
    return absl::OkStatus();
  });
  if (status.ok()) return status;
  return connection_.Run([&]() -> absl::Status {
    connection_.session() << "rollback to savepoint outdial_insert";
    return status;
  });
}

// Inserts as many as one statement takes; returns how many. Throws what SOCI throws.
std::size_t Targets::InsertFirst(absl::Span<const OutdialTarget> targets) {
  Values values;
  std::size_t bytes = 0;
  OutdialTargetRow row;
  for (const OutdialTarget& target : targets) {
    row.Set(target);
    values.push_back(ValuesOf(row));
    for (const wire::Json& value : values.back()) {
      bytes += value.is_string() ? value.get_ref<const std::string&>().size() : 1;
    }
    if (bytes >= kMaxBytes) break;
  }
  // A row of its own has nothing that varies, but has to have something.
  std::vector<bool> varying = FindVarying(values);
  if (values.size() == 1) varying.front() = true;
  wire::Json added = wire::Json::array();
  for (std::vector<wire::Json>& all : values) {
    wire::Json::array_t kept;
    for (std::size_t i = 0; i < all.size(); ++i) {
      if (varying[i]) kept.push_back(std::move(all[i]));
    }
    added.push_back(std::move(kept));
  }
  InsertTargets insert(connection_.session(), row, varying);
  insert.added.Set(wire::DumpJson(added));
  insert.Execute();
  return values.size();
}

absl::Status Targets::Update(absl::Span<const OutdialTarget> targets) {
  // What this service writes looks as if its keys were there.
  return connection_.Run([&]() -> absl::Status {
    std::vector<OutdialTarget> without_keys;
    for (const OutdialTarget& target : targets) {
      if (locked_.without_keys.erase(target.id()) > 0) without_keys.push_back(target);
    }
    InsertKeys(without_keys);
    return table_.UpdateAll(targets);
  });
}

// Throws what SOCI throws.
void Targets::InsertKeys(absl::Span<const OutdialTarget> targets) {
  // In the order of the table, so that neighbours are added one after the other.
  absl::btree_map<OutdialId, absl::btree_set<std::pair<DestinationKey, OutdialTargetId>>> lists;
  for (const OutdialTarget& target : targets) {
    for (DestinationKey& key : DestinationKeysOf(target)) {
      lists[target.outdial_id()].emplace(std::move(key), target.id());
    }
  }
  InsertDestinationKeys insert(connection_.session());
  for (const auto& [outdial_id, entries] : lists) {
    insert.outdial_id.Set(outdial_id);
    wire::Json added = wire::Json::array();
    const auto flush = [&] {
      if (added.empty()) return;
      insert.added.Set(wire::DumpJson(added));
      insert.Execute();
      added.clear();
    };
    for (const auto& [key, target_id] : entries) {
      added.push_back({key.value(), HexOf(target_id.uuid())});
      if (added.size() >= kMaxKeys) flush();
    }
    flush();
  }
}

}  // namespace outdial::mysql
