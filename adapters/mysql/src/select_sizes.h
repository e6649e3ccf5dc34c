// How large rows are, before they are read: the client library takes all of a result at once.
#ifndef OUTDIAL_ADAPTERS_MYSQL_SRC_SELECT_SIZES_H_
#define OUTDIAL_ADAPTERS_MYSQL_SRC_SELECT_SIZES_H_

#include <cstddef>
#include <string>
#include <type_traits>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "columns.h"
#include "outdial/ports/result_rows.h"
#include "outdial/sql/statement.h"

namespace outdial::mysql {

// How many rows are read without a look at their sizes, which is one more query. The largest are
// targets: with `detail`, `data` and five destinations, two texts of each, as full as they can be,
// one holds 768 KiB, and so many hold less than kMaxResultBytes.
inline constexpr std::size_t kMaxUnmeasuredRows = 10;

// The first rows of a query.
struct MeasuredRows {
  std::size_t count = 0;  // how many can be read at once; 0: there is none
  bool are_all = true;    // false: there are more
};

// A query for the sizes of rows. Subclasses bind their parameters, and call Bind.
struct SelectSizes : Statement {
  // `bytes` is the size of a row, `sql` stands behind the columns.
  SelectSizes(soci::session& session, const std::string& bytes, const std::string& sql)
      : Statement(session, absl::StrCat("select ", bytes, sql)) {
    Into(bytes_column);
  }

  // Runs it, and returns which rows can be read at once: one at least, where there is one.
  MeasuredRows Measure() {
    // A result is cut by the texts that it holds. As they are stored they hold more (addresses are
    // JSON), but so much more only where what they hold is hardly text.
    constexpr auto kMaxBytes = static_cast<long long>(2 * kMaxResultBytes);
    MeasuredRows rows;
    long long bytes = 0;
    ForEachRow([&] {
      if (!rows.are_all) return;
      bytes += bytes_column.value();
      rows.are_all = rows.count == 0 || bytes <= kMaxBytes;
      if (rows.are_all) ++rows.count;
    });
    return rows;
  }

  IntegerColumn bytes_column;
};

// The same of whole rows.
template <typename Row>
struct SelectRowSizes : SelectSizes {
  // `conditions` stand after the table's name.
  SelectRowSizes(soci::session& session, const std::string& conditions)
      : SelectSizes(session, Bytes(), absl::StrCat(" from ", Row::kTable, conditions)) {}

  static std::string Bytes() {
    std::vector<std::string> texts;
    Row().ForEachColumn([&](const auto& name, auto& column, sql::Column) {
      if constexpr (std::is_same_v<decltype(column), TextColumn&> ||
                    std::is_same_v<decltype(column), sql::AddressColumn&>) {
        texts.push_back(absl::StrCat("ifnull(length(", name, "), 0)"));
      }
    });
    return absl::StrJoin(texts, " + ");
  }
};

}  // namespace outdial::mysql

#endif  // OUTDIAL_ADAPTERS_MYSQL_SRC_SELECT_SIZES_H_
