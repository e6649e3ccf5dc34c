// Targets and what their destinations are known by.
#include <algorithm>
#include <cstddef>
#include <deque>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

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

// The same for many targets, each an array of its columns' values.
struct InsertTargets final : Statement {
  explicit InsertTargets(soci::session& session) : Statement(session, Sql()) {
    Use(added);
    Bind();
  }

  static std::string Sql() {
    std::vector<std::string> expressions;
    std::vector<std::string> columns;
    OutdialTargetRow().ForEachColumn([&](const auto& name, auto& column, sql::Column) {
      const std::string place = absl::StrCat("value_", columns.size());
      columns.push_back(absl::StrCat(
          place, kIsInteger<decltype(column)> ? " bigint" : " mediumtext character set utf8mb4",
          " path '$[", columns.size(), "]'"));
      // ":name" and "unhex(:name)" of a value that is bound.
      std::string expression = column.Parameter(name);
      expressions.push_back(
          absl::StrReplaceAll(expression, {{absl::StrCat(":", std::string(name)), place}}));
    });
    return absl::StrCat(
        "insert into outdial_outdialtargets (", sql::InsertedColumns<OutdialTargetRow>(),
        ") select ", absl::StrJoin(expressions, ", "), " from json_table(:added, '$[*]' columns (",
        absl::StrJoin(columns, ", "), ")) as added");
  }

  static wire::Json ValuesOf(const OutdialTarget& target) {
    OutdialTargetRow row;
    row.Set(target);
    wire::Json::array_t values;
    row.ForEachColumn([&](const auto&, auto& column, sql::Column) {
      values.push_back(column.is_null() ? wire::Json() : wire::Json(column.value()));
    });
    return values;
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
                  " select unhex(outdial_id), destination_key, unhex(target_id)"
                  " from json_table(:added, '$[*]' columns (outdial_id char(32) path '$[0]',"
                  " destination_key varchar(128) character set utf8mb4 path '$[1]',"
                  " target_id char(32) path '$[2]')) as added") {
    Use(added);
    Bind();
  }

  TextColumn added;
};

struct SelectWithoutKeys final : sql::SelectRows<OutdialTargetRow> {
  explicit SelectWithoutKeys(soci::session& session)
      : SelectRows(session,
                   " force index (outdial_outdialtargets_keys_due)"
                   " where keys_due = unhex(:outdial_id) limit :limit") {
    Use(outdial_id);
    Use(limit);
    Bind();
  }

  IdColumn outdial_id;
  IntegerColumn limit;
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
    SelectWithoutKeys select(connection_.session());
    select.outdial_id.Set(outdial_id);
    select.limit.Set(static_cast<long long>(limit));
    std::vector<OutdialTarget> targets;
    select.FetchAll(targets);
    if (targets.empty()) return 0;
    InsertKeys(targets);
    MarkAsHavingKeys(connection_.session(), targets).Execute();
    return targets.size();
  });
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
    InsertTargets insert(connection_.session());
    while (!targets.empty()) {
      std::string rows = "[";
      while (!targets.empty() && rows.size() < kMaxBytes) {
        if (rows.size() > 1) rows += ',';
        rows += wire::DumpJson(InsertTargets::ValuesOf(targets.front()));
        targets.remove_prefix(1);
      }
      insert.added.Set(rows + "]");
      insert.Execute();
    }
    return absl::OkStatus();
  });
  if (status.ok()) return status;
  return connection_.Run([&]() -> absl::Status {
    connection_.session() << "rollback to savepoint outdial_insert";
    return status;
  });
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
  InsertDestinationKeys insert(connection_.session());
  wire::Json added = wire::Json::array();
  const auto flush = [&] {
    if (added.empty()) return;
    insert.added.Set(wire::DumpJson(added));
    insert.Execute();
    added.clear();
  };
  for (const OutdialTarget& target : targets) {
    for (const DestinationKey& key : DestinationKeysOf(target)) {
      added.push_back({HexOf(target.outdial_id().uuid()), key.value(), HexOf(target.id().uuid())});
    }
    if (added.size() >= kMaxKeys) flush();
  }
  flush();
}

}  // namespace outdial::mysql
