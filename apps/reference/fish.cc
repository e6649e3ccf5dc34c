#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_replace.h"
#include "reference/program.h"

namespace outdial::reference {
namespace {

constexpr char kTemplate[] = R"(# fish completion for @program@, generated from its flags.

# Is the command so far this one?
function @function@
    set -l command
    set -l skip
    for word in (commandline -opc)[2..]
        if set -q skip[1]
            set -e skip[1]
        else if contains -- $word @valued@
            set skip value
        else if not string match -q -- '-*' $word; and not contains -- "$command" @files@
            set -a command $word
        end
    end
    test "$command" = "$argv"
end

complete -c @program@ -f
)";

std::string Quoted(const std::string& text) {
  return absl::StrCat("'", absl::StrReplaceAll(text, {{"\\", "\\\\"}, {"'", "\\'"}}), "'");
}

// "'target import' 'target export'"
std::string CommandsWithFiles(const Program& program) {
  std::string paths;
  for (const Command* command : AllCommands(program.command)) {
    if (!command->files.empty())
      absl::StrAppend(&paths, paths.empty() ? "" : " ", Quoted(command->path));
  }
  return paths;
}

// "--help" as "-l help".
std::string NameFlag(const std::string& name) {
  return absl::StartsWith(name, "--") ? " -l " + name.substr(2) : " -s " + name.substr(1);
}

std::string Line(const std::string& start, const Option& option) {
  std::string line = start;
  for (const std::string& name : option.names) line += NameFlag(name);
  if (!option.value.empty()) line += " -x";
  if (!option.words.empty()) line += " -a " + Quoted(absl::StrJoin(option.words, " "));
  return absl::StrCat(line, " -d ", Quoted(option.help), "\n");
}

}  // namespace

std::string FishCompletion(const Program& program) {
  const std::string function = absl::StrCat("__", program.name, "_at");
  std::string text =
      absl::StrReplaceAll(kTemplate, {{"@program@", program.name},
                                      {"@function@", function},
                                      {"@files@", CommandsWithFiles(program)},
                                      {"@valued@", absl::StrJoin(OptionsWithValue(program), " ")}});
  const std::string complete = absl::StrCat("complete -c ", program.name);
  for (const Option& option : program.settings) text += Line(complete, option);
  for (const Command* command : AllCommands(program.command)) {
    const std::string here =
        absl::StrCat(complete, " -n ", Quoted(absl::StrCat(function, " ", command->path)));
    for (const Option& option : command->options) text += Line(here, option);
    if (!command->files.empty()) text += here + " -F\n";
    for (const Command& below : command->commands) {
      absl::StrAppend(&text, here, " -a ", below.name(), " -d ", Quoted(below.help), "\n");
    }
  }
  return text;
}

}  // namespace outdial::reference
