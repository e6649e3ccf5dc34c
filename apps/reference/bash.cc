#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_replace.h"
#include "reference/program.h"

namespace outdial::reference {
namespace {

// Which words follow is decided by the command so far and the option whose value is next.
constexpr char kTemplate[] = R"(# bash completion for @program@, generated from its flags.
@function@() {
  local current=${COMP_WORDS[COMP_CWORD]} command='' option='' word words=''
  local valued=' @valued@ ' files='|@files@|'
  for word in "${COMP_WORDS[@]:1:COMP_CWORD-1}"; do
    if [[ $word == '=' ]]; then
      option=${option:-$word} # --flag=value comes as three words
    elif [[ -n $option ]]; then
      option=''
    elif [[ $valued == *" $word "* ]]; then
      option=$word
    elif [[ $word != -* && $files != *"|$command|"* ]]; then
      command+="${command:+ }$word"
    fi
  done
  [[ $current != '=' ]] || current=''
  case "$command:$option" in
@cases@  esac
  COMPREPLY=($(compgen -W "$words" -- "$current"))
  if [[ -z $option && $current != -* && $files == *"|$command|"* ]]; then
    compopt -o filenames 2>/dev/null
    COMPREPLY+=($(compgen -f -- "$current"))
  fi
}
complete -F @function@ @program@
)";

void AddNames(const std::vector<Option>& options, std::vector<std::string>& words) {
  for (const Option& option : options) {
    words.insert(words.end(), option.names.begin(), option.names.end());
  }
}

std::string Case(const std::string& pattern, const std::vector<std::string>& words) {
  return absl::StrCat("    ", pattern, ") words='", absl::StrJoin(words, " "), "' ;;\n");
}

std::string ValueCases(const std::string& command, const std::vector<Option>& options) {
  std::string cases;
  for (const Option& option : options) {
    if (option.words.empty()) continue;
    for (const std::string& name : option.names) {
      cases += Case(absl::StrCat(command, ":", name), option.words);
    }
  }
  return cases;
}

// "target import|target export"
std::string CommandsWithFiles(const Program& program) {
  std::vector<std::string> paths;
  for (const Command* command : AllCommands(program.command)) {
    if (!command->files.empty()) paths.push_back(command->path);
  }
  return absl::StrJoin(paths, "|");
}

}  // namespace

std::string BashCompletion(const Program& program) {
  std::string cases = ValueCases("*", program.settings);
  for (const Command* command : AllCommands(program.command)) {
    const std::string quoted = absl::StrCat("'", command->path, "'");
    std::vector<std::string> words;
    for (const Command& below : command->commands) words.push_back(below.name());
    AddNames(command->options, words);
    AddNames(program.settings, words);
    cases += ValueCases(quoted, command->options);
    cases += Case(absl::StrCat(quoted, ":"), words);
  }
  return absl::StrReplaceAll(kTemplate,
                             {{"@program@", program.name},
                              {"@function@", "_" + absl::StrReplaceAll(program.name, {{"-", "_"}})},
                              {"@valued@", absl::StrJoin(OptionsWithValue(program), " ")},
                              {"@files@", CommandsWithFiles(program)},
                              {"@cases@", cases}});
}

}  // namespace outdial::reference
