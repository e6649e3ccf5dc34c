#include "page_fixture.h"

#include <stdexcept>

namespace outdial::test {

std::string PageFixture::Url(const std::string& place) const {
  return "http://127.0.0.1:" + std::to_string(daemon->port()) + "/" + place;
}

void PageFixture::Open(const std::string& place) {
  // A change of the fragment alone would load nothing.
  browser.Open("about:blank");
  browser.Open(Url(place));
  if (!browser.Await("return document.getElementById('refreshed').textContent !== ''")) {
    throw std::runtime_error("the page shows nothing");
  }
}

void PageFixture::AwaitRefresh() {
  // The refresh that is going on may have asked before; the second one to end began after it.
  browser.Run(
      "window.refreshes = 0;"
      "new MutationObserver(() => ++window.refreshes)"
      "    .observe(document.getElementById('refreshed'), {childList: true})");
  if (!browser.Await("return window.refreshes >= 2")) {
    throw std::runtime_error("the page is not refreshed");
  }
}

bool PageFixture::AwaitText(const std::string& selector, const std::string& text) {
  return browser.Await(
      "const element = document.querySelector(arguments[0]);"
      "return element !== null && element.textContent === arguments[1]",
      {selector, text});
}

Json PageFixture::Rows() {
  return browser.Run(
      "const text = (cell) => {"
      "  const bar = cell.querySelector('[role=img]');"
      "  return bar ? bar.getAttribute('aria-label') : cell.textContent;"
      "};"
      "return [...document.querySelectorAll('tbody tr')].map((row) => [...row.cells].map(text))");
}

Json PageFixture::Column(int index) {
  Json column = Json::array();
  for (const Json& row : Rows()) column.push_back(row.at(static_cast<std::size_t>(index)));
  return column;
}

Json PageFixture::NamesOf(const Json& entities) {
  Json names = Json::array();
  for (const Json& entity : entities) names.push_back(entity["name"]);
  return names;
}

Json PageFixture::Progress(const std::string& outdial_id, const std::string& thresholds) {
  return api.Ask("GET", "/v1/outdials/" + outdial_id + "/progress?" + thresholds);
}

std::string PageFixture::BarLabel(const std::string& outdial_id, const std::string& thresholds) {
  const Json progress = Progress(outdial_id, thresholds);
  return Grouped(progress["targets"]["done"]) + " done, " +
         Grouped(progress["targets"]["progressing"]) + " being dialled, " +
         Grouped(progress["dialable"]) + " to be dialled, " + Grouped(progress["exhausted"]) +
         " tried often enough";
}

std::vector<std::string> PageFixture::Misdeeds() {
  std::vector<std::string> misdeeds = browser.TakeComplaints();
  const Json urls = browser.Run(
      "return performance.getEntriesByType('resource').map((entry) => entry.name)"
      "    .filter((name) => !name.startsWith(location.origin + '/') && name !== 'data:,')");
  for (const Json& url : urls) misdeeds.push_back("asked for " + url.get<std::string>());
  return misdeeds;
}

std::string Grouped(long number) {
  std::string text = std::to_string(number);
  for (int place = static_cast<int>(text.size()) - 3; place > 0; place -= 3) {
    text.insert(static_cast<std::size_t>(place), ",");
  }
  return text;
}

std::string Shown(const Json& time) {
  if (time.is_null()) return "–";
  const std::string text = time;
  return text.substr(0, 10) + " " + text.substr(11, 8) + " UTC";
}

}  // namespace outdial::test
