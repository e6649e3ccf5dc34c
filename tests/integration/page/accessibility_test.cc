// The page for those who have no mouse, see little or nothing, or hold a telephone.
#include <string>
#include <vector>

#include "page_fixture.h"
#include "support/catch.h"

namespace outdial::test {
namespace {

using Strings = std::vector<std::string>;

// A list with a target that was called, all with names that fill a line and more.
struct FullPageFixture : PageFixture {
  FullPageFixture() {
    const std::string name(255, 'W');
    list =
        api.Ask("POST", "/v1/outdials", {{"name", name}, {"detail", std::string(2000, 'x')}})["id"];
    target = api.Ask("POST", "/v1/outdials/" + list + "/targets",
                     {{"name", name},
                      {"detail", name},
                      {"data", std::string(2000, 'x')},
                      {"destination_0", {{"type", "sip"}, {"target", name}}}})["id"];
    api.Ask("POST", "/v1/outdialtargets/" + target + "/progressing", {{"destination_index", 0}});
    const std::string deleted = api.MakeOutdial();
    api.Ask("DELETE", "/v1/outdials/" + deleted);
    places = {"#/", "#/outdials/" + list, "#/targets/" + target, "#/outdials/" + deleted};
  }

  std::string list;
  std::string target;
  Strings places;
};

TEST_CASE_METHOD(FullPageFixture, "the keyboard reaches everything, and shows where it is") {
  for (const std::string& place : places) {
    INFO(place);
    Open(place);
    const std::string everything =
        "const all = [...document.querySelectorAll('a, button, input')]"
        "    .filter((element) => element.checkVisibility());";
    const int count = browser.Run(everything + "return all.length");
    CHECK(count > 2);
    for (int i = 0; i < count; ++i) {
      INFO(i);
      browser.Type(kTab);
      const Json focus = browser.Run(
          everything +
          "const style = getComputedStyle(document.activeElement);"
          "const box = document.activeElement.getBoundingClientRect();"
          "return {index: all.indexOf(document.activeElement), outline: style.outlineStyle,"
          "        width: parseFloat(style.outlineWidth), seen: box.left >= 0 && box.width > 0}");
      CHECK(focus["index"] == i);
      CHECK(focus["outline"] == "solid");
      CHECK(focus["width"] >= 2);
      CHECK(focus["seen"] == true);
    }
  }
}

TEST_CASE_METHOD(FullPageFixture, "the keyboard alone leads from the lists to a call") {
  Open();
  browser.Type(kTab + kEnter);  // to the content
  CHECK(browser.Run("return document.activeElement.id") == "content");
  CHECK(AwaitText("h2", "Lists"));
  browser.Type(kTab + kEnter);
  REQUIRE(browser.Await(
      "return location.hash === arguments[0] && document.querySelector('.legend')", {places[1]}));
  CHECK(browser.Run("return document.activeElement.id") == "content");
  // Past the thresholds and their button.
  for (int i = 0; i < 7; ++i) browser.Type(kTab);
  browser.Type(kEnter);
  REQUIRE(browser.Await("return location.hash === arguments[0] && document.querySelector('table')",
                        {places[2]}));
  CHECK(browser.Await("return document.activeElement.id === 'content'"));
}

TEST_CASE_METHOD(FullPageFixture, "everything has a name and a role, also on a narrow screen") {
  for (const int width : {1200, 360}) {
    browser.SetWidth(width);
    Open("#/outdials/" + list);
    REQUIRE(browser.Await("return document.querySelector('tbody td') !== null"));
    struct Part {
      std::string selector;
      std::string role;
      std::string label;
    };
    for (const Part& part : std::vector<Part>{{"main", "main", ""},
                                              {"nav", "navigation", "Where you are"},
                                              {"#health", "list", "Health of the service"},
                                              {".bar", "image", BarLabel(list)},
                                              {"table", "table", "1 target, newest first"},
                                              {"tbody tr", "row", "*"},
                                              {"thead th", "columnheader", "Name"},
                                              {"tbody td:nth-child(2)", "cell", "*"},
                                              {"tbody a", "link", std::string(255, 'W')},
                                              {"fieldset", "group", "Tries that are enough"},
                                              {"[name=try_count_4]", "spinbutton", "destination 4"},
                                              {"fieldset button", "button", "Count"},
                                              {"h2", "heading", std::string(255, 'W')}}) {
      INFO(width << " " << part.selector);
      CHECK(browser.ComputedRole(part.selector) == part.role);
      if (part.label != "*") CHECK(browser.ComputedLabel(part.selector) == part.label);
    }
  }
  CHECK(browser.Run("return document.documentElement.lang") == "en");
}

TEST_CASE_METHOD(FullPageFixture, "nothing is wider than a telephone's screen") {
  browser.SetWidth(360);
  for (const std::string& place : places) {
    INFO(place);
    Open(place);
    CHECK(browser.Run("return innerWidth") == 360);
    CHECK(browser.Run("return document.documentElement.scrollWidth") == 360);
    // Nothing is cut off either.
    CHECK(browser.Run("return [...document.querySelectorAll('main *, header *, #trail *')]"
                      "    .filter((element) => !element.closest('thead') &&"
                      "        element.getBoundingClientRect().right > 360.5)"
                      "    .map((element) => element.outerHTML.slice(0, 80))") == Json::array());
  }
  browser.Run("document.getElementById('login').showModal()");
  CHECK(browser.Run("const box = document.getElementById('login').getBoundingClientRect();"
                    "return box.left >= 0 && box.right <= 360") == true);
}

// The contrast of each text with what is behind it (WCAG 2.2, 1.4.3); those below 4.5.
constexpr char kFaintTexts[] = R"(
  const canvas = document.createElement('canvas').getContext('2d', {willReadFrequently: true});
  const rgba = (color) => {
    canvas.clearRect(0, 0, 1, 1);
    canvas.fillStyle = color;
    canvas.fillRect(0, 0, 1, 1);
    return [...canvas.getImageData(0, 0, 1, 1).data];
  };
  const luminance = (color) => {
    const [r, g, b] = rgba(color).slice(0, 3).map((byte) => byte / 255)
        .map((part) => part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4);
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const background = (element) => {
    for (let at = element; at; at = at.parentElement) {
      const color = getComputedStyle(at).backgroundColor;
      if (rgba(color)[3] === 255) return color;
    }
    return 'white';
  };
  document.getElementById('login').showModal();
  document.getElementById('trouble').textContent = 'trouble';
  document.getElementById('login-error').textContent = 'trouble';
  document.querySelector('#health li').className = 'bad';
  const texts = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  const found = [];
  let count = 0;
  while (texts.nextNode()) {
    const element = texts.currentNode.parentElement;
    if (texts.currentNode.data.trim() === '' || !element.checkVisibility()) continue;
    ++count;
    const [a, b] = [luminance(getComputedStyle(element).color), luminance(background(element))];
    const contrast = (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
    if (contrast < 4.5) found.push(`${contrast.toFixed(2)}: ${element.outerHTML.slice(0, 80)}`);
  }
  document.getElementById('login').close();
  return {count, found, paper: luminance(background(document.body))};
)";

TEST_CASE_METHOD(FullPageFixture, "texts can be read, in light and in dark") {
  for (const std::string scheme : {"light", "dark"}) {
    browser.SetColorScheme(scheme);
    for (const std::string& place : places) {
      INFO(scheme << " " << place);
      Open(place);
      const Json texts = browser.Run(kFaintTexts);
      CHECK(texts["count"] > 10);
      CHECK(texts["found"] == Json::array());
      CHECK((texts["paper"] > 0.5) == (scheme == "light"));
    }
  }
}

}  // namespace
}  // namespace outdial::test
