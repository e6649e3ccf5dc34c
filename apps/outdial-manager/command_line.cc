#include "outdial-manager/command_line.h"

#include <string>

#include "outdial-manager/manager_settings.h"
#include "outdial/version.h"

namespace outdial::manager {

CommandLine::CommandLine()
    : app("Holds lists of parties to dial, and says who is next.", kProgram), settings(app) {
  app.set_version_flag("--version", std::string(kProgram) + " " + kVersion);
  AddManagerSettings(settings);
  app.footer(
      "Exit status: 0 when it was told to stop, 1 when it could not start, 2 when a setting is "
      "wrong, 3 when the database lacks a migration.");
}

}  // namespace outdial::manager
