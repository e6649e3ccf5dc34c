// A browser, driven over the WebDriver protocol (https://www.w3.org/TR/webdriver2).
#ifndef OUTDIAL_TESTS_INTEGRATION_PAGE_BROWSER_H_
#define OUTDIAL_TESTS_INTEGRATION_PAGE_BROWSER_H_

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "nlohmann/json.hpp"
#include "support/process.h"
#include "support/temporary_directory.h"

namespace httplib {
class Client;
}

namespace outdial::test {

using Json = nlohmann::json;

// Keys, as WebDriver names them.
inline const std::string kTab = "\uE004";
inline const std::string kEnter = "\uE007";
inline const std::string kEscape = "\uE00C";

// Debian's Chromium without a screen, with one tab and a profile of its own. Every function throws
// std::runtime_error where the browser refuses, and where it does not answer within kPatience. Used
// by the thread that made it.
class Browser {
 public:
  Browser();
  ~Browser();

  Browser(const Browser&) = delete;
  Browser& operator=(const Browser&) = delete;

  void Open(const std::string& url);

  // What `script`, the body of a function with these `arguments`, returns.
  Json Run(const std::string& script, const Json& arguments = Json::array());

  // True as soon as Run returns something that is true; false after kPatience.
  bool Await(const std::string& script, const Json& arguments = Json::array());

  // The first element that a CSS selector fits: a click on it, and what it is to a screen reader.
  void Click(const std::string& selector);
  std::string ComputedLabel(const std::string& selector);
  std::string ComputedRole(const std::string& selector);

  // Presses and lets go of each character, as one who types.
  void Type(const std::string& text);

  void SetWidth(int pixels);
  void SetColorScheme(const std::string& scheme);  // "light", "dark"

  // Another tab before this one, which is hidden then; and back.
  void Hide();
  void Show();

  // What the browser has complained about since it was asked last: errors of scripts and of the
  // network, and what a page's policy forbids.
  std::vector<std::string> TakeComplaints();

 private:
  Json Send(const std::string& method, const std::string& path, const Json& body = nullptr);
  Json SendToSession(const std::string& path, const Json& body);
  std::string Find(const std::string& selector);
  void SendToDevTools(const std::string& command, const Json& parameters);

  TemporaryDirectory directory_;
  std::optional<Process> driver_;
  std::unique_ptr<httplib::Client> client_;
  std::string session_;  // its path
  std::string tab_;
};

}  // namespace outdial::test

#endif  // OUTDIAL_TESTS_INTEGRATION_PAGE_BROWSER_H_
