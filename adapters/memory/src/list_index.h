// The order of lists: newest first.
#ifndef OUTDIAL_MEMORY_SRC_LIST_INDEX_H_
#define OUTDIAL_MEMORY_SRC_LIST_INDEX_H_

#include <cstddef>
#include <cstdint>
#include <iterator>
#include <optional>
#include <utility>
#include <vector>

#include "absl/container/btree_set.h"
#include "absl/container/flat_hash_map.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "outdial/entities/page.h"
#include "outdial/entities/uuid.h"
#include "outdial/ports/result_rows.h"

namespace outdial::memory {

// A row's place in a list: newest first (not set counts as oldest), then by id. Of whatever kind
// the id is: each kind of key in a set of its own makes a program some 100 kB larger.
struct ListKey {
  std::optional<absl::Time> tm_create;
  Uuid id;

  friend bool operator==(const ListKey&, const ListKey&) = default;
  friend bool operator<(const ListKey& a, const ListKey& b) {
    if (a.tm_create != b.tm_create) return a.tm_create > b.tm_create;
    return a.id < b.id;
  }
};

using ListIndex = absl::btree_set<ListKey>;

// Moves a row whose key was `before` to where `after` belongs; nullopt: it is in no list.
template <typename Key>
void MoveKey(absl::btree_set<Key>& keys, const std::optional<Key>& before,
             const std::optional<Key>& after) {
  if (before == after) return;
  if (before.has_value()) keys.erase(*before);
  if (after.has_value()) keys.insert(*after);
}

// A list for each group of rows: for each outdial one of its targets, for example.
template <typename Group>
class ListIndexes {
 public:
  using Place = std::pair<Group, ListKey>;

  // As MoveKey.
  void Move(const std::optional<Place>& before, const std::optional<Place>& after) {
    if (before == after) return;
    if (before.has_value()) {
      const auto list = lists_.find(before->first);
      list->second.erase(before->second);
      if (list->second.empty()) lists_.erase(list);
    }
    if (after.has_value()) lists_[after->first].insert(after->second);
  }

  // Empty where the group has no rows.
  const ListIndex& Of(const Group& group) const {
    static const ListIndex& empty = *new ListIndex();
    const auto list = lists_.find(group);
    return list == lists_.end() ? empty : list->second;
  }

 private:
  absl::flat_hash_map<Group, ListIndex> lists_;
};

constexpr Uuid LastId() {
  Uuid::Bytes bytes{};
  for (std::uint8_t& byte : bytes) byte = 0xff;
  return Uuid(bytes);
}

// The first `limit` rows after `after`, oldest first, then by id; as many as a result may hold.
template <typename Row, typename Find>
std::vector<Row> OldestRows(const ListIndex& keys, const ListKey& after, std::size_t limit,
                            Find find) {
  ResultRows<Row> rows;
  std::optional<absl::Time> time = after.tm_create;
  auto begin = keys.upper_bound(after);
  auto end = keys.upper_bound({time, LastId()});
  while (true) {
    for (; begin != end && rows.size() < limit; ++begin) {
      if (!rows.Add(*find(begin->id))) return std::move(rows).Take();
    }
    end = keys.lower_bound({time, Uuid()});
    if (rows.size() == limit || end == keys.begin()) return std::move(rows).Take();
    time = std::prev(end)->tm_create;
    begin = keys.lower_bound({time, Uuid()});
  }
}

// The rows of a page. `find` returns the row of an id, or null for one that is not listed.
template <typename Row, typename Find>
absl::StatusOr<std::vector<Row>> RowsOfPage(const ListIndex& keys, const Page& page, Find find) {
  constexpr Uuid kLastId = LastId();
  ResultRows<Row> rows;
  if (page.size == 0) return std::move(rows).Take();
  std::optional<absl::Time> last;
  const absl::Time before = page.before.value_or(absl::InfiniteFuture());
  for (auto key = keys.upper_bound({before, kLastId}); key != keys.end(); ++key) {
    const bool full = rows.size() >= page.size;
    if (full && (key->tm_create != last || rows.size() >= page.size + kMaxListSize)) break;
    if (const Row* row = find(key->id); row != nullptr) {
      if (!rows.Add(*row)) break;
      last = key->tm_create;
    }
  }
  return std::move(rows).TakePage(page);
}

}  // namespace outdial::memory

#endif  // OUTDIAL_MEMORY_SRC_LIST_INDEX_H_
