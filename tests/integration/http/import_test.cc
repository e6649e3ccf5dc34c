// Targets that come as a stream.
#include <signal.h>

#include <algorithm>
#include <cstddef>
#include <cstdio>
#include <memory>
#include <optional>
#include <random>
#include <set>
#include <string>
#include <vector>

#include "api.h"
#include "support/catch.h"
#include "support/eventually.h"
#include "support/raw_http.h"

namespace outdial::test {
namespace {

constexpr char kCsv[] = "text/csv; charset=utf-8";
constexpr char kLines[] = "application/x-ndjson";

std::string Number(int i) {
  std::string digits = std::to_string(i);
  return "+1212" + std::string(7 - digits.size(), '0') + digits;
}

std::string CsvRows(int first, int count) {
  std::string text;
  for (int i = first; i < first + count; ++i) {
    text += "name " + std::to_string(i) + "," + Number(i) + "\n";
  }
  return text;
}

std::string Chunk(const std::string& data) {
  char size[20];
  std::snprintf(size, sizeof(size), "%zx\r\n", data.size());
  return size + data + "\r\n";
}

class ImportFixture : public DaemonFixture {
 public:
  std::string Head(const std::string& type, const std::string& headers) const {
    return "POST " + uri + "/import" + query + " HTTP/1.1\r\nHost: x\r\nContent-Type: " + type +
           "\r\n" + headers + "\r\n";
  }

  // Sends a body whose length is told.
  HttpAnswer Import(const std::string& type, const std::string& body,
                    const std::string& headers = "") {
    return AskOnce(
        daemon->port(),
        Head(type, headers + "Content-Length: " + std::to_string(body.size()) + "\r\n") + body);
  }
  Json Imported(const std::string& type, const std::string& body, const std::string& headers = "") {
    const HttpAnswer answer = Import(type, body, headers);
    INFO(answer.body);
    CHECK(answer.status_code == 200);
    return Json::parse(answer.body);
  }

  std::size_t CountTargets() {
    std::size_t count = 0;
    for (std::string token;;) {
      const Json page = api.Ask("GET", uri + "?page_size=1000&page_token=" + token);
      count += page.size();
      if (page.size() < 1000) return count;
      token = page.back()["tm_create"];
    }
  }

  const std::string outdial = api.MakeOutdial();
  const std::string uri = "/v1/outdials/" + outdial + "/targets";
  std::string query;
};

// "1 2 3" of created, skipped and refused.
std::string Counts(const Json& json) {
  return std::to_string(json.at("created").get<int>()) + " " +
         std::to_string(json.at("skipped").get<int>()) + " " +
         std::to_string(json.at("refused").get<int>());
}

TEST_CASE_METHOD(ImportFixture, "CSV is imported, and each row that is not is named") {
  query = "?region=US";
  const Json imported = Imported(kCsv, "name,destination_0\nAnn,(212) 555-0123\n\n\"Bob\nB.\",\n" +
                                           std::string("Ann,+1 212 555 0123\nEve,none\n"));
  CHECK(Counts(imported) == "2 1 1");
  REQUIRE(imported["rows"].size() == 2);
  CHECK(imported["rows"][0]["index"] == 2);
  CHECK(imported["rows"][0]["line"] == 6);
  CHECK(imported["rows"][0]["result"] == "skipped");
  CHECK(imported["rows"][0]["reason"] == "DUPLICATE_DESTINATION");
  CHECK(imported["rows"][1]["index"] == 3);
  CHECK(imported["rows"][1]["line"] == 7);
  CHECK(imported["rows"][1]["reason"] == "INVALID_PHONE_NUMBER");
  CHECK(imported["rows"][1]["field"] == "destination_0.target");
  const Json targets = api.Ask("GET", uri);
  REQUIRE(targets.size() == 2);
  CHECK(targets[1]["destination_0"]["target"] == "+12125550123");
  CHECK(targets[1]["id"] == imported["rows"][0]["outdialtarget_id"]);
  CHECK(targets[0]["name"] == "Bob\nB.");
}

TEST_CASE_METHOD(ImportFixture, "a stream in small chunks, of many batches") {
  RawConnection connection(daemon->port());
  REQUIRE(connection.Send(Head(kLines, "Transfer-Encoding: chunked\r\n")));
  std::string body;
  for (int i = 0; i < 2'500; ++i) body += "{\"destination_0\":\"" + Number(i % 2'400) + "\"}\n";
  for (std::size_t i = 0; i < body.size(); i += 777) {
    REQUIRE(connection.Send(Chunk(body.substr(i, 777))));
  }
  REQUIRE(connection.Send("0\r\n\r\n"));
  const auto answer = connection.ReadAnswer();
  REQUIRE(answer.has_value());
  CHECK(answer->status_code == 200);
  const Json imported = Json::parse(answer->body);
  CHECK(Counts(imported) == "2400 100 0");
  CHECK(imported["rows"][0]["index"] == 2'400);
  CHECK(imported["rows"][0]["line"] == 2'401);
  CHECK(CountTargets() == 2'400);
}

TEST_CASE_METHOD(ImportFixture, "a connection can be used again after a stream") {
  RawConnection connection(daemon->port());
  for (int i = 1; i <= 2; ++i) {
    const std::string body = "name,destination_0\nAnn " + std::to_string(i) + "\n";
    REQUIRE(connection.Send(Head(kCsv, "Content-Length: " + std::to_string(body.size()) + "\r\n") +
                            body));
    const auto answer = connection.ReadAnswer();
    REQUIRE(answer.has_value());
    CHECK(Counts(Json::parse(answer->body)) == "1 0 0");
  }
  REQUIRE(connection.Send(MakeRequest("GET", uri)));
  CHECK(Json::parse(connection.ReadAnswer()->body).size() == 2);
}

TEST_CASE_METHOD(ImportFixture, "an answer names 1000 rows at most") {
  std::string body;
  for (int i = 0; i < 2'500; ++i) body += "no\n";
  const Json imported = Imported(kLines, body);
  CHECK(Counts(imported) == "0 0 2500");
  CHECK(imported["rows"].size() == 1'000);
  CHECK(imported["rows"].back()["line"] == 1'000);
}

TEST_CASE_METHOD(ImportFixture, "what is wrong with a stream is said, and what is in") {
  const auto refused = [&](const HttpAnswer& answer) {
    return std::to_string(answer.status_code) + " " + ReasonOf(answer);
  };
  CHECK(refused(Import(kCsv, "")) == "400 MALFORMED_REQUEST");
  CHECK(refused(Import(kCsv, "Ann,+1\n")) == "400 MALFORMED_REQUEST");
  CHECK(Counts(Imported(kLines, "")) == "0 0 0");
  query = "?region=XX";
  CHECK(refused(Import(kCsv, "name\n")) == "400 INVALID_REGION");
  query = "?on_duplicate=no";
  CHECK(refused(Import(kCsv, "name\n")) == "400 INVALID_ON_DUPLICATE");
  query = "";
  const HttpAnswer unclosed =
      Import(kCsv, "name,destination_0\n" + CsvRows(0, 1'500) + "\"Ann,+1\n" + CsvRows(1'500, 9));
  CHECK(refused(unclosed) == "400 MALFORMED_REQUEST");
  const Json details = Json::parse(unclosed.body).at("details");
  CHECK(Counts(details.at(0)) == "1000 0 0");
  CHECK(CountTargets() == 1'000);
  // It is mended and sent again.
  CHECK(Counts(Imported(kCsv, "name,destination_0\n" + CsvRows(0, 1'509))) == "509 1000 0");
  api.Ask("DELETE", "/v1/outdials/" + outdial);
  CHECK(refused(Import(kCsv, "name,destination_0\nAnn\n")) == "404 OUTDIAL_NOT_FOUND");
}

TEST_CASE_METHOD(ImportFixture, "the content type of an import says how to read it") {
  int number = 0;
  for (const char* type : {"application/x-ndjson", "application/jsonl", "application/x-jsonlines",
                           "Application/JSONL; charset=utf-8"}) {
    CAPTURE(type);
    const std::string line = "{\"destination_0\":\"" + Number(++number) + "\"}\n";
    CHECK(Counts(Imported(type, line)) == "1 0 0");
  }
  for (const char* type : {"", "application/json", "application/json; charset=utf-8"}) {
    CAPTURE(type);
    CHECK(Counts(Imported(
              type, "{\"targets\":[{\"name\":\"" + std::to_string(++number) + "\"}]}")) == "1 0 0");
  }
  for (const char* type : {"text/plain", "application/x-www-form-urlencoded",
                           "multipart/form-data; boundary=x", "x"}) {
    for (const std::string& body : {std::string("name\nAnn\n"), std::string("{\"targets\":[]}"),
                                    std::string(2'000'000, 'x')}) {
      CAPTURE(type);
      const HttpAnswer answer = Import(type, body);
      CHECK(answer.status_code == 400);
      CHECK(ReasonOf(answer) == "MALFORMED_REQUEST");
      CHECK(Json::parse(answer.body).at("message") ==
            "Content-Type must be application/json, text/csv or application/x-ndjson.");
    }
  }
  CHECK(CountTargets() == 7);
}

TEST_CASE_METHOD(ImportFixture, "batches that are in stay in where the client goes") {
  {
    RawConnection connection(daemon->port());
    REQUIRE(connection.Send(Head(kCsv, "Content-Length: 1000000\r\n")));
    REQUIRE(connection.Send("name,destination_0\n" + CsvRows(0, 1'300)));
    REQUIRE(Eventually([&] { return CountTargets() >= 1'000; }));
  }
  CHECK(Counts(Imported(kCsv, "name,destination_0\n" + CsvRows(0, 1'400))) == "400 1000 0");
}

TEST_CASE_METHOD(ImportFixture, "a list that is deleted half-way ends its import") {
  RawConnection connection(daemon->port());
  REQUIRE(connection.Send(Head(kCsv, "Transfer-Encoding: chunked\r\n")));
  REQUIRE(connection.Send(Chunk("name,destination_0\n" + CsvRows(0, 1'300))));
  REQUIRE(Eventually([&] { return CountTargets() >= 1'000; }));
  api.Ask("DELETE", "/v1/outdials/" + outdial);
  connection.Send(Chunk(CsvRows(1'300, 2'000)) + "0\r\n\r\n");
  const auto answer = connection.ReadAnswer();
  REQUIRE(answer.has_value());
  CHECK(answer->status_code == 404);
  CHECK(Counts(Json::parse(answer->body).at("details").at(0)) == "1000 0 0");
  CHECK(CountTargets() == 1'000);
}

TEST_CASE_METHOD(ImportFixture, "a stream with a key is imported once, also where it broke off") {
  query = "?on_duplicate=allow";
  const std::string key = "Idempotency-Key: list-1\r\n";
  const std::string body =
      "name,destination_0\n" + CsvRows(0, 1'200) + "\xff,\n" + CsvRows(0, 900) + "Ann\n";
  {
    RawConnection connection(daemon->port());
    REQUIRE(connection.Send(Head(kCsv, key + "Content-Length: 1000000\r\n")));
    REQUIRE(connection.Send(body.substr(0, body.size() / 2)));
    REQUIRE(Eventually([&] { return CountTargets() >= 1'000; }));
  }
  const Json first = Imported(kCsv, body, key);
  CHECK(Counts(first) == "2101 0 1");
  CHECK(first["rows"].at(0)["line"] == 1'202);
  CHECK(CountTargets() == 2'101);
  CHECK(Imported(kCsv, body, key) == first);
  CHECK(CountTargets() == 2'101);
  const HttpAnswer other = Import(kCsv, "name,destination_0\nBob\n", key);
  CHECK(other.status_code == 409);
  CHECK(ReasonOf(other) == "IDEMPOTENCY_KEY_REUSED");
  // Whatever the state is now.
  api.Ask("DELETE", "/v1/outdials/" + outdial);
  CHECK(Imported(kCsv, body, key) == first);
}

TEST_CASE_METHOD(ImportFixture, "a key stands for a whole stream and its parameters") {
  const std::string key = "Idempotency-Key: list-1\r\n";
  const std::string body = "name,destination_0\n" + CsvRows(0, 1'200);
  const Json first = Imported(kCsv, body, key);
  CHECK(Counts(first) == "1200 0 0");
  const auto refused = [&](const std::string& type, const std::string& other) {
    const HttpAnswer answer = Import(type, other, key);
    CHECK(Counts(Json::parse(answer.body).at("details").at(0)) == "0 0 0");
    return std::to_string(answer.status_code) + " " + ReasonOf(answer);
  };
  const std::string reused = "409 IDEMPOTENCY_KEY_REUSED";
  CHECK(refused(kCsv, body + CsvRows(1'200, 1)) == reused);
  CHECK(refused(kCsv, body + CsvRows(1'200, 5'000)) == reused);
  CHECK(refused(kCsv, "name,destination_0\n" + CsvRows(0, 1'000)) == reused);
  CHECK(refused(kCsv, "name,destination_1\n" + CsvRows(0, 1'200)) == reused);
  CHECK(refused(kCsv, "name,destination_0\n") == reused);
  CHECK(refused(kLines, "") == reused);
  query = "?on_duplicate=allow";
  CHECK(refused(kCsv, body) == reused);
  query = "?region=US";
  CHECK(refused(kCsv, body) == reused);
  query = "";
  // Nor is it a key of a request that is no stream.
  const HttpAnswer ordinary = api.Send("POST", uri, "{}", key);
  CHECK(ReasonOf(ordinary) == "IDEMPOTENCY_KEY_REUSED");
  CHECK(Imported(kCsv, body, key) == first);
  CHECK(CountTargets() == 1'200);
}

TEST_CASE_METHOD(ImportFixture,
                 "one stream that is sent by many at the same time is imported once") {
  query = "?on_duplicate=allow";
  const std::string body = "name,destination_0\n" + CsvRows(0, 2'500) + "Ann\n\xff,\n";
  std::vector<Json> answers(4);
  RunClients(4, daemon->port(), [&](int i, Api&) {
    answers.at(static_cast<std::size_t>(i)) =
        Json::parse(Import(kCsv, body, "Idempotency-Key: same\r\n").body);
  });
  for (const Json& answer : answers) CHECK(answer == answers.front());
  CHECK(Counts(answers.front()) == "2501 0 1");
  CHECK(CountTargets() == 2'501);
}

TEST_CASE_METHOD(ImportFixture,
                 "a body that is broken is refused, and no row that may be cut is in") {
  const std::string rows = "name,destination_0\n" + CsvRows(0, 1'300);
  const std::vector<std::string> broken = {
      "x\r\n+12\r\n0\r\n\r\n",          // no size
      "3\r\n+12xx",                     // no end of the line
      "3\r\n+12\n0\r\n\r\n",            // half an end
      "3\r\n+1",                        // the connection ends within a chunk
      "3\r\n+12\r\n",                   // and between two
      "0\r\nnothing\r\n\r\n",           // a trailer that is none
      "ffffffffffffffffff\r\n+12\r\n",  // beyond 64 bits
  };
  for (std::size_t i = 0; i < broken.size(); ++i) {
    INFO(broken[i]);
    RawConnection connection(daemon->port());
    REQUIRE(connection.Send(Head(kCsv, "Transfer-Encoding: chunked\r\n") + Chunk(rows) +
                            Chunk("Eve,") + broken[i]));
    connection.FinishSending();
    const auto answer = connection.ReadAnswer();
    REQUIRE(answer.has_value());
    CHECK(answer->status_code == 400);
    CHECK(ReasonOf(*answer) == "MALFORMED_REQUEST");
    CHECK(Counts(Json::parse(answer->body).at("details").at(0)) ==
          (i == 0 ? "1000 0 0" : "0 1000 0"));
    CHECK(connection.ReadsEnd());
    CHECK(CountTargets() == 1'000);
  }
  RawConnection cut(daemon->port());
  REQUIRE(cut.Send(Head(kCsv, "Content-Length: 100\r\n") + "name,destination_0\nAnn\nEv"));
  cut.FinishSending();
  const auto answer = cut.ReadAnswer();
  REQUIRE(answer.has_value());
  CHECK(answer->status_code == 400);
  CHECK(Counts(Json::parse(answer->body).at("details").at(0)) == "0 0 0");
  CHECK(CountTargets() == 1'000);
}

TEST_CASE_METHOD(ImportFixture, "streams take half of the places, and everybody else the others") {
  std::vector<std::unique_ptr<RawConnection>> slow;
  for (int i = 0; i < 32; ++i) {
    slow.push_back(std::make_unique<RawConnection>(daemon->port()));
    REQUIRE(slow.back()->Send(Head(kCsv, "Expect: 100-continue\r\nContent-Length: 1000\r\n")));
    REQUIRE(slow.back()->ReadUntil("100 Continue\r\n\r\n"));
  }
  const auto refused = [&](const HttpAnswer& answer) {
    return std::to_string(answer.status_code) + " " + ReasonOf(answer);
  };
  CHECK(refused(Import(kCsv, "name\nAnn\n")) == "429 TOO_MANY_STREAMS");
  CHECK(refused(AskOnce(daemon->port(), MakeRequest("GET", uri + "/export"))) ==
        "429 TOO_MANY_STREAMS");
  CHECK(AskOnce(daemon->port(), MakeRequest("GET", "/healthz")).status_code == 200);
  slow.pop_back();
  CHECK(Eventually([&] { return Import(kCsv, "destination_0\n+1\n").status_code == 200; }));
}

TEST_CASE_METHOD(ImportFixture,
                 "a stream that is under way when the daemon stops says what is in") {
  RawConnection waiting(daemon->port());
  REQUIRE(waiting.Send(Head(kCsv, "Transfer-Encoding: chunked\r\n") +
                       Chunk("name,destination_0\n" + CsvRows(0, 1'300))));
  REQUIRE(Eventually([&] { return CountTargets() >= 1'000; }));
  daemon->process().Signal(SIGTERM);
  const auto answer = waiting.ReadAnswer();
  REQUIRE(answer.has_value());
  CHECK(answer->status_code == 503);
  CHECK(ReasonOf(*answer) == "SERVICE_STOPPING");
  CHECK(Counts(Json::parse(answer->body).at("details").at(0)) == "1000 0 0");
  CHECK(daemon->process().WaitForExit() == 0);
}

TEST_CASE_METHOD(ImportFixture, "slow streams do not keep others from working") {
  std::vector<std::unique_ptr<RawConnection>> slow;
  for (int i = 0; i < 12; ++i) {
    slow.push_back(std::make_unique<RawConnection>(daemon->port()));
    REQUIRE(slow.back()->Send(Head(kCsv, "Content-Length: 1000\r\n") + "name,destination_0\nAnn"));
  }
  CHECK(api.Ask("GET", uri).empty());
}

TEST_CASE_METHOD(ImportFixture, "the counts of a stream add up to its rows") {
  std::mt19937 random(77);  // NOLINT(cert-msc51-cpp): the same each time
  const auto below = [&](int limit) {
    return static_cast<int>(random() % static_cast<unsigned>(limit));
  };
  int expected_targets = 0;
  for (int round = 0; round < 15; ++round) {
    const std::string on_duplicate =
        std::vector<std::string>{"skip", "refuse", "allow"}.at(static_cast<std::size_t>(below(3)));
    query = "?on_duplicate=" + on_duplicate;
    std::string body =
        "\xef\xbb\xbf"
        "destination_0,name\r\n";
    const int rows = below(3'000);
    for (int i = 0; i < rows; ++i) {
      switch (below(8)) {
        case 0:
          body += "+1" + std::to_string(below(500)) + ",\xff\xfe";
          break;
        case 1:
          body += ",\"a\"b";
          break;
        case 2:
          body += "1,2,3,4";
          break;
        case 3:
          body += ",\"quoted \"\" and\nlonger\"";
          break;
        default:
          body += Number(below(5'000)) + ",x";
      }
      body += "\r\n";
      if (below(50) == 0) body += "\r\n";
    }
    const Json imported = Imported(kCsv, body);
    const int created = imported["created"];
    const int skipped = imported["skipped"];
    const int refused = imported["refused"];
    CHECK(created + skipped + refused == rows);
    CHECK((on_duplicate == "skip" || skipped == 0));
    CHECK(static_cast<int>(imported["rows"].size()) == std::min(1'000, skipped + refused));
    expected_targets += created;
    CHECK(static_cast<int>(CountTargets()) == expected_targets);
  }
}

}  // namespace
}  // namespace outdial::test
