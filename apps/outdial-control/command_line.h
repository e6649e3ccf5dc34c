// What the program can be called with: its settings, its commands and their options.
#ifndef OUTDIAL_APPS_OUTDIAL_CONTROL_COMMAND_LINE_H_
#define OUTDIAL_APPS_OUTDIAL_CONTROL_COMMAND_LINE_H_

#include <functional>

#include "CLI/CLI.hpp"
#include "absl/status/statusor.h"
#include "outdial-control/commands.h"
#include "outdial/apps/database.h"
#include "outdial/apps/settings.h"
#include "outdial/wire/json.h"

namespace outdial::control {

inline constexpr char kProgram[] = "outdial-control";

// What a command does to a database that may not be there, or not be up to date.
using DatabaseAction = std::function<absl::StatusOr<wire::Json>(const apps::DatabaseSettings&)>;

struct CommandLine {
  CommandLine();

  Arguments arguments;
  // Once the command line is parsed, one of these is set.
  Action action;
  DatabaseAction database_action;
  CLI::App app;
  apps::Settings settings;
};

}  // namespace outdial::control

#endif  // OUTDIAL_APPS_OUTDIAL_CONTROL_COMMAND_LINE_H_
