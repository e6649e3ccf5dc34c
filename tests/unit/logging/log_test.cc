#include "outdial/logging/log.h"

#include <fcntl.h>
#include <unistd.h>

#include <cstdio>
#include <fstream>
#include <functional>
#include <iterator>
#include <string>
#include <thread>
#include <vector>

#include "nlohmann/json.hpp"
#include "support/catch.h"
#include "support/temporary_directory.h"

namespace outdial::logging {
namespace {

using Json = nlohmann::json;

// What `body` writes to standard error.
std::string Capture(const std::function<void()>& body) {
  const test::TemporaryDirectory directory;
  const std::string path = directory.Join("stderr");
  std::fflush(stderr);
  const int file = ::open(path.c_str(), O_CREAT | O_WRONLY | O_APPEND | O_CLOEXEC, 0600);
  const int saved = ::dup(STDERR_FILENO);
  ::dup2(file, STDERR_FILENO);
  body();
  std::fflush(stderr);
  ::dup2(saved, STDERR_FILENO);
  ::close(saved);
  ::close(file);
  std::ifstream stream(path);
  return {std::istreambuf_iterator<char>(stream), {}};
}

std::vector<std::string> Lines(const std::string& text) {
  std::vector<std::string> lines;
  for (std::size_t begin = 0; begin < text.size();) {
    const std::size_t end = text.find('\n', begin);
    REQUIRE(end != std::string::npos);
    lines.push_back(text.substr(begin, end - begin));
    begin = end + 1;
  }
  return lines;
}

// Leaves the log as other tests expect it.
struct LogFixture {
  ~LogFixture() { Configure(Level::kInfo, Format::kJson); }
};

TEST_CASE_METHOD(LogFixture, "a line of the log is a JSON object") {
  Configure(Level::kInfo, Format::kJson);
  const auto lines = Lines(Capture([] {
    Log(Level::kWarning, "it happened", {{"where", "here"}, {"n", "1"}});
  }));
  REQUIRE(lines.size() == 1);
  const Json line = Json::parse(lines[0]);
  const std::string time = line["time"];
  CHECK(time.size() == 27);
  CHECK(time[10] == 'T');
  CHECK(time.back() == 'Z');
  CHECK(lines[0].substr(lines[0].find(",\"level\"")) ==
        R"(,"level":"warning","message":"it happened","where":"here","n":"1"})");
}

TEST_CASE_METHOD(LogFixture, "a line of the log is text") {
  Configure(Level::kInfo, Format::kText);
  const auto lines = Lines(Capture([] { Log(Level::kError, "bad", {{"why", "a \"b\"\n"}}); }));
  REQUIRE(lines.size() == 1);
  CHECK(lines[0].substr(lines[0].find(' ')) == R"( error bad why="a \"b\"\u000a")");
}

TEST_CASE_METHOD(LogFixture, "what is below the level is not written") {
  Configure(Level::kWarning, Format::kJson);
  CHECK_FALSE(Enabled(Level::kDebug));
  CHECK_FALSE(Enabled(Level::kInfo));
  CHECK(Enabled(Level::kWarning));
  CHECK(Enabled(Level::kError));
  CHECK(Capture([] { Log(Level::kInfo, "hush"); }) == "");
}

TEST_CASE_METHOD(LogFixture, "nothing breaks a line, nor the form of it") {
  const std::vector<std::pair<std::string, std::string>> cases = {
      {"line\r\nbreak", "line\\u000d\\u000abreak"},
      {std::string("nul\0", 4), "nul\\u0000"},
      {"\x1b[31mred\x7f", "\\u001b[31mred\\u007f"},
      {"quote\" backslash\\", "quote\\\" backslash\\\\"},
      {"next\xc2\x85line", "next\\u0085line"},
      {"\xe2\x80\xa8\xe2\x80\xa9", "\\u2028\\u2029"},
      {"gr\xc3\xbc\xc3\x9f \xf0\x9f\x93\x9e", "gr\xc3\xbc\xc3\x9f \xf0\x9f\x93\x9e"},
      {"\xff", "\\\\xff"},
      {"\xc3", "\\\\xc3"},
      {"\xc0\xaf", "\\\\xc0\\\\xaf"},
      {"\xed\xa0\x80", "\\\\xed\\\\xa0\\\\x80"},
      {"\xf5\x80\x80\x80", "\\\\xf5\\\\x80\\\\x80\\\\x80"},
      {"\xe2\x82", "\\\\xe2\\\\x82"}};
  for (const Format format : {Format::kJson, Format::kText}) {
    Configure(Level::kInfo, format);
    for (const auto& entry : cases) {
      const std::string& text = entry.first;
      const std::string& escaped = entry.second;
      INFO(escaped);
      const auto lines = Lines(Capture([&] {
        Log(Level::kInfo, text, {{"key", text}, {text, "value"}});
      }));
      REQUIRE(lines.size() == 1);
      std::size_t found = 0;
      for (std::size_t at = 0; (at = lines[0].find(escaped, at)) != std::string::npos; ++at) {
        ++found;
      }
      CHECK(found == 3);
      if (format == Format::kJson) CHECK(Json::accept(lines[0]));
    }
  }
}

TEST_CASE_METHOD(LogFixture, "lines of several threads do not mix") {
  Configure(Level::kInfo, Format::kJson);
  const std::string text = Capture([] {
    std::vector<std::thread> threads;
    for (int i = 0; i < 4; ++i) {
      threads.emplace_back([] {
        for (int j = 0; j < 50; ++j) Log(Level::kInfo, "line", {{"k", std::string(500, 'x')}});
      });
    }
    for (std::thread& thread : threads) thread.join();
  });
  const auto lines = Lines(text);
  CHECK(lines.size() == 200);
  for (const std::string& line : lines) CHECK(Json::accept(line));
}

TEST_CASE("words name levels and formats") {
  CHECK(ParseLevel("debug") == Level::kDebug);
  CHECK(ParseLevel("info") == Level::kInfo);
  CHECK(ParseLevel("warning") == Level::kWarning);
  CHECK(ParseLevel("error") == Level::kError);
  CHECK_FALSE(ParseLevel("warn").has_value());
  CHECK(ParseFormat("json") == Format::kJson);
  CHECK(ParseFormat("text") == Format::kText);
  CHECK_FALSE(ParseFormat("").has_value());
}

}  // namespace
}  // namespace outdial::logging
