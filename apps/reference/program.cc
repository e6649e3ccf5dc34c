#include "reference/program.h"

#include <set>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "outdial/apps/settings.h"

namespace outdial::reference {
namespace {

bool IsSetting(const CLI::Option& option) { return option.get_group() == apps::Settings::kGroup; }

Option DescribeOption(const CLI::Option& option) {
  Option described;
  if (option.get_positional()) described.names.push_back(option.get_name(/*positional=*/true));
  for (const std::string& name : option.get_snames()) described.names.push_back("-" + name);
  for (const std::string& name : option.get_lnames()) described.names.push_back("--" + name);
  if (option.get_items_expected_max() > 0 && option.get_expected_min() > 0) {
    described.value = option.get_type_name();
  }
  if (absl::StrContains(described.value, "|")) {
    described.words = absl::StrSplit(described.value, '|');
  }
  described.help = option.get_description();
  if (IsSetting(option)) {
    described.variable = apps::Settings::VariableName(option.get_lnames().front());
  }
  described.required = option.get_required();
  return described;
}

Command DescribeCommand(const CLI::App& app, const std::string& path) {
  Command command{
      .path = path, .help = app.get_description(), .options = {}, .files = {}, .commands = {}};
  for (const CLI::Option* option : app.get_options()) {
    if (IsSetting(*option)) continue;
    (option->get_positional() ? command.files : command.options).push_back(DescribeOption(*option));
  }
  for (const CLI::App* below : app.get_subcommands(/*filter=*/{})) {
    command.commands.push_back(
        DescribeCommand(*below, absl::StrCat(path, path.empty() ? "" : " ", below->get_name())));
  }
  return command;
}

void Collect(const Command& command, std::vector<const Command*>& all) {
  all.push_back(&command);
  for (const Command& below : command.commands) Collect(below, all);
}

}  // namespace

std::string Command::name() const { return path.substr(path.rfind(' ') + 1); }

Program Describe(const CLI::App& app) {
  Program program{.name = app.get_name(),
                  .settings = {},
                  .command = DescribeCommand(app, ""),
                  .footer = app.get_footer()};
  for (const CLI::Option* option : app.get_options()) {
    if (IsSetting(*option)) program.settings.push_back(DescribeOption(*option));
  }
  return program;
}

std::vector<const Command*> AllCommands(const Command& command) {
  std::vector<const Command*> all;
  Collect(command, all);
  return all;
}

std::vector<std::string> OptionsWithValue(const Program& program) {
  std::set<std::string> names;
  const auto add = [&names](const std::vector<Option>& options) {
    for (const Option& option : options) {
      if (!option.value.empty()) names.insert(option.names.begin(), option.names.end());
    }
  };
  add(program.settings);
  for (const Command* command : AllCommands(program.command)) add(command->options);
  return {names.begin(), names.end()};
}

}  // namespace outdial::reference
