#include "browser.h"

#include <stdexcept>
#include <utility>

#include "httplib.h"
#include "support/eventually.h"

namespace outdial::test {
namespace {

constexpr char kDriver[] = "/usr/bin/chromedriver";
constexpr char kStarted[] = "started successfully on port ";

// The port that the driver says it has. Throws where it does not start.
int PortOf(Process& driver) {
  std::string output;
  bool started = false;
  Eventually([&] {
    const bool ended = driver.WaitForExit(std::chrono::milliseconds(0)).has_value();
    output = driver.output();
    const std::size_t found = output.find(kStarted);
    started = found != std::string::npos && output.find('\n', found) != std::string::npos;
    return started || ended;
  });
  if (!started) {
    throw std::runtime_error("chromedriver, of Debian's package chromium-driver, does not start: " +
                             output + driver.error_output());
  }
  return std::stoi(output.substr(output.find(kStarted) + std::string(kStarted).size()));
}

}  // namespace

Browser::Browser() {
  // A home of its own: nothing of it is left behind.
  driver_.emplace(std::vector<std::string>{kDriver, "--port=0", "--disable-dev-shm-usage"},
                  Process::Environment{{"HOME", directory_.path()},
                                       {"TMPDIR", directory_.path()},
                                       {"XDG_CONFIG_HOME", directory_.path()},
                                       {"XDG_CACHE_HOME", directory_.path()}});
  client_ = std::make_unique<httplib::Client>("127.0.0.1", PortOf(*driver_));
  client_->set_read_timeout(kPatience);
  client_->set_keep_alive(true);
  const Json arguments = {
      "--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage",
      // Over a pipe, so that it ends with the driver, however that ends.
      "--remote-debugging-pipe", "--user-data-dir=" + directory_.Join("profile"),
      // It asks nobody but who it is told to.
      "--disable-background-networking", "--disable-component-update", "--no-first-run"};
  const Json session = Send("POST", "/session",
                            {{"capabilities",
                              {{"alwaysMatch",
                                {{"goog:chromeOptions", {{"args", arguments}}},
                                 {"goog:loggingPrefs", {{"browser", "ALL"}}}}}}}});
  session_ = "/session/" + session["sessionId"].get<std::string>();
  tab_ = Send("GET", session_ + "/window");
  SendToSession("/timeouts",
                {{"script", 1000 * kPatience.count()}, {"pageLoad", 1000 * kPatience.count()}});
}

Browser::~Browser() {
  try {
    if (!session_.empty()) Send("DELETE", session_);
  } catch (const std::exception&) {
    // It ends with the driver, then.
  }
}

Json Browser::Send(const std::string& method, const std::string& path, const Json& body) {
  const httplib::Result result = method == "GET" ? client_->Get(path)
                                 : method == "DELETE"
                                     ? client_->Delete(path)
                                     : client_->Post(path, body.dump(), "application/json");
  if (!result) throw std::runtime_error("no answer from the browser to " + path);
  Json value = Json::parse(result->body)["value"];
  if (result->status != 200) {
    throw std::runtime_error(path + ": " + value.value("message", result->body));
  }
  return value;
}

Json Browser::SendToSession(const std::string& path, const Json& body) {
  return Send("POST", session_ + path, body);
}

void Browser::SendToDevTools(const std::string& command, const Json& parameters) {
  SendToSession("/goog/cdp/execute", {{"cmd", command}, {"params", parameters}});
}

void Browser::Open(const std::string& url) { SendToSession("/url", {{"url", url}}); }

Json Browser::Run(const std::string& script, const Json& arguments) {
  return SendToSession("/execute/sync", {{"script", script}, {"args", arguments}});
}

bool Browser::Await(const std::string& script, const Json& arguments) {
  return Eventually([&] {
    const Json value = Run("return Boolean((() => {" + script + "})())", arguments);
    return value.get<bool>();
  });
}

std::string Browser::Find(const std::string& selector) {
  const Json found = SendToSession("/element", {{"using", "css selector"}, {"value", selector}});
  return session_ + "/element/" + found.front().get<std::string>();
}

void Browser::Click(const std::string& selector) {
  Send("POST", Find(selector) + "/click", Json::object());
}

std::string Browser::ComputedLabel(const std::string& selector) {
  return Send("GET", Find(selector) + "/computedlabel");
}

std::string Browser::ComputedRole(const std::string& selector) {
  return Send("GET", Find(selector) + "/computedrole");
}

void Browser::Type(const std::string& text) {
  Json actions = Json::array();
  for (std::size_t begin = 0; begin < text.size();) {
    std::size_t end = begin + 1;
    while (end < text.size() && (text[end] & 0xC0) == 0x80) ++end;  // one character of UTF-8
    for (const char* type : {"keyDown", "keyUp"}) {
      actions.push_back({{"type", type}, {"value", text.substr(begin, end - begin)}});
    }
    begin = end;
  }
  SendToSession("/actions",
                {{"actions", {{{"type", "key"}, {"id", "keyboard"}, {"actions", actions}}}}});
}

void Browser::SetWidth(int pixels) {
  SendToDevTools("Emulation.setDeviceMetricsOverride",
                 {{"width", pixels}, {"height", 800}, {"deviceScaleFactor", 1}, {"mobile", true}});
}

void Browser::SetColorScheme(const std::string& scheme) {
  SendToDevTools("Emulation.setEmulatedMedia",
                 {{"features", {{{"name", "prefers-color-scheme"}, {"value", scheme}}}}});
}

void Browser::Hide() {
  const Json made = SendToSession("/window/new", {{"type", "tab"}});
  SendToSession("/window", {{"handle", made["handle"]}});
}

void Browser::Show() { SendToSession("/window", {{"handle", tab_}}); }

std::vector<std::string> Browser::TakeComplaints() {
  std::vector<std::string> complaints;
  for (const Json& entry : SendToSession("/se/log", {{"type", "browser"}})) {
    complaints.push_back(entry["message"]);
  }
  return complaints;
}

}  // namespace outdial::test
