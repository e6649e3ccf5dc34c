// What clients may send, well or badly, byte by byte.
#include <chrono>
#include <optional>
#include <string>
#include <string_view>

#include "api.h"
#include "support/catch.h"

namespace outdial::test {
namespace {

constexpr std::size_t kBodyLimit = 1024 * 1024;

struct ProtocolFixture : DaemonFixture {
  RawConnection Connect() { return RawConnection(daemon->port()); }

  // The answer to bytes on a connection of their own.
  std::optional<HttpAnswer> Exchange(std::string_view bytes) {
    RawConnection connection(daemon->port());
    connection.Send(bytes);
    return connection.ReadAnswer();
  }

  // Whether the daemon answers, still.
  bool Lives() { return api.Send("GET", "/healthz").status_code == 200; }
};

// Sends `block` again and again. False where the daemon took it for all of kPatience.
bool IsCutOff(RawConnection& connection, const std::string& block) {
  const auto deadline = std::chrono::steady_clock::now() + kPatience;
  while (connection.Send(block)) {
    if (std::chrono::steady_clock::now() > deadline) return false;
  }
  return true;
}

std::string Chunk(const std::string& data) {
  std::string size;
  for (std::size_t rest = data.size(); rest > 0; rest /= 16) {
    size.insert(size.begin(), "0123456789abcdef"[rest % 16]);
  }
  return size + "\r\n" + data + "\r\n";
}

std::string ChunkedRequest(const std::string& method, const std::string& target,
                           const std::string& chunks) {
  return method + " " + target + " HTTP/1.1\r\nHost: test\r\nTransfer-Encoding: chunked\r\n\r\n" +
         chunks;
}

TEST_CASE_METHOD(ProtocolFixture, "a connection serves many requests") {
  RawConnection connection(daemon->port());
  for (int i = 0; i < 100; ++i) {
    REQUIRE(connection.Send(MakeRequest("GET", "/healthz")));
    const auto answer = connection.ReadAnswer();
    REQUIRE(answer.has_value());
    REQUIRE(answer->status_code == 200);
    REQUIRE(answer->headers.count("connection") == 0);
  }
}

TEST_CASE_METHOD(ProtocolFixture, "a connection ends when the client asks for it") {
  for (const std::string request :
       {"GET /healthz HTTP/1.1\r\nConnection: close\r\n\r\n",
        "GET /healthz HTTP/1.1\r\nConnection: Close, te\r\n\r\n", "GET /healthz HTTP/1.0\r\n\r\n",
        "POST /v1/outdials HTTP/1.1\r\nConnection: close\r\nContent-Length: 2\r\n\r\n{}"}) {
    INFO(request);
    RawConnection connection(daemon->port());
    connection.Send(request);
    const auto answer = connection.ReadAnswer();
    REQUIRE(answer.has_value());
    CHECK(answer->status_code == 200);
    CHECK(answer->headers.at("connection") == "close");
    CHECK(connection.ReadsEnd());
  }
  RawConnection kept(daemon->port());
  for (int i = 0; i < 2; ++i) {
    kept.Send("GET /healthz HTTP/1.0\r\nConnection: Keep-Alive\r\n\r\n");
    const auto answer = kept.ReadAnswer();
    REQUIRE(answer.has_value());
    CHECK(answer->headers.at("connection") == "keep-alive");
  }
}

TEST_CASE_METHOD(ProtocolFixture, "the body of a GET is its filter, not the next request") {
  api.MakeOutdial("a");
  api.MakeOutdial("b");
  RawConnection connection(daemon->port());
  for (const std::string name : {"a", "b", "a"}) {
    const std::string filter = R"({"name":")" + name + R"("})";
    REQUIRE(connection.Send(MakeRequest("GET", "/v1/outdials", filter)));
    const auto with_length = connection.ReadAnswer();
    REQUIRE(with_length.has_value());
    const auto with_chunks =
        Exchange(ChunkedRequest("GET", "/v1/outdials", Chunk(filter) + "0\r\n\r\n"));
    REQUIRE(with_chunks.has_value());
    for (const HttpAnswer& answer : {*with_length, *with_chunks}) {
      const Json list = Json::parse(answer.body);
      REQUIRE(list.size() == 1);
      CHECK(list[0]["name"] == name);
    }
  }
}

TEST_CASE_METHOD(ProtocolFixture, "a body that looks like a request is a body") {
  const std::string inner = MakeRequest("POST", "/v1/outdials", R"({"name":"smuggled"})");
  for (const std::string method : {"GET", "POST", "PUT", "DELETE", "HEAD", "OPTIONS", "PATCH"}) {
    INFO(method);
    RawConnection connection(daemon->port());
    connection.Send(MakeRequest(method, "/v1/outdials", inner));
    const auto answer = connection.ReadAnswer(method == "HEAD");
    REQUIRE(answer.has_value());
    CHECK(answer->status_code >= 400);
    connection.Send(MakeRequest("GET", "/healthz"));
    const auto next = connection.ReadAnswer();
    REQUIRE(next.has_value());
    CHECK(next->body == R"({"status":"ok"})");
  }
  CHECK(api.Ask("GET", "/v1/outdials") == Json::array());
}

TEST_CASE_METHOD(ProtocolFixture, "pipelined requests are answered in order") {
  std::string requests;
  constexpr int kRequests = 50;
  for (int i = 0; i < kRequests; ++i) {
    requests += MakeRequest("POST", "/v1/outdials", R"({"name":")" + std::to_string(i) + R"("})");
    requests += MakeRequest("GET", "/healthz");
    requests += MakeRequest("GET", "/v1/outdials", R"({"name":"none"})");
  }
  REQUIRE(requests.size() > 8192);
  RawConnection connection(daemon->port());
  REQUIRE(connection.Send(requests));
  for (int i = 0; i < kRequests; ++i) {
    const auto created = connection.ReadAnswer();
    REQUIRE(created.has_value());
    CHECK(Json::parse(created->body)["name"] == std::to_string(i));
    const auto health = connection.ReadAnswer();
    REQUIRE(health.has_value());
    CHECK(health->body == R"({"status":"ok"})");
    const auto list = connection.ReadAnswer();
    REQUIRE(list.has_value());
    CHECK(list->body == "[]");
  }
}

TEST_CASE_METHOD(ProtocolFixture, "a request may come byte by byte") {
  RawConnection connection(daemon->port());
  for (const char byte : MakeRequest("POST", "/v1/outdials", R"({"name":"slow"})")) {
    REQUIRE(connection.Send({&byte, 1}));
  }
  const auto answer = connection.ReadAnswer();
  REQUIRE(answer.has_value());
  CHECK(Json::parse(answer->body)["name"] == "slow");
}

TEST_CASE_METHOD(ProtocolFixture, "chunks are put together") {
  const auto answer = Exchange(
      ChunkedRequest("POST", "/v1/outdials",
                     "a\r\n{\"name\":\"c\r\n" + Chunk("hunked") + "2\r\n\"}\r\n0\r\n\r\n"));
  REQUIRE(answer.has_value());
  CHECK(answer->status_code == 200);
  CHECK(Json::parse(answer->body)["name"] == "chunked");
}

TEST_CASE_METHOD(ProtocolFixture,
                 "malformed chunks end the connection, and nothing behind them is a request") {
  for (const std::string chunks :
       {"x\r\n{}\r\n0\r\n\r\n", "-2\r\n{}\r\n0\r\n\r\n", "2\r\n{}xx0\r\n\r\n",
        "2\r\n{}\r\nGET /healthz HTTP/1.1\r\n\r\n", "ffffffffffffffffff\r\n{}\r\n0\r\n\r\n",
        "\r\n{}\r\n0\r\n\r\n"}) {
    INFO(chunks);
    RawConnection connection(daemon->port());
    connection.Send(ChunkedRequest("POST", "/v1/outdials", chunks));
    connection.FinishSending();
    const auto answer = connection.ReadAnswer();
    REQUIRE(answer.has_value());
    CHECK(answer->status_code == 400);
    CHECK(ReasonOf(*answer) == "MALFORMED_REQUEST");
    CHECK(answer->headers.at("connection") == "close");
    CHECK(connection.ReadsEnd());
  }
  CHECK(api.Ask("GET", "/v1/outdials") == Json::array());
}

TEST_CASE_METHOD(ProtocolFixture, "a connection can be used again after chunks") {
  RawConnection connection(daemon->port());
  for (int i = 0; i < 2; ++i) {
    connection.Send(ChunkedRequest("POST", "/v1/outdials", Chunk("{}") + "0\r\nA: b\r\n\r\n"));
    const auto answer = connection.ReadAnswer();
    REQUIRE(answer.has_value());
    CHECK(answer->status_code == 200);
  }
}

TEST_CASE_METHOD(ProtocolFixture, "a body of the limit is read, one byte more is refused") {
  const std::string around = R"({"name":"x","unknown":""})";
  const auto body_of = [&](std::size_t size) {
    return R"({"name":"x","unknown":")" + std::string(size - around.size(), 'a') + R"("})";
  };
  for (const bool chunked : {false, true}) {
    const auto request = [&](std::size_t size) {
      const std::string body = body_of(size);
      if (!chunked) return MakeRequest("POST", "/v1/outdials", body);
      return ChunkedRequest("POST", "/v1/outdials",
                            Chunk(body.substr(0, 1000)) + Chunk(body.substr(1000)) + "0\r\n\r\n");
    };
    INFO(chunked);
    const auto largest = Exchange(request(kBodyLimit));
    REQUIRE(largest.has_value());
    CHECK(largest->status_code == 200);
    const auto too_large = Exchange(request(kBodyLimit + 1));
    REQUIRE(too_large.has_value());
    CHECK(too_large->status_code == 429);
    CHECK(ReasonOf(*too_large) == "BODY_TOO_LARGE");
  }
  CHECK(api.Ask("GET", "/v1/outdials").size() == 2);
}

TEST_CASE_METHOD(ProtocolFixture, "a body of gigabytes is refused before it is read") {
  for (const std::string length : {"8000000000", "99999999999999999999999999"}) {
    for (const std::string method : {"POST", "GET"}) {
      RawConnection connection(daemon->port());
      connection.Send(method + " /v1/outdials HTTP/1.1\r\nContent-Length: " + length + "\r\n\r\n{");
      const auto answer = connection.ReadAnswer();
      REQUIRE(answer.has_value());
      CHECK((answer->status_code == 429 || answer->status_code == 400));
      connection.FinishSending();
      CHECK(connection.ReadsEnd());
    }
  }
  // A chunked one has no announcement.
  RawConnection connection(daemon->port());
  connection.Send(ChunkedRequest("POST", "/v1/outdials", ""));
  CHECK(IsCutOff(connection, Chunk(std::string(64 * 1024, 'a'))));
  CHECK(Lives());
}

TEST_CASE_METHOD(ProtocolFixture, "a client that waits for leave gets it") {
  RawConnection connection(daemon->port());
  const std::string body = R"({"name":"patient"})";
  connection.Send("POST /v1/outdials HTTP/1.1\r\nExpect: 100-continue\r\nContent-Length: " +
                  std::to_string(body.size()) + "\r\n\r\n");
  REQUIRE(connection.ReadUntil("HTTP/1.1 100 Continue\r\n\r\n"));
  connection.Send(body);
  const auto answer = connection.ReadAnswer();
  REQUIRE(answer.has_value());
  CHECK(Json::parse(answer->body)["name"] == "patient");

  const auto refused = Exchange(
      "POST /v1/outdials HTTP/1.1\r\nExpect: 100-continue\r\nContent-Length: 2000000\r\n\r\n");
  REQUIRE(refused.has_value());
  CHECK(refused->status_code == 429);
}

TEST_CASE_METHOD(ProtocolFixture, "what two programs could read in two ways is refused") {
  const std::string line = "POST /v1/outdials HTTP/1.1\r\n";
  for (const std::string headers : {"Content-Length: 2\r\nContent-Length: 3\r\n",
                                    "Content-Length: 2\r\nTransfer-Encoding: chunked\r\n",
                                    "Content-Length: +2\r\n",
                                    "Content-Length: -2\r\n",
                                    "Content-Length: 2x\r\n",
                                    "Content-Length: 0x2\r\n",
                                    "Content-Length: 2, 2\r\n",
                                    "Content-Length: \r\n",
                                    "Transfer-Encoding: identity\r\n",
                                    "Transfer-Encoding: gzip, chunked\r\n",
                                    "Transfer-Encoding: xchunked\r\n",
                                    "Transfer-Encoding : chunked\r\n",
                                    "Content-Length : 2\r\n",
                                    "Content-Length: %32\r\n",
                                    "Transfer-Encoding: %63hunked\r\n",
                                    "X: a\r\n Content-Length: 2\r\n",
                                    "X: a\rContent-Length: 2\r\n",
                                    "X: a\nContent-Length: 2\r\n",
                                    "Host: a\r\nHost: b\r\n",
                                    "Bad Name: 2\r\n"}) {
    INFO(headers);
    RawConnection connection(daemon->port());
    connection.Send(line + headers + "\r\n{}");
    const auto answer = connection.ReadAnswer();
    REQUIRE(answer.has_value());
    CHECK(answer->status_code == 400);
    CHECK(ReasonOf(*answer) != "");
    connection.FinishSending();
    CHECK(connection.ReadsEnd());
  }
  CHECK(api.Ask("GET", "/v1/outdials") == Json::array());
}

TEST_CASE_METHOD(ProtocolFixture, "what is not HTTP gets a typed answer, and the daemon lives") {
  for (const std::string& bytes :
       {std::string("\r\n\r\n\r\nGET\r\n\r\n"), std::string("hello\r\n\r\n"),
        std::string("GET /healthz\r\n\r\n"), std::string("GET /healthz HTTP/2.0\r\n\r\n"),
        std::string("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"),
        std::string("GET /he\0lthz HTTP/1.1\r\n\r\n", 26), std::string("\x16\x03\x01\r\n\r\n")}) {
    INFO(bytes);
    const auto answer = Exchange(bytes);
    REQUIRE(answer.has_value());
    CHECK(answer->status_code == 400);
    CHECK(ReasonOf(*answer) != "");
  }
  CHECK(Lives());
}

TEST_CASE_METHOD(ProtocolFixture, "a method that nobody knows is a wrong method") {
  const auto known_uri = Exchange(MakeRequest("FROBNICATE", "/v1/outdials"));
  REQUIRE(known_uri.has_value());
  CHECK(known_uri->status_code == 405);
  CHECK(known_uri->headers.at("allow") == "GET, POST");
  const auto unknown_uri = Exchange(MakeRequest("FROBNICATE", "/v1/nothing"));
  REQUIRE(unknown_uri.has_value());
  CHECK(unknown_uri->status_code == 404);
}

TEST_CASE_METHOD(ProtocolFixture, "heads without an end are refused") {
  const auto long_uri = Exchange(MakeRequest("GET", "/v1/" + std::string(9'000, 'a')));
  REQUIRE(long_uri.has_value());
  CHECK((long_uri->status_code == 404 || long_uri->status_code == 429));
  CHECK(ReasonOf(*long_uri) != "");

  RawConnection endless_line(daemon->port());
  endless_line.Send("GET /");
  CHECK(IsCutOff(endless_line, std::string(16 * 1024, 'a')));

  RawConnection endless_headers(daemon->port());
  endless_headers.Send("GET /healthz HTTP/1.1\r\n");
  CHECK(IsCutOff(endless_headers, "X-Header: value\r\n"));

  std::string many_headers = "GET /healthz HTTP/1.1\r\n";
  for (int i = 0; i < 2'000; ++i) many_headers += "X-Header-" + std::to_string(i) + ": value\r\n";
  const auto flooded = Exchange(many_headers + "\r\n");
  REQUIRE(flooded.has_value());
  CHECK((flooded->status_code == 429 || flooded->status_code == 400));
  CHECK(ReasonOf(*flooded) != "");
  CHECK(Lives());
}

TEST_CASE_METHOD(ProtocolFixture, "headers that other servers act on change nothing") {
  api.MakeOutdial("a");
  const std::string plain = api.Send("GET", "/v1/outdials").body;
  for (const std::string header :
       {"Range: bytes=0-3\r\n", "Accept-Encoding: gzip, br\r\n", "Accept: text/html;q=0.1\r\n",
        "If-None-Match: *\r\n", "Upgrade: h2c\r\n",
        "Upgrade: websocket\r\nConnection: Upgrade\r\n"}) {
    INFO(header);
    const auto answer = Exchange(MakeRequest("GET", "/v1/outdials", "", header));
    REQUIRE(answer.has_value());
    CHECK(answer->status_code == 200);
    CHECK(answer->headers.count("content-encoding") == 0);
    CHECK(answer->body == plain);
  }
  for (const std::string type :
       {"application/x-www-form-urlencoded", "multipart/form-data; boundary=x",
        "multipart/form-data", "text/plain"}) {
    INFO(type);
    const auto answer = Exchange(MakeRequest("POST", "/v1/outdials", R"({"name":"typed"})",
                                             "Content-Type: " + type + "\r\n"));
    REQUIRE(answer.has_value());
    CHECK(answer->status_code == 200);
    CHECK(Json::parse(answer->body)["name"] == "typed");
  }
}

TEST_CASE_METHOD(ProtocolFixture, "HEAD answers as GET does, without the body") {
  RawConnection connection(daemon->port());
  connection.Send(MakeRequest("HEAD", "/healthz"));
  const auto answer = connection.ReadAnswer(/*to_head=*/true);
  REQUIRE(answer.has_value());
  CHECK(answer->status_code == 200);
  CHECK(answer->headers.at("content-length") == "15");
  connection.Send(MakeRequest("GET", "/healthz"));
  const auto next = connection.ReadAnswer();
  REQUIRE(next.has_value());
  CHECK(next->body == R"({"status":"ok"})");
}

TEST_CASE_METHOD(ProtocolFixture, "clients that leave in the middle harm nobody") {
  const std::string request = MakeRequest("POST", "/v1/outdials", R"({"name":"left"})");
  for (std::size_t length = 1; length < request.size(); length += 7) {
    RawConnection connection(daemon->port());
    connection.Send(std::string_view(request).substr(0, length));
  }
  CHECK(Lives());
  CHECK(api.Ask("GET", "/v1/outdials") == Json::array());
}

}  // namespace
}  // namespace outdial::test
