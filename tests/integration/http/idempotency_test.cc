#include <signal.h>

#include <set>
#include <string>
#include <vector>

#include "api.h"
#include "support/catch.h"

namespace outdial::test {
namespace {

std::string KeyHeader(const std::string& key) { return "Idempotency-Key: " + key + "\r\n"; }

const std::string kBody = R"({"name":"once"})";

TEST_CASE_METHOD(DaemonFixture, "a request with a key has one effect") {
  const auto create = [&](const std::string& key, const std::string& body) {
    return api.Send("POST", "/v1/outdials", body, KeyHeader(key));
  };
  const HttpAnswer first = create("key-1", kBody);
  REQUIRE(first.status_code == 200);
  const HttpAnswer second = create("key-1", kBody);
  CHECK(second.status_code == 200);
  CHECK(second.body == first.body);
  CHECK(api.Ask("GET", "/v1/outdials").size() == 1);

  const HttpAnswer other_body = create("key-1", R"({"name":"twice"})");
  CHECK(other_body.status_code == 409);
  CHECK(ReasonOf(other_body) == "IDEMPOTENCY_KEY_REUSED");
  CHECK(create("key-2", kBody).body != first.body);
  CHECK(api.Ask("GET", "/v1/outdials").size() == 2);
}

TEST_CASE_METHOD(DaemonFixture,
                 "a repeated request is answered as before, whatever the state is now") {
  const std::string target_id = api.MakeTarget(api.MakeOutdial());
  const auto progress = [&](const std::string& headers) {
    return api.Send("POST", "/v1/outdialtargets/" + target_id + "/progressing", "{}", headers);
  };
  const HttpAnswer first = progress(KeyHeader("attempt-1"));
  REQUIRE(first.status_code == 200);
  CHECK(progress("").status_code == 409);
  api.Ask("DELETE", "/v1/outdialtargets/" + target_id);
  const HttpAnswer second = progress(KeyHeader("attempt-1"));
  CHECK(second.status_code == 200);
  CHECK(second.body == first.body);
}

TEST_CASE_METHOD(DaemonFixture, "a key is remembered by the next daemon on the file") {
  const HttpAnswer first = api.Send("POST", "/v1/outdials", kBody, KeyHeader("key"));
  REQUIRE(first.status_code == 200);
  daemon->process().Signal(SIGKILL);
  CHECK(daemon->process().WaitForExit() == 128 + SIGKILL);
  DaemonProcess next(kManager, dsn);
  Api next_api(next.port());
  const HttpAnswer second = next_api.Send("POST", "/v1/outdials", kBody, KeyHeader("key"));
  CHECK(second.body == first.body);
  CHECK(next_api.Ask("GET", "/v1/outdials").size() == 1);
}

TEST_CASE_METHOD(DaemonFixture, "a refused request does not use its key up") {
  const HttpAnswer refused = api.Send("POST", "/v1/outdials", R"({"name":1})", KeyHeader("key"));
  CHECK(refused.status_code == 400);
  CHECK(api.Send("POST", "/v1/outdials", kBody, KeyHeader("key")).status_code == 200);
}

TEST_CASE_METHOD(DaemonFixture, "requests with one key at the same time have one effect") {
  constexpr int kClients = 8;
  std::vector<std::string> bodies(kClients);
  std::vector<int> codes(kClients);
  RunClients(kClients, daemon->port(), [&](int i, Api& client) {
    const HttpAnswer answer = client.Send("POST", "/v1/outdials", kBody, KeyHeader("same"));
    const auto index = static_cast<std::size_t>(i);
    codes[index] = answer.status_code;
    bodies[index] = answer.body;
  });
  CHECK(codes == std::vector<int>(kClients, 200));
  CHECK(std::set<std::string>(bodies.begin(), bodies.end()).size() == 1);
  CHECK(api.Ask("GET", "/v1/outdials").size() == 1);
}

TEST_CASE_METHOD(DaemonFixture, "a key has 1 to 200 printable ASCII characters") {
  const auto code = [&](const std::string& key) {
    return api.Send("POST", "/v1/outdials", kBody, KeyHeader(key)).status_code;
  };
  CHECK(code("k") == 200);
  CHECK(code(std::string(200, 'k')) == 200);
  CHECK(code(std::string(201, 'k')) == 400);
  CHECK(code("ключ") == 400);
  CHECK(code("a b!~\"\\") == 200);
  const HttpAnswer too_long =
      api.Send("POST", "/v1/outdials", kBody, KeyHeader(std::string(201, 'k')));
  CHECK(Json::parse(too_long.body)["details"][0]["field"] == "Idempotency-Key");
}

}  // namespace
}  // namespace outdial::test
