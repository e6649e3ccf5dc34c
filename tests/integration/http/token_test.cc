#include <string>
#include <vector>

#include "api.h"
#include "support/catch.h"

namespace outdial::test {
namespace {

const std::string kToken = "s3cret+/=~,;\"\\token";

struct TokenFixture : DaemonFixture {
  TokenFixture() : DaemonFixture({"--http_token", kToken, "--log_level", "debug"}) {}

  HttpAnswer SendWith(const std::string& authorization) {
    return api.Send("GET", "/v1/outdials", "", "Authorization: " + authorization + "\r\n");
  }
};

TEST_CASE_METHOD(TokenFixture, "with a token every operation needs it") {
  CHECK(SendWith("Bearer " + kToken).status_code == 200);
  CHECK(SendWith("bearer " + kToken).status_code == 200);

  for (const std::string& authorization : std::vector<std::string>{
           "Bearer " + kToken + "x", "Bearer " + kToken.substr(1), "Bearer s3cret", "Bearer x",
           "Bearer ", "Bearer", kToken, "Basic " + kToken, "Bearer Bearer " + kToken,
           "Bearer " + std::string(4000, 'a'), "\"\""}) {
    INFO(authorization);
    const HttpAnswer answer = SendWith(authorization);
    CHECK(answer.status_code == 401);
    CHECK(ReasonOf(answer) == "UNAUTHENTICATED");
    CHECK(answer.headers.at("www-authenticate") == "Bearer");
    CHECK(answer.body.find(kToken) == std::string::npos);
  }
  CHECK(api.Send("GET", "/v1/outdials").status_code == 401);
}

TEST_CASE_METHOD(TokenFixture, "no spelling of a path goes around the token") {
  for (const std::string target :
       {"/v1/outdials", "//v1/outdials", "/%76%31/outdials", "/v1%2foutdials", "/./v1/outdials",
        "/healthz/../v1/outdials", "/V1/outdials", "http://test/v1/outdials", "/v1", "//",
        "/page.js/", "/page.html"}) {
    INFO(target);
    CHECK(api.Send("GET", target).status_code == 401);
  }
  CHECK(api.Send("POST", "/v1/outdials", R"({"name":"x"})").status_code == 401);
  const HttpAnswer list =
      api.Send("GET", "/v1/outdials", "", "Authorization: Bearer " + kToken + "\r\n");
  CHECK(list.body == "[]");
}

TEST_CASE_METHOD(TokenFixture, "without the token no body is read") {
  // None of these bodies comes.
  for (const std::string headers : {"Content-Length: 1000000\r\n", "Transfer-Encoding: chunked\r\n",
                                    "Content-Length: 1000000\r\nExpect: 100-continue\r\n",
                                    "Content-Length: 1000000\r\nAuthorization: Bearer x\r\n"}) {
    INFO(headers);
    RawConnection connection(daemon->port());
    connection.Send("POST /v1/outdials HTTP/1.1\r\nHost: test\r\n" + headers + "\r\n");
    const auto answer = connection.ReadAnswer();
    REQUIRE(answer.has_value());
    CHECK(answer->status_code == 401);
    CHECK(ReasonOf(*answer) == "UNAUTHENTICATED");
    CHECK(answer->headers.at("www-authenticate") == "Bearer");
    CHECK(answer->headers.at("connection") == "close");
    connection.FinishSending();
    CHECK(connection.ReadsEnd());
  }
}

TEST_CASE_METHOD(TokenFixture, "what tells nothing needs no token") {
  for (const std::string path : {"/healthz", "/readyz", "/metrics", "/", "/page.css", "/page.js"}) {
    INFO(path);
    CHECK(api.Send("GET", path).status_code == 200);
    CHECK(api.Send("HEAD", path).status_code == 200);
    CHECK(api.Send("POST", path, "{}").status_code == 405);
  }
}

TEST_CASE_METHOD(TokenFixture, "the token is in no line of the log") {
  SendWith("Bearer " + kToken);
  SendWith("Bearer " + kToken + "x");
  CHECK(daemon->Stop() == 0);
  CHECK(daemon->process().error_output().find("\"level\":\"debug\"") != std::string::npos);
  CHECK(daemon->process().error_output().find("s3cret") == std::string::npos);
}

TEST_CASE_METHOD(DaemonFixture, "without a token, a page of elsewhere is refused in a browser") {
  const auto status_with = [&](const std::string& headers) {
    return api.Send("POST", "/v1/outdials", "{}", headers).status_code;
  };
  CHECK(status_with("") == 200);
  for (const std::string origin : {"http://localhost:3000", "http://127.0.0.1:8080",
                                   "http://[::1]:8080", "http://app.localhost"}) {
    INFO(origin);
    CHECK(status_with("Origin: " + origin + "\r\n") == 200);
  }
  for (const std::string origin :
       {"http://attacker.example", "https://attacker.example:8080", "null",
        "http://127.0.0.1.attacker.example", "http://localhost.attacker.example", "file://a.b"}) {
    INFO(origin);
    CHECK(status_with("Origin: " + origin + "\r\n") == 401);
  }
}

TEST_CASE_METHOD(DaemonFixture, "without a token, a name that others make point here is refused") {
  const auto status_at = [&](const std::string& host) {
    return AskOnce(daemon->port(), "GET /v1/outdials HTTP/1.1\r\nHost: " + host + "\r\n\r\n")
        .status_code;
  };
  for (const std::string host : {"127.0.0.1:8080", "127.1.2.3", "localhost:8080", "LOCALHOST",
                                 "[::1]:8080", "outdial", "x.localhost:80"}) {
    INFO(host);
    CHECK(status_at(host) == 200);
  }
  for (const std::string host : {"attacker.example:8080", "127.0.0.1.attacker.example",
                                 "localhost.example", "10.0.0.1", "[::2]:8080"}) {
    INFO(host);
    CHECK(status_at(host) == 401);
  }
  CHECK(AskOnce(daemon->port(), "GET /healthz HTTP/1.1\r\nHost: attacker.example\r\n\r\n")
            .status_code == 200);
}

}  // namespace
}  // namespace outdial::test
