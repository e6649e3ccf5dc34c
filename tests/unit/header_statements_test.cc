// Each public header says what many threads may do with what it declares, and what blocks.
#include <algorithm>
#include <cctype>
#include <filesystem>
#include <fstream>
#include <string>
#include <string_view>
#include <vector>

#include "support/catch.h"

namespace outdial {
namespace {

// The comments of a header, in lower case.
std::string CommentsOf(std::istream& header) {
  std::string comments;
  for (std::string line; std::getline(header, line);) {
    const std::size_t begin = line.find("//");
    if (begin != std::string::npos) comments += line.substr(begin + 2);
  }
  std::transform(comments.begin(), comments.end(), comments.begin(),
                 [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return comments;
}

// Whether one of `words` begins a word of `text`.
bool Says(const std::string& text, const std::vector<std::string_view>& words) {
  return std::any_of(words.begin(), words.end(), [&](std::string_view word) {
    for (std::size_t at = text.find(word); at != std::string::npos; at = text.find(word, at + 1)) {
      if (at == 0 || std::isalpha(static_cast<unsigned char>(text[at - 1])) == 0) return true;
    }
    return false;
  });
}

std::vector<std::filesystem::path> PublicHeaders() {
  const std::filesystem::path root = OUTDIAL_SOURCE_DIR;
  std::vector<std::filesystem::path> headers;
  for (const char* top : {"core", "ports", "adapters"}) {
    for (const auto& entry : std::filesystem::recursive_directory_iterator(root / top)) {
      if (entry.path().extension() != ".h") continue;
      if (entry.path().generic_string().find("/include/outdial/") == std::string::npos) continue;
      headers.push_back(entry.path());
    }
  }
  return headers;
}

TEST_CASE("public headers say what threads may do, and what blocks") {
  const std::vector<std::filesystem::path> headers = PublicHeaders();
  CHECK(headers.size() > 60);
  for (const std::filesystem::path& path : headers) {
    CAPTURE(path);
    std::ifstream header(path);
    const std::string comments = CommentsOf(header);
    CHECK(Says(comments, {"thread"}));
    CHECK(Says(comments, {"block", "wait"}));
  }
}

}  // namespace
}  // namespace outdial
