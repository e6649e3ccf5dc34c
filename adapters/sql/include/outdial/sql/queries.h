// The statements that all tables of entities have in common.
// As of all statements, one thread uses each, and it blocks on the database while it runs.
#ifndef OUTDIAL_SQL_QUERIES_H_
#define OUTDIAL_SQL_QUERIES_H_

#include <deque>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "outdial/ports/result_rows.h"
#include "outdial/sql/rows.h"
#include "outdial/sql/statement.h"

namespace outdial::sql {

// What a query for whole rows selects, separated by commas. The columns of `table_alias`, where one
// is given.
template <typename Row>
std::string SelectedColumns(std::string_view table_alias = {}) {
  const std::string prefix = table_alias.empty() ? "" : absl::StrCat(std::string(table_alias), ".");
  std::vector<std::string> names;
  Row().ForEachColumn([&](const auto& name, auto& column, Column) {
    names.push_back(column.Select(absl::StrCat(prefix, name)));
  });
  return absl::StrJoin(names, ", ");
}

// The same for an insert: the names of all columns.
template <typename Row>
std::string InsertedColumns() {
  std::vector<std::string> names;
  Row().ForEachColumn([&](const auto& name, auto&, Column) { names.emplace_back(name); });
  return absl::StrJoin(names, ", ");
}

// The same for an insert: their parameters.
template <typename Row>
std::string InsertedParameters() {
  std::vector<std::string> parameters;
  Row().ForEachColumn([&](const auto& name, auto& column, Column) {
    parameters.push_back(column.Parameter(name));
  });
  return absl::StrJoin(parameters, ", ");
}

// A query for whole rows. Subclasses bind their parameters, and call Bind.
template <typename Row>
struct SelectRows : Statement {
  // `sql` stands after the column names.
  SelectRows(soci::session& session, const std::string& columns, const std::string& sql)
      : Statement(session, absl::StrCat("select ", columns, sql)) {
    row.ForEachColumn([this](const auto&, auto& column, Column) { this->Into(column); });
  }
  // `conditions` stand after the table's name.
  SelectRows(soci::session& session, const std::string& conditions)
      : SelectRows(session, SelectedColumns<Row>(),
                   absl::StrCat(" from ", Row::kTable, conditions)) {}

  // Runs it, and adds what it finds to `rows`. False where some of that does not fit: the query is
  // open then, see ForEachRowWhile. Throws what Statement throws.
  bool FetchInto(ResultRows<typename Row::Entity>& rows) {
    return ForEachRowWhile([&] { return rows.Add(row.ToEntity()); });
  }

  Row row;  // the one that was read last
};

// The row with an id. `lock` stands at the end.
template <typename Row>
struct SelectById : SelectRows<Row> {
  // Prepares it and binds its columns.
  explicit SelectById(soci::session& session, std::string_view lock = {})
      : SelectRows<Row>(session, absl::StrCat(" where id = ", decltype(Row::id)::Parameter("id"),
                                              std::string(lock))) {
    this->Use(id);
    this->Bind();
  }

  decltype(Row::id) id;  // what is asked for
};

// Writes the mutable columns of the row with this id, and the final ones where `kWritesFinal`.
template <typename Row, bool kWritesFinal>
struct UpdateRow : Statement {
  // Prepares it and binds its columns.
  explicit UpdateRow(soci::session& session) : Statement(session, Sql()) {
    row.ForEachColumn([this](const auto&, auto& column, Column kind) {
      if (IsWritten(kind)) this->Use(column);
    });
    Use(row.id);
    Bind();
  }

  // Whether it writes columns of this kind.
  static bool IsWritten(Column kind) {
    return kind == Column::kMutable || (kWritesFinal && kind == Column::kFinal);
  }
  // Its text.
  static std::string Sql() {
    std::vector<std::string> assignments;
    Row row;
    row.ForEachColumn([&](const auto& name, auto& column, Column kind) {
      if (IsWritten(kind)) {
        assignments.push_back(absl::StrCat(name, " = ", column.Parameter(name)));
      }
    });
    return absl::StrCat("update ", Row::kTable, " set ", absl::StrJoin(assignments, ", "),
                        " where id = ", row.id.Parameter("id"));
  }

  Row row;  // what is written
};

// A condition that rows of a list meet: SQL that is written in this project, with at most one
// parameter, and the parameter's value.
struct Condition {
  // One without a parameter, and those with one.
  explicit Condition(std::string_view fixed) : sql(fixed) {}
  Condition(std::string_view with_parameter, std::string_view value)
      : sql(with_parameter), text(std::in_place, value) {}
  Condition(std::string_view with_parameter, long long value)
      : sql(with_parameter), integer(std::in_place, value) {}

  std::string sql;  // stands after "where" or "and"

  // The parameter's value, in one of them, or in none where there is no parameter:
  std::optional<TextColumn> text;
  std::optional<IntegerColumn> integer;
};
// All of them hold. Elements stay in place, where statements find their parameters.
using Conditions = std::deque<Condition>;

// The first rows, in an order, that meet conditions. `hint` stands after the table's name. `Select`
// is made of what does, and may read something else than whole rows.
template <typename Row, typename Select = SelectRows<Row>>
struct SelectList : Select {
  // Prepares it and binds its columns, and those of `conditions`, which must live as long.
  SelectList(soci::session& session, std::string_view hint, Conditions& conditions,
             std::string_view order)
      : Select(session, Sql(hint, conditions, order)) {
    for (Condition& condition : conditions) {
      if (condition.text.has_value()) this->Use(*condition.text);
      if (condition.integer.has_value()) this->Use(*condition.integer);
    }
    this->Use(limit);
    this->Bind();
  }

  // What stands after the table's name.
  static std::string Sql(std::string_view hint, const Conditions& conditions,
                         std::string_view order) {
    const std::string where = absl::StrJoin(
        conditions, " and ",
        [](std::string* out, const Condition& condition) { out->append(condition.sql); });
    return absl::StrCat(std::string(hint), " where ", where, " order by ", std::string(order),
                        " limit :limit");
  }

  IntegerColumn limit;  // how many rows at most
};

}  // namespace outdial::sql

#endif  // OUTDIAL_SQL_QUERIES_H_
