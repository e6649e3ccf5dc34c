// Rows by their key, with the indexes that follow from them.
#ifndef OUTDIAL_MEMORY_SRC_TABLE_H_
#define OUTDIAL_MEMORY_SRC_TABLE_H_

#include <memory>
#include <utility>

#include "absl/container/flat_hash_map.h"

namespace outdial::memory {

// A row is never changed, only replaced: what Replace returns puts the table back as it was, which
// is all that a rollback needs. `IndexType` has `void Update(const Row* before, const Row* after)`,
// where null means that there is no such row.
template <typename KeyType, typename RowType, typename IndexType>
class Table {
 public:
  using Key = KeyType;
  using Row = RowType;
  using RowPtr = std::unique_ptr<const Row>;
  using Rows = absl::flat_hash_map<Key, RowPtr>;

  // Null where there is none.
  const Row* Find(const Key& key) const {
    const auto found = rows_.find(key);
    return found == rows_.end() ? nullptr : found->second.get();
  }

  // Makes `row` the row of `key`, or removes it where `row` is null. Returns what was there.
  RowPtr Replace(const Key& key, RowPtr row) {
    const auto found = rows_.find(key);
    RowPtr before = found == rows_.end() ? nullptr : std::move(found->second);
    index_.Update(before.get(), row.get());
    if (row == nullptr) {
      if (found != rows_.end()) rows_.erase(found);
    } else if (found != rows_.end()) {
      found->second = std::move(row);
    } else {
      rows_.emplace(key, std::move(row));
    }
    return before;
  }

  const Rows& rows() const { return rows_; }
  const IndexType& index() const { return index_; }

 private:
  Rows rows_;
  IndexType index_;
};

}  // namespace outdial::memory

#endif  // OUTDIAL_MEMORY_SRC_TABLE_H_
