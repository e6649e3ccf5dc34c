// Exporting targets to a file.
#ifndef OUTDIAL_APPS_OUTDIAL_CONTROL_TARGET_EXPORT_H_
#define OUTDIAL_APPS_OUTDIAL_CONTROL_TARGET_EXPORT_H_

#include <optional>
#include <string>

#include "absl/status/statusor.h"
#include "outdial-control/outcome.h"
#include "outdial/entities/uuid.h"
#include "outdial/services/services.h"
#include "outdial/target_files/row_parser.h"

namespace outdial::control {

struct ExportOptions {
  std::string path = "-";                        // "-": standard output
  std::optional<target_files::Format> format{};  // nullopt: by the end of the path
};

// Writes the live targets of an outdial, oldest first. A file appears under its name, in the place
// of one that is there, when it is complete. A signal to stop ends it without, and with the exit
// code 128 and its number. Errors: those of OutdialTargetService::ListOldest, and
// INVALID_ARGUMENT without a reason where the file cannot be written.
absl::StatusOr<Outcome> ExportTargets(Services& services, OutdialId outdial_id,
                                      const ExportOptions& options);

}  // namespace outdial::control

#endif  // OUTDIAL_APPS_OUTDIAL_CONTROL_TARGET_EXPORT_H_
