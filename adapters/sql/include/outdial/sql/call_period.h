// The statement that finds when an outdial's first and last call were begun.
#ifndef OUTDIAL_SQL_CALL_PERIOD_H_
#define OUTDIAL_SQL_CALL_PERIOD_H_

#include <optional>
#include <string>

#include "absl/strings/str_cat.h"
#include "outdial/entities/outdial_progress.h"
#include "outdial/entities/uuid.h"
#include "outdial/sql/statement.h"

namespace outdial::sql {

// Reads the two ends of the index on (outdial_id, tm_create). `first_from` and `last_from` stand
// after the column's name, say which of the outdial's calls have a time, and have the outdial's id
// as their one parameter, each with a name of its own.
template <typename IdColumn, typename TimeColumn>
struct SelectCallPeriod : Statement {
  SelectCallPeriod(soci::session& session, const std::string& first_from,
                   const std::string& last_from)
      : Statement(session,
                  absl::StrCat("select ", FirstInOrder(first_from, "tm_create"), " as first_call, ",
                               FirstInOrder(last_from, "tm_create desc"), " as last_call")) {
    Use(outdial_id);
    Use(outdial_id);
    Into(first);
    Into(last);
    Bind();
  }

  static std::string FirstInOrder(const std::string& from, const char* order) {
    return absl::StrCat("(select tm_create", from, " order by ", order, " limit 1)");
  }

  std::optional<CallPeriod> Fetch(OutdialId id) {
    outdial_id.Set(id);
    FetchOne();
    const auto first_time = first.ToTime();
    const auto last_time = last.ToTime();
    if (!first_time.has_value() || !last_time.has_value()) return std::nullopt;
    return CallPeriod{*first_time, *last_time};
  }

  IdColumn outdial_id;
  TimeColumn first;
  TimeColumn last;
};

}  // namespace outdial::sql

#endif  // OUTDIAL_SQL_CALL_PERIOD_H_
