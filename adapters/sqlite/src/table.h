// What all tables of entities have in common: reading, adding and changing rows, and lists in
// pages.
#ifndef OUTDIAL_ADAPTERS_SQLITE_SRC_TABLE_H_
#define OUTDIAL_ADAPTERS_SQLITE_SRC_TABLE_H_

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "absl/time/time.h"
#include "absl/types/span.h"
#include "columns.h"
#include "connection.h"
#include "outdial/entities/error.h"
#include "outdial/entities/page.h"
#include "outdial/ports/result_rows.h"
#include "outdial/sql/queries.h"

namespace outdial::sqlite {

using sql::Conditions;
using sql::SelectById;
using sql::SelectList;
using sql::SelectRows;
using sql::UpdateRow;

template <typename Row>
struct InsertRow final : Statement {
  explicit InsertRow(soci::session& session)
      : Statement(session,
                  absl::StrCat("insert into ", Row::kTable, " (", sql::InsertedColumns<Row>(),
                               ") values (", sql::InsertedParameters<Row>(), ")")) {
    row.ForEachColumn([this](const auto&, auto& column, sql::Column) { this->Use(column); });
    Bind();
  }

  Row row;
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
      ResultRows<Entity> rows;
      if (page.before.has_value()) {
        conditions.emplace_back("tm_create < :before", absl::ToUnixMicros(*page.before));
        Fetch(conditions, "tm_create desc, id", page.size, rows);
        conditions.pop_back();
        if (rows.size() < page.size) {
          // Not set counts as oldest.
          conditions.emplace_back("tm_create is null");
          Fetch(conditions, "id", page.size - rows.size(), rows);
          conditions.pop_back();
        }
      } else {
        Fetch(conditions, "tm_create desc, id", page.size, rows);
      }
      if (!rows.empty() && rows.size() == page.size) {
        const typename Entity::Fields& last = rows.back().fields();
        FetchSameTime(conditions, last.tm_create, last.id.ToString(), kMaxListSize, rows);
      }
      return std::move(rows).TakePage(page);
    });
  }

  // The first `limit` rows that meet the conditions and come after a row with this `tm_create` and
  // `id`, oldest first (not set counts as oldest), then by id; as many as a result may hold.
  template <typename EntityId>
  absl::StatusOr<std::vector<Entity>> ListOldest(Conditions conditions,
                                                 const std::optional<absl::Time>& tm_create,
                                                 EntityId id, std::size_t limit) const {
    return connection_.Run([&]() -> absl::StatusOr<std::vector<Entity>> {
      ResultRows<Entity> rows;
      FetchSameTime(conditions, tm_create, id.ToString(), limit, rows);
      const std::size_t same_time = rows.size();
      if (rows.full() || same_time == limit) return std::move(rows).Take();
      conditions.emplace_back("tm_create > :after", tm_create.has_value()
                                                        ? absl::ToUnixMicros(*tm_create)
                                                        : std::numeric_limits<std::int64_t>::min());
      Fetch(conditions, "tm_create", limit - same_time, rows);
      conditions.pop_back();
      if (rows.size() > same_time && (rows.full() || rows.size() == limit)) {
        // The index has ids in the other order: of the last time these are the last ones.
        const std::optional<absl::Time> last = rows.back().fields().tm_create;
        while (rows.size() > same_time && rows.back().fields().tm_create == last) {
          rows.TakeLast();
        }
        FetchSameTime(conditions, last, "", limit - rows.size(), rows);
      }
      std::vector<Entity> entities = std::move(rows).Take();
      std::sort(entities.begin(), entities.end(), [](const Entity& a, const Entity& b) {
        return std::pair(a.fields().tm_create, a.id()) < std::pair(b.fields().tm_create, b.id());
      });
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
             ResultRows<Entity>& rows) const {
    SelectList<Row> select(connection_.session(), "", conditions, order);
    select.limit.SetLimit(limit);
    select.FetchInto(rows);
  }

  // Adds up to `limit` that were created at this time, and whose ids come after this one, by id.
  void FetchSameTime(Conditions& conditions, const std::optional<absl::Time>& tm_create,
                     const std::string& last_id, std::size_t limit,
                     ResultRows<Entity>& rows) const {
    if (tm_create.has_value()) {
      conditions.emplace_back("tm_create = :tm_create", absl::ToUnixMicros(*tm_create));
    } else {
      conditions.emplace_back("tm_create is null");
    }
    conditions.emplace_back("id > :last_id", last_id);
    Fetch(conditions, "id", limit, rows);
    conditions.pop_back();
    conditions.pop_back();
  }

  Connection& connection_;
};

}  // namespace outdial::sqlite

#endif  // OUTDIAL_ADAPTERS_SQLITE_SRC_TABLE_H_
