"""The man pages and shell completions say what --help of the programs says.

usage: reference_test.py BIN_DIRECTORY SHARE_DIRECTORY
"""
import pathlib
import re
import subprocess
import sys
import tempfile
import unittest

HERE = pathlib.Path(__file__).parent
BIN = pathlib.Path(sys.argv[1])
SHARE = pathlib.Path(sys.argv[2])
PROGRAMS = ["outdial-control", "outdial-manager"]
EVERYWHERE = {"--help", "--help-all", "--version"}


def run(*command, text=None):
    return subprocess.run(command, input=text, capture_output=True, text=True, timeout=60)


class Help:
    """What --help says of a command."""

    def __init__(self, program, path):
        output = run(BIN / program, *path, "--help").stdout
        # A long option's description begins on the next line.
        output = re.sub(r"^(  -\S.*)\n {10,}", r"\1  ", output, flags=re.MULTILINE)
        self.description = output.split("\n")[0]
        self.options = {}  # long name: (value, description)
        self.settings = {}
        self.commands = {}  # name: description
        section = None
        for line in output.split("\n"):
            option = re.match(r"  (?:-\w,)?(--\S+)(?: ([A-Z]+(?:=[A-Z]+)?|\S+\|\S+))?(?: REQUIRED)? +(\S.*)", line)
            command = re.match(r"  (\w\S*) +(\S.*)", line)
            if line in ("Options:", "Settings:", "Subcommands:"):
                section = line
            elif option:
                place = self.settings if section == "Settings:" else self.options
                place[option[1]] = (option[2] or "", option[3])
            elif command and section == "Subcommands:":
                self.commands[command[1]] = command[2]


def all_helps(program, path=()):
    """The help of the program and of each command, by path."""
    found = Help(program, path)
    helps = {path: found}
    for name in found.commands:
        helps.update(all_helps(program, (*path, name)))
    return helps


HELPS = {program: all_helps(program) for program in PROGRAMS}


class ManPageTest(unittest.TestCase):
    def page(self, program):
        """The lines of each section, such as "OPTIONS" or "target create"."""
        source = SHARE / "man/man1" / (program + ".1")
        rendered = run("groff", "-man", "-Tutf8", "-Kutf8", "-P-cbou", "-ww", "-rLL=2000n", "-rHY=0", source)
        self.assertEqual(rendered.stderr, "")
        sections = {}
        for line in rendered.stdout.split("\n"):
            heading = re.match(r"(?:   )?(\S.*)", line)
            if heading:
                section = sections.setdefault(heading[1], [])
            elif line:
                section.append(line.strip())
        return sections

    def entries(self, lines):
        """name: (value, description) of each option."""
        found = {}
        for heading, description in zip(lines, lines[1:]):
            entry = re.match(r"(?:-\w, )?(--\S+)(?: (\S+))?$", heading)
            if entry:
                found[entry[1]] = (entry[2] or "", description.replace(" (required)", ""))
        return found

    def expected(self, options):
        return {name: (value, text.replace(" (required)", "")) for name, (value, text) in options.items()}

    def test_every_option_and_command_of_the_help_is_in_the_man_page(self):
        for program, helps in HELPS.items():
            page = self.page(program)
            whole = helps[()]
            self.assertEqual(self.entries(page["OPTIONS"]), self.expected(whole.options))
            self.assertEqual(self.entries(page["SETTINGS"]), self.expected(whole.settings))
            for path, found in helps.items():
                if path:
                    own = {name: option for name, option in found.options.items() if name not in EVERYWHERE}
                    section = page[" ".join(path)]
                    self.assertEqual(section[0], found.description)
                    self.assertEqual(self.entries(section), self.expected(own))

    def test_every_setting_has_its_variable(self):
        for program, helps in HELPS.items():
            section = " ".join(self.page(program)["ENVIRONMENT"])
            variables = dict(re.findall(r"([A-Z_]+) +(--\S+)", section))
            expected = {name[2:].upper(): name for name in helps[()].settings}
            self.assertEqual(variables, expected)

    def test_the_exit_codes_are_those_of_the_help(self):
        for program in PROGRAMS:
            section = self.page(program)["EXIT STATUS"]
            self.assertIn("Exit status: " + section[0], run(BIN / program, "--help").stdout)


SHELLS = {
    "bash": (["bash"], "bash-completion/completions/{}"),
    "fish": (["fish", "--no-config"], "fish/vendor_completions.d/{}.fish"),
    "zsh": (["zsh", "-f"], "zsh/site-functions/_{}"),
}


def offered(shell, program, lines):
    """What the shell offers at the end of each line, as a list of sets."""
    command, file = SHELLS[shell]
    result = run(*command, HERE / f"complete.{shell}", SHARE / file.format(program),
                 text="".join(line + "\n" for line in lines))
    answers = result.stdout.replace("\r", "").split("\n")
    if result.stderr or len(answers) != len(lines) + 1:
        raise AssertionError(f"{shell} answered {answers} and complained: {result.stderr}")
    return [set(answer.split()) for answer in answers[:-1]]


class CompletionTest(unittest.TestCase):
    def check(self, program, expected):
        """`expected` is by line."""
        for shell in SHELLS:
            for line, answer in zip(expected, offered(shell, program, list(expected))):
                # Some shells offer "--flag=word" where only the word is missing.
                answer = {word.removeprefix(line.split(" ")[-1]) if line.endswith("=") else word for word in answer}
                with self.subTest(shell=shell, line=line):
                    self.assertEqual(answer, expected[line])

    def test_every_option_is_offered_where_the_help_has_it(self):
        for program, helps in HELPS.items():
            self.check(program, {
                " ".join([program, *path, "--"]): set(found.options) | set(helps[()].settings)
                for path, found in helps.items()})

    def test_the_commands_are_offered_also_after_an_option_with_a_value(self):
        helps = HELPS["outdial-control"]
        expected = {}
        for path, found in helps.items():
            for name in found.commands:
                for before in ["", "--redis_password target ", "--log_format=text "]:
                    line = " ".join(["outdial-control", *path, before + name[:2]])
                    expected[line] = {other for other in found.commands if other.startswith(name[:2])}
        self.check("outdial-control", expected)

    def test_the_words_that_a_value_may_be_are_offered(self):
        for program, helps in HELPS.items():
            expected = {}
            for path, found in helps.items():
                for name, (value, _) in {**found.options, **found.settings}.items():
                    if "|" in value:
                        for end in [" ", "="]:
                            expected[" ".join([program, *path, name]) + end] = set(value.split("|"))
            self.assertTrue(expected)
            self.check(program, expected)

    def test_files_are_offered_to_commands_on_files(self):
        with tempfile.TemporaryDirectory() as folder:
            pathlib.Path(folder, "people.csv").touch()
            for shell in SHELLS:
                lines = [f"outdial-control target {command} --format csv {folder}/peo" for command in ["import", "get"]]
                takes_file, takes_none = offered(shell, "outdial-control", lines)
                with self.subTest(shell=shell):
                    self.assertEqual([pathlib.Path(word).name for word in takes_file], ["people.csv"])
                    self.assertEqual(takes_none, set())

    def test_nothing_is_offered_where_a_value_can_be_anything(self):
        self.check("outdial-control", {"outdial-control target get --id ": set(),
                                       "outdial-control --redis_password ": set()})


class WordsTest(unittest.TestCase):
    def test_the_program_takes_every_word_that_its_help_names(self):
        control = [BIN / "outdial-control", "--database_dsn", "sqlite::memory:"]
        for name, (value, _) in HELPS["outdial-control"][()].settings.items():
            for word in value.split("|") if "|" in value else []:
                result = run(*control, name, word, "database", "status")
                self.assertEqual(result.returncode, 0, result.stderr)
            if "|" in value:
                result = run(*control, name, "other", "database", "status")
                self.assertEqual(result.returncode, 2)
                self.assertEqual(set(result.stderr.strip().split(": ")[-1].split(", ")), set(value.split("|")))


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1])
