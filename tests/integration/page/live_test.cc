// The page follows what happens.
#include <string>
#include <vector>

#include "page_fixture.h"
#include "support/catch.h"

namespace outdial::test {
namespace {

using Strings = std::vector<std::string>;

TEST_CASE_METHOD(PageFixture, "the page shows a change by itself, and leaves the reader alone") {
  api.MakeOutdial("first");
  const std::string second = api.MakeOutdial("second");
  Open();
  browser.Run(
      "const link = document.querySelectorAll('tbody a')[1];"
      "link.focus(); window.link = link;"
      "getSelection().selectAllChildren(document.querySelector('h2'))");
  const auto is_left_alone = [&] {
    return browser.Run(
               "return document.activeElement === window.link && window.link.isConnected &&"
               "    window.link.textContent === 'first' &&"
               "    getSelection().toString() === 'Lists'") == true;
  };
  REQUIRE(is_left_alone());

  const std::string target = api.MakeTarget(second);
  CHECK(browser.Await("return document.querySelector('tbody tr').cells[2].textContent === '1'"));
  api.Ask("POST", "/v1/outdialtargets/" + target + "/progressing", {{"destination_index", 0}});
  CHECK(browser.Await(
      "return document.querySelector('.bar').getAttribute('aria-label') === arguments[0]",
      {"0 done, 1 being dialled, 0 to be dialled, 0 tried often enough"}));
  CHECK(is_left_alone());
  api.MakeOutdial("third");
  CHECK(AwaitText("tbody td", "third"));
  CHECK(is_left_alone());
  api.Ask("DELETE", "/v1/outdials/" + second);
  CHECK(browser.Await("return document.querySelectorAll('tbody tr').length === 2"));
  CHECK(Column(0) == Json({"third", "first"}));
  CHECK(is_left_alone());
  CHECK(Misdeeds() == Strings());
}

TEST_CASE_METHOD(PageFixture, "what is typed stays while the page is refreshed") {
  const std::string list = api.MakeOutdial("list");
  Open("#/outdials/" + list);
  browser.Run("document.querySelector('[name=try_count_2]').select()");
  browser.Type("17");
  AwaitRefresh();
  CHECK(browser.Run("return document.activeElement.name + document.activeElement.value") ==
        "try_count_217");
  browser.Type(kEnter);
  CHECK(browser.Await("return location.hash.includes('try_count_2=17')"));
  AwaitRefresh();
  CHECK(browser.Run("return document.querySelector('[name=try_count_2]').value") == "17");
}

TEST_CASE_METHOD(PageFixture, "a page that nobody sees asks nothing") {
  api.MakeOutdial("list");
  Open();
  browser.Run(
      "window.changes = [];"
      "document.addEventListener('visibilitychange',"
      "    () => window.changes.push(performance.now()), {capture: true})");
  browser.Hide();
  // As long as another page, which is seen, takes for a few refreshes.
  Open();
  AwaitRefresh();
  AwaitRefresh();
  browser.Show();
  REQUIRE(browser.Await("return window.changes.length === 2"));
  const std::string asked_after =
      "const times = performance.getEntriesByType('resource').map((entry) => entry.startTime);"
      "return times.filter((time) => time > window.changes[arguments[0]] &&"
      "    time < (window.changes[arguments[0] + 1] || Infinity)).length";
  // A refresh that had begun is finished: a list, its progress, the health.
  CHECK(browser.Run(asked_after, {0}) <= 4);
  CHECK(browser.Await(asked_after, {1}));
}

TEST_CASE_METHOD(PageFixture, "a list that cannot be counted leaves the others as they are") {
  const std::string lost = api.MakeOutdial("lost");
  api.MakeTarget(api.MakeOutdial("list"));
  Open();
  browser.Run(
      "const real = window.fetch;"
      "window.fetch = (path, options) => path.includes(arguments_[0] + '/progress')"
      "    ? Promise.resolve(new Response('{}', {status: 404})) : real(path, options);"
      "const arguments_ = arguments",
      {lost});
  CHECK(browser.Await(
      "return document.querySelectorAll('tbody tr')[1].cells[1].textContent === '–'"));
  CHECK(Column(0) == Json({"list", "lost"}));
  CHECK(Column(2) == Json({"1", "–"}));
  CHECK(AwaitText("#trouble", ""));

  browser.Click("tbody tr:last-child a");
  CHECK(AwaitText("h2", "lost"));
  CHECK(browser.Await("return document.querySelector('table') !== null"));
  CHECK(AwaitText("#trouble", ""));
}

TEST_CASE_METHOD(PageFixture, "a service that goes away is told, and what was shown stays") {
  api.MakeOutdial("list");
  Open();
  CHECK(browser.Run("return [...document.querySelectorAll('#health li')].map((item) => "
                    "item.textContent)") ==
        Json({"Service: ready", "Queue: none", "Outbox: 0 events", "Cache: none"}));
  CHECK(daemon->Stop() == 0);
  CHECK(AwaitText("#trouble", "The service does not answer."));
  CHECK(AwaitText("#health .bad", "Service: does not answer"));
  CHECK(Column(0) == Json({"list"}));
  CHECK(browser.ComputedRole("#trouble") == "alert");
}

}  // namespace
}  // namespace outdial::test
