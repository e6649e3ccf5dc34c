#include "outdial/sql/migration.h"

#include <charconv>
#include <cstddef>
#include <cstdint>

#include "absl/strings/str_cat.h"
#include "outdial/entities/error.h"

namespace outdial::sql {
namespace {

// FNV-1a with 64 bits: it is there to find a file that was edited, not one that was forged.
std::string Checksum(std::string_view text) {
  std::uint64_t hash = 0xcbf29ce484222325;
  for (const char character : text) {
    hash = (hash ^ static_cast<unsigned char>(character)) * 0x100000001b3;
  }
  return absl::StrCat(absl::Hex(hash, absl::kZeroPad16));
}

Migration NotApplied(const EmbeddedMigration& embedded) {
  int number = 0;
  std::from_chars(embedded.name.data(), embedded.name.data() + embedded.name.size(), number);
  return {.number = number,
          .name = std::string(embedded.name),
          .checksum = Checksum(embedded.text),
          .tm_applied = std::nullopt};
}

}  // namespace

absl::StatusOr<std::vector<Migration>> MatchMigrations(absl::Span<const EmbeddedMigration> known,
                                                       absl::Span<const AppliedMigration> applied) {
  std::vector<Migration> migrations;
  for (const EmbeddedMigration& embedded : known) migrations.push_back(NotApplied(embedded));
  if (applied.size() > migrations.size()) {
    return MakeError(Reason::kInternal,
                     "The database was made by a newer version of this program.");
  }
  for (std::size_t i = 0; i < applied.size(); ++i) {
    Migration& migration = migrations[i];
    if (applied[i].number != migration.number || applied[i].checksum != migration.checksum) {
      return MakeError(Reason::kInternal,
                       absl::StrCat("Migration ", migration.name,
                                    " of the database is not the one of this program."));
    }
    migration.tm_applied = applied[i].tm_applied;
  }
  return migrations;
}

}  // namespace outdial::sql
