// Importing targets from a file.
#ifndef OUTDIAL_APPS_OUTDIAL_CONTROL_TARGET_IMPORT_H_
#define OUTDIAL_APPS_OUTDIAL_CONTROL_TARGET_IMPORT_H_

#include <cstdint>
#include <optional>
#include <string>

#include "absl/status/statusor.h"
#include "outdial-control/outcome.h"
#include "outdial/entities/target_import.h"
#include "outdial/entities/uuid.h"
#include "outdial/services/services.h"
#include "outdial/target_files/row_parser.h"

namespace outdial::control {

struct ImportOptions {
  std::string path{};                            // "-": standard input
  std::optional<target_files::Format> format{};  // nullopt: by the end of the path
  target_files::FileSettings file{};             // but for its format
  std::string region{};                          // empty: numbers are kept as they are
  OnDuplicate on_duplicate = OnDuplicate::kSkip;
  bool dry_run = false;
  std::string rejects_path{};     // empty: refused rows are not kept
  std::int64_t skipped_rows = 0;  // so many rows at the beginning were imported before
  bool warn_of_missing_events = false;
};

// Imports the file, shows progress and the first refused rows on standard error, and returns the
// counts. A signal to stop ends it after a batch, as an error does: how to go on is said. The exit
// code is 1 where rows were refused, and 128 and its number after a signal. Errors: those of
// TargetImportService and RowParser, and INVALID_ARGUMENT without a reason where a file cannot be
// read or written.
absl::StatusOr<Outcome> ImportTargets(Services& services, OutdialId outdial_id,
                                      const ImportOptions& options);

}  // namespace outdial::control

#endif  // OUTDIAL_APPS_OUTDIAL_CONTROL_TARGET_IMPORT_H_
