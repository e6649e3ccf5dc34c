// `outdial-control target import`, the real program, on files as people have them.
#include <sys/stat.h>
#include <unistd.h>

#include <csignal>
#include <fstream>
#include <initializer_list>
#include <memory>
#include <set>
#include <sstream>
#include <string>
#include <vector>

#include "nlohmann/json.hpp"
#include "support/catch.h"
#include "support/eventually.h"
#include "support/mysql_database.h"
#include "support/process.h"
#include "support/servers.h"
#include "support/temporary_directory.h"

namespace outdial::test {
namespace {

using nlohmann::json;

constexpr char kId[] = "5e4a0680-804e-11ec-8477-2fea5968d85b";

class ControlFixture {
 public:
  ControlFixture() { outdial_id_ = MakeOutdial(); }
  virtual ~ControlFixture() = default;

  std::string MakeOutdial() const {
    return json::parse(Run({"outdial", "create", "--customer-id", kId, "--campaign-id", kId,
                            "--name", "spring"})
                           .output)
        .at("id");
  }

  std::vector<std::string> Command(std::vector<std::string> arguments) const {
    arguments.insert(arguments.begin(), OUTDIAL_BIN_DIR "/outdial-control");
    return arguments;
  }
  virtual Process::Environment environment() const {
    return {{"DATABASE_DSN", "sqlite:" + directory.Join("outdial.db")}};
  }
  Finished Run(std::vector<std::string> arguments) const {
    return RunToEnd(Command(std::move(arguments)), environment());
  }

  std::vector<std::string> ImportArguments(const std::vector<std::string>& options) const {
    std::vector<std::string> arguments = {"target", "import", "--outdial-id", outdial_id_};
    arguments.insert(arguments.end(), options.begin(), options.end());
    return arguments;
  }
  Finished Import(const std::vector<std::string>& options) const {
    return Run(ImportArguments(options));
  }

  // "created 2, skipped 1, refused 0", and that the program's exit code fits.
  std::string Counts(const std::vector<std::string>& options) const {
    const Finished finished = Import(options);
    INFO(finished.error_output);
    if (finished.output.empty()) return finished.error_output;
    const json counts = json::parse(finished.output);
    CHECK(finished.exit_code == (counts.at("refused") == 0 ? 0 : 1));
    return "created " + counts.at("created").dump() + ", skipped " + counts.at("skipped").dump() +
           ", refused " + counts.at("refused").dump();
  }

  // Writes a file of its own name.
  std::string Write(const std::string& name, const std::string& text) const {
    const std::string path = directory.Join(name);
    std::ofstream(path, std::ios::binary) << text;
    return path;
  }
  static std::string Read(const std::string& path) {
    std::ifstream file(path, std::ios::binary);
    return {std::istreambuf_iterator<char>(file), {}};
  }

  // The list's targets, the first that was created first.
  json Targets() const {
    json targets =
        json::parse(Run({"target", "list", "--outdial-id", outdial_id_, "--limit", "1000"}).output);
    std::reverse(targets.begin(), targets.end());
    return targets;
  }

  std::size_t CountTargets() const { return Targets().size(); }

  const std::string& outdial_id() const { return outdial_id_; }

  const TemporaryDirectory directory;

 private:
  std::string outdial_id_;
};

std::string Rows(int first, int count) {
  std::string text;
  for (int i = first; i < first + count; ++i) text += "+1" + std::to_string(i) + "\n";
  return text;
}

bool Contains(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

TEST_CASE_METHOD(ControlFixture, "import: a spreadsheet with columns of its own") {
  const std::string file = Write("people.csv",
                                 "\xef\xbb\xbfName;Mobile;Office;City\r\n"
                                 "Ann;(212) 555-0123;sip:ann@example.com;Paris\r\n"
                                 "\"Bob \"\"B\"\"; Smith\";+1 212 555 0199;;\"a\nb\"\r\n"
                                 "Cy;12;;\r\n"
                                 "Di;212.555.0123;;\r\n");
  const std::string rejects = directory.Join("rejects.csv");
  const std::vector<std::string> options = {"--map",       "Name=name",
                                            "--map",       "Mobile=destination_0",
                                            "--map",       "Office=destination_1",
                                            "--keep-rest", "--region",
                                            "US",          "--rejects",
                                            rejects,       file};
  std::vector<std::string> rehearsed = options;
  rehearsed.emplace_back("--dry-run");
  CHECK(Counts(rehearsed) == "created 2, skipped 1, refused 1");
  CHECK(Targets().empty());

  CHECK(Counts(options) == "created 2, skipped 1, refused 1");
  const json targets = Targets();
  REQUIRE(targets.size() == 2);
  CHECK(targets[0].at("name") == "Ann");
  CHECK(targets[0].at("destination_0") == json{{"type", "tel"}, {"target", "+12125550123"}});
  CHECK(targets[0].at("destination_1") == json{{"type", "sip"}, {"target", "sip:ann@example.com"}});
  CHECK(json::parse(targets[0].at("data").get<std::string>()) == json{{"City", "Paris"}});
  CHECK(targets[1].at("name") == "Bob \"B\"; Smith");
  CHECK(json::parse(targets[1].at("data").get<std::string>()) == json{{"City", "a\nb"}});

  // What was refused can be mended and imported.
  std::string text = Read(rejects);
  CHECK(text ==
        "\xef\xbb\xbfrejected_line;rejected_reason;Name;Mobile;Office;City\n"
        "5;\"destination_0.target: The telephone number is too short. (INVALID_PHONE_NUMBER)\";"
        "Cy;12;;\n");
  text.replace(text.find(";12;"), 4, ";2125550177;");
  std::vector<std::string> mended = options;
  mended.back() = Write("mended.csv", text);
  CHECK(Counts(mended) == "created 1, skipped 0, refused 0");
  CHECK(Targets()[2].at("data") == "");
}

TEST_CASE_METHOD(ControlFixture, "import: objects, a line each") {
  const std::string file = Write(
      "people.jsonl",
      "{\"who\":\"Ann\",\"destination_0\":\"+1\",\"age\":7}\n\n{\"name\":1}\n[]\n"
      "{\"who\":\"Bob\",\"destination_1\":{\"type\":\"sip\",\"target\":\"sip:b\",\"name\":\"B\"}}");
  const std::string rejects = directory.Join("rejects.jsonl");
  CHECK(Counts({file, "--map", "who=name", "--keep-rest", "--rejects", rejects}) ==
        "created 2, skipped 0, refused 2");
  const json targets = Targets();
  CHECK(targets[0].at("name") == "Ann");
  CHECK(json::parse(targets[0].at("data").get<std::string>()) == json{{"age", 7}});
  CHECK(targets[1].at("destination_1").at("name") == "B");
  const std::string text = Read(rejects);
  const json first = json::parse(text.substr(0, text.find('\n')));
  CHECK(first.at("rejected_line") == 3);
  CHECK(first.at("name") == 1);
  const json second = json::parse(text.substr(text.find('\n') + 1));
  CHECK(second.at("rejected_row") == "[]");
  // Nobody has mended them.
  CHECK(Counts({rejects, "--keep-rest"}) == "created 0, skipped 0, refused 2");
}

TEST_CASE_METHOD(ControlFixture, "import: refused rows are mended in several rounds") {
  const auto round = [&](const std::string& file, const std::string& rejects) {
    CHECK(Counts({file, "--region", "US", "--rejects", rejects}) ==
          "created 0, skipped 0, refused 2");
    return Read(rejects);
  };
  const std::string reason =
      "destination_0.target: The telephone number is too short. (INVALID_PHONE_NUMBER)";

  const std::string csv =
      "rejected_line,rejected_reason,name,destination_0\n"
      "2,\"" +
      reason +
      "\",\"Ann, \"\"A\"\"\",12\n"
      "3,\"" +
      reason + "\",Bob,34\n";
  const std::string first = directory.Join("1.csv");
  const std::string second = directory.Join("2.csv");
  CHECK(round(Write("0.csv", "name,destination_0\n\"Ann, \"\"A\"\"\",12\nBob,34\n"), first) == csv);
  CHECK(round(first, second) == csv);
  // As a spreadsheet may write it, with the columns elsewhere.
  std::string text = round(Write("moved.csv",
                                 "name,\"rejected_reason\",rejected_line,destination_0\n"
                                 "\"Ann, \"\"A\"\"\",\"x, \"\"y\"\"\",2,12\n"
                                 "Bob,,,34\n"),
                           directory.Join("3.csv"));
  CHECK(text == csv);
  CHECK(round(Write("blanks.csv",
                    "rejected_line, \"x, y\",rejected_reason,destination_0\n7,,x,12\n7,,x,34\n"),
              directory.Join("4.csv"))
            .starts_with("rejected_line,rejected_reason, \"x, y\",destination_0\n2,\"" + reason +
                         "\",,12\n"));
  text.replace(text.find(",12\n"), 4, ",2125550101\n");
  text.replace(text.find(",34\n"), 4, ",2125550102\n");
  CHECK(Counts({Write("mended.csv", text), "--region", "US"}) == "created 2, skipped 0, refused 0");

  const std::string added = "{\"rejected_line\":1,\"rejected_reason\":\"" + reason + "\",";
  const std::string lines = added + "\"name\":\"C, {\\\"\",\"destination_0\":\"12\"}\n" +
                            "{\"rejected_line\":2,\"rejected_reason\":\"" + reason +
                            "\",\"destination_0\": {\"type\": \"tel\", \"target\": \"34\"} }\n";
  const std::string third = directory.Join("1.jsonl");
  CHECK(round(Write("0.jsonl",
                    "{\"name\":\"C, {\\\"\",\"destination_0\":\"12\"}\n"
                    "{ \"destination_0\": {\"type\": \"tel\", \"target\": \"34\"} }\n"),
              third) == lines);
  CHECK(round(third, directory.Join("2.jsonl")) == lines);
  text = round(
      Write("moved.jsonl",
            "{\"name\":\"C, {\\\"\", \"rejected_reason\" : \"x, \\\"y\", "
            "\"rejected_line\":7,\"destination_0\":\"12\"}\n"
            "{\"destination_0\": {\"type\": \"tel\", \"target\": \"34\"} ,\"rejected_line\":7}\n"),
      directory.Join("3.jsonl"));
  CHECK(text == lines);
  text.replace(text.find("\"12\""), 4, "\"2125550103\"");
  text.replace(text.find("\"34\""), 4, "\"2125550104\"");
  CHECK(Counts({Write("mended.jsonl", text), "--region", "US"}) ==
        "created 2, skipped 0, refused 0");
}

TEST_CASE_METHOD(ControlFixture, "import: refused rows are kept until there is something new") {
  const std::string old = "rejected_line,rejected_reason,name\n7,\"x\",Ann\n";
  const std::string rejects = Write("rejects.csv", old);
  const std::string wrong = Write("wrong.csv", "a,b\n1,2\n");
  for (const std::vector<std::string>& options : std::initializer_list<std::vector<std::string>>{
           {wrong, "--rejects", rejects},
           {wrong, "--rejects", rejects, "--dry-run"},
           {Write("empty.csv", ""), "--rejects", rejects},
           {rejects, "--rejects", rejects},
           {directory.Join("missing.csv"), "--rejects", rejects}}) {
    CHECK(Import(options).exit_code == 1);
    CHECK(Read(rejects) == old);
  }
  SECTION("refused rows take their place") {
    CHECK(Counts({Write("x.csv", "destination_0\n12\n"), "--region", "US", "--rejects", rejects}) ==
          "created 0, skipped 0, refused 1");
    CHECK(Read(rejects).starts_with("rejected_line,rejected_reason,destination_0\n2,"));
  }
  SECTION("a file without refused rows leaves none") {
    CHECK(Counts({Write("x.csv", "destination_0\n+1\n"), "--rejects", rejects}) ==
          "created 1, skipped 0, refused 0");
    CHECK(Read(rejects).empty());
  }
  SECTION("so does a file without rows") {
    CHECK(Counts({Write("x.csv", "destination_0\n"), "--rejects", rejects}) ==
          "created 0, skipped 0, refused 0");
    CHECK(Read(rejects).empty());
  }
}

TEST_CASE_METHOD(ControlFixture, "import: refused rows of a file with a byte order mark have it") {
  const std::string rejects = directory.Join("rejects.csv");
  const std::string marked =
      Write("marked.csv", "\xef\xbb\xbfname,destination_0\nM\u00fcller,12\nBj\u00f6rk,34\n");
  for (const std::string& file : {marked, rejects}) {
    const std::string out = directory.Join("out.csv");
    CHECK(Counts({file, "--region", "US", "--encoding", "latin1", "--rejects", out}) ==
          "created 0, skipped 0, refused 2");
    const std::string text = Read(out);
    CHECK(text.starts_with("\xef\xbb\xbfrejected_line,"));
    CHECK(text.find("\xef\xbb\xbf", 1) == std::string::npos);
    CHECK(text.find("M\u00fcller") != std::string::npos);
    Write("rejects.csv", text);
  }
  const std::string lines =
      Write("marked.jsonl", "\xef\xbb\xbf{\"destination_0\":\"12\"}\n{\"destination_0\":\"34\"}\n");
  CHECK(Counts({lines, "--region", "US", "--rejects", rejects}) ==
        "created 0, skipped 0, refused 2");
  CHECK(Read(rejects).starts_with("\xef\xbb\xbf{\"rejected_line\":1,"));
}

TEST_CASE_METHOD(ControlFixture, "import: Latin-1, delimiters, standard input") {
  CHECK(Counts({Write("latin1.csv", "name|destination_0\nCaf\xe9,1|+1\n"), "--encoding", "latin1",
                "--delimiter", "|"}) == "created 1, skipped 0, refused 0");
  CHECK(Targets()[0].at("name") == "Caf\u00e9,1");
  CHECK(Counts({Write("tab.csv", "name\tdestination_0\nx,y\t+2\n"), "--delimiter", "tab"}) ==
        "created 1, skipped 0, refused 0");
  // Mixed encodings: what is no UTF-8 is refused, and the rest is added.
  CHECK(Counts({Write("mixed.csv", "name,destination_0\nCaf\xe9,+3\nCaf\u00e9,+4\n")}) ==
        "created 1, skipped 0, refused 1");

  std::vector<std::string> command = Command(ImportArguments({"-", "--format", "jsonl"}));
  std::string line = "echo '{\"destination_0\":\"+5\"}' |";
  for (const std::string& word : command) line += " '" + word + "'";
  const Finished finished = RunToEnd({"/bin/sh", "-c", line}, environment());
  INFO(finished.error_output);
  CHECK(json::parse(finished.output).at("created") == 1);
  CHECK(CountTargets() == 4);
}

TEST_CASE_METHOD(ControlFixture, "import: duplicates are skipped, refused or allowed") {
  const std::string file = Write("numbers.csv", "destination_0\n" + Rows(0, 3) + Rows(2, 2));
  CHECK(Counts({file}) == "created 4, skipped 1, refused 0");
  CHECK(Counts({file, "--on-duplicate", "refuse"}) == "created 0, skipped 0, refused 5");
  CHECK(Counts({file, "--on-duplicate", "allow"}) == "created 5, skipped 0, refused 0");
  CHECK(Counts({file, "--on-duplicate", "allow", "--skip-rows", "4"}) ==
        "created 1, skipped 0, refused 0");
  CHECK(CountTargets() == 10);
}

TEST_CASE_METHOD(ControlFixture, "import: what is wrong with a file is said") {
  struct Case {
    std::string text;
    std::string problem;
  };
  const std::string many = std::string(1'000'000, ',');
  for (const Case& c : std::initializer_list<Case>{
           {"", "The file is empty"},
           {"name,name\nx,y\n", "names a column twice"},
           {"a,b\n1,2\n", "No column is a destination (the first line names: a, b)"},
           {many + "\n" + many, "larger than"},
           {"name,destination_0\n\"x,+1\ny,+2\n", "quote in line 2 lacks its end"},
           {"name,destination_0\nx\n\"" + std::string(10'000'000, 'x'), "quote in line 3"}}) {
    const Finished finished = Import({Write("bad.csv", c.text)});
    INFO(finished.error_output);
    CHECK(Contains(finished.error_output, c.problem));
    CHECK(Contains(finished.error_output, "Nothing was imported."));
    CHECK(finished.exit_code == 1);
    CHECK(finished.output.empty());
  }
  CHECK(Targets().empty());

  // Rows that are wrong by themselves.
  CHECK(Counts(
            {Write("rows.csv", "name,destination_0\n" + many + "\n" + std::string(10'000'000, 'x') +
                                   ",+1\nx\ny,+1,\nz\1,+" + std::string(1, '\0') + "\nok,+2\n")}) ==
        "created 3, skipped 0, refused 3");

  CHECK(Contains(Import({directory.Join("missing.csv")}).error_output,
                 "cannot be read: No such file"));
  CHECK(Contains(Import({directory.Join("")}).error_output, "cannot be read: Is a directory"));
}

TEST_CASE_METHOD(ControlFixture, "import: a wrong command line is one line") {
  const std::string file = Write("x.csv", "name,destination_0\nx\n");
  for (const std::vector<std::string>& options :
       std::initializer_list<std::vector<std::string>>{{},
                                                       {file, "--map", "Mobile"},
                                                       {file, "--map", "Mobile=destination_9"},
                                                       {file, "--map", "x=name", "--map", "x=data"},
                                                       {file, "--delimiter", "ab"},
                                                       {file, "--delimiter", "\""},
                                                       {file, "--format", "xls"},
                                                       {file, "--on-duplicate", "maybe"},
                                                       {file, "--skip-rows", "-1"}}) {
    const Finished finished = Import(options);
    INFO(finished.error_output);
    CHECK(finished.exit_code == 2);
    CHECK(finished.error_output.find('\n') == finished.error_output.size() - 1);
  }
  for (const std::vector<std::string>& options :
       std::initializer_list<std::vector<std::string>>{{file, "--region", "us"},
                                                       {file, "--map", "Mobile=destination_0"},
                                                       {file, "--rejects", file}}) {
    const Finished finished = Import(options);
    INFO(finished.error_output);
    CHECK(finished.exit_code == 1);
  }
  CHECK(Read(file) == "name,destination_0\nx\n");
  const Finished unknown = Run({"target", "import", "--outdial-id", kId, file});
  CHECK(Contains(unknown.error_output, "OUTDIAL_NOT_FOUND"));
}

TEST_CASE_METHOD(ControlFixture, "import: a full disk for the refused rows is said") {
  std::string text = "destination_0\n" + Rows(0, 1500);
  for (int i = 0; i < 1500; ++i) text += "no number\n";
  const Finished finished =
      Import({Write("x.csv", text), "--region", "US", "--rejects", "/dev/full"});
  INFO(finished.error_output);
  CHECK(finished.exit_code == 1);
  CHECK(Contains(finished.error_output, "cannot be written: No space left on device"));
  CHECK(Contains(finished.error_output, " 0 rows are done"));
}

TEST_CASE_METHOD(ControlFixture, "import: refused rows are whole where their file had no room") {
  constexpr int kRows = 300;
  std::string text = "name,detail,destination_0\n";
  for (int i = 0; i < kRows; ++i) {
    text += "row " + std::to_string(i) + "," + std::string(10'000, 'x') +
            (i % 10 == 0 ? ",+1212555" + std::to_string(1000 + i) : ",no number") + "\n";
  }
  const std::string file = Write("x.csv", text);
  const std::string rejects = directory.Join("rejects.csv");
  std::vector<std::string> options = {file, "--region", "US", "--rejects", rejects};

  // Room for the refused rows of one batch, which is 1 MiB of the file, and for SQLite's own.
  std::vector<std::string> command = {"/bin/sh", "-c", "trap '' XFSZ; ulimit -f 4000; exec \"$@\"",
                                      "sh"};
  for (const std::string& word : Command(ImportArguments(options))) command.push_back(word);
  const Finished full = RunToEnd(command, environment());
  INFO(full.error_output);
  CHECK(full.exit_code == 1);
  const std::string go_on = "--skip-rows ";
  const std::size_t rows = full.error_output.find(go_on);
  REQUIRE(rows != std::string::npos);
  REQUIRE(full.error_output[rows + go_on.size()] != '0');

  options.insert(
      options.end(),
      {"--skip-rows", std::to_string(std::stoi(full.error_output.substr(rows + go_on.size())))});
  CHECK(Import(options).exit_code == 1);
  CHECK(CountTargets() == kRows / 10);
  std::istringstream lines(Read(rejects));
  std::string line;
  std::getline(lines, line);
  CHECK(line == "rejected_line,rejected_reason,name,detail,destination_0");
  for (int i = 0; i < kRows; ++i) {
    if (i % 10 == 0) continue;
    REQUIRE(std::getline(lines, line));
    CHECK(line.starts_with(std::to_string(i + 2) + ","));
    CHECK(line.ends_with(",no number"));
  }
  CHECK_FALSE(std::getline(lines, line));
}

TEST_CASE_METHOD(ControlFixture, "export: a file that import takes") {
  CHECK(Counts({Write("people.csv",
                      "name,data,destination_0,destination_2\n"
                      "\"A,\"\"\nB\",x,+1,\n\"\",,,\n,,,\"{\"\"type\"\":\"\"sip\"\",\"\"target\"\":"
                      "\"\"sip:c\"\","
                      "\"\"name\"\":\"\"C\"\"}\"\n")}) == "created 3, skipped 0, refused 0");
  const auto export_to = [&](const std::vector<std::string>& options) {
    std::vector<std::string> arguments = {"target", "export", "--outdial-id", outdial_id()};
    arguments.insert(arguments.end(), options.begin(), options.end());
    return Run(arguments);
  };
  const std::string csv = directory.Join("out.csv");
  const std::string lines = directory.Join("out.jsonl");
  CHECK(export_to({csv}).exit_code == 0);
  CHECK(export_to({lines}).exit_code == 0);
  CHECK(export_to({}).output == Read(csv));
  CHECK(export_to({"--format", "jsonl"}).output == Read(lines));
  for (const std::string& file : {csv, lines}) {
    CHECK(Counts({file, "--on-duplicate", "allow"}) == "created 3, skipped 0, refused 0");
  }
  const json targets = Targets();
  REQUIRE(targets.size() == 9);
  for (std::size_t i = 0; i < 3; ++i) {
    for (const char* key : {"name", "data", "destination_0", "destination_2"}) {
      CHECK(targets[3 + i].at(key) == targets[i].at(key));
      CHECK(targets[6 + i].at(key) == targets[i].at(key));
    }
  }

  // What lies beside it is left alone, and a link leads where it did.
  Write("other.csv.part", "mine");
  const std::string kept = Write("kept.csv", "old");
  const std::string link = directory.Join("link.csv");
  REQUIRE(::symlink(kept.c_str(), link.c_str()) == 0);
  CHECK(export_to({directory.Join("other.csv")}).exit_code == 0);
  CHECK(export_to({link}).exit_code == 0);
  CHECK(Read(directory.Join("other.csv.part")) == "mine");
  CHECK(Read(kept) == Read(directory.Join("other.csv")));
  struct stat status {};
  REQUIRE(::lstat(link.c_str(), &status) == 0);
  CHECK(S_ISLNK(status.st_mode));

  const Finished full = export_to({"/dev/full"});
  CHECK(full.exit_code == 1);
  CHECK(Contains(full.error_output, "cannot be written"));
  CHECK(Contains(export_to({directory.Join("missing/out.csv")}).error_output,
                 "cannot be written: No such file"));
  CHECK(Contains(Run({"target", "export", "--outdial-id", kId, csv}).error_output,
                 "OUTDIAL_NOT_FOUND"));
}

// A file that somebody is still writing: the program waits for more.
class Pipe {
 public:
  explicit Pipe(std::string path) : path_(std::move(path)) {
    REQUIRE(::mkfifo(path_.c_str(), 0600) == 0);
  }
  void Open() { stream_.open(path_, std::ios::binary); }
  void Write(const std::string& text) { stream_ << text << std::flush; }
  void Close() { stream_.close(); }
  const std::string& path() const { return path_; }

 private:
  const std::string path_;
  std::ofstream stream_;
};

TEST_CASE_METHOD(ControlFixture, "import: Ctrl-C ends it after a batch, and says how to go on") {
  const int signal = GENERATE(SIGINT, SIGTERM);
  Pipe pipe(directory.Join("pipe"));
  Process process(Command(ImportArguments({pipe.path()})), environment());
  pipe.Open();
  pipe.Write("destination_0\n" + Rows(0, 2'500));
  REQUIRE(Eventually([&] { return CountTargets() >= 1'000; }));
  process.Signal(signal);
  CHECK(process.WaitForExit() == 128 + signal);
  INFO(process.error_output());
  CHECK(process.output().empty());
  CHECK(Contains(process.error_output(), "interrupted. 2000 rows are done"));
  CHECK(Contains(process.error_output(), "--skip-rows 2000"));

  const std::string whole = Write("whole.csv", "destination_0\n" + Rows(0, 2'500));
  CHECK(Counts({whole, "--on-duplicate", "refuse", "--skip-rows", "2000"}) ==
        "created 500, skipped 0, refused 0");
  CHECK(Counts({whole}) == "created 0, skipped 2500, refused 0");
}

TEST_CASE_METHOD(ControlFixture,
                 "import: a file that is written meanwhile is not taken for whole") {
  const std::string file = Write("growing.csv", "destination_0\n" + Rows(0, 100'000));
  Process process(Command(ImportArguments({file})), environment());
  REQUIRE(Eventually([&] { return CountTargets() >= 1'000; }));
  process.Signal(SIGSTOP);
  std::ofstream(file, std::ios::binary | std::ios::app) << "+1";
  process.Signal(SIGCONT);
  CHECK(process.WaitForExit() == 1);
  INFO(process.error_output());
  CHECK(Contains(process.error_output(), "changed while it was read. 100000 rows are done"));
  CHECK(Counts({file}) == "created 1, skipped 100000, refused 0");
}

TEST_CASE_METHOD(ControlFixture, "import: more rows are passed over than there are") {
  const std::string file = Write("x.csv", "destination_0\n" + Rows(0, 3));
  const std::string rejects = Write("rejects.csv", "old\n");
  const Finished finished = Import({file, "--skip-rows", "4", "--rejects", rejects});
  CHECK(finished.exit_code == 1);
  CHECK(finished.output.empty());
  CHECK(finished.error_output ==
        "outdial-control: The file has only 3 rows, but --skip-rows is 4. Nothing was imported.\n");
  CHECK(Read(rejects) == "old\n");
  // All rows of a file may have been imported before.
  CHECK(Counts({file, "--skip-rows", "3"}) == "created 0, skipped 0, refused 0");
  CHECK(Counts({file, "--skip-rows", "2"}) == "created 1, skipped 0, refused 0");
}

TEST_CASE_METHOD(ControlFixture, "import: a terminal shows a bar") {
  std::string line;
  for (const std::string& word :
       Command(ImportArguments({Write("x.csv", "destination_0\n" + Rows(0, 3'000))}))) {
    line += " '" + word + "'";
  }
  const Finished finished = RunToEnd({"/usr/bin/script", "-qec", line, "/dev/null"}, environment());
  INFO(finished.output);
  CHECK(Contains(finished.output, "[====="));
  CHECK(Contains(finished.output, "100 %  3,000 rows"));
}

TEST_CASE_METHOD(ControlFixture, "import: a list that is deleted half-way ends it") {
  Pipe pipe(directory.Join("pipe"));
  Process process(Command(ImportArguments({pipe.path()})), environment());
  pipe.Open();
  pipe.Write("destination_0\n" + Rows(0, 1'000));
  REQUIRE(Eventually([&] { return CountTargets() == 1'000; }));
  CHECK(Run({"outdial", "delete", "--id", outdial_id()}).exit_code == 0);
  pipe.Write(Rows(1'000, 1'000));
  pipe.Close();
  CHECK(process.WaitForExit() == 1);
  INFO(process.error_output());
  CHECK(Contains(process.error_output(), " 1000 rows are done. (OUTDIAL_NOT_FOUND)"));
}

}  // namespace
}  // namespace outdial::test
