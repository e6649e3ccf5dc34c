#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_replace.h"
#include "reference/program.h"

namespace outdial::reference {
namespace {

// In single quotes, within a specification of _arguments.
std::string Quoted(const std::string& text) {
  return absl::StrReplaceAll(
      text, {{"'", "'\\''"}, {"\\", "\\\\"}, {"[", "\\["}, {"]", "\\]"}, {":", "\\:"}});
}

std::string Specification(const Option& option, const std::string& name) {
  const std::string help = absl::StrCat("[", Quoted(option.help), "]");
  if (option.value.empty()) return absl::StrCat("    '", name, help, "' \\\n");
  const std::string words =
      option.words.empty() ? " " : absl::StrCat("(", absl::StrJoin(option.words, " "), ")");
  return absl::StrCat("    '", name, "=", help, ":", Quoted(option.value), ":", words, "' \\\n");
}

std::string Specifications(const std::vector<Option>& options) {
  std::string text;
  for (const Option& option : options) {
    for (const std::string& name : option.names) text += Specification(option, name);
  }
  return text;
}

std::string FunctionName(const Program& program, const Command& command) {
  const std::string name = absl::StrCat("_", program.name, " ", command.path);
  return command.path.empty() ? "_" + program.name : absl::StrReplaceAll(name, {{" ", "__"}});
}

// One function completes one command, and calls those of the commands below it.
std::string Function(const Program& program, const Command& command) {
  std::string text = absl::StrCat(FunctionName(program, command), "() {\n");
  std::string options =
      absl::StrCat(Specifications(command.options), Specifications(program.settings));
  for (const Option& file : command.files) {
    absl::StrAppend(&options, "    '*:", file.names.front(), ":_files' \\\n");
  }
  if (command.commands.empty()) {
    return absl::StrCat(text, "  _arguments \\\n", options, "    && return\n}\n");
  }
  std::string descriptions;
  std::string cases;
  for (const Command& below : command.commands) {
    absl::StrAppend(&descriptions, "    '", below.name(), ":", Quoted(below.help), "'\n");
    absl::StrAppend(&cases, "        ", below.name(), ") ", FunctionName(program, below), " ;;\n");
  }
  return absl::StrCat(text,
                      "  local curcontext=$curcontext context state state_descr line\n"
                      "  typeset -A opt_args\n"
                      "  local -a commands=(\n",
                      descriptions,
                      "  )\n"
                      "  _arguments -C -A '-*' \\\n",
                      options,
                      "    '1:command:->command' \\\n"
                      "    '*::argument:->argument' && return\n"
                      "  case $state in\n"
                      "    command) _describe command commands ;;\n"
                      "    argument)\n"
                      "      case $line[1] in\n",
                      cases,
                      "      esac\n"
                      "      ;;\n"
                      "  esac\n"
                      "}\n");
}

}  // namespace

std::string ZshCompletion(const Program& program) {
  std::string text = absl::StrCat("#compdef ", program.name, "\n# Generated from its flags.\n\n");
  for (const Command* command : AllCommands(program.command)) {
    text += Function(program, *command) + "\n";
  }
  return absl::StrCat(text, FunctionName(program, program.command), " \"$@\"\n");
}

}  // namespace outdial::reference
