// Targets that go out as a stream.
#include <algorithm>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include "api.h"
#include "support/catch.h"
#include "support/process.h"
#include "support/raw_http.h"

namespace outdial::test {
namespace {

// Reads the answer to an export.
class Download {
 public:
  Download(int port, const std::string& target, const std::string& headers = "")
      : connection_(port) {
    REQUIRE(
        connection_.Send("GET " + target + " HTTP/1.1\r\nHost: localhost\r\n" + headers + "\r\n"));
  }

  // "HTTP/1.1 200 OK" and the headers.
  std::string ReadHead() {
    std::string head;
    for (std::string line = connection_.ReadLine(); !line.empty(); line = connection_.ReadLine()) {
      head += line + "\n";
    }
    return head;
  }

  // The next chunk, empty for the last one; nullopt where the connection ends before.
  std::optional<std::string> ReadChunk() {
    try {
      const std::size_t size = std::stoul(connection_.ReadLine(), nullptr, 16);
      std::string chunk = connection_.ReadLine();
      // What is sent has no CR here.
      REQUIRE(chunk.size() == size);
      return chunk;
    } catch (const std::runtime_error&) {
      return std::nullopt;
    }
  }

  // Everything that is left, where it is complete.
  std::optional<std::string> ReadAll() {
    std::string text;
    while (true) {
      const std::optional<std::string> chunk = ReadChunk();
      if (!chunk.has_value()) return std::nullopt;
      if (chunk->empty()) return connection_.ReadsEnd() ? std::optional(text) : std::nullopt;
      text += *chunk;
    }
  }

 private:
  RawConnection connection_;
};

class ExportFixture : public DaemonFixture {
 public:
  void ImportInto(const std::string& list, const std::string& type, const std::string& body) {
    const HttpAnswer answer =
        AskOnce(daemon->port(), "POST /v1/outdials/" + list +
                                    "/targets/import?on_duplicate=allow HTTP/1.1\r\n"
                                    "Host: localhost\r\nContent-Type: " +
                                    type + "\r\nContent-Length: " + std::to_string(body.size()) +
                                    "\r\n\r\n" + body);
    INFO(answer.body);
    REQUIRE(answer.status_code == 200);
  }

  void Fill(int rows, std::size_t name_size) {
    const std::string name(name_size, 'n');
    std::string body = "name,destination_0\n";
    for (int i = 0; i < rows; ++i) body += name + ",+1" + std::to_string(i) + "\n";
    ImportInto(outdial, "text/csv", body);
  }

  std::string Uri(const std::string& list, const std::string& query = "") const {
    return "/v1/outdials/" + list + "/targets/export" + query;
  }

  std::string Export(const std::string& list, const std::string& query = "",
                     const std::string& headers = "") {
    Download download(daemon->port(), Uri(list, query), headers);
    head = download.ReadHead();
    const auto text = download.ReadAll();
    REQUIRE(text.has_value());
    return *text;
  }

  const std::string outdial = api.MakeOutdial();
  std::string head;
};

TEST_CASE_METHOD(ExportFixture, "a list is exported as CSV or JSON lines, and imported as it was") {
  api.Ask("POST", "/v1/outdials/" + outdial + "/targets", Json::object());
  api.Ask("POST", "/v1/outdials/" + outdial + "/targets",
          {{"name", "Ann \"A\"\n, Example"},
           {"destination_0", {{"type", "tel"}, {"target", "+15551230001"}}},
           {"destination_4", {{"type", "sip"}, {"target", "sip:ann@example.com"}, {"name", "x"}}}});
  const std::string csv =
      "name,detail,data,destination_0,destination_1,destination_2,destination_3,destination_4\n"
      "\"\",,,,,,,\n"
      "\"Ann \"\"A\"\"\n, Example\",,,+15551230001,,,,"
      "\"{\"\"type\"\":\"\"sip\"\",\"\"target\"\":\"\"sip:ann@example.com\"\",\"\"name\"\":"
      "\"\"x\"\"}\"\n";
  CHECK(Export(outdial) == csv);
  CHECK(head.find("HTTP/1.1 200 OK\n") == 0);
  CHECK(head.find("Content-Type: text/csv; charset=utf-8\n") != std::string::npos);
  const std::string lines = Export(outdial, "?format=jsonl");
  CHECK(head.find("Content-Type: application/x-ndjson\n") != std::string::npos);
  CHECK(std::count(lines.begin(), lines.end(), '\n') == 2);
  CHECK(Export(outdial, "", "Accept: application/x-ndjson, */*\r\n") == lines);
  CHECK(Export(outdial, "", "Accept: text/csv;q=0.5, application/x-ndjson\r\n") == lines);
  CHECK(Export(outdial, "", "Accept: text/csv, application/x-ndjson;q=0.1\r\n") == csv);

  for (const auto& [type, text] :
       {std::pair<std::string, std::string>{"text/csv", csv}, {"application/x-ndjson", lines}}) {
    const std::string other = api.MakeOutdial();
    ImportInto(other, type, text);
    const Json copies = api.Ask("GET", "/v1/outdials/" + other + "/targets");
    const Json targets = api.Ask("GET", "/v1/outdials/" + outdial + "/targets");
    REQUIRE(copies.size() == 2);
    for (const char* key : {"name", "detail", "data", "destination_0", "destination_4"}) {
      CHECK(copies[0][key] == targets[0][key]);
      CHECK(copies[1][key] == targets[1][key]);
    }
  }
}

TEST_CASE_METHOD(ExportFixture, "what cannot be exported is refused before anything is sent") {
  const auto refused = [&](const std::string& target) {
    const HttpAnswer answer = AskOnce(daemon->port(), MakeRequest("GET", target));
    return std::to_string(answer.status_code) + " " + ReasonOf(answer);
  };
  CHECK(refused(Uri(outdial, "?format=xls")) == "400 INVALID_QUERY");
  CHECK(refused(Uri("nonsense")) == "400 INVALID_UUID");
  CHECK(refused(Uri("5e4a0680-804e-11ec-8477-2fea5968d85b")) == "404 OUTDIAL_NOT_FOUND");
  CHECK(AskOnce(daemon->port(), MakeRequest("POST", Uri(outdial), "{}")).headers.at("allow") ==
        "GET");
  CHECK(Export(outdial, "?format=jsonl").empty());
  // A deleted list still has its targets, as when they are listed.
  api.Ask("DELETE", "/v1/outdials/" + outdial);
  CHECK(Export(outdial, "?format=jsonl").empty());
}

TEST_CASE_METHOD(ExportFixture, "a client that knows no chunks gets the bytes alone") {
  Fill(2, 1);
  RawConnection connection(daemon->port());
  REQUIRE(connection.Send("GET " + Uri(outdial, "?format=jsonl") + " HTTP/1.0\r\n\r\n"));
  REQUIRE(connection.ReadUntil("\r\n\r\n"));
  CHECK(connection.ReadUntil(
      "{\"name\":\"n\",\"destination_0\":{\"type\":\"tel\",\"target\":\"+10\"}}\n"));
  CHECK(connection.ReadUntil(
      "{\"name\":\"n\",\"destination_0\":{\"type\":\"tel\",\"target\":\"+11\"}}\n"));
  CHECK(connection.ReadsEnd());
}

TEST_CASE_METHOD(ExportFixture, "a long list is exported in memory that does not grow") {
  Fill(100'000, 100);
  const std::string first = Export(outdial);
  CHECK(std::count(first.begin(), first.end(), '\n') == 100'001);
  CHECK(Export(outdial).size() == first.size());
  const long before = ResidentKiB(daemon->process().pid());
  for (int i = 0; i < 3; ++i) CHECK(Export(outdial).size() == first.size());
  // Less than the file has.
  CHECK(first.size() > 10 * 1024 * 1024);
  CHECK(ResidentKiB(daemon->process().pid()) - before < 8 * 1024);
}

TEST_CASE_METHOD(ExportFixture,
                 "an export that is under way when the daemon stops is no whole file") {
  Fill(120'000, 200);
  for (const std::string version : {"1.0", "1.1"}) {
    RawConnection connection(daemon->port());
    REQUIRE(connection.Send("GET " + Uri(outdial) + " HTTP/" + version + "\r\nHost: x\r\n\r\n"));
    REQUIRE(connection.ReadUntil("name,detail"));
    CHECK(daemon->Stop() == 0);
    CHECK_FALSE(connection.ReadUntil("\r\n0\r\n\r\n"));
    CHECK(connection.WasReset());
    daemon = std::make_unique<DaemonProcess>(kManager, dsn);
  }
}

TEST_CASE_METHOD(ExportFixture, "clients that do not read their exports keep nobody from working") {
  Fill(120'000, 200);
  std::vector<std::unique_ptr<Download>> slow;
  for (int i = 0; i < 12; ++i) {
    slow.push_back(std::make_unique<Download>(daemon->port(), Uri(outdial)));
  }
  for (const auto& download : slow) download->ReadHead();
  CHECK(api.Ask("GET", "/v1/outdials").size() == 1);
  slow.clear();
  CHECK(Export(api.MakeOutdial(), "?format=jsonl").empty());
}

}  // namespace
}  // namespace outdial::test
