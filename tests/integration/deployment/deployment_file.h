// The files that deploy the daemon, and names that are found in texts.
#ifndef OUTDIAL_TESTS_INTEGRATION_DEPLOYMENT_DEPLOYMENT_FILE_H_
#define OUTDIAL_TESTS_INTEGRATION_DEPLOYMENT_DEPLOYMENT_FILE_H_

#include <fstream>
#include <iterator>
#include <regex>
#include <set>
#include <string>
#include <vector>

#include "support/catch.h"

namespace outdial::test {

using Names = std::set<std::string>;

inline std::string ReadDeploymentFile(const std::string& name) {
  std::ifstream file(std::string(OUTDIAL_DEPLOY_DIR) + "/" + name);
  REQUIRE(file.good());
  return {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
}

// The first group of every match.
inline std::vector<std::string> FindAll(const std::string& text, const std::string& pattern) {
  const std::regex regex(pattern);
  std::vector<std::string> found;
  for (std::sregex_iterator match(text.begin(), text.end(), regex), end; match != end; ++match) {
    found.push_back((*match)[1]);
  }
  return found;
}

inline Names ToNames(const std::vector<std::string>& list) { return {list.begin(), list.end()}; }

}  // namespace outdial::test

#endif  // OUTDIAL_TESTS_INTEGRATION_DEPLOYMENT_DEPLOYMENT_FILE_H_
