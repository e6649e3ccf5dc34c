// What people write is text to the daemon: no field, filter, id or header of it is anything to the
// database, to the cache or to the log.
#include <algorithm>
#include <sstream>
#include <string>
#include <vector>

#include "manager.h"
#include "support/catch.h"
#include "support/servers.h"
#include "support/temporary_directory.h"

namespace outdial::test {
namespace {

const std::vector<std::string>& HostileTexts() {
  static const std::vector<std::string> texts = {
      "'",
      "''",
      "\"",
      "\\",
      "\\'",
      "' or '1'='1",
      "' or 1=1 -- ",
      "' or 1=1 # ",
      "'; drop table outdial_outdials; --",
      "\"; delete from outdial_outdialtargets; --",
      "' union select * from outdial_request_journal -- ",
      "\\' or 1=1 -- ",
      "') or ('1'='1",
      "/*! drop table outdial_outdials */",
      ":name",
      ":id and 1=1",
      "?",
      "%s%n%x",
      "{}{0}",
      "${jndi:ldap://127.0.0.1/a}",
      "`id`; $(id)",
      "\r\nDEL outdial:*\r\n",
      "\n{\"time\":\"2026-01-15T09:30:00Z\",\"level\":\"error\",\"message\":\"forged\"}",
      "\x1b[2J\x1b[31mred",
      "\xe2\x80\xae right to left",
      "\xbf\x5c\x27 or 1=1 -- ",  // no UTF-8: refused
      "' or 1=1 -- \xe5\x5c",
  };
  return texts;
}

std::string PercentEncode(const std::string& text) {
  static constexpr char kDigits[] = "0123456789ABCDEF";
  std::string encoded;
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    encoded += '%';
    encoded += kDigits[byte >> 4];
    encoded += kDigits[byte & 15];
  }
  return encoded;
}

bool IsUtf8(const std::string& text) {
  try {
    static_cast<void>(Json(text).dump());
    return true;
  } catch (const Json::type_error&) {
    return false;
  }
}

// A daemon and what must be in it.
class World {
 public:
  explicit World(const std::string& dsn)
      : manager_({.database_dsn = dsn,
                  .redis_address = SharedRedisAddress(),
                  .http = true,
                  .more = {"--log_level", "debug"}}) {
    manager_.WaitUntilReady();
    Ask("POST", "/v1/outdials", {{"name", "bystander"}});
  }

  Json Ask(const std::string& method, const std::string& uri, const Json& data = nullptr) {
    return manager_.Ask(method, uri, data);
  }

  // In every field of a list, and found by each of them.
  void UseInOutdial(const std::string& text) {
    const Json created =
        Ask("POST", "/v1/outdials", {{"name", text}, {"detail", text}, {"data", text}});
    const std::string uri = "/v1/outdials/" + created["id"].get<std::string>();
    for (const std::string field : {"name", "detail", "data"}) {
      CHECK(created[field] == text);
      CHECK(Ask("GET", uri)[field] == text);
      const Json found = Ask("GET", "/v1/outdials?" + field + "=" + PercentEncode(text));
      REQUIRE(found.size() == 1);
      CHECK(found[0]["id"] == created["id"]);
    }
    CHECK(Ask("PUT", uri, {{"name", text}, {"detail", text + "2"}})["detail"] == text + "2");
    CHECK(Ask("PUT", uri + "/data", {{"data", text + "3"}})["data"] == text + "3");
    CHECK(Ask("GET", uri)["data"] == text + "3");
  }

  // In every field of a target and its destinations.
  void UseInTarget(const std::string& text) {
    const std::string list = Ask("POST", "/v1/outdials", Json::object())["id"];
    const Json address = {
        {"type", text}, {"target", text}, {"target_name", text}, {"name", text}, {"detail", text}};
    const Json created = Ask("POST", "/v1/outdials/" + list + "/targets",
                             {{"name", text},
                              {"detail", text},
                              {"data", text},
                              {"destination_0", address},
                              {"destination_4", address}});
    const Json claimed =
        Ask("POST", "/v1/outdials/" + list + "/claim", {{"try_count_0", 1}, {"limit", 2}});
    REQUIRE(claimed.size() == 1);
    for (const Json& target :
         {created, claimed[0],
          Ask("GET", "/v1/outdialtargets/" + created["id"].get<std::string>())}) {
      CHECK(target["name"] == text);
      CHECK(target["data"] == text);
      CHECK(target["destination_0"] == address);
      CHECK(target["destination_4"] == address);
    }
    const std::string call = claimed[0]["outdialtargetcall_id"];
    CHECK(Ask("GET", "/v1/outdialtargetcalls/" + call)["destination"] == address);
    Ask("DELETE", "/v1/outdials/" + list);
  }

  // Where an id, a number, a word or a time is due.
  void CheckRefusedElsewhere(const std::string& text) {
    const std::string encoded = PercentEncode(text);
    for (const std::string& uri :
         {"/v1/outdials/" + encoded, "/v1/outdials?customer_id=" + encoded,
          "/v1/outdials?" + encoded + "=1", "/v1/outdials?deleted=" + encoded,
          "/v1/outdials?page_token=" + encoded, "/v1/outdials?page_size=" + encoded,
          "/v1/outdialtargetcalls?activeflow_id=" + encoded, "/v1/outdialtargets/" + encoded}) {
      const Json reply = manager_.CallHttp("GET", uri);
      INFO(uri << " " << reply.dump());
      const int status_code = reply["status_code"];
      CHECK((status_code == 400 || status_code == 404));
    }
  }

  std::size_t CountOfOutdials() { return Ask("GET", "/v1/outdials?page_size=100").size(); }

  // The lines of the log, when it has ended: each is one JSON object, and none is forged.
  void CheckLog() {
    CHECK(manager_.daemon().Stop() == 0);
    std::istringstream lines(manager_.daemon().process().error_output());
    for (std::string line; std::getline(lines, line);) {
      INFO(line);
      const Json parsed = Json::parse(line, nullptr, /*allow_exceptions=*/false);
      REQUIRE(parsed.is_object());
      CHECK(parsed["message"] != "forged");
      CHECK(std::none_of(line.begin(), line.end(),
                         [](char c) { return static_cast<unsigned char>(c) < 0x20; }));
    }
  }

 private:
  Manager manager_;
};

TEST_CASE("hostile text is text in every field, and refused where text is not due") {
  const TemporaryDirectory folder;
  const TestDatabase database;
  const bool mysql = GENERATE(false, true);
  CAPTURE(mysql);
  World world(mysql ? database.dsn() : "sqlite:" + folder.Join("outdial.db"));
  std::size_t outdials = world.CountOfOutdials();
  for (const std::string& text : HostileTexts()) {
    CAPTURE(text);
    world.CheckRefusedElsewhere(text);
    if (!IsUtf8(text)) continue;
    world.UseInOutdial(text);
    world.UseInTarget(text);
    CHECK(world.CountOfOutdials() == ++outdials);
  }
  world.CheckLog();
}

}  // namespace
}  // namespace outdial::test
