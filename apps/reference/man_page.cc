#include <algorithm>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_replace.h"
#include "absl/strings/strip.h"
#include "outdial/version.h"
#include "reference/program.h"

namespace outdial::reference {
namespace {

// The text as it is, whatever roff would make of it.
std::string Plain(const std::string& text) {
  const std::string escaped = absl::StrReplaceAll(text, {{"\\", "\\e"}, {"-", "\\-"}});
  const bool is_request = absl::StartsWith(text, ".") || absl::StartsWith(text, "'");
  return is_request ? "\\&" + escaped : escaped;
}

std::string Bold(const std::string& text) { return absl::StrCat("\\fB", Plain(text), "\\fR"); }
std::string Italic(const std::string& text) { return absl::StrCat("\\fI", Plain(text), "\\fR"); }

std::string Section(const std::string& title) { return absl::StrCat(".SH ", title, "\n"); }

std::string Entry(const Option& option) {
  std::vector<std::string> names;
  for (const std::string& name : option.names) names.push_back(Bold(name));
  std::string text = absl::StrCat(".TP\n", absl::StrJoin(names, ", "));
  if (!option.value.empty()) absl::StrAppend(&text, " ", Italic(option.value));
  absl::StrAppend(&text, "\n", Plain(option.help));
  if (option.required) text += " (required)";
  return text + "\n";
}

std::string Entries(const std::vector<Option>& options) {
  std::string text;
  for (const Option& option : options) text += Entry(option);
  return text;
}

bool IsIn(const std::vector<Option>& options, const Option& wanted) {
  return std::any_of(options.begin(), options.end(),
                     [&](const Option& option) { return option.names == wanted.names; });
}

std::string Commands(const Program& program) {
  if (program.command.commands.empty()) return "";
  std::string text = Section("COMMANDS");
  for (const Command* command : AllCommands(program.command)) {
    if (command->path.empty()) continue;
    absl::StrAppend(&text, ".SS ", Plain(command->path), "\n", Plain(command->help), "\n");
    text += Entries(command->files);
    for (const Option& option : command->options) {
      if (!IsIn(program.command.options, option)) text += Entry(option);
    }
  }
  return text;
}

std::string Environment(const Program& program) {
  std::string text = Section("ENVIRONMENT") +
                     "Where a setting is not on the command line, or is empty there, it is "
                     "read from its variable:\n";
  for (const Option& option : program.settings) {
    absl::StrAppend(&text, ".TP\n", Bold(option.variable), "\n", Bold(option.names.front()), "\n");
  }
  return text;
}

// "Reads it." as "reads it", as a page's NAME says it.
std::string Summary(const std::string& help) {
  std::string summary(absl::StripSuffix(help, "."));
  summary[0] = absl::ascii_tolower(static_cast<unsigned char>(summary[0]));
  return summary;
}

}  // namespace

std::string ManPage(const Program& program) {
  const bool has_commands = !program.command.commands.empty();
  return absl::StrCat(
      // No date: the same source gives the same page.
      ".TH ", Plain(absl::AsciiStrToUpper(program.name)), " 1 \"\" \"outdial ", kVersion, "\"\n",
      Section("NAME"), Plain(program.name), " \\- ", Plain(Summary(program.command.help)), "\n",
      Section("SYNOPSIS"), Bold(program.name), has_commands ? " " + Italic("command") : "", " [",
      Italic("option"), " ...]\n", Section("DESCRIPTION"), Plain(program.command.help), "\n",
      has_commands ? "The options and settings may also follow a command.\n" : "",
      Section("OPTIONS"), Entries(program.command.options), Section("SETTINGS"),
      Entries(program.settings), Commands(program), Environment(program),
      Section("\"EXIT STATUS\""),
      Plain(std::string(absl::StripPrefix(program.footer, "Exit status: "))), "\n");
}

}  // namespace outdial::reference
