// The statements that count targets which are alike.
// As of all statements, one thread uses each, and it blocks on the database while it runs.
#ifndef OUTDIAL_SQL_TARGET_GROUPS_H_
#define OUTDIAL_SQL_TARGET_GROUPS_H_

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>

#include "absl/strings/str_cat.h"
#include "outdial/entities/availability.h"
#include "outdial/entities/outdial_progress.h"
#include "outdial/entities/outdial_target.h"
#include "outdial/entities/slot.h"
#include "outdial/sql/statement.h"

namespace outdial::sql {

// How many targets of an outdial have each signature. `from` stands after the column names and has
// the outdial's id as its one parameter.
template <typename IdColumn>
struct CountBySignature : Statement {
  // Prepares it and binds its columns.
  CountBySignature(soci::session& session, const std::string& from)
      : Statement(session,
                  absl::StrCat("select signature, count(*)", from, " group by signature")) {
    Use(outdial_id);
    Into(signature);
    Into(count);
    Bind();
  }

  // The row that was read last; throws soci::soci_error where it is damaged.
  TargetGroup ToGroup() const {
    const std::optional<Signature> parsed = Signature::FromText(signature.value());
    if (!parsed.has_value()) throw soci::soci_error("damaged signature");
    return {.status = TargetStatus::kIdle, .signature = *parsed, .count = count.value()};
  }

  IdColumn outdial_id;  // what is asked for

  // What was found:
  TextColumn signature;
  IntegerColumn count;
};

// How many targets of an outdial have each status and try counts. The status is in the column
// `status_column`; `from` as above.
template <typename IdColumn>
struct CountByTryCounts : Statement {
  // Prepares it and binds its columns.
  CountByTryCounts(soci::session& session, const std::string& status_column,
                   const std::string& from)
      : Statement(session, Sql(status_column, from)) {
    Use(outdial_id);
    Into(status);
    for (IntegerColumn& try_count : try_counts) Into(try_count);
    Into(count);
    Bind();
  }

  // Its text.
  static std::string Sql(std::string columns, const std::string& from) {
    for (std::size_t i = 0; i < kSlotCount; ++i) absl::StrAppend(&columns, ", try_count_", i);
    return absl::StrCat("select ", columns, ", count(*)", from, " group by ", columns);
  }

  // The row that was read last.
  TargetGroup ToGroup() const {
    TryCounts counts;
    for (std::size_t i = 0; i < kSlotCount; ++i) {
      counts[i] = static_cast<std::int32_t>(try_counts[i].value());
    }
    return {.status = TargetStatusFromStorage(status.value()),
            .signature = Signature(counts),
            .count = count.value()};
  }

  IdColumn outdial_id;  // what is asked for

  // What was found:
  TextColumn status;
  std::array<IntegerColumn, kSlotCount> try_counts;
  IntegerColumn count;
};

// How often slots were tried that are not set, of an outdial's idle targets. `from` as above.
template <typename IdColumn>
struct SumUnsetTries : Statement {
  // Prepares it and binds its columns.
  SumUnsetTries(soci::session& session, const std::string& from) : Statement(session, Sql(from)) {
    Use(outdial_id);
    for (IntegerColumn& sum : sums) Into(sum);
    Bind();
  }

  // Its text.
  static std::string Sql(const std::string& from) {
    constexpr std::size_t kDigits = 8;  // of each slot in a signature
    std::string sql = "select ";
    for (std::size_t i = 0; i < kSlotCount; ++i) {
      absl::StrAppend(&sql, i == 0 ? "" : ", ", "sum(case when substr(signature, ", i * kDigits + 1,
                      ", ", kDigits, ") = '--------' then try_count_", i, " else 0 end)");
    }
    return sql + from;
  }

  // A part of a group, which has no targets of its own.
  TargetGroup ToGroup() const {
    TargetGroup group;
    for (std::size_t i = 0; i < kSlotCount; ++i) group.unset_tries[i] = sums[i].value();
    return group;
  }

  IdColumn outdial_id;  // what is asked for

  // What was found:
  std::array<IntegerColumn, kSlotCount> sums;
};

}  // namespace outdial::sql

#endif  // OUTDIAL_SQL_TARGET_GROUPS_H_
