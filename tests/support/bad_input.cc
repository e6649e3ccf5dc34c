#include "support/bad_input.h"

#include <cstddef>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "nlohmann/json.hpp"

namespace outdial::test {
namespace {

using Json = nlohmann::json;
using std::string_literals::operator""s;

std::string Repeat(std::string_view text, std::size_t count) {
  std::string result;
  for (std::size_t i = 0; i < count; ++i) result += text;
  return result;
}

std::string Nested(std::size_t depth) { return Repeat("[", depth) + Repeat("]", depth); }

constexpr std::size_t kBodyLimit = 1024 * 1024;

void AddBodies(std::vector<BadInput>& inputs) {
  const auto post = [&](const std::string& name, const std::string& body, int code,
                        const std::string& reason, const std::string& field = "") {
    inputs.push_back({name, "POST", "/v1/outdials", body, code, reason, field});
  };
  post("a body that is cut off", R"({"name":"a)", 400, "BODY_NOT_JSON");
  post("a body that is plain text", "hello", 400, "BODY_NOT_JSON");
  post("a body of blanks", "  ", 400, "BODY_NOT_JSON");
  post("a body with something after it", R"({"name":"a"} {})", 400, "BODY_NOT_JSON");
  post("a body with a comment", R"({"name":"a"/*b*/})", 400, "BODY_NOT_JSON");
  post("a body with a comma too much", R"({"name":"a",})", 400, "BODY_NOT_JSON");
  post("a NUL byte in a text", "{\"name\":\"a\0b\"}"s, 400, "BODY_NOT_JSON");
  post("a NUL byte after the body", "{\"name\":\"a\"}\0"s, 400, "BODY_NOT_JSON");
  post("invalid UTF-8", "{\"name\":\"\xff\"}", 400, "BODY_NOT_JSON");
  post("overlong UTF-8", "{\"name\":\"\xc0\xaf\"}", 400, "BODY_NOT_JSON");
  post("a surrogate in UTF-8", "{\"name\":\"\xed\xa0\x80\"}", 400, "BODY_NOT_JSON");
  post("half of a surrogate pair", R"({"name":"\ud800"})", 400, "BODY_NOT_JSON");
  post("a number beyond all floating point", R"({"name":1e999})", 400, "BODY_NOT_JSON");
  post("100-deep nesting", R"({"data":)" + Nested(100) + "}", 400, "BODY_TOO_DEEP");
  post("100-deep nesting below an unknown key", R"({"x":)" + Nested(100) + "}", 400,
       "BODY_TOO_DEEP");
  post("nesting without an end", Repeat("[", 100'000), 400, "BODY_TOO_DEEP");
  post("nested objects without an end", Repeat(R"({"a":)", 100'000), 400, "BODY_TOO_DEEP");
  post("a body over the limit", R"({"name":")" + Repeat("a", kBodyLimit) + R"("})", 429,
       "BODY_TOO_LARGE");
  post("a body that is an array", R"([{"name":"a"}])", 400, "WRONG_TYPE");
  post("a body that is a text", R"("a")", 400, "WRONG_TYPE");
  post("a body that is a number", "5", 400, "WRONG_TYPE");
  post("a body that is true", "true", 400, "WRONG_TYPE");

  const auto required = [&](const std::string& method, const std::string& uri) {
    inputs.push_back(
        {"no body for " + method + " " + uri, method, uri, "", 400, "BODY_REQUIRED", ""});
    inputs.push_back(
        {"a null body for " + method + " " + uri, method, uri, "null", 400, "BODY_REQUIRED", ""});
  };
  required("POST", "/v1/outdials");
  required("PUT", "/v1/outdials/{outdial}");
  required("PUT", "/v1/outdials/{outdial}/campaign_id");
  required("PUT", "/v1/outdials/{outdial}/data");
  required("POST", "/v1/outdials/{outdial}/targets");
  required("PUT", "/v1/outdialtargets/{idle}/status");
  required("PUT", "/v1/outdialtargetcalls/{call}");
}

void AddTexts(std::vector<BadInput>& inputs) {
  const auto text = [&](const std::string& name, const std::string& method, const std::string& uri,
                        const std::string& body, const std::string& reason,
                        const std::string& field) {
    inputs.push_back({name, method, uri, body, 400, reason, field});
  };
  const std::string outdials = "/v1/outdials";
  const std::string outdial = "/v1/outdials/{outdial}";
  const std::string targets = "/v1/outdials/{outdial}/targets";
  const std::string long_name = Repeat("\xc3\xa9", 256);
  const std::string long_text = Repeat("a", 65'536);

  text("a name that is a number", "POST", outdials, R"({"name":5})", "WRONG_TYPE", "name");
  text("a detail that is an object", "POST", outdials, R"({"detail":{}})", "WRONG_TYPE", "detail");
  text("data that is an object", "POST", outdials, R"({"data":{"k":1}})", "WRONG_TYPE", "data");
  text("data that is true", "PUT", outdial + "/data", R"({"data":true})", "WRONG_TYPE", "data");
  text("a name that is an array", "PUT", outdial, R"({"name":["a"]})", "WRONG_TYPE", "name");
  text("a name of a target that is a number", "POST", targets, R"({"name":1})", "WRONG_TYPE",
       "name");
  text("an escaped NUL in a name", "POST", outdials, R"({"name":"a\u0000b"})", "TEXT_HAS_NUL",
       "name");
  text("an escaped NUL in a detail", "PUT", outdial, R"({"name":"a","detail":"\u0000"})",
       "TEXT_HAS_NUL", "detail");
  text("an escaped NUL in data", "PUT", outdial + "/data", R"({"data":"{}\u0000"})", "TEXT_HAS_NUL",
       "data");
  text("a name of 256 characters", "POST", outdials, R"({"name":")" + long_name + R"("})",
       "TEXT_TOO_LONG", "name");
  text("a detail of 65,536 bytes", "POST", outdials, R"({"detail":")" + long_text + R"("})",
       "TEXT_TOO_LONG", "detail");
  text("data of 65,536 bytes", "POST", targets, R"({"data":")" + long_text + R"("})",
       "TEXT_TOO_LONG", "data");

  text("a destination that is a text", "POST", targets, R"({"destination_0":"tel:+1"})",
       "WRONG_TYPE", "destination_0");
  text("a destination that is an array", "POST", targets, R"({"destination_4":[]})", "WRONG_TYPE",
       "destination_4");
  text("a destination's target that is a number", "POST", targets,
       R"({"destination_2":{"type":"tel","target":15551234567}})", "WRONG_TYPE",
       "destination_2.target");
  text("an escaped NUL in a destination", "POST", targets,
       R"({"destination_1":{"target":"a\u0000"}})", "TEXT_HAS_NUL", "destination_1.target");
  text("a destination's name of 256 characters", "POST", targets,
       R"({"destination_3":{"name":")" + long_name + R"("}})", "TEXT_TOO_LONG",
       "destination_3.name");
}

void AddIds(std::vector<BadInput>& inputs) {
  for (const std::string id :
       {"abc", "{outdial}x", "%7B{outdial}%7D", "00000000000000000000000000000000",
        "0000000g-0000-0000-0000-000000000000", "1%20OR%201=1"}) {
    inputs.push_back(
        {"the path id " + id, "GET", "/v1/outdials/" + id, "", 400, "INVALID_UUID", "id"});
  }
  const auto path = [&](const std::string& method, const std::string& uri) {
    inputs.push_back(
        {"a bad id in " + method + " " + uri, method, uri, "{}", 400, "INVALID_UUID", "id"});
  };
  path("PUT", "/v1/outdials/x");
  path("DELETE", "/v1/outdials/x");
  path("PUT", "/v1/outdials/x/campaign_id");
  path("PUT", "/v1/outdials/x/data");
  path("GET", "/v1/outdials/x/available");
  path("POST", "/v1/outdials/x/claim");
  path("POST", "/v1/outdials/x/targets");
  path("GET", "/v1/outdials/x/targets");
  path("GET", "/v1/outdialtargets/x");
  path("DELETE", "/v1/outdialtargets/x");
  path("POST", "/v1/outdialtargets/x/progressing");
  path("POST", "/v1/outdialtargets/x/renew");
  path("PUT", "/v1/outdialtargets/x/status");
  path("GET", "/v1/outdialtargets/x/calls");
  path("GET", "/v1/outdialtargetcalls/x");
  path("PUT", "/v1/outdialtargetcalls/x");

  const auto member = [&](const std::string& method, const std::string& uri,
                          const std::string& field) {
    inputs.push_back({field + " \"abc\" in " + method + " " + uri, method, uri,
                      R"({")" + field + R"(":"abc"})", 400, "INVALID_UUID", field});
    inputs.push_back({field + " \"\" in " + method + " " + uri, method, uri,
                      R"({")" + field + R"(":""})", 400, "INVALID_UUID", field});
    inputs.push_back({field + " 5 in " + method + " " + uri, method, uri,
                      R"({")" + field + R"(":5})", 400, "WRONG_TYPE", field});
  };
  member("POST", "/v1/outdials", "customer_id");
  member("POST", "/v1/outdials", "campaign_id");
  member("PUT", "/v1/outdials/{outdial}/campaign_id", "campaign_id");
  member("GET", "/v1/outdials", "id");
  member("GET", "/v1/outdials", "customer_id");
  member("GET", "/v1/outdials", "campaign_id");
  member("POST", "/v1/outdialtargets/{busy}/renew", "outdialtargetcall_id");
  member("PUT", "/v1/outdialtargetcalls/{call}", "activeflow_id");
  member("PUT", "/v1/outdialtargetcalls/{call}", "reference_id");
  for (const std::string field :
       {"customer_id", "campaign_id", "outdial_id", "activeflow_id", "reference_id"}) {
    member("GET", "/v1/outdialtargetcalls", field);
    inputs.push_back({"the filter " + field + "=abc", "GET",
                      "/v1/outdialtargetcalls?" + field + "=abc", "", 400, "INVALID_UUID", field});
  }
  inputs.push_back({"the filter customer_id=abc of outdials", "GET", "/v1/outdials?customer_id=abc",
                    "", 400, "INVALID_UUID", "customer_id"});
  inputs.push_back({"a report with a call id that is none", "PUT",
                    "/v1/outdialtargets/{busy}/status",
                    R"({"status":"done","outdialtargetcall_id":"abc"})", 400, "INVALID_UUID",
                    "outdialtargetcall_id"});
}

void AddFilters(std::vector<BadInput>& inputs) {
  const auto unknown = [&](const std::string& name, const std::string& uri, const std::string& body,
                           const std::string& field) {
    inputs.push_back({name, "GET", uri, body, 400, "UNKNOWN_FILTER", field});
  };
  const std::string customer = "00000000-0000-4000-8000-00000000000c";
  unknown("an unknown filter in the query", "/v1/outdials?colour=red", "", "colour");
  unknown("an unknown filter without a value", "/v1/outdials?colour=", "", "colour");
  unknown("an unknown filter in the body", "/v1/outdials", R"({"colour":"red"})", "colour");
  unknown("an unknown filter that is null", "/v1/outdials", R"({"colour":null})", "colour");
  unknown("an unknown filter beside a known one", "/v1/outdials?customer_id=" + customer,
          R"({"status":"idle"})", "status");
  unknown("a column that is no filter", "/v1/outdials", R"({"tm_delete":null})", "tm_delete");
  unknown("a filter in capitals", "/v1/outdials", R"({"Name":"a"})", "Name");
  unknown("a filter key that is SQL", "/v1/outdials",
          R"({"1=1; drop table outdial_outdials; --":"x"})",
          "1=1; drop table outdial_outdials; --");
  unknown("a filter key that is SQL, in the query", "/v1/outdials?name%27%20or%20%271%27%3D%271=x",
          "", "name' or '1'='1");
  unknown("a filter key that is long", "/v1/outdials", R"({")" + Repeat("k", 1000) + R"(":1})",
          Repeat("k", 64) + "...");
  unknown("a filter key with control characters", "/v1/outdials", R"({"a\u0000\n\u007f":1})",
          "a???");
  unknown("a filter key in Chinese, cut between characters", "/v1/outdials",
          R"({")" + Repeat("\xe4\xb8\xad", 30) + R"(":1})", Repeat("\xe4\xb8\xad", 21) + "...");
  unknown("an unknown filter of calls", "/v1/outdialtargetcalls?activeflow_id=" + customer,
          R"({"name":"a"})", "name");
  unknown("an unknown filter of calls in the query", "/v1/outdialtargetcalls?status=done", "",
          "status");
  unknown("a target's calls by a filter of another path",
          "/v1/outdialtargetcalls?outdial_target_id=" + customer, "", "outdial_target_id");

  const auto required = [&](const std::string& name, const std::string& uri,
                            const std::string& body) {
    inputs.push_back({name, "GET", uri, body, 400, "FILTER_REQUIRED", ""});
  };
  required("calls without a filter", "/v1/outdialtargetcalls", "");
  required("calls with a page only", "/v1/outdialtargetcalls?page_size=5",
           R"({"page_token":null})");
  required("calls with empty filters",
           "/v1/outdialtargetcalls?activeflow_id=", R"({"customer_id":null})");

  inputs.push_back({"deleted as a number", "GET", "/v1/outdials", R"({"deleted":1})", 400,
                    "WRONG_TYPE", "deleted"});
  inputs.push_back({"deleted as another word", "GET", "/v1/outdials", R"({"deleted":"yes"})", 400,
                    "WRONG_TYPE", "deleted"});
  inputs.push_back({"deleted as another word, in the query", "GET", "/v1/outdials?deleted=1", "",
                    400, "WRONG_TYPE", "deleted"});
  inputs.push_back({"a name filter that is a number", "GET", "/v1/outdials", R"({"name":5})", 400,
                    "WRONG_TYPE", "name"});
  inputs.push_back({"a name filter with a NUL", "GET", "/v1/outdials", R"({"name":"\u0000"})", 400,
                    "TEXT_HAS_NUL", "name"});
}

void AddQueries(std::vector<BadInput>& inputs) {
  const auto query = [&](const std::string& text, const std::string& field) {
    inputs.push_back(
        {"the query " + text, "GET", "/v1/outdials?" + text, "", 400, "INVALID_QUERY", field});
  };
  query("name=%zz", "name");
  query("name=%", "name");
  query("name=%4", "name");
  query("name=%-1", "name");
  query("name=a%00b", "name");
  query("name=%ff", "name");
  query("name=%ed%a0%80", "name");
  query("%ff=1", "%ff");
  query("name=a&name=b", "name");
  query("name=a&n%61me=a", "name");
  query("page_token=&page_token=", "page_token");
  inputs.push_back({"a query key that comes twice, of available", "GET",
                    "/v1/outdials/{outdial}/available?limit=1&limit=1", "", 400, "INVALID_QUERY",
                    "limit"});
  inputs.push_back({"a malformed escape in the query of claim", "POST",
                    "/v1/outdials/{outdial}/claim?limit=%1", "", 400, "INVALID_QUERY", "limit"});
}

void AddNumbers(std::vector<BadInput>& inputs) {
  const std::string overflow = "99999999999999999999";
  const std::string available = "/v1/outdials/{outdial}/available";
  const auto number = [&](const std::string& method, const std::string& uri,
                          const std::string& body, const std::string& reason,
                          const std::string& field) {
    inputs.push_back({"the number in " + method + " " + uri + " " + body, method, uri, body, 400,
                      reason, field});
  };
  for (const std::string uri :
       {"/v1/outdials", "/v1/outdials/{outdial}/targets", "/v1/outdialtargets/{idle}/calls"}) {
    for (const std::string value :
         {"-1", "abc", "1.5", "1e2", "0x10", "%2B5", "5+", overflow.c_str(), "9223372036854775808",
          "-9223372036854775809"}) {
      number("GET", uri + "?page_size=" + value, "", "INVALID_NUMBER", "page_size");
    }
    number("GET", uri, R"({"page_size":-1})", "INVALID_NUMBER", "page_size");
    number("GET", uri, R"({"page_size":"10"})", "WRONG_TYPE", "page_size");
    number("GET", uri, R"({"page_size":9223372036854775808})", "INVALID_NUMBER", "page_size");
    number("GET", uri, R"({"page_size":)" + overflow + "}", "INVALID_NUMBER", "page_size");
    for (const std::string token :
         {"yesterday", "2026-02-30T00:00:00Z", "2026-01-15", "1768469400"}) {
      number("GET", uri + "?page_token=" + token, "", "INVALID_PAGE_TOKEN", "page_token");
    }
    number("GET", uri, R"({"page_token":"yesterday"})", "INVALID_PAGE_TOKEN", "page_token");
    number("GET", uri, R"({"page_token":""})", "INVALID_PAGE_TOKEN", "page_token");
    number("GET", uri, R"({"page_token":1768469400})", "WRONG_TYPE", "page_token");
  }
  const std::string import = "/v1/outdials/{outdial}/targets/import";
  for (const std::string body :
       {"{}", R"({"targets":null})", R"({"targets":{}})", R"({"targets":"[]"})"}) {
    number("POST", import, body, "WRONG_TYPE", "targets");
  }
  for (const std::string value : {R"("")", R"("Skip")", R"("ignore")"}) {
    number("POST", import, R"({"targets":[],"on_duplicate":)" + value + "}", "INVALID_ON_DUPLICATE",
           "on_duplicate");
  }
  number("POST", import, R"({"targets":[],"on_duplicate":true})", "WRONG_TYPE", "on_duplicate");
  number("POST", import + "?on_duplicate=no", R"({"targets":[]})", "INVALID_ON_DUPLICATE",
         "on_duplicate");
  for (const std::string region : {"us", "XX", "USA", "+1"}) {
    number("POST", import, R"({"targets":[],"region":")" + region + R"("})", "INVALID_REGION",
           "region");
  }
  number("POST", import, R"({"targets":[],"region":1})", "WRONG_TYPE", "region");
  for (const std::string operation :
       {"GET /v1/outdials/{outdial}/available", "POST /v1/outdials/{outdial}/claim"}) {
    const std::string method = operation.substr(0, operation.find(' '));
    const std::string uri = operation.substr(operation.find(' ') + 1);
    number(method, uri + "?limit=-1", "", "INVALID_NUMBER", "limit");
    number(method, uri + "?limit=many", "", "INVALID_NUMBER", "limit");
    number(method, uri + "?try_count_4=" + overflow, "", "INVALID_NUMBER", "try_count_4");
    number(method, uri, R"({"limit":-1})", "INVALID_NUMBER", "limit");
    number(method, uri, R"({"limit":true})", "WRONG_TYPE", "limit");
    number(method, uri, R"({"limit":1.5})", "WRONG_TYPE", "limit");
    number(method, uri, R"({"limit":1.0})", "WRONG_TYPE", "limit");
    number(method, uri, R"({"limit":1e0})", "WRONG_TYPE", "limit");
    number(method, uri, R"({"try_count_0":"1"})", "WRONG_TYPE", "try_count_0");
    number(method, uri, R"({"try_count_1":[1]})", "WRONG_TYPE", "try_count_1");
    number(method, uri, R"({"try_count_2":-9223372036854775809})", "INVALID_NUMBER", "try_count_2");
    number(method, uri, R"({"try_count_3":18446744073709551616})", "INVALID_NUMBER", "try_count_3");
    number(method, uri + "?limit=1", R"({"limit":-1})", "INVALID_NUMBER", "limit");
  }
  for (const std::string uri :
       {"/v1/outdials/{outdial}/claim", "/v1/outdialtargets/{idle}/progressing",
        "/v1/outdialtargets/{busy}/renew"}) {
    number("POST", uri, R"({"lease_seconds":-1})", "LEASE_OUT_OF_RANGE", "lease_seconds");
    number("POST", uri, R"({"lease_seconds":31536001})", "LEASE_OUT_OF_RANGE", "lease_seconds");
    number("POST", uri, R"({"lease_seconds":"60"})", "WRONG_TYPE", "lease_seconds");
    number("POST", uri, R"({"lease_seconds":)" + overflow + "}", "INVALID_NUMBER", "lease_seconds");
  }
  number("POST", "/v1/outdials/{outdial}/claim?lease_seconds=-1", "", "LEASE_OUT_OF_RANGE",
         "lease_seconds");

  const std::string progressing = "/v1/outdialtargets/{idle}/progressing";
  const auto index = [&](const std::string& value, const std::string& reason) {
    number("POST", progressing, R"({"destination_index":)" + value + "}", reason,
           "destination_index");
  };
  index("5", "DESTINATION_INDEX_OUT_OF_RANGE");
  index("-1", "DESTINATION_INDEX_OUT_OF_RANGE");
  index("4294967296", "DESTINATION_INDEX_OUT_OF_RANGE");
  index("9223372036854775807", "DESTINATION_INDEX_OUT_OF_RANGE");
  index("9223372036854775808", "INVALID_NUMBER");
  index("1", "DESTINATION_NOT_SET");
  index("4", "DESTINATION_NOT_SET");
  index("\"0\"", "WRONG_TYPE");
  index("0.0", "WRONG_TYPE");
  index("false", "WRONG_TYPE");
}

void AddWords(std::vector<BadInput>& inputs) {
  const auto status = [&](const std::string& body, const std::string& reason) {
    inputs.push_back({"the status " + body, "PUT", "/v1/outdialtargets/{busy}/status", body, 400,
                      reason, "status"});
  };
  status(R"({})", "INVALID_STATUS");
  status(R"({"status":null})", "INVALID_STATUS");
  status(R"({"status":""})", "INVALID_STATUS");
  status(R"({"status":"busy"})", "INVALID_STATUS");
  status(R"({"status":"Done"})", "INVALID_STATUS");
  status(R"({"status":"progressing"})", "INVALID_STATUS");
  status(R"({"status":"processing"})", "INVALID_STATUS");
  status(R"({"status":1})", "WRONG_TYPE");
  inputs.push_back({"progressing as the status of an unknown target", "PUT",
                    "/v1/outdialtargets/{unknown}/status", R"({"status":"progressing"})", 400,
                    "INVALID_STATUS", "status"});
  for (const std::string word : {"chat", "", "CALL"}) {
    inputs.push_back({"the reference type \"" + word + "\"", "PUT", "/v1/outdialtargetcalls/{call}",
                      R"({"reference_type":")" + word + R"("})", 400, "INVALID_REFERENCE_TYPE",
                      "reference_type"});
  }
  inputs.push_back({"a reference type that is a number", "PUT", "/v1/outdialtargetcalls/{call}",
                    R"({"reference_type":1})", 400, "WRONG_TYPE", "reference_type"});
}

void AddUris(std::vector<BadInput>& inputs) {
  for (const std::string uri :
       {"//", "/v1", "/v1/", "/v1/nothing", "/v2/outdials", "/V1/outdials", "/v1/outdials/",
        "/v1/outdials//", "/v1//outdials", "/v1/outdials/{outdial}/",
        "/v1/outdials/{outdial}/nothing", "/v1/outdials/{outdial}/targets/{idle}",
        "/v1/outdialtargets", "/v1/outdialtargets/", "/v1/outdialtargets/{idle}/nothing",
        "/v1/outdialtargetcalls/{call}/status", "/v1/outdials%3Fpage_size=1"}) {
    inputs.push_back({"the unknown path " + uri, "GET", uri, "", 404, "URI_NOT_FOUND", ""});
  }
  inputs.push_back({"an unknown path with a body that is not JSON", "POST", "/v1/nothing", "{", 404,
                    "URI_NOT_FOUND", ""});

  const auto method = [&](const std::string& verb, const std::string& uri) {
    inputs.push_back({verb + " " + uri, verb, uri, "", 405, "METHOD_NOT_ALLOWED", ""});
  };
  method("DELETE", "/v1/outdials");
  method("PUT", "/v1/outdials");
  method("PATCH", "/v1/outdials/{outdial}");
  method("POST", "/v1/outdials/{outdial}");
  method("DELETE", "/v1/outdials/not-a-uuid/available");
  method("GET", "/v1/outdials/{outdial}/campaign_id");
  method("GET", "/v1/outdials/{outdial}/data");
  method("POST", "/v1/outdials/{outdial}/available");
  method("GET", "/v1/outdials/{outdial}/claim");
  method("PUT", "/v1/outdials/{outdial}/targets");
  method("PUT", "/v1/outdialtargets/{idle}");
  method("GET", "/v1/outdialtargets/{idle}/progressing");
  method("PUT", "/v1/outdialtargets/{idle}/renew");
  method("GET", "/v1/outdialtargets/{idle}/status");
  method("POST", "/v1/outdialtargets/{idle}/calls");
  method("POST", "/v1/outdialtargetcalls");
  method("DELETE", "/v1/outdialtargetcalls/{call}");
}

void AddStates(std::vector<BadInput>& inputs) {
  const auto state = [&](const std::string& name, const std::string& method, const std::string& uri,
                         const std::string& body, int code, const std::string& reason,
                         const std::string& field = "") {
    inputs.push_back({name, method, uri, body, code, reason, field});
  };
  for (const std::string id : {"{unknown}", "{deleted_outdial}"}) {
    const std::string uri = "/v1/outdials/" + id;
    state("changing " + id, "PUT", uri, R"({"name":"a"})", 404, "OUTDIAL_NOT_FOUND");
    state("changing the campaign of " + id, "PUT", uri + "/campaign_id", "{}", 404,
          "OUTDIAL_NOT_FOUND");
    state("changing the data of " + id, "PUT", uri + "/data", R"({"data":"a"})", 404,
          "OUTDIAL_NOT_FOUND");
    state("adding to " + id, "POST", uri + "/targets", "{}", 404, "OUTDIAL_NOT_FOUND");
    state("importing into " + id, "POST", uri + "/targets/import", R"({"targets":[{}]})", 404,
          "OUTDIAL_NOT_FOUND");
    state("what is available in " + id, "GET", uri + "/available?try_count_0=1", "", 404,
          "OUTDIAL_NOT_FOUND");
    state("claiming from " + id, "POST", uri + "/claim", R"({"try_count_0":1})", 404,
          "OUTDIAL_NOT_FOUND");
  }
  state("an unknown outdial", "GET", "/v1/outdials/{unknown}", "", 404, "OUTDIAL_NOT_FOUND");
  state("deleting an unknown outdial", "DELETE", "/v1/outdials/{unknown}", "", 404,
        "OUTDIAL_NOT_FOUND");
  state("the targets of an unknown outdial", "GET", "/v1/outdials/{unknown}/targets", "", 404,
        "OUTDIAL_NOT_FOUND");

  for (const std::string id : {"{unknown}", "{deleted_target}"}) {
    const std::string uri = "/v1/outdialtargets/" + id;
    state("dialling " + id, "POST", uri + "/progressing", "", 404, "OUTDIAL_TARGET_NOT_FOUND");
    state("renewing " + id, "POST", uri + "/renew", "", 404, "OUTDIAL_TARGET_NOT_FOUND");
  }
  state("an unknown target", "GET", "/v1/outdialtargets/{unknown}", "", 404,
        "OUTDIAL_TARGET_NOT_FOUND");
  state("deleting an unknown target", "DELETE", "/v1/outdialtargets/{unknown}", "", 404,
        "OUTDIAL_TARGET_NOT_FOUND");
  state("reporting on an unknown target", "PUT", "/v1/outdialtargets/{unknown}/status",
        R"({"status":"done"})", 404, "OUTDIAL_TARGET_NOT_FOUND");
  state("the calls of an unknown target", "GET", "/v1/outdialtargets/{unknown}/calls", "", 404,
        "OUTDIAL_TARGET_NOT_FOUND");
  state("dialling a target of a deleted outdial", "POST", "/v1/outdialtargets/{orphan}/progressing",
        "", 404, "OUTDIAL_NOT_FOUND");
  state("an unknown call", "GET", "/v1/outdialtargetcalls/{unknown}", "", 404,
        "OUTDIAL_TARGET_CALL_NOT_FOUND");
  state("changing an unknown call", "PUT", "/v1/outdialtargetcalls/{unknown}", "{}", 404,
        "OUTDIAL_TARGET_CALL_NOT_FOUND");

  state("dialling a target that is progressing", "POST", "/v1/outdialtargets/{busy}/progressing",
        "", 409, "OUTDIAL_TARGET_NOT_IDLE");
  state("renewing a target that is idle", "POST", "/v1/outdialtargets/{idle}/renew", "", 409,
        "OUTDIAL_TARGET_NOT_PROGRESSING");
  state("reporting with another call", "PUT", "/v1/outdialtargets/{busy}/status",
        R"({"status":"done","outdialtargetcall_id":"{unknown}"})", 409,
        "OUTDIAL_TARGET_CALL_NOT_OPEN", "outdialtargetcall_id");
  state("renewing with another call", "POST", "/v1/outdialtargets/{busy}/renew",
        R"({"outdialtargetcall_id":"{unknown}"})", 409, "OUTDIAL_TARGET_CALL_NOT_OPEN",
        "outdialtargetcall_id");
  state("reporting on an idle target with a call", "PUT", "/v1/outdialtargets/{idle}/status",
        R"({"status":"done","outdialtargetcall_id":"{call}"})", 409, "OUTDIAL_TARGET_CALL_NOT_OPEN",
        "outdialtargetcall_id");
}

// The canonical name of the status that goes with a code.
std::string StatusOf(const BadInput& input) {
  switch (input.status_code) {
    case 404:
      return "NOT_FOUND";
    case 409:
      return "FAILED_PRECONDITION";
    case 429:
      return "RESOURCE_EXHAUSTED";
    default:
      return "INVALID_ARGUMENT";
  }
}

}  // namespace

const std::vector<BadInput>& BadInputs() {
  static const auto& inputs = *[] {
    auto* all = new std::vector<BadInput>;
    AddBodies(*all);
    AddTexts(*all);
    AddIds(*all);
    AddFilters(*all);
    AddQueries(*all);
    AddNumbers(*all);
    AddWords(*all);
    AddUris(*all);
    AddStates(*all);
    return all;
  }();
  return inputs;
}

bool FitsIntoEnvelope(const BadInput& input) {
  return input.reason != "BODY_NOT_JSON" && input.reason != "BODY_TOO_DEEP" &&
         (input.body.empty() || Json::accept(input.body));
}

std::string CheckRefusal(const BadInput& input, int status_code, std::string_view data) {
  const Json error = Json::parse(data, nullptr, /*allow_exceptions=*/false);
  Json expected = {
      {"status", StatusOf(input)}, {"reason", input.reason}, {"domain", "outdial-manager"}};
  if (!input.field.empty()) expected["details"] = Json::array({{{"field", input.field}}});
  Json actual = error;
  std::string message;
  if (actual.is_object() && actual.contains("message") && actual["message"].is_string()) {
    message = actual["message"];
    actual.erase("message");
  }
  if (status_code == input.status_code && actual == expected && !message.empty()) return {};
  return input.name + ": expected " + std::to_string(input.status_code) + " " + expected.dump() +
         " and a message, got " + std::to_string(status_code) + " " + std::string(data);
}

BadInputWorld::BadInputWorld(Send send) : send_(std::move(send)) {
  const auto add = [this](const std::string& name, const std::string& method,
                          const std::string& uri, const std::string& body) {
    ids_["{" + name + "}"] = Json::parse(Make(method, uri, body)).at("id").get<std::string>();
  };
  const std::string party =
      R"({"destination_0":{"type":"tel","target":"+15551230001"},"destination_2":{"type":"sip","target":"sip:ann@example.com"}})";
  ids_["{unknown}"] = "99999999-9999-4999-8999-999999999999";
  add("outdial", "POST", "/v1/outdials", R"({"name":"o","detail":"d","data":"{}"})");
  add("idle", "POST", "/v1/outdials/{outdial}/targets", party);
  add("busy", "POST", "/v1/outdials/{outdial}/targets", party);
  Make("POST", "/v1/outdialtargets/{busy}/progressing", R"({"destination_index":2})");
  const std::string calls = Make("GET", "/v1/outdialtargets/{busy}/calls", "");
  ids_["{call}"] = Json::parse(calls).at(0).at("id").get<std::string>();
  add("deleted_target", "POST", "/v1/outdials/{outdial}/targets", party);
  Make("DELETE", "/v1/outdialtargets/{deleted_target}", "");
  add("deleted_outdial", "POST", "/v1/outdials", R"({"name":"gone"})");
  add("orphan", "POST", "/v1/outdials/{deleted_outdial}/targets", party);
  Make("DELETE", "/v1/outdials/{deleted_outdial}", "");
}

std::string BadInputWorld::Make(const std::string& method, const std::string& uri,
                                const std::string& body) const {
  Answer answer = send_(method, Fill(uri), Fill(body));
  if (answer.status_code != 200) {
    throw std::runtime_error(method + " " + uri + ": " + answer.data);
  }
  return std::move(answer.data);
}

std::string BadInputWorld::Fill(std::string text) const {
  for (const auto& [placeholder, id] : ids_) {
    for (std::size_t at = text.find(placeholder); at != std::string::npos;
         at = text.find(placeholder, at)) {
      text.replace(at, placeholder.size(), id);
    }
  }
  return text;
}

std::string BadInputWorld::Check(const BadInput& input) const {
  const Answer answer = send_(input.method, Fill(input.uri), Fill(input.body));
  return CheckRefusal(input, answer.status_code, answer.data);
}

std::string BadInputWorld::Snapshot() const {
  std::string snapshot;
  for (const std::string uri :
       {"/v1/outdials", "/v1/outdials?deleted=true", "/v1/outdials/{outdial}",
        "/v1/outdials/{outdial}/targets", "/v1/outdials/{deleted_outdial}/targets",
        "/v1/outdialtargets/{idle}", "/v1/outdialtargets/{busy}",
        "/v1/outdialtargets/{deleted_target}", "/v1/outdialtargets/{idle}/calls",
        "/v1/outdialtargets/{busy}/calls"}) {
    snapshot += Make("GET", uri, "") + "\n";
  }
  return snapshot;
}

}  // namespace outdial::test
