// The statement that counts an outdial's calls.
// As of all statements, one thread uses each, and it blocks on the database while it runs.
#ifndef OUTDIAL_SQL_CALL_COUNT_H_
#define OUTDIAL_SQL_CALL_COUNT_H_

#include <string>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "outdial/entities/outdial_progress.h"
#include "outdial/entities/uuid.h"
#include "outdial/sql/statement.h"

namespace outdial::sql {

// From indexes alone: counts the outdial's entries in one that has all calls by (outdial_id,
// tm_create), reads the two ends of that, and counts in another one that has the open calls.
// `from_calls` and `from_open_calls` stand after the columns and say which calls are the outdial's,
// by a parameter `:outdial_id`; `has_time` says which of them have a time.
template <typename IdColumn, typename TimeColumn>
struct SelectCallCount : Statement {
  // Prepares it and binds its columns.
  SelectCallCount(soci::session& session, const std::string& from_calls,
                  const std::string& from_open_calls, const std::string& has_time)
      : Statement(session,
                  absl::StrCat("select ", Part("made", "count(*)", from_calls), ", ",
                               Part("still_open", "count(*)", from_open_calls), ", ",
                               Part("first_call", "tm_create",
                                    from_calls + has_time + " order by tm_create limit 1"),
                               ", ",
                               Part("last_call", "tm_create",
                                    from_calls + has_time + " order by tm_create desc limit 1"))) {
    for (int i = 0; i < 4; ++i) Use(outdial_id);
    Into(made);
    Into(open);
    Into(first);
    Into(last);
    Bind();
  }

  // To SQLite parameters of one name are one parameter.
  static std::string Part(const std::string& name, const char* selected, const std::string& from) {
    return absl::StrCat("(select ", selected,
                        absl::StrReplaceAll(from, {{":outdial_id", absl::StrCat(":of_", name)}}),
                        ") as ", name);
  }

  // Runs it for an outdial; throws what Statement throws.
  CallCount Fetch(OutdialId id) {
    outdial_id.Set(id);
    FetchOne();
    return {
        .made = made.value(), .open = open.value(), .first = first.ToTime(), .last = last.ToTime()};
  }

  IdColumn outdial_id;  // what is asked for

  // What was found; a time is NULL where there is none:
  IntegerColumn made;
  IntegerColumn open;
  TimeColumn first;
  TimeColumn last;
};

}  // namespace outdial::sql

#endif  // OUTDIAL_SQL_CALL_COUNT_H_
