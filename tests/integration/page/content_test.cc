// What the page shows is what the API says.
#include <array>
#include <cmath>
#include <memory>
#include <string>
#include <vector>

#include "page_fixture.h"
#include "support/catch.h"
#include "support/raw_sqlite.h"

namespace outdial::test {
namespace {

using Strings = std::vector<std::string>;

// A list with targets of every kind: done, being dialled, tried often enough, to be dialled.
std::string MakeMixedList(Api& api) {
  const std::string list = api.MakeOutdial("mixed");
  const auto begin = [&](const std::string& target) {
    api.Ask("POST", "/v1/outdialtargets/" + target + "/progressing", {{"destination_index", 0}});
  };
  const auto end = [&](const std::string& target, const std::string& status) {
    api.Ask("PUT", "/v1/outdialtargets/" + target + "/status", {{"status", status}});
  };
  for (int i = 0; i < 10; ++i) api.MakeTarget(list, "new " + std::to_string(i));
  for (int i = 0; i < 3; ++i) {
    const std::string target = api.MakeTarget(list, "done " + std::to_string(i));
    begin(target);
    end(target, "done");
  }
  for (int i = 0; i < 2; ++i) begin(api.MakeTarget(list, "dialled " + std::to_string(i)));
  for (int tries = 1; tries <= 4; ++tries) {
    const std::string target = api.MakeTarget(list, "tried " + std::to_string(tries));
    for (int i = 0; i < tries; ++i) {
      begin(target);
      end(target, "idle");
    }
  }
  return list;
}

TEST_CASE_METHOD(PageFixture, "the page shows the lists, newest first, page by page") {
  for (int i = 0; i < 25; ++i) {
    const std::string list = api.MakeOutdial("list " + std::to_string(i));
    if (i % 5 == 0) api.MakeTarget(list);
  }
  const std::string deleted = api.MakeOutdial("gone");
  api.Ask("DELETE", "/v1/outdials/" + deleted);

  Open();
  const Json lists = api.Ask("GET", "/v1/outdials?page_size=20");
  const Json rows = Rows();
  REQUIRE(rows.size() == lists.size());
  for (std::size_t i = 0; i < lists.size(); ++i) {
    const Json progress = Progress(lists[i]["id"]);
    const long targets = progress["targets"]["idle"];
    INFO(rows[i].dump());
    CHECK(rows[i] == Json({lists[i]["name"], targets == 0 ? "no targets" : BarLabel(lists[i]["id"]),
                           Grouped(targets), "0", Shown(lists[i]["tm_create"])}));
  }
  CHECK(AwaitText("caption", "20 lists, newest first"));

  browser.Click("p a[href*=before]");
  REQUIRE(AwaitText("caption", "5 lists further down, newest first"));
  const std::string token = lists.back()["tm_create"];
  CHECK(Column(0) == NamesOf(api.Ask("GET", "/v1/outdials?page_size=20&page_token=" + token)));
  browser.Click("p a");
  REQUIRE(AwaitText("caption", "20 lists, newest first"));

  browser.Click("a[href*=deleted]");
  REQUIRE(AwaitText("h2", "Deleted lists"));
  CHECK(Column(0) == Json({"gone"}));
  CHECK(Column(4) == Json({Shown(api.Ask("GET", "/v1/outdials/" + deleted)["tm_delete"])}));
  browser.Click("tbody a");
  REQUIRE(AwaitText("h2", "gone"));
  CHECK(browser.Run("return document.querySelector('main .bad').textContent")
            .get<std::string>()
            .starts_with("deleted "));
}

TEST_CASE_METHOD(PageFixture, "a bar has the proportions that the API counts") {
  const std::string list = MakeMixedList(api);
  Open("#/outdials/" + list);
  const Json progress = Progress(list);
  REQUIRE(progress["targets"] == Json({{"idle", 14}, {"progressing", 2}, {"done", 3}}));
  CHECK(browser.ComputedRole(".bar") == "image");
  CHECK(browser.ComputedLabel(".bar") == BarLabel(list));
  CHECK(browser.Run("return [...document.querySelectorAll('.legend li')].map((item) => "
                    "item.textContent).join(', ')") == BarLabel(list));

  const Json widths = browser.Run(
      "const bar = document.querySelector('.bar');"
      "return Object.fromEntries([...bar.children].map((piece) => [piece.className,"
      "    piece.getBoundingClientRect().width / bar.getBoundingClientRect().width]))");
  const auto is_part = [&](const std::string& part, const Json& count) {
    return std::abs(widths.at(part).get<double>() - count.get<double>() / 19) < 0.01;
  };
  CHECK(is_part("done", progress["targets"]["done"]));
  CHECK(is_part("progressing", progress["targets"]["progressing"]));
  CHECK(is_part("dialable", progress["dialable"]));
  CHECK(is_part("exhausted", progress["exhausted"]));

  const Json facts =
      browser.Run("return [...document.querySelectorAll('dd')].map((fact) => fact.textContent)");
  CHECK(facts[0] == Grouped(progress["calls"]["made"]) + " made, " +
                        Grouped(progress["calls"]["open"]) + " open");
  std::string tries;
  for (std::size_t slot = 0; slot < 5; ++slot) {
    tries += (slot == 0 ? "" : ", ") + Grouped(progress["tries"][slot]) + " of destination " +
             std::to_string(slot);
  }
  CHECK(facts[1] == tries);
  CHECK(facts[2] == Shown(progress["tm_first_call"]));
  CHECK(facts[3] == Shown(progress["tm_last_call"]));

  SECTION("under other thresholds too") {
    browser.Run("document.querySelector('[name=try_count_0]').value = '2'");
    browser.Click("fieldset button");
    const std::string label =
        BarLabel(list, "try_count_0=2&try_count_1=3&try_count_2=3&try_count_3=3&try_count_4=3");
    CHECK(label != BarLabel(list));
    CHECK(browser.Await(
        "return document.querySelector('.bar').getAttribute('aria-label') === arguments[0]",
        {label}));
    // The way back leads to the thresholds as they were.
    browser.Run("history.back()");
    CHECK(browser.Await(
        "return document.querySelector('.bar').getAttribute('aria-label') === arguments[0] &&"
        "    document.querySelector('[name=try_count_0]').value === '3'",
        {BarLabel(list)}));
  }
  CHECK(Misdeeds() == Strings());
}

TEST_CASE_METHOD(PageFixture, "the page shows a list's targets, page by page") {
  const std::string list = MakeMixedList(api);
  for (int i = 0; i < 100; ++i) api.MakeTarget(list, "further " + std::to_string(i));
  api.Ask("POST", "/v1/outdials/" + list + "/targets",
          {{"name", "two ways"},
           {"destination_1", {{"type", "sip"}, {"target", "ann@example.com"}}},
           {"destination_4", {{"type", "agent"}, {"target_name", "Ann"}}}});
  api.Ask("POST", "/v1/outdials/" + list + "/targets", {{"detail", "nothing but this"}});

  Open("#/outdials/" + list);
  std::string query = "?page_size=50";
  for (int left = 121; left > 0; left -= 50) {
    const Json targets = api.Ask("GET", "/v1/outdials/" + list + "/targets" + query);
    Json expected = Json::array();
    for (const Json& target : targets) {
      const std::string name = target["name"].get<std::string>();
      const std::string tries = std::to_string(target["try_count_0"].get<int>());
      expected.push_back({name.empty() ? "(no name)" : name, target["status"],
                          name.empty()         ? "–"
                          : name == "two ways" ? "ann@example.com (0), Ann (0)"
                                               : "+15551230001 (" + tries + ")",
                          Shown(target["tm_update"])});
    }
    REQUIRE(browser.Await("return document.querySelectorAll('tbody tr').length === arguments[0]",
                          {targets.size()}));
    CHECK(Rows() == expected);
    query = "?page_size=50&page_token=" + targets.back()["tm_create"].get<std::string>();
    if (left > 50) browser.Click("main > p:last-child a:last-child");
  }
  CHECK(browser.Run("return document.querySelector('main > p:last-child').textContent.trim()") ==
        "First page");
  CHECK(Misdeeds() == Strings());
}

TEST_CASE_METHOD(PageFixture, "the page shows a target and its calls") {
  const std::string list = MakeMixedList(api);
  const std::string target = api.MakeTarget(list, "Ann");
  for (int i = 0; i < 60; ++i) {
    api.Ask("POST", "/v1/outdialtargets/" + target + "/progressing", {{"destination_index", 0}});
    if (i < 59) {
      api.Ask("PUT", "/v1/outdialtargets/" + target + "/status", {{"status", "idle"}});
    }
  }
  Open("#/outdials/" + list);
  browser.Click("tbody tr a");
  REQUIRE(AwaitText("h2", "Ann"));
  CHECK(browser.Run("return document.title") == "Ann – outdial");
  CHECK(AwaitText("#trail", "Lists / mixed / Ann"));
  CHECK(AwaitText("dd", "progressing"));

  std::string query = "?page_size=50";
  for (const std::size_t size : {50U, 10U}) {
    const Json calls = api.Ask("GET", "/v1/outdialtargets/" + target + "/calls" + query);
    Json expected = Json::array();
    for (const Json& call : calls) {
      expected.push_back(
          {Shown(call["tm_create"]), call["status"], "+15551230001",
           std::to_string(call["try_count"].get<int>()),
           Shown(call["tm_update"].is_null() ? call["tm_create"] : call["tm_update"])});
    }
    REQUIRE(browser.Await("return document.querySelectorAll('tbody tr').length === arguments[0]",
                          {size}));
    CHECK(Rows() == expected);
    query = "?page_size=50&page_token=" + calls.back()["tm_create"].get<std::string>();
    if (size == 50) browser.Click("main > p:last-child a");
  }

  api.Ask("DELETE", "/v1/outdialtargets/" + target);
  CHECK(
      browser.Await("const bad = document.querySelector('main .bad');"
                    "return bad !== null && bad.textContent.startsWith('deleted ')"));
  CHECK(Misdeeds() == Strings());
}

TEST_CASE_METHOD(PageFixture, "what others have stored is text, whatever it looks like") {
  const std::string nothing_runs =
      "return window.ran === undefined && document.querySelectorAll('main script, main img, main "
      "iframe, main svg, main b').length === 0";
  for (const std::string text :
       {"<img src=x onerror=\"window.ran=1\">", "<script>window.ran=1</script>",
        "</td></table><b>bold</b>", "\" onmouseover=\"window.ran=1", "javascript:window.ran=1",
        "<svg onload=window.ran=1>", "<iframe srcdoc='<script>parent.ran=1</script>'>", "&lt;b&gt;",
        "\u202Egnp.exe", "__proto__"}) {
    INFO(text);
    const std::string list =
        api.Ask("POST", "/v1/outdials", {{"name", text}, {"detail", text}})["id"];
    const std::string target =
        api.Ask("POST", "/v1/outdials/" + list + "/targets",
                {{"name", text},
                 {"detail", text},
                 {"data", text},
                 {"destination_0", {{"type", text}, {"target", text}}}})["id"];
    api.Ask("POST", "/v1/outdialtargets/" + target + "/progressing", {{"destination_index", 0}});

    Open();
    CHECK(Column(0)[0] == text);
    CHECK(browser.Run(nothing_runs) == true);
    browser.Click("tbody a");
    REQUIRE(AwaitText("h2", text));
    CHECK(browser.Run("return document.querySelector('p.text').textContent") == text);
    CHECK(Rows()[0][0] == text);
    CHECK(Rows()[0][2] == text + " (1)");
    CHECK(browser.Run("return document.title") == text + " – outdial");
    CHECK(browser.Run(nothing_runs) == true);
    browser.Click("tbody a");
    REQUIRE(AwaitText("#trail", "Lists / " + text + " / " + text));
    CHECK(browser.Run("return [...document.querySelectorAll('dd')].map((fact) => "
                      "fact.textContent)") == Json({"progressing", text + " (1)", text, text}));
    CHECK(Column(2) == Json({text}));
    CHECK(browser.Run(nothing_runs) == true);
    CHECK(Misdeeds() == Strings());
  }
}

TEST_CASE_METHOD(PageFixture, "a place that leads nowhere says so, and leads back") {
  const std::string list = api.MakeOutdial();
  for (const std::string place :
       {"#/outdials/00000000-0000-4000-8000-000000000000", "#/outdials/", "#/outdials/..",
        "#/targets/x%2f..%2fy", "#/outdials/?try_count_0=x"}) {
    INFO(place);
    browser.Open("about:blank");
    browser.Open(Url(place));
    CHECK(browser.Await("return document.getElementById('trouble').textContent !== ''"));
    CHECK(Rows().empty());
    browser.Click("#trail a");
    CHECK(AwaitText("tbody td", "list"));
    CHECK(AwaitText("#trouble", ""));
  }
}

// What the daemon's own file looks like with a million targets in one list, a tenth of them done.
TEST_CASE("the page shows a list of a million") {
  constexpr char kList[] = "00000000-0000-4000-8000-000000000001";
  const TemporaryDirectory directory;
  const std::string path = directory.Join("outdial.db");
  CHECK(DaemonProcess(kManager, "sqlite:" + path).Stop() == 0);
  {
    RawSqlite file(path);
    file.Run("pragma synchronous = off; begin");
    file.Run(
        "insert into outdial_outdials (id, customer_id, campaign_id, name, detail, data, "
        "tm_create) values ('" +
        std::string(kList) +
        "', '00000000-0000-0000-0000-000000000000', '00000000-0000-0000-0000-000000000000', "
        "'a million', '', '', 1)");
    file.Run(
        "with recursive n(i) as (select 1 union all select i + 1 from n where i < 1000000) "
        "insert into outdial_outdialtargets (id, outdial_id, name, detail, data, status, "
        "destination_0, try_count_0, try_count_1, try_count_2, try_count_3, try_count_4, tm_create,"
        " tm_update) select printf('00000000-0000-4000-9000-%012x', i), '" +
        std::string(kList) +
        "', 'party ' || i, '', '', iif(i % 10 = 0, 'done', 'idle'), "
        "'{\"type\":\"tel\",\"target\":\"+1555' || i || '\"}', i % 4, 0, 0, 0, 0, i, i from n");
    file.Run("commit");
  }

  DaemonProcess daemon(kManager, "sqlite:" + path);
  Api api(daemon.port());
  Browser browser;
  browser.Open("http://127.0.0.1:" + std::to_string(daemon.port()) + "/");
  REQUIRE(browser.Await("return document.querySelector('.bar') !== null"));
  const Json progress = api.Ask(
      "GET", "/v1/outdials/" + std::string(kList) + "/progress?" + PageFixture::kThresholds);
  CHECK(progress["targets"] == Json({{"idle", 900000}, {"progressing", 0}, {"done", 100000}}));
  const std::string label = "100,000 done, 0 being dialled, " + Grouped(progress["dialable"]) +
                            " to be dialled, " + Grouped(progress["exhausted"]) +
                            " tried often enough";
  CHECK(progress["exhausted"] == 250000);
  CHECK(browser.Await(
      "return document.querySelector('.bar').getAttribute('aria-label') === arguments[0]",
      {label}));
  CHECK(browser.Run("return document.querySelector('tbody tr').cells[2].textContent") ==
        "1,000,000");

  browser.Click("tbody a");
  REQUIRE(browser.Await("return document.querySelectorAll('tbody tr').length === 50"));
  CHECK(browser.Run("return [...document.querySelectorAll('tbody tr')].map((row) => "
                    "row.cells[0].textContent)") ==
        PageFixture::NamesOf(
            api.Ask("GET", "/v1/outdials/" + std::string(kList) + "/targets?page_size=50")));
  CHECK(browser.ComputedLabel(".bar") == label);
  CHECK(browser.TakeComplaints() == Strings());
}

}  // namespace
}  // namespace outdial::test
