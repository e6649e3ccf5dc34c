// What the daemon serves to a browser, byte for byte.
#include <fstream>
#include <iterator>
#include <map>
#include <string>

#include "integration/http/api.h"
#include "support/catch.h"

namespace outdial::test {
namespace {

std::string ReadFile(const std::string& name) {
  std::ifstream file(OUTDIAL_PAGE_DIR "/" + name, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
}

TEST_CASE_METHOD(DaemonFixture, "the page is in the program") {
  struct File {
    std::string path;
    std::string name;
    std::string type;
  };
  for (const File& file : {File{"/", "index.html", "text/html; charset=utf-8"},
                           File{"/page.css", "page.css", "text/css; charset=utf-8"},
                           File{"/page.js", "page.js", "text/javascript; charset=utf-8"}}) {
    INFO(file.path);
    const HttpAnswer answer = api.Send("GET", file.path);
    CHECK(answer.status_code == 200);
    CHECK_FALSE(answer.body.empty());
    CHECK(answer.body == ReadFile(file.name));
    CHECK(api.Send("GET", file.path + "?query").body == answer.body);
    const std::map<std::string, std::string> headers = {
        {"content-type", file.type},
        {"content-length", std::to_string(answer.body.size())},
        {"content-security-policy",
         "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; "
         "img-src data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"},
        {"x-content-type-options", "nosniff"},
        {"referrer-policy", "no-referrer"},
        {"cache-control", "no-cache"}};
    CHECK(answer.headers == headers);
    const HttpAnswer head = api.Send("HEAD", file.path);
    CHECK(head.headers == headers);
    CHECK(head.body.empty());
    const HttpAnswer refused = api.Send("PUT", file.path, "{}");
    CHECK(refused.status_code == 405);
    CHECK(refused.headers.at("allow") == "GET, HEAD");
  }
}

TEST_CASE_METHOD(DaemonFixture, "without a token, the page is for this machine's own names") {
  for (const std::string header :
       {"Host: attacker.example", "Host: x\r\nOrigin: http://a.example"}) {
    INFO(header);
    const HttpAnswer answer = AskOnce(daemon->port(), "GET / HTTP/1.1\r\n" + header + "\r\n\r\n");
    CHECK(answer.status_code == 401);
    CHECK(ReasonOf(answer) == "UNAUTHENTICATED");
  }
}

TEST_CASE("the listener for metrics has no page") {
  const TemporaryDirectory directory;
  DaemonProcess daemon({kManager, "--database_dsn", "sqlite:" + directory.Join("outdial.db"),
                        "--http_listen_address", "127.0.0.1:0", "--prometheus_listen_address",
                        "127.0.0.1:0"});
  CHECK(Api(daemon.port()).Send("GET", "/").status_code == 200);
  CHECK(Api(daemon.metrics_port()).Send("GET", "/metrics").status_code == 200);
  for (const std::string path : {"/", "/page.css", "/page.js"}) {
    CHECK(Api(daemon.metrics_port()).Send("GET", path).status_code == 404);
  }
}

}  // namespace
}  // namespace outdial::test
