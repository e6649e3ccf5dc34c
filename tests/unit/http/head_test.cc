#include "head.h"

#include <optional>
#include <string>

#include "outdial/entities/error.h"
#include "support/catch.h"

namespace outdial::http {
namespace {

// A head with these lines behind its request line.
absl::StatusOr<Head> WithHeaders(const std::string& lines) {
  return ParseHead("POST /v1/outdials HTTP/1.1\r\n" + lines + "\r\n");
}

TEST_CASE("a head is read") {
  const auto head = ParseHead(
      "PUT /v1/a%20b?c=%32 HTTP/1.1\r\nHost: x:80\r\nX-Odd!#$%&'*+.^_`|~9:\t a: b\tc \r\n"
      "Accept:a\r\nAccept: b\r\nEmpty:\r\nContent-Length: 007\r\nOther: \xc3\xa9%0d\r\n\r\n");
  REQUIRE(head.ok());
  CHECK(head->method == "PUT");
  CHECK(head->target == "/v1/a%20b?c=%32");
  CHECK_FALSE(head->http_1_0);
  CHECK(head->body_length == 7);
  CHECK(head->Find("host") == "x:80");
  CHECK(head->Find("x-odd!#$%&'*+.^_`|~9") == "a: b\tc");
  CHECK(head->Find("accept") == "a");
  CHECK(head->Find("empty") == "");
  // Percents mean nothing here.
  CHECK(head->Find("other") == "\xc3\xa9%0d");
  CHECK(head->Find("nothing") == std::nullopt);
  CHECK(head->HasToken("accept", "B"));
  CHECK_FALSE(head->HasToken("accept", "c"));
  CHECK(head->KeepsAlive());
}

TEST_CASE("a head says how long its body is") {
  CHECK(WithHeaders("")->body_length == 0);
  CHECK(WithHeaders("content-LENGTH:12\r\n")->body_length == 12);
  CHECK(WithHeaders("Transfer-Encoding: Chunked\r\n")->body_length == std::nullopt);
  CHECK(GetReason(WithHeaders("Content-Length: 99999999999999999999\r\n").status()) ==
        Reason::kBodyTooLarge);
}

TEST_CASE("a head says whether another request may follow") {
  const auto keeps = [](const std::string& version, const std::string& headers) {
    return ParseHead("GET / " + version + "\r\n" + headers + "\r\n")->KeepsAlive();
  };
  CHECK(keeps("HTTP/1.1", ""));
  CHECK_FALSE(keeps("HTTP/1.1", "Connection: te, Close\r\n"));
  CHECK_FALSE(keeps("HTTP/1.1", "Connection: te\r\nConnection: close\r\n"));
  CHECK_FALSE(keeps("HTTP/1.0", ""));
  CHECK(keeps("HTTP/1.0", "Connection: Keep-Alive\r\n"));
}

TEST_CASE("headers that two programs could read in two ways are refused") {
  for (const std::string lines : {"Content-Length: %32\r\n",
                                  "Content-Length: 2\r\nContent-Length: 2\r\n",
                                  "Content-Length: 2\r\nTransfer-Encoding: chunked\r\n",
                                  "Content-Length: 2, 2\r\n",
                                  "Content-Length: +2\r\n",
                                  "Content-Length: -2\r\n",
                                  "Content-Length: 0x2\r\n",
                                  "Content-Length: 2 2\r\n",
                                  "Content-Length:\r\n",
                                  "Content-Length : 2\r\n",
                                  "Content-Length\r\n",
                                  "Transfer-Encoding: gzip, chunked\r\n",
                                  "Transfer-Encoding: chunked, chunked\r\n",
                                  "Transfer-Encoding: %63hunked\r\n",
                                  "Transfer-Encoding: \x0b"
                                  "chunked\r\n",
                                  "Transfer-Encoding:\r\n",
                                  "Transfer-Encoding: chunked\r\nTransfer-Encoding: identity\r\n",
                                  "A: b\r\n folded: c\r\n",
                                  "A: b\r\n\tfolded\r\n",
                                  " A: b\r\n",
                                  ": b\r\n",
                                  "A b: c\r\n",
                                  "A(: c\r\n",
                                  "\xc3\xa9: c\r\n",
                                  "A: b\rContent-Length: 2\r\n",
                                  "A: b\nContent-Length: 2\r\n",
                                  "A: b\n",
                                  "A: \x01\r\n",
                                  "A: \x7f\r\n",
                                  "Host: a\r\nHost: a\r\n",
                                  "Authorization: a\r\nauthorization: b\r\n",
                                  "Idempotency-Key: a\r\nIdempotency-Key: b\r\n"}) {
    INFO(lines);
    CHECK(GetReason(WithHeaders(lines).status()) == Reason::kMalformedRequest);
  }
  CHECK_FALSE(WithHeaders(std::string("A: b\0c\r\n", 8)).ok());
  CHECK_FALSE(WithHeaders(std::string("A\0: c\r\n", 7)).ok());
  CHECK_FALSE(ParseHead("GET / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n").ok());
}

TEST_CASE("a request line has a method, a target and a version") {
  for (const std::string line :
       {"", "GET", "GET /", "GET  HTTP/1.1", "GET / HTTP/2.0", "GET / http/1.1", "GET / HTTP/1.1 ",
        " GET / HTTP/1.1", "GET /a b HTTP/1.1", "GET /\tHTTP/1.1", "GET /\x7f HTTP/1.1",
        "G(T / HTTP/1.1", "GET a HTTP/1.1", "GET https://a/ HTTP/1.1", "GET / HTTP/1.1\r"}) {
    INFO(line);
    CHECK(GetReason(ParseHead(line + "\r\n\r\n").status()) == Reason::kMalformedRequest);
  }
  for (const std::string line : {"FROBNICATE / HTTP/1.1", "get / HTTP/1.0", "OPTIONS * HTTP/1.1",
                                 "GET http://host/a HTTP/1.1", "GET /\xc3\xa9?a HTTP/1.1"}) {
    INFO(line);
    CHECK(ParseHead(line + "\r\n\r\n").ok());
  }
}

TEST_CASE("a head ends with its first empty line") {
  CHECK(FindHeadEnd("") == std::nullopt);
  CHECK(FindHeadEnd("GET / HTTP/1.1\r\nA: b\r\n\r") == std::nullopt);
  CHECK(FindHeadEnd("a\r\n\r\nb") == 5);
  CHECK(FindHeadEnd("a\n\nb\r\n\r\n") == 3);
  CHECK(FindHeadEnd("\r\nb") == 2);
  for (const std::string text : {"", "GET / HTTP/1.1\r\n", "GET / HTTP/1.1\n\n",
                                 "GET / HTTP/1.1\r\n\r\nmore", "GET / HTTP/1.1\r\n\n"}) {
    INFO(text);
    CHECK_FALSE(ParseHead(text).ok());
  }
}

}  // namespace
}  // namespace outdial::http
