// The commands on outdials and targets: each is one call of a service.
#ifndef OUTDIAL_APPS_OUTDIAL_CONTROL_COMMANDS_H_
#define OUTDIAL_APPS_OUTDIAL_CONTROL_COMMANDS_H_

#include <cstddef>
#include <functional>
#include <optional>

#include "CLI/CLI.hpp"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "outdial-control/outcome.h"
#include "outdial-control/target_export.h"
#include "outdial-control/target_import.h"
#include "outdial/entities/availability.h"
#include "outdial/entities/outdial.h"
#include "outdial/entities/outdial_target.h"
#include "outdial/entities/page.h"
#include "outdial/entities/slot.h"
#include "outdial/entities/text.h"
#include "outdial/entities/uuid.h"
#include "outdial/services/services.h"

namespace outdial::control {

// What the options of a command were set to; those that a command does not have keep their
// defaults.
struct Arguments {
  OutdialId outdial_id;
  OutdialTargetId target_id;
  NewOutdial outdial;
  NewOutdialTarget target;
  Page page;
  TryThresholds try_thresholds{};
  std::size_t limit = kDefaultListSize;
  std::size_t claim_limit = 1;
  DestinationIndex destination_index;
  TargetStatus status = TargetStatus::kIdle;
  std::optional<OutdialTargetCallId> call_id;
  std::optional<absl::Duration> lease;
  ImportOptions import_options;
  ExportOptions export_options;
  bool watch = false;
};

// What a command does.
using Action = std::function<absl::StatusOr<Outcome>(Services&, const Arguments&)>;

// Adds the commands `outdial …` and `target …` to `app`. When one is parsed, its options are in
// `arguments` and what it does is in `action`; both must outlive `app`. A value that cannot be
// right is a CLI::ValidationError.
void AddCommands(CLI::App& app, Arguments& arguments, Action& action);

}  // namespace outdial::control

#endif  // OUTDIAL_APPS_OUTDIAL_CONTROL_COMMANDS_H_
