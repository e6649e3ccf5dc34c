// Writes the man pages and shell completions of the programs, from the flags that they define.
// usage: outdial-reference DIRECTORY
#include <cstdlib>
#include <exception>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <string>

#include "outdial-control/command_line.h"
#include "outdial-manager/command_line.h"
#include "reference/program.h"

namespace outdial::reference {
namespace {

void WriteFile(const std::filesystem::path& path, const std::string& text) {
  std::filesystem::create_directories(path.parent_path());
  std::ofstream file;
  file.exceptions(std::ios::failbit | std::ios::badbit);
  file.open(path);
  file << text;
  file.close();
}

// Each where the shell or `man` looks below a prefix's share/.
void WriteReference(const CLI::App& app, const std::filesystem::path& directory) {
  const Program program = Describe(app);
  WriteFile(directory / "bash-completion/completions" / program.name, BashCompletion(program));
  WriteFile(directory / "fish/vendor_completions.d" / (program.name + ".fish"),
            FishCompletion(program));
  WriteFile(directory / "man/man1" / (program.name + ".1"), ManPage(program));
  WriteFile(directory / "zsh/site-functions" / ("_" + program.name), ZshCompletion(program));
}

}  // namespace
}  // namespace outdial::reference

int main(int argc, char** argv) {
  if (argc != 2) {
    std::cerr << "usage: outdial-reference DIRECTORY\n";
    return EXIT_FAILURE;
  }
  try {
    outdial::reference::WriteReference(outdial::control::CommandLine().app, argv[1]);
    outdial::reference::WriteReference(outdial::manager::CommandLine().app, argv[1]);
  } catch (const std::exception& error) {
    std::cerr << "outdial-reference: " << error.what() << "\n";
    return EXIT_FAILURE;
  }
  return EXIT_SUCCESS;
}
