// What becomes of targets that are added many at a time.
// Values and pure functions: many threads may read a value at once, and nothing here blocks.
#ifndef OUTDIAL_ENTITIES_TARGET_IMPORT_H_
#define OUTDIAL_ENTITIES_TARGET_IMPORT_H_

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "outdial/entities/uuid.h"

namespace outdial {

// What happens to a row with a destination that a live target of the outdial has already, or an
// earlier row.
enum class OnDuplicate {
  kSkip,    // it is left out
  kRefuse,  // the same, as a mistake
  kAllow,   // it is added all the same
};

// "skip", "refuse", "allow". A value that is no enumerator stops the program, here and where
// targets are imported.
std::string_view OnDuplicateName(OnDuplicate on_duplicate);

// nullopt for any other word.
std::optional<OnDuplicate> ParseOnDuplicate(std::string_view word);

// Each row counts once.
struct ImportCounts {
  std::int64_t created = 0;  // added
  std::int64_t skipped = 0;  // duplicates that were left out
  std::int64_t refused = 0;  // mistakes

  // All of them.
  std::int64_t rows() const { return created + skipped + refused; }

  // Adds each count.
  ImportCounts& operator+=(const ImportCounts& other) {
    created += other.created;
    skipped += other.skipped;
    refused += other.refused;
    return *this;
  }
  friend bool operator==(const ImportCounts&, const ImportCounts&) = default;
};

// A row that was not added.
struct RowNotImported {
  std::size_t index = 0;  // from 0 on
  bool skipped = false;   // false: refused
  absl::Status reason{};  // why, never OK
  // The target that has one of its destinations, where that is why.
  std::optional<OutdialTargetId> existing{};

  friend bool operator==(const RowNotImported&, const RowNotImported&) = default;
};

// What became of all rows of an import.
struct ImportResult {
  ImportCounts counts{};                       // of all rows
  std::vector<RowNotImported> not_imported{};  // by index

  friend bool operator==(const ImportResult&, const ImportResult&) = default;
};

// What is announced of rows that were added together, instead of each of their targets.
struct TargetsImported {
  OutdialId outdial_id;          // to which they were added
  ImportCounts counts{};         // of all rows that came with them
  absl::Time tm_create_first{};  // of the first one; they are created in the order of the rows
  absl::Time tm_create_last{};   // of the last one

  // What an event's entity has: whose change it is, and when it counts as made.
  OutdialId id() const { return outdial_id; }
  absl::Time version() const { return tm_create_last; }

  friend bool operator==(const TargetsImported&, const TargetsImported&) = default;
};

}  // namespace outdial

#endif  // OUTDIAL_ENTITIES_TARGET_IMPORT_H_
