// The page of a service that has a token.
#include <string>

#include "page_fixture.h"
#include "support/catch.h"

namespace outdial::test {
namespace {

constexpr char kToken[] = "s3cret+/=~,;";
constexpr char kDialogIsOpen[] = "return document.getElementById('login').open";

struct TokenPageFixture : PageFixture {
  TokenPageFixture()
      : PageFixture({"--http_token", kToken}),
        own_api(daemon->port(), "Authorization: Bearer " + std::string(kToken) + "\r\n") {}

  std::string FocusedId() { return browser.Run("return document.activeElement.id"); }

  Api own_api;
};

TEST_CASE_METHOD(TokenPageFixture, "the page asks for the token, and for nothing twice") {
  own_api.MakeOutdial("secret list");
  browser.Open(Url());
  REQUIRE(browser.Await(kDialogIsOpen));
  CHECK(browser.ComputedRole("dialog") == "dialog");
  CHECK(browser.ComputedLabel("dialog") == "This service asks for a token");
  CHECK(browser.ComputedLabel("#token") == "Token");
  CHECK(FocusedId() == "token");
  CHECK(browser.Run("return document.getElementById('login-error').textContent") == "");
  CHECK(Rows().empty());

  SECTION("a wrong one is told, and may be corrected") {
    browser.Type("wrong" + kEnter);
    CHECK(browser.Await("return document.getElementById('login-error').textContent !== ''"));
    REQUIRE(browser.Await(kDialogIsOpen));
    CHECK(FocusedId() == "token");
  }
  SECTION("what no token can be is not sent") {
    browser.Type("with space" + kEnter);
    CHECK(browser.Run("return document.getElementById('token').matches(':invalid')") == true);
    CHECK(browser.Run(kDialogIsOpen) == true);
    browser.Run("document.getElementById('token').value = ''");
  }
  SECTION("there is a way back to the dialog") {
    browser.Type(kEscape);
    CHECK(browser.Await("return !document.getElementById('login').open"));
    // By keyboard alone: the last thing that can be reached.
    for (int i = 0;
         i < 10 && browser.Run("return document.activeElement.textContent") != "Enter the token";
         ++i) {
      browser.Type(kTab);
    }
    browser.Type(kEnter);
    REQUIRE(browser.Await(kDialogIsOpen));
    CHECK(FocusedId() == "token");
  }

  browser.Type(kToken + kEnter);
  REQUIRE(AwaitText("tbody tr td", "secret list"));
  CHECK(browser.Run(kDialogIsOpen) == false);
  CHECK(browser.Run("return document.activeElement.id") == "content");
  CHECK(browser.Run("return document.getElementById('token').value") == "");
  CHECK(browser.Run("return location.href + document.cookie + JSON.stringify(localStorage)")
            .get<std::string>()
            .find("s3cret") == std::string::npos);

  // A page that is loaded again, in the same tab, has it still.
  Open();
  CHECK(AwaitText("tbody tr td", "secret list"));
  CHECK(browser.Run(kDialogIsOpen) == false);
}

TEST_CASE_METHOD(TokenPageFixture, "the health of the service is told without the token") {
  browser.Open(Url());
  REQUIRE(browser.Await(kDialogIsOpen));
  CHECK(AwaitText("#health li", "Service: ready"));
}

}  // namespace
}  // namespace outdial::test
