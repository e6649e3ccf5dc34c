// What all tables of entities have in common: reading, adding and changing rows, and lists in
// pages.
#ifndef OUTDIAL_ADAPTERS_MYSQL_SRC_TABLE_H_
#define OUTDIAL_ADAPTERS_MYSQL_SRC_TABLE_H_

#include <algorithm>
#include <cstddef>
#include <deque>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/types/span.h"
#include "columns.h"
#include "connection.h"
#include "outdial/entities/error.h"
#include "outdial/entities/page.h"
#include "outdial/ports/result_rows.h"
#include "outdial/sql/queries.h"
#include "select_sizes.h"

namespace outdial::mysql {

inline constexpr std::string_view kForUpdate = " for update";
inline constexpr std::string_view kSkipLocked = " for update skip locked";
inline constexpr std::string_view kForShare = " lock in share mode";  // MariaDB has no "for share"

// The rows that one statement writes.
template <typename Row>
class Batch {
 public:
  using Entity = typename Row::Entity;

  // Far below the size of a packet that any server takes, but for a single row.
  static constexpr std::size_t kMaxRows = 100;
  static constexpr std::size_t kMaxBytes = 1 << 20;

  bool full() const { return rows_.size() >= kMaxRows || bytes_ >= kMaxBytes; }
  std::deque<Row>& rows() { return rows_; }

  void Add(const Entity& entity) {
    rows_.emplace_back().Set(entity);
    rows_.back().ForEachColumn([&](const auto&, auto& column, sql::Column) {
      if constexpr (std::is_base_of_v<TextColumn, std::remove_reference_t<decltype(column)>>) {
        bytes_ += column.value().size();
      }
    });
  }

 private:
  std::deque<Row> rows_;  // they stay in place
  std::size_t bytes_ = 0;
};

// Adds rows, or, with OnDuplicateKeyUpdate, changes them.
template <typename Row>
struct InsertRows final : Statement {
  InsertRows(soci::session& session, Batch<Row>& batch, const std::string& suffix)
      : Statement(session, Sql(batch.rows().size(), suffix)) {
    for (Row& row : batch.rows()) {
      row.ForEachColumn([this](const auto&, auto& column, sql::Column) { this->Use(column); });
    }
    Bind();
  }

  static std::string Sql(std::size_t rows, const std::string& suffix) {
    const std::vector<std::string> values(rows,
                                          absl::StrCat("(", sql::InsertedParameters<Row>(), ")"));
    return absl::StrCat("insert into ", Row::kTable, " (", sql::InsertedColumns<Row>(), ") values ",
                        absl::StrJoin(values, ", "), suffix);
  }

  static std::string OnDuplicateKeyUpdate() {
    std::vector<std::string> assignments;
    Row().ForEachColumn([&](const auto& name, auto&, sql::Column kind) {
      if (kind == sql::Column::kMutable) {
        assignments.push_back(absl::StrCat(name, " = values(", name, ")"));
      } else if (kind == sql::Column::kFinal) {
        assignments.push_back(absl::StrCat(name, " = coalesce(values(", name, "), ", name, ")"));
      }
    });
    return absl::StrCat(" on duplicate key update ", absl::StrJoin(assignments, ", "));
  }
};

template <typename Row>
class Table {
 public:
  using Entity = typename Row::Entity;

  explicit Table(Connection& connection) : connection_(connection) {}

  // `lock` is empty, kForUpdate or kForShare.
  template <typename EntityId>
  absl::StatusOr<Entity> Get(EntityId id, std::string_view lock = {}) const {
    return connection_.Run([&]() -> absl::StatusOr<Entity> {
      sql::SelectById<Row> select(connection_.session(), lock);
      select.id.Set(id);
      if (!select.FetchOne()) return Row::NotFound();
      return select.row.ToEntity();
    });
  }

  // `make_room`, where given, is called with entities that were refused because of a row that has
  // one of their keys; they are tried a second time where it returns OK.
  using MakeRoom = std::function<absl::Status(absl::Span<const Entity>)>;
  absl::Status Insert(absl::Span<const Entity> entities, const MakeRoom& make_room = nullptr) {
    return Write(entities, "", make_room);
  }

  absl::Status Update(const Entity& entity) {
    return connection_.Run([&]() -> absl::Status {
      const bool updated = entity.fields().tm_delete.has_value()
                               ? UpdateWith<sql::UpdateRow<Row, true>>(entity)
                               : UpdateWith<sql::UpdateRow<Row, false>>(entity);
      if (!updated) return MakeError(Reason::kInternal, "The row does not exist.");
      return absl::OkStatus();
    });
  }

  // As Update, of many rows, which must exist: one statement changes as many as it can hold.
  absl::Status UpdateAll(absl::Span<const Entity> entities) {
    if (entities.size() == 1) return Update(entities.front());
    return Write(entities, InsertRows<Row>::OnDuplicateKeyUpdate(), nullptr);
  }

  // The rows that meet the conditions, newest first, then by id. The last ones of a full page are
  // followed by those that were created in the same microsecond. `index` ends with (tm_create, id),
  // and no server reads it other than wholly forwards or backwards: ids are put in order here.
  absl::StatusOr<std::vector<Entity>> List(std::string_view index, sql::Conditions conditions,
                                           const Page& page) const {
    return connection_.Run([&]() -> absl::StatusOr<std::vector<Entity>> {
      const std::string hint = absl::StrCat(" force index (", std::string(index), ")");
      constexpr std::string_view kNewestFirst = "tm_create desc, id desc";
      ResultRows<Entity> rows;
      if (page.before.has_value()) {
        conditions.emplace_back("tm_create < :before", TextOf(*page.before));
        Fetch(hint, conditions, kNewestFirst, page.size, rows);
        conditions.pop_back();
        if (!rows.full() && rows.size() < page.size) {
          // Not set counts as oldest.
          conditions.emplace_back("tm_create is null");
          Fetch(hint, conditions, kNewestFirst, page.size - rows.size(), rows);
          conditions.pop_back();
        }
      } else {
        Fetch(hint, conditions, kNewestFirst, page.size, rows);
      }
      if (!rows.empty() && rows.size() == page.size) {
        FetchSameTime(hint, std::move(conditions), rows);
      }
      absl::StatusOr<std::vector<Entity>> entities = std::move(rows).TakePage(page);
      if (entities.ok()) std::sort(entities->begin(), entities->end(), ListedBefore);
      return entities;
    });
  }

  // The first `limit` rows that meet the conditions and come after a row with this `tm_create` and
  // `id`, oldest first (not set counts as oldest), then by id; as many as a result may hold.
  // `index` as above.
  template <typename EntityId>
  absl::StatusOr<std::vector<Entity>> ListOldest(std::string_view index, sql::Conditions conditions,
                                                 const std::optional<absl::Time>& tm_create,
                                                 EntityId id, std::size_t limit) const {
    return connection_.Run([&]() -> absl::StatusOr<std::vector<Entity>> {
      const std::string hint = absl::StrCat(" force index (", std::string(index), ")");
      ResultRows<Entity> rows;
      conditions.emplace_back("id > unhex(:after_id)", HexOf(id.uuid()));
      AddSameTime(conditions, tm_create);
      Fetch(hint, conditions, "id", limit, rows);
      conditions.pop_back();
      conditions.pop_back();
      if (rows.full() || rows.size() == limit) return std::move(rows).Take();
      if (tm_create.has_value()) {
        conditions.emplace_back("tm_create > :after", TextOf(*tm_create));
      } else {
        conditions.emplace_back(absl::StrCat("tm_create >= ", kFirstTime));
      }
      Fetch(hint, conditions, "tm_create, id", limit - rows.size(), rows);
      return std::move(rows).Take();
    });
  }

 private:
  // An empty optional compares as less than any time.
  static bool ListedBefore(const Entity& a, const Entity& b) {
    const auto& x = a.fields();
    const auto& y = b.fields();
    if (x.tm_create != y.tm_create) return x.tm_create > y.tm_create;
    return x.id < y.id;
  }

  absl::Status Write(absl::Span<const Entity> entities, const std::string& suffix,
                     const MakeRoom& make_room) {
    return connection_.Run([&]() -> absl::Status {
      for (std::size_t next = 0; next < entities.size();) {
        const std::size_t first = next;
        Batch<Row> batch;
        while (next < entities.size() && !batch.full()) batch.Add(entities[next++]);
        const auto insert = [&] {
          InsertRows<Row>(connection_.session(), batch, suffix).Execute();
        };
        try {
          insert();
        } catch (const soci::soci_error& error) {
          if (make_room == nullptr || !IsDuplicateKey(error)) throw;
          absl::Status status = make_room(entities.subspan(first, next - first));
          if (!status.ok()) return status;
          insert();
        }
      }
      return absl::OkStatus();
    });
  }

  template <typename UpdateStatement>
  bool UpdateWith(const Entity& entity) {
    UpdateStatement update(connection_.session());
    update.row.Set(entity);
    return update.Execute() == 1;
  }

  void Fetch(std::string_view hint, sql::Conditions& conditions, std::string_view order,
             std::size_t limit, ResultRows<Entity>& rows) const {
    MeasuredRows readable{.count = limit};
    if (limit > kMaxUnmeasuredRows) readable = Measure(hint, conditions, order, limit);
    Read(hint, conditions, order, readable, rows);
  }

  MeasuredRows Measure(std::string_view hint, sql::Conditions& conditions, std::string_view order,
                       std::size_t limit) const {
    sql::SelectList<Row, SelectRowSizes<Row>> select(connection_.session(), hint, conditions,
                                                     order);
    select.limit.SetLimit(limit);
    return select.Measure();
  }

  void Read(std::string_view hint, sql::Conditions& conditions, std::string_view order,
            const MeasuredRows& readable, ResultRows<Entity>& rows) const {
    if (readable.count == 0) return;
    sql::SelectList<Row> select(connection_.session(), hint, conditions, order);
    select.limit.SetLimit(readable.count);
    select.FetchInto(rows);
    if (!readable.are_all) rows.SetFull();
  }

  // Reads again, in the order of their ids, those that were created at the same time as the last
  // one, where there are more of them.
  void FetchSameTime(std::string_view hint, sql::Conditions conditions,
                     ResultRows<Entity>& rows) const {
    const std::optional<absl::Time> last = rows.back().fields().tm_create;
    std::vector<Entity> known;
    while (!rows.empty() && rows.back().fields().tm_create == last) {
      known.push_back(rows.TakeLast());
    }
    AddSameTime(conditions, last);
    const MeasuredRows readable = Measure(hint, conditions, "id", known.size() + kMaxListSize);
    if (readable.are_all && readable.count == known.size()) {
      for (Entity& entity : known) rows.Add(std::move(entity));
    } else {
      Read(hint, conditions, "id", readable, rows);
    }
  }

  static void AddSameTime(sql::Conditions& conditions, const std::optional<absl::Time>& tm_create) {
    if (tm_create.has_value()) {
      conditions.emplace_back("tm_create = :tm_create", TextOf(*tm_create));
    } else {
      conditions.emplace_back(absl::StrCat("(tm_create is null or tm_create < ", kFirstTime, ")"));
    }
  }

  Connection& connection_;
};

}  // namespace outdial::mysql

#endif  // OUTDIAL_ADAPTERS_MYSQL_SRC_TABLE_H_
