// What a program understands, as its man page and its completions need it.
#ifndef OUTDIAL_APPS_REFERENCE_PROGRAM_H_
#define OUTDIAL_APPS_REFERENCE_PROGRAM_H_

#include <string>
#include <vector>

#include "CLI/CLI.hpp"

namespace outdial::reference {

struct Option {
  std::vector<std::string> names;  // "-h", "--help"
  std::string value;               // "TEXT", "json|text"; empty: takes none
  std::vector<std::string> words;  // what the value may be, where it is one of a few
  std::string help;
  std::string variable;  // of the environment; empty: none
  bool required = false;
};

struct Command {
  std::string path;  // "target create"; empty: the program itself
  std::string help;
  std::vector<Option> options;    // of this command alone
  std::vector<Option> files;      // that follow it: a name without dashes each
  std::vector<Command> commands;  // those below this one

  std::string name() const;  // "create"
};

struct Program {
  std::string name;
  std::vector<Option> settings;  // may follow every command
  Command command;
  std::string footer;  // the last words of its help
};

Program Describe(const CLI::App& app);

// `command` and all below it.
std::vector<const Command*> AllCommands(const Command& command);

// The names of all options that take a value, anywhere.
std::vector<std::string> OptionsWithValue(const Program& program);

// A file for each shell, and the man page.
std::string BashCompletion(const Program& program);
std::string ZshCompletion(const Program& program);
std::string FishCompletion(const Program& program);
std::string ManPage(const Program& program);

}  // namespace outdial::reference

#endif  // OUTDIAL_APPS_REFERENCE_PROGRAM_H_
