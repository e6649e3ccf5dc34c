// What all tables of entities have in common: reading, adding and changing rows, and lists in
// pages.
#ifndef OUTDIAL_ADAPTERS_SQLITE_SRC_TABLE_H_
#define OUTDIAL_ADAPTERS_SQLITE_SRC_TABLE_H_

#include <cstddef>
#include <deque>
#include <iterator>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/time/time.h"
#include "absl/types/span.h"
#include "connection.h"
#include "outdial/entities/error.h"
#include "outdial/entities/page.h"
#include "rows.h"
#include "statement.h"

namespace outdial::sqlite {

template <typename Row>
std::vector<std::string> ColumnNames() {
  std::vector<std::string> names;
  Row().ForEachColumn([&](const auto& name, auto&, Column) { names.emplace_back(name); });
  return names;
}

// A query for whole rows. Subclasses complete it, and call Bind.
template <typename Row>
struct SelectRows : Statement {
  SelectRows(soci::session& session, const std::string& conditions)
      : Statement(session, absl::StrCat("select ", absl::StrJoin(ColumnNames<Row>(), ", "),
                                        " from ", Row::kTable, conditions)) {
    row.ForEachColumn([this](const auto&, auto& column, Column) { this->Into(column); });
  }

  void FetchAll(std::vector<typename Row::Entity>& entities) {
    ForEachRow([&] { entities.push_back(row.ToEntity()); });
  }

  Row row;
};

template <typename Row>
struct SelectById final : SelectRows<Row> {
  explicit SelectById(soci::session& session) : SelectRows<Row>(session, " where id = :id") {
    this->Use(id);
    this->Bind();
  }

  TextColumn id;
};

template <typename Row>
struct InsertRow final : Statement {
  explicit InsertRow(soci::session& session) : Statement(session, Sql()) {
    row.ForEachColumn([this](const auto&, auto& column, Column) { this->Use(column); });
    Bind();
  }

  static std::string Sql() {
    const std::vector<std::string> names = ColumnNames<Row>();
    return absl::StrCat("insert into ", Row::kTable, " (", absl::StrJoin(names, ", "),
                        ") values (:", absl::StrJoin(names, ", :"), ")");
  }

  Row row;
};

// Writes the mutable columns of the row with this id, and the final ones where `kWritesFinal`.
template <typename Row, bool kWritesFinal>
struct UpdateRow final : Statement {
  explicit UpdateRow(soci::session& session) : Statement(session, Sql()) {
    row.ForEachColumn([this](const auto&, auto& column, Column kind) {
      if (IsWritten(kind)) this->Use(column);
    });
    Use(row.id);
    Bind();
  }

  static bool IsWritten(Column kind) {
    return kind == Column::kMutable || (kWritesFinal && kind == Column::kFinal);
  }
  static std::string Sql() {
    std::vector<std::string> assignments;
    Row().ForEachColumn([&](const auto& name, auto&, Column kind) {
      if (IsWritten(kind)) assignments.push_back(absl::StrCat(name, " = :", name));
    });
    return absl::StrCat("update ", Row::kTable, " set ", absl::StrJoin(assignments, ", "),
                        " where id = :id");
  }

  Row row;
};

// A condition that rows of a list meet: SQL that is written in this library, with at most one
// parameter, and the parameter's value.
struct Condition {
  explicit Condition(std::string_view fixed) : sql(fixed) {}
  Condition(std::string_view with_parameter, std::string_view value)
      : sql(with_parameter), text(std::in_place, value) {}
  Condition(std::string_view with_parameter, long long value)
      : sql(with_parameter), integer(std::in_place, value) {}

  std::string_view sql;
  std::optional<TextColumn> text;
  std::optional<IntegerColumn> integer;
};
using Conditions = std::deque<Condition>;  // elements stay in place

template <typename Row>
struct SelectList final : SelectRows<Row> {
  SelectList(soci::session& session, Conditions& conditions, std::string_view order)
      : SelectRows<Row>(session, Sql(conditions, order)) {
    for (Condition& condition : conditions) {
      if (condition.text.has_value()) this->Use(*condition.text);
      if (condition.integer.has_value()) this->Use(*condition.integer);
    }
    this->Use(limit);
    this->Bind();
  }

  static std::string Sql(const Conditions& conditions, std::string_view order) {
    const std::string where = absl::StrJoin(
        conditions, " and ",
        [](std::string* out, const Condition& condition) { out->append(condition.sql); });
    return absl::StrCat(" where ", where, " order by ", std::string(order), " limit :limit");
  }

  IntegerColumn limit;
};

template <typename Row>
class Table {
 public:
  using Entity = typename Row::Entity;

  explicit Table(Connection& connection) : connection_(connection) {}

  template <typename EntityId>
  absl::StatusOr<Entity> Get(EntityId id) const {
    return connection_.Run([&]() -> absl::StatusOr<Entity> {
      SelectById<Row>& select = connection_.Get<SelectById<Row>>();
      select.id.Set(id);
      if (!select.FetchOne()) return Row::NotFound();
      return select.row.ToEntity();
    });
  }

  absl::Status Insert(absl::Span<const Entity> entities) {
    return connection_.Run([&]() -> absl::Status {
      auto& insert = connection_.Get<InsertRow<Row>>();
      for (const Entity& entity : entities) {
        insert.row.Set(entity);
        insert.Execute();
      }
      return absl::OkStatus();
    });
  }

  absl::Status Update(absl::Span<const Entity> entities) {
    return connection_.Run([&]() -> absl::Status {
      for (const Entity& entity : entities) {
        const bool updated = entity.fields().tm_delete.has_value()
                                 ? UpdateWith<UpdateRow<Row, true>>(entity)
                                 : UpdateWith<UpdateRow<Row, false>>(entity);
        if (!updated) return MakeError(Reason::kInternal, "The row does not exist.");
      }
      return absl::OkStatus();
    });
  }

  // The rows that meet the conditions, newest first. The last ones of a full page are followed by
  // those that were created in the same microsecond.
  absl::StatusOr<std::vector<Entity>> List(Conditions conditions, const Page& page) const {
    return connection_.Run([&]() -> absl::StatusOr<std::vector<Entity>> {
      std::vector<Entity> entities;
      if (page.before.has_value()) {
        conditions.emplace_back("tm_create < :before", absl::ToUnixMicros(*page.before));
        Fetch(conditions, "tm_create desc, id", page.size, entities);
        conditions.pop_back();
        if (entities.size() < page.size) {
          // Not set counts as oldest.
          conditions.emplace_back("tm_create is null");
          Fetch(conditions, "id", page.size - entities.size(), entities);
          conditions.pop_back();
        }
      } else {
        Fetch(conditions, "tm_create desc, id", page.size, entities);
      }
      if (!entities.empty() && entities.size() == page.size) {
        FetchSameTime(std::move(conditions), entities);
      }
      return entities;
    });
  }

 private:
  template <typename Update>
  bool UpdateWith(const Entity& entity) {
    Update& update = connection_.Get<Update>();
    update.row.Set(entity);
    return update.Execute() == 1;
  }

  void Fetch(Conditions& conditions, std::string_view order, std::size_t limit,
             std::vector<Entity>& entities) const {
    SelectList<Row> select(connection_.session(), conditions, order);
    select.limit.Set(static_cast<long long>(limit));
    select.FetchAll(entities);
  }

  // Adds what was created at the same time as the last of `entities`, and comes after it.
  void FetchSameTime(Conditions conditions, std::vector<Entity>& entities) const {
    const typename Entity::Fields& last = entities.back().fields();
    if (last.tm_create.has_value()) {
      conditions.emplace_back("tm_create = :tm_create", absl::ToUnixMicros(*last.tm_create));
    } else {
      conditions.emplace_back("tm_create is null");
    }
    conditions.emplace_back("id > :last_id", last.id.ToString());
    Fetch(conditions, "id", kMaxListSize, entities);
  }

  Connection& connection_;
};

}  // namespace outdial::sqlite

#endif  // OUTDIAL_ADAPTERS_SQLITE_SRC_TABLE_H_
