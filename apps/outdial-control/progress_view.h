// The progress of an outdial, drawn in a terminal.
#ifndef OUTDIAL_APPS_OUTDIAL_CONTROL_PROGRESS_VIEW_H_
#define OUTDIAL_APPS_OUTDIAL_CONTROL_PROGRESS_VIEW_H_

#include <cstddef>
#include <string>

#include "absl/status/statusor.h"
#include "outdial-control/outcome.h"
#include "outdial/entities/availability.h"
#include "outdial/entities/outdial_progress.h"
#include "outdial/entities/uuid.h"
#include "outdial/services/services.h"

namespace outdial::control {

// Lines with a bar for each kind of target, in `width` columns at most, each with an LF.
std::string DrawProgress(const OutdialProgress& progress, std::size_t width);

// Draws it where standard output is a terminal, and leaves it to be printed as JSON elsewhere. With
// `watch` it goes on, once a second, until a signal to stop comes; elsewhere than in a terminal
// each time is a line of JSON. Errors: those of OutdialProgressService::Get.
absl::StatusOr<Outcome> ShowProgress(Services& services, OutdialId outdial_id,
                                     const TryThresholds& thresholds, bool watch);

}  // namespace outdial::control

#endif  // OUTDIAL_APPS_OUTDIAL_CONTROL_PROGRESS_VIEW_H_
