// The README's session works as it is written.
#include <fstream>
#include <iterator>
#include <string>
#include <string_view>

#include "nlohmann/json.hpp"
#include "support/catch.h"
#include "support/daemon_process.h"
#include "support/process.h"
#include "support/temporary_directory.h"

namespace outdial::test {
namespace {

std::string ReadFile(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  REQUIRE(file.is_open());
  return {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
}

// All blocks that begin with a line "```sh".
std::string ShellBlocks(const std::string& text) {
  constexpr std::string_view kBegin = "\n```sh\n";
  std::string blocks;
  for (std::size_t begin = text.find(kBegin); begin != std::string::npos;
       begin = text.find(kBegin, begin)) {
    begin += kBegin.size();
    blocks += text.substr(begin, text.find("```\n", begin) - begin);
  }
  return blocks;
}

void Replace(std::string& text, const std::string& from, const std::string& to) {
  REQUIRE(text.find(from) != std::string::npos);
  for (std::size_t at = text.find(from); at != std::string::npos;
       at = text.find(from, at + to.size())) {
    text.replace(at, from.size(), to);
  }
}

TEST_CASE("the session in the README works as written") {
  const TemporaryDirectory directory;
  DaemonProcess daemon(OUTDIAL_BIN_DIR "/outdial-manager",
                       "sqlite:" + directory.Join("outdial.db"));
  std::string script = ShellBlocks(ReadFile(OUTDIAL_SOURCE_DIR "/README.md"));
  REQUIRE_FALSE(script.empty());
  Replace(script, "127.0.0.1:8080", "127.0.0.1:" + std::to_string(daemon.port()));
  Replace(script, "build/bin/", OUTDIAL_BIN_DIR "/");

  const Finished finished =
      RunToEnd({"/bin/bash", "-euo", "pipefail", "-c",
                "cd \"$0\"\n" + script + "\necho \"target: $target\"", directory.path().string()});
  INFO(finished.output << finished.error_output);
  REQUIRE(finished.exit_code == 0);

  // What the story says did happen: Ann was called, Bob was not.
  const std::string target = finished.output.substr(finished.output.rfind(' ') + 1, 36);
  const Finished shown =
      RunToEnd({OUTDIAL_BIN_DIR "/outdial-control", "target", "get", "--id", target,
                "--database_dsn", "sqlite:" + directory.Join("outdial.db")});
  REQUIRE(shown.exit_code == 0);
  const auto ann = nlohmann::json::parse(shown.output);
  CHECK(ann.at("name") == "Ann");
  CHECK(ann.at("status") == "done");
  CHECK(ann.at("try_count_0") == 1);
}

}  // namespace
}  // namespace outdial::test
