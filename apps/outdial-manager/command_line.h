// What the program can be called with.
#ifndef OUTDIAL_APPS_OUTDIAL_MANAGER_COMMAND_LINE_H_
#define OUTDIAL_APPS_OUTDIAL_MANAGER_COMMAND_LINE_H_

#include "CLI/CLI.hpp"
#include "outdial/apps/settings.h"

namespace outdial::manager {

inline constexpr char kProgram[] = "outdial-manager";

struct CommandLine {
  CommandLine();

  CLI::App app;
  apps::Settings settings;
};

}  // namespace outdial::manager

#endif  // OUTDIAL_APPS_OUTDIAL_MANAGER_COMMAND_LINE_H_
