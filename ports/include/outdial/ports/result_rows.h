// How much one result of a repository holds.
// Values and pure functions: many threads may read a value at once, and nothing here blocks.
#ifndef OUTDIAL_PORTS_RESULT_ROWS_H_
#define OUTDIAL_PORTS_RESULT_ROWS_H_

#include <cstddef>
#include <utility>
#include <variant>
#include <vector>

#include "absl/status/statusor.h"
#include "outdial/entities/address.h"
#include "outdial/entities/error.h"
#include "outdial/entities/event.h"
#include "outdial/entities/outdial.h"
#include "outdial/entities/outdial_target.h"
#include "outdial/entities/outdial_target_call.h"
#include "outdial/entities/page.h"
#include "outdial/entities/slot.h"

namespace outdial {

// How many bytes the texts of a result may hold together: names, details, data and destinations. A
// result of one row may hold more. Rows are counted while they are read, so that a result takes no
// more memory than that, however many rows are asked for.
inline constexpr std::size_t kMaxResultBytes = std::size_t{8} * 1024 * 1024;

// How many bytes these texts of a row hold.
inline std::size_t TextBytes(const Address& address) {
  const Address::Fields& fields = address.fields();
  return fields.type.size() + fields.target.size() + fields.target_name.size() +
         fields.name.size() + fields.detail.size();
}
inline std::size_t TextBytes(const Outdial& outdial) {
  const Outdial::Fields& fields = outdial.fields();
  return fields.name.value().size() + fields.detail.value().size() + fields.data.value().size();
}
inline std::size_t TextBytes(const OutdialTarget& target) {
  const OutdialTarget::Fields& fields = target.fields();
  std::size_t bytes =
      fields.name.value().size() + fields.detail.value().size() + fields.data.value().size();
  for (const Slot& slot : fields.slots) {
    if (slot.address.has_value()) bytes += TextBytes(*slot.address);
  }
  return bytes;
}
inline std::size_t TextBytes(const OutdialTargetCall& call) {
  const OutdialTargetCall::Fields& fields = call.fields();
  return fields.destination.has_value() ? TextBytes(*fields.destination) : 0;
}
inline std::size_t TextBytes(const TargetsImported& /*imported*/) { return 0; }
inline std::size_t TextBytes(const Event& event) {
  return std::visit([](const auto& entity) { return TextBytes(entity); }, event.entity);
}

// The rows of a result, which repositories collect in it: as many as it may hold.
template <typename Row>
class ResultRows {
 public:
  // Adds a row behind the others. False where it does not fit: it is left out, and with it all that
  // would come behind it. The first one always fits.
  bool Add(Row row) {
    const std::size_t bytes = TextBytes(row);
    full_ = full_ || (!rows_.empty() && bytes_ + bytes > kMaxResultBytes);
    if (full_) return false;
    bytes_ += bytes;
    rows_.push_back(std::move(row));
    return true;
  }

  // Removes the last row, as if neither it nor any behind it had come.
  Row TakeLast() {
    Row row = std::move(rows_.back());
    rows_.pop_back();
    bytes_ -= TextBytes(row);
    full_ = false;
    return row;
  }

  // Says that there are more rows, which do not fit.
  void SetFull() { full_ = true; }

  // Whether rows were left out.
  bool full() const { return full_; }

  // What was added. References live until the next change.
  bool empty() const { return rows_.empty(); }
  std::size_t size() const { return rows_.size(); }
  const Row& back() const { return rows_.back(); }

  // The rows, of which there may be fewer than were asked for.
  std::vector<Row> Take() && { return std::move(rows_); }

  // The rows of a list. Error: REPLY_TOO_LARGE where some were left out, because who gets fewer
  // rows than a page has takes it for the last one. A page of one row has no error: where others
  // with the same `tm_create` do not fit behind it, it ends before them.
  absl::StatusOr<std::vector<Row>> TakePage(const Page& page) && {
    if (full_ && page.size > 1) {
      return MakeError(Reason::kReplyTooLarge,
                       "The reply would be larger than 8 MiB: ask for fewer with page_size.",
                       "page_size");
    }
    return std::move(rows_);
  }

 private:
  std::vector<Row> rows_;
  std::size_t bytes_ = 0;
  bool full_ = false;
};

// Whether there may be more than these rows, of which there are fewer than were asked for: no row
// that is written over these ports holds half of what a result may, so none was left out of a
// result that holds less than the other half.
template <typename Row>
bool MayHaveMore(const std::vector<Row>& rows) {
  std::size_t bytes = 0;
  for (const Row& row : rows) bytes += TextBytes(row);
  return bytes > kMaxResultBytes / 2;
}

}  // namespace outdial

#endif  // OUTDIAL_PORTS_RESULT_ROWS_H_
