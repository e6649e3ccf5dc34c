#include "outdial/router/router.h"

#include <algorithm>
#include <cstddef>
#include <set>
#include <string>
#include <vector>

#include "outdial/entities/uuid.h"
#include "outdial/metrics/metrics.h"
#include "outdial/wire/json.h"
#include "router_fixture.h"
#include "support/catch.h"

namespace outdial::router {
namespace {

using wire::Json;

constexpr char kCustomer[] = "5e4a0680-804e-11ec-8477-2fea5968d85b";
constexpr char kCampaign[] = "6e4a0680-804e-11ec-8477-2fea5968d85b";
constexpr char kNilId[] = "00000000-0000-0000-0000-000000000000";

std::string Quoted(const std::string& text) { return "\"" + text + "\""; }

// The ids of a list, in order.
std::vector<std::string> IdsOf(const Json& list) {
  std::vector<std::string> ids;
  for (const Json& entity : list) ids.push_back(entity.at("id").get<std::string>());
  return ids;
}

using Ids = std::vector<std::string>;

// An outdial with a target that has destination_0 and destination_1.
struct DiallingFixture : RouterFixture {
  std::string outdial = Create("/v1/outdials", R"({"customer_id":")" + std::string(kCustomer) +
                                                   R"(","campaign_id":")" + kCampaign + R"("})");
  std::string target = AddTarget();
  std::string outdial_uri = "/v1/outdials/" + outdial;
  std::string target_uri = "/v1/outdialtargets/" + target;

  std::string AddTarget() {
    return Create(
        "/v1/outdials/" + outdial + "/targets",
        R"({"destination_0":{"type":"tel","target":"+1"},"destination_1":{"type":"tel","target":"+2"}})");
  }

  std::string OpenCall() {
    return Ok("GET", target_uri + "/calls").at(0).at("id").get<std::string>();
  }
};

TEST_CASE("the table holds every operation of the contract") {
  struct Row {
    std::string method, pattern, label;
    bool operator==(const Row&) const = default;
    auto operator<=>(const Row&) const = default;
  };
  const std::vector<Row> expected = {
      {"POST", "/v1/outdials", "/outdials"},
      {"GET", "/v1/outdials", "/outdials"},
      {"GET", "/v1/outdials/{id}", "/outdials/<outdial-id>"},
      {"PUT", "/v1/outdials/{id}", "/outdials/<outdial-id>"},
      {"DELETE", "/v1/outdials/{id}", "/outdials/<outdial-id>"},
      {"PUT", "/v1/outdials/{id}/campaign_id", "/outdials/<outdial-id>/campaign_id"},
      {"PUT", "/v1/outdials/{id}/data", "/outdials/<outdial-id>/data"},
      {"GET", "/v1/outdials/{id}/available", "/outdials/<outdial-id>/available"},
      {"GET", "/v1/outdials/{id}/progress", "/outdials/<outdial-id>/progress"},
      {"POST", "/v1/outdials/{id}/claim", "/outdials/<outdial-id>/claim"},
      {"POST", "/v1/outdials/{id}/targets", "/outdials/<outdial-id>/targets"},
      {"GET", "/v1/outdials/{id}/targets", "/outdials/<outdial-id>/targets"},
      {"POST", "/v1/outdials/{id}/targets/import", "/outdials/<outdial-id>/targets/import"},
      {"GET", "/v1/outdials/{id}/targets/export", "/outdials/<outdial-id>/targets/export"},
      {"GET", "/v1/outdialtargets/{id}", "/outdialtargets/<outdialtarget-id>"},
      {"DELETE", "/v1/outdialtargets/{id}", "/outdialtargets/<outdialtarget-id>"},
      {"POST", "/v1/outdialtargets/{id}/progressing",
       "/outdialtargets/<outdialtarget-id>/progressing"},
      {"POST", "/v1/outdialtargets/{id}/renew", "/outdialtargets/<outdialtarget-id>/renew"},
      {"PUT", "/v1/outdialtargets/{id}/status", "/outdialtargets/<outdialtarget-id>/status"},
      {"GET", "/v1/outdialtargets/{id}/calls", "/outdialtargets/<outdialtarget-id>/calls"},
      {"GET", "/v1/outdialtargetcalls", "/outdialtargetcalls"},
      {"GET", "/v1/outdialtargetcalls/{id}", "/outdialtargetcalls/<outdialtargetcall-id>"},
      {"PUT", "/v1/outdialtargetcalls/{id}", "/outdialtargetcalls/<outdialtargetcall-id>"},
  };
  std::set<Row> actual;
  for (const Router::Operation& operation : Router::Operations()) {
    CHECK(operation.changes == (operation.method != "GET"));
    actual.insert({std::string(operation.method), std::string(operation.pattern),
                   std::string(operation.label)});
  }
  CHECK(actual == std::set<Row>(expected.begin(), expected.end()));
  CHECK(Router::Operations().size() == expected.size());
}

TEST_CASE_METHOD(RouterFixture, "a reply holds no more than it may") {
  const std::string text(65'000, 'x');
  const std::string body = R"({"detail":")" + text + R"(","data":")" + text + R"("})";
  const std::string outdial = Create("/v1/outdials", body);
  const std::string outdial_uri = "/v1/outdials/" + outdial;
  constexpr std::size_t kMany = 70;
  for (std::size_t i = 1; i < kMany; ++i) Create("/v1/outdials", body);
  for (std::size_t i = 0; i < kMany; ++i) {
    Create(outdial_uri + "/targets", R"({"destination_0":{"type":"sip","target":")" + text +
                                         R"(","detail":")" + text + R"("}})");
  }
  // As many as there may be, and as many as come then.
  const std::size_t some =
      Ok("POST", outdial_uri + "/claim", R"({"limit":100,"try_count_0":1})").size();
  CHECK(some > kMany / 2);
  CHECK(Ok("GET", outdial_uri + "/available?limit=100&try_count_0=1").size() == kMany - some);
  CHECK(Ok("GET", outdial_uri + "/available?limit=100&try_count_0=1").size() < kMany);
  Ok("POST", outdial_uri + "/claim", R"({"limit":100,"try_count_0":1})");
  for (const std::string& list : {std::string("/v1/outdials"), outdial_uri + "/targets",
                                  "/v1/outdialtargetcalls?outdial_id=" + outdial}) {
    INFO(list);
    const Reply reply = Send("GET", list);
    CHECK(reply.envelope.status_code == 429);
    const Json error = *wire::ParseJson(reply.envelope.data);
    CHECK(error.at("status") == "RESOURCE_EXHAUSTED");
    CHECK(error.at("reason") == "REPLY_TOO_LARGE");
    CHECK(error.at("message") ==
          "The reply would be larger than 8 MiB: ask for fewer with page_size.");
    CHECK(error.at("details").at(0).at("field") == "page_size");
    const std::string separator = list.find('?') == std::string::npos ? "?" : "&";
    CHECK(Ok("GET", list + separator + "page_size=60").size() == 60);
  }
}

TEST_CASE_METHOD(RouterFixture, "targets are imported, and each row that is not is named") {
  const std::string targets = "/v1/outdials/" + Create("/v1/outdials", "{}") + "/targets";
  const auto tel = [](const std::string& number) {
    return R"({"destination_0":{"type":"tel","target":")" + number + R"("}})";
  };
  const std::string rows = R"({"targets":[)" + tel("(212) 555-0123") + "," +
                           tel("+1 212.555.0123") + R"(,{"name":"Ann","unknown":1},{"name":1},7,)" +
                           tel("none") + R"(,{"destination_1":{"type":"sip","target":"sip:a"}}])";
  const wire::Json imported = Ok("POST", targets + "/import", rows + R"(,"region":"US"})");
  const std::string first = Ok("GET", targets).at(2).at("id");
  CHECK(wire::DumpJson(imported) ==
        R"({"created":3,"skipped":1,"refused":3,"rows":[)"
        R"({"index":1,"result":"skipped","reason":"DUPLICATE_DESTINATION","message":)"
        R"("The outdial has a target with one of these destinations already.",)"
        R"("outdialtarget_id":")" +
            first +
            R"("},{"index":3,"result":"refused","reason":"WRONG_TYPE","message":)"
            R"("The field name must be a string.","field":"name"},)"
            R"({"index":4,"result":"refused","reason":"WRONG_TYPE","message":)"
            R"("A target must be a JSON object."},)"
            R"({"index":5,"result":"refused","reason":"INVALID_PHONE_NUMBER","message":)"
            R"("This is not a telephone number.","field":"destination_0.target"}]})");
  CHECK(Ok("GET", targets).at(2).at("destination_0").at("target") == "+12125550123");

  // The query says it too; the body wins; without a region numbers are kept as they are.
  CHECK(Ok("POST", targets + "/import?region=US", rows + "}").at("created") == 0);
  CHECK(Ok("POST", targets + "/import?region=US", rows + R"(,"region":""})").at("created") == 2);
  const wire::Json refused = Ok("POST", targets + "/import?on_duplicate=refuse", rows + "}");
  CHECK(refused.at("refused") == 7);
  CHECK(Ok("POST", targets + "/import?on_duplicate=refuse", rows + R"(,"on_duplicate":"allow"})")
            .at("created") == 5);
  std::string many = R"({"targets":[1)";
  for (int i = 0; i < 50'000; ++i) many += ",1";
  CHECK(Refusal("POST", targets + "/import", many + "]}") == "429 BODY_TOO_LARGE");
}

TEST_CASE_METHOD(RouterFixture, "every operation is measured under its label") {
  for (const Router::Operation& operation : Router::Operations()) {
    std::string uri(operation.pattern);
    if (const auto at = uri.find("{id}"); at != std::string::npos) {
      uri.replace(at, 4, "99999999-9999-4999-8999-999999999999");
    }
    Send(std::string(operation.method), uri);
  }
  Send("GET", "/favicon.ico");
  const std::string text = metrics.Expose();
  std::set<std::string> labels = {std::string(metrics::kRouteNotFound)};
  for (const Router::Operation& operation : Router::Operations()) {
    labels.insert(std::string(operation.label));
  }
  for (const std::string& label : labels) {
    INFO(label);
    CHECK(text.find("type=" + Quoted(label)) != std::string::npos);
  }
}

TEST_CASE_METHOD(RouterFixture, "an outdial is created, read, changed and deleted") {
  const Json created =
      Ok("POST", "/v1/outdials",
         R"({"customer_id":"5E4A0680-804E-11EC-8477-2FEA5968D85B","campaign_id":")" +
             std::string(kCampaign) +
             R"(","name":"spring","detail":"d","data":"{\"k\": 1}","colour":"red"})");
  const std::string id = created.at("id");
  CHECK(created.at("customer_id") == kCustomer);
  CHECK(created.at("campaign_id") == kCampaign);
  CHECK(created.at("data") == R"({"k": 1})");
  CHECK(created.at("tm_update") == nullptr);

  CHECK(Ok("GET", "/v1/outdials/" + id) == created);
  std::string capitals = id;
  std::transform(id.begin(), id.end(), capitals.begin(),
                 [](unsigned char c) { return static_cast<char>(std::toupper(c)); });
  CHECK(Ok("GET", "/v1/outdials/" + capitals) == created);

  const Json renamed = Ok("PUT", "/v1/outdials/" + id, R"({"name":"summer"})");
  CHECK(renamed.at("name") == "summer");
  CHECK(renamed.at("detail") == "");
  CHECK(renamed.at("data") == R"({"k": 1})");
  CHECK(renamed.at("tm_update").is_string());

  CHECK(Ok("PUT", "/v1/outdials/" + id + "/campaign_id", R"({"campaign_id":null})")
            .at("campaign_id") == kNilId);
  CHECK(Ok("PUT", "/v1/outdials/" + id + "/data", R"({"data":"plain"})").at("data") == "plain");
  CHECK(Ok("PUT", "/v1/outdials/" + id + "/data", "{}").at("data") == "");

  const Json deleted = Ok("DELETE", "/v1/outdials/" + id);
  CHECK(deleted.at("tm_delete").is_string());
  CHECK(Ok("DELETE", "/v1/outdials/" + id, "null") == deleted);
  CHECK(Ok("GET", "/v1/outdials/" + id) == deleted);
}

TEST_CASE_METHOD(RouterFixture, "an outdial may be made of nothing") {
  const Json created = Ok("POST", "/v1/outdials", R"({"name":null,"customer_id":null})");
  CHECK(created.at("name") == "");
  CHECK(created.at("customer_id") == kNilId);
}

TEST_CASE_METHOD(RouterFixture, "outdials are listed by filters from the query and the body") {
  const auto create = [this](const std::string& customer, const std::string& name,
                             const std::string& detail) {
    return Create("/v1/outdials", R"({"customer_id":")" + customer + R"(","name":")" + name +
                                      R"(","detail":")" + detail + R"("})");
  };
  const std::string a = create(kCustomer, "a", "x");
  const std::string b = create(kCustomer, "b & c = d", "x");
  const std::string c = create(kCampaign, "a", "");
  const std::string gone = create(kCustomer, "a", "x");
  Ok("DELETE", "/v1/outdials/" + gone);
  const std::string customer(kCustomer);

  const auto list = [this](const std::string& query, const std::string& body = "") {
    return IdsOf(Ok("GET", "/v1/outdials" + query, body));
  };
  CHECK(list("") == Ids{c, b, a});
  CHECK(list("?") == Ids{c, b, a});
  CHECK(list("?&&") == Ids{c, b, a});
  CHECK(list("?customer_id=" + customer) == Ids{b, a});
  CHECK(list("?customer_id=5E4A0680-804E-11EC-8477-2FEA5968D85B") == Ids{b, a});
  CHECK(list("", R"({"customer_id":")" + customer + R"("})") == Ids{b, a});
  CHECK(list("?page_token=&page_size=10",
             R"({"customer_id":")" + customer + R"(","deleted":false})") == Ids{b, a});
  CHECK(list("?id=" + a) == Ids{a});
  CHECK(list("?campaign_id=" + std::string(kNilId)) == Ids{c, b, a});
  CHECK(list("?name=b+%26%20c+%3D+d") == Ids{b});
  CHECK(list("?n%61me=%61") == Ids{c, a});
  CHECK(list("?name=A").empty());
  CHECK(list("?data=", R"({"data":""})") == Ids{c, b, a});
  CHECK(list("?detail=x", R"({"name":"a"})") == Ids{a});
  CHECK(list("", R"({"detail":""})") == Ids{c});

  // The body wins; null in it is nothing, and neither is an empty value of the query.
  CHECK(list("?name=a", R"({"name":"b & c = d"})") == Ids{b});
  CHECK(list("?name=a", R"({"name":null})") == Ids{c, a});
  CHECK(list("?name=&detail=") == Ids{c, b, a});
  CHECK(list("?page_size=junk", R"({"page_size":1})") == Ids{c});

  for (const std::string body : {R"({"deleted":true})", R"({"deleted":"true"})"}) {
    CHECK(list("", body) == Ids{gone});
    CHECK(list("?deleted=false", body) == Ids{gone});
  }
  CHECK(list("?deleted=true") == Ids{gone});
  CHECK(list("?deleted=false") == Ids{c, b, a});
  CHECK(list("", R"({"deleted":"false"})") == Ids{c, b, a});
}

TEST_CASE_METHOD(RouterFixture, "lists come in pages") {
  std::vector<std::string> ids;
  for (int i = 0; i < 1003; ++i) ids.insert(ids.begin(), Create("/v1/outdials", "{}"));
  const auto size = [this](const std::string& query, const std::string& body = "") {
    return Ok("GET", "/v1/outdials" + query, body).size();
  };
  CHECK(size("") == 100);
  CHECK(size("?page_size=0") == 100);
  CHECK(size("?page_size=") == 100);
  CHECK(size("", R"({"page_size":0})") == 100);
  CHECK(size("?page_size=7") == 7);
  CHECK(size("?page_size=007") == 7);
  CHECK(size("?page_size=1001") == 1000);
  CHECK(size("?page_size=9223372036854775807") == 1000);
  CHECK(size("", R"({"page_size":9223372036854775807})") == 1000);

  Ids walked;
  std::string token;
  while (true) {
    const Json page = Ok("GET", "/v1/outdials?page_size=400&page_token=" + token);
    if (page.empty()) break;
    for (const std::string& id : IdsOf(page)) walked.push_back(id);
    token = page.back().at("tm_create");
  }
  CHECK(walked == ids);

  // Every layout of a token, in the body too.
  const Json last = Ok("GET", "/v1/outdials?page_size=1000").back();
  std::string time = last.at("tm_create");
  time.pop_back();
  std::string spaced = time;
  spaced.replace(spaced.find('T'), 1, "+");
  CHECK(size("?page_token=" + time) == 3);
  CHECK(size("?page_token=" + time + "000Z") == 3);
  CHECK(size("?page_token=" + spaced) == 3);
  CHECK(size("", R"({"page_token":")" + time + R"("})") == 3);
  CHECK(size("?page_token=9999-12-31T23:59:59Z") == 100);
  CHECK(size("?page_token=2000-01-01 00:00:00") == 0);
}

TEST_CASE_METHOD(RouterFixture, "a target is created with its destinations") {
  const std::string outdial = Create("/v1/outdials", "{}");
  const Json target = Ok(
      "POST", "/v1/outdials/" + outdial + "/targets",
      R"({"name":"Ann","destination_0":{"type":"tel","target":"+1","colour":{}},"destination_1":{},"destination_2":{"name":"n"},"destination_3":{"type":""},"status":"done","try_count_0":9})");
  CHECK(target.at("outdial_id") == outdial);
  CHECK(target.at("status") == "idle");
  CHECK(target.at("destination_0").dump() == R"({"type":"tel","target":"+1"})");
  CHECK(target.at("destination_1") == nullptr);
  CHECK(target.at("destination_2").dump() == R"({"name":"n"})");
  CHECK(target.at("destination_3") == nullptr);
  CHECK(target.at("destination_4") == nullptr);
  CHECK(target.at("try_count_0") == 0);
  CHECK(target.at("tm_update") == target.at("tm_create"));

  const std::string id = target.at("id");
  CHECK(Ok("GET", "/v1/outdialtargets/" + id) == target);
  CHECK(Ok("GET", "/v1/outdials/" + outdial + "/targets?page_size=5&colour=red") ==
        Json::array({target}));
  const Json deleted = Ok("DELETE", "/v1/outdialtargets/" + id);
  CHECK(deleted.at("tm_delete").is_string());
  CHECK(Ok("GET", "/v1/outdialtargets/" + id) == deleted);
  CHECK(Ok("GET", "/v1/outdials/" + outdial + "/targets").empty());
}

TEST_CASE_METHOD(DiallingFixture,
                 "what is available depends on numbers from the query and the body") {
  const std::string second = AddTarget();
  const std::string uri = outdial_uri + "/available";
  const auto available = [&](const std::string& query, const std::string& body = "") {
    return IdsOf(Ok("GET", uri + query, body));
  };
  CHECK(available("").empty());
  CHECK(available("?try_count_0=1&try_count_1=0&limit=1") == Ids{target});
  CHECK(available("?try_count_0=1") == Ids{target, second});
  CHECK(available("", R"({"try_count_0":1,"limit":1})") == Ids{target});
  CHECK(available("?try_count_1=9223372036854775807&limit=0") == Ids{target, second});
  CHECK(available("?try_count_1=-9223372036854775808").empty());
  CHECK(available("?try_count_2=1").empty());
  CHECK(available("?try_count_0=1&limit=2", R"({"limit":1})") == Ids{target});
  CHECK(available("?try_count_0=1&limit=1", R"({"limit":null})") == Ids{target});
  CHECK(available("?try_count_0=1", R"({"try_count_0":-1})").empty());
  CHECK(available("?try_count_0=&try_count_1=1&limit=&colour=1") == Ids{target, second});

  for (int i = 0; i < 100; ++i) AddTarget();
  CHECK(available("?try_count_0=1").size() == 100);
  CHECK(available("?try_count_0=1&limit=101").size() == 101);
  CHECK(available("?try_count_0=1&limit=5000").size() == 102);
}

TEST_CASE_METHOD(DiallingFixture, "a target is dialled and reported on") {
  const Json progressing = Ok("POST", target_uri + "/progressing", R"({"destination_index":1})");
  CHECK(progressing.at("status") == "progressing");
  CHECK(progressing.at("try_count_0") == 0);
  CHECK(progressing.at("try_count_1") == 1);

  const Json call = Ok("GET", target_uri + "/calls").at(0);
  CHECK(call.at("customer_id") == kCustomer);
  CHECK(call.at("campaign_id") == kCampaign);
  CHECK(call.at("outdial_id") == outdial);
  CHECK(call.at("outdial_target_id") == target);
  CHECK(call.at("status") == "progressing");
  CHECK(call.at("destination_index") == 1);
  CHECK(call.at("try_count") == 1);

  const Json done = Ok("PUT", target_uri + "/status", R"({"status":"done"})");
  CHECK(done.at("status") == "done");
  CHECK(Ok("GET", target_uri + "/calls").at(0).at("status") == "done");
  CHECK(Ok("PUT", target_uri + "/status", R"({"status":"idle"})").at("status") == "idle");

  // No body: destination 0.
  for (const std::string body : {"", "null", "{}", R"({"destination_index":null})"}) {
    CHECK(Ok("POST", target_uri + "/progressing", body).at("status") == "progressing");
    Ok("PUT", target_uri + "/status", R"({"status":"idle"})");
  }
  CHECK(Ok("GET", target_uri).at("try_count_0") == 4);
  CHECK(Ok("GET", target_uri + "/calls?page_size=2").size() == 2);
}

TEST_CASE_METHOD(DiallingFixture, "a report may name its call") {
  Ok("POST", target_uri + "/progressing");
  const std::string call = OpenCall();
  CHECK(Ok("PUT", target_uri + "/status",
           R"({"status":"idle","outdialtargetcall_id":")" + call + R"("})")
            .at("status") == "idle");
  Ok("POST", target_uri + "/progressing");
  const std::string report = R"({"status":"idle","outdialtargetcall_id":")" + call + R"("})";
  CHECK(Refusal("PUT", target_uri + "/status", report) == "409 OUTDIAL_TARGET_CALL_NOT_OPEN");
  // An id that is not set names no call.
  for (const std::string none : {"null", "\"00000000-0000-0000-0000-000000000000\""}) {
    Ok("POST", target_uri + "/renew", R"({"outdialtargetcall_id":)" + none + "}");
    Ok("PUT", target_uri + "/status", R"({"status":"idle","outdialtargetcall_id":)" + none + "}");
    Ok("POST", target_uri + "/progressing");
  }
}

TEST_CASE_METHOD(DiallingFixture, "targets are claimed") {
  const std::string second = AddTarget();
  const std::string third = AddTarget();
  const std::string uri = outdial_uri + "/claim";
  CHECK(Ok("POST", uri).empty());

  const Json one = Ok("POST", uri, R"({"try_count_1":1,"lease_seconds":60})");
  REQUIRE(one.size() == 1);
  const Json& claimed = one.at(0);
  CHECK(claimed.at("id") == target);
  CHECK(claimed.at("status") == "progressing");
  CHECK(claimed.at("destination_index") == 1);
  CHECK(claimed.at("try_count_1") == 1);
  CHECK(claimed.at("outdialtargetcall_id") == OpenCall());
  CHECK(claimed.at("lease_until") == "2026-01-15T09:31:00.000000Z");

  const Json rest = Ok("POST", uri + "?try_count_0=1&limit=5&lease_seconds=0");
  CHECK(IdsOf(rest) == Ids{second, third});
  CHECK(rest.at(0).at("destination_index") == 0);
  CHECK(rest.at(0).at("lease_until") == nullptr);
  CHECK(Ok("POST", uri, R"({"try_count_0":9})").empty());
}

TEST_CASE_METHOD(DiallingFixture, "a limit of 0 claims one") {
  AddTarget();
  CHECK(Ok("POST", outdial_uri + "/claim", R"({"try_count_0":1,"limit":0})").size() == 1);
}

TEST_CASE_METHOD(DiallingFixture, "a lease is asked for, renewed and runs out") {
  Ok("POST", target_uri + "/progressing", R"({"lease_seconds":60})");
  clock.Advance(absl::Seconds(50));
  CHECK(Ok("POST", target_uri + "/renew", R"({"lease_seconds":60})").at("status") == "progressing");
  clock.Advance(absl::Seconds(50));
  CHECK(services.targets.ReclaimExpiredLeases(10).value() == 0);
  clock.Advance(absl::Seconds(11));
  CHECK(services.targets.ReclaimExpiredLeases(10).value() == 1);
  CHECK(Ok("GET", target_uri).at("status") == "idle");

  // Without a lease of its own a request gets the default, which is none here.
  Ok("POST", target_uri + "/progressing");
  Ok("POST", target_uri + "/renew");
  clock.Advance(absl::Hours(1000));
  CHECK(services.targets.ReclaimExpiredLeases(10).value() == 0);
}

TEST_CASE_METHOD(DiallingFixture, "a call is read, changed and found by each of its ids") {
  Ok("POST", target_uri + "/progressing");
  const std::string uri = "/v1/outdialtargetcalls/" + OpenCall();
  const std::string flow = "00000000-0000-4000-8000-0000000000f1";
  const std::string reference = "00000000-0000-4000-8000-0000000000f2";

  Json call = Ok("PUT", uri, R"({"activeflow_id":")" + flow + R"("})");
  CHECK(call.at("activeflow_id") == flow);
  CHECK(call.at("reference_type") == "none");
  call = Ok("PUT", uri,
            R"({"reference_type":"call","reference_id":")" + reference +
                R"(","activeflow_id":null,"status":"done"})");
  CHECK(call.at("activeflow_id") == flow);
  CHECK(call.at("reference_type") == "call");
  CHECK(call.at("reference_id") == reference);
  CHECK(call.at("status") == "progressing");
  CHECK(Ok("GET", uri) == call);

  const Json all = Json::array({call});
  const std::string list = "/v1/outdialtargetcalls";
  for (const std::string& filter :
       {"activeflow_id=" + flow, "reference_id=" + reference, "outdial_id=" + outdial,
        "campaign_id=" + std::string(kCampaign), "customer_id=" + std::string(kCustomer)}) {
    INFO(filter);
    CHECK(Ok("GET", list + "?page_size=10&" + filter) == all);
    const std::size_t equals = filter.find('=');
    const std::string body =
        "{" + Quoted(filter.substr(0, equals)) + ":" + Quoted(filter.substr(equals + 1)) + "}";
    CHECK(Ok("GET", list, body) == all);
    CHECK(Ok("GET", list + "?" + filter.substr(0, equals + 1) + kNilId).empty());
    CHECK(Ok("GET", list + "?" + filter.substr(0, equals + 1) + kNilId, body) == all);
  }
  CHECK(Ok("PUT", uri,
           R"({"reference_type":"none","activeflow_id":")" + std::string(kNilId) + R"("})")
            .at("activeflow_id") == kNilId);
}

TEST_CASE_METHOD(RouterFixture, "a known path names the methods that it takes") {
  const Reply reply = Send("PATCH", "/v1/outdials/x");
  CHECK(reply.envelope.status_code == 405);
  CHECK(reply.allowed_methods == std::vector<std::string_view>{"GET", "PUT", "DELETE"});
  CHECK(Send("GET", "/v1/outdials").allowed_methods.empty());
  CHECK(Send("GET", "/nothing").allowed_methods.empty());
  CHECK(Refusal("", "/v1/outdials") == "405 METHOD_NOT_ALLOWED");
  CHECK(Refusal("get", "/v1/outdials") == "405 METHOD_NOT_ALLOWED");
}

TEST_CASE_METHOD(RouterFixture, "a path is matched as a whole, whatever its bytes") {
  for (const std::string& uri :
       {std::string(), std::string("?"), std::string("v1/outdials"), std::string("/v1/outdials\n"),
        std::string("/v1/outdials\0", 13), std::string("\xff\xfe"), std::string(100'000, '/')}) {
    CHECK(Refusal("GET", uri) == "404 URI_NOT_FOUND");
  }
  CHECK(Refusal("GET", "/v1/outdials/\xff\n") == "400 INVALID_UUID");
}

TEST_CASE_METHOD(RouterFixture, "the size of a body comes first, then the URI, then the body") {
  const std::string at_limit(kMaxBodyBytes, ' ');
  CHECK(Refusal("POST", "/v1/outdials", at_limit) == "400 BODY_NOT_JSON");
  CHECK(Refusal("POST", "/nothing", at_limit + " ") == "429 BODY_TOO_LARGE");
  CHECK(Refusal("POST", "/nothing", "{") == "404 URI_NOT_FOUND");
  CHECK(Refusal("PATCH", "/v1/outdials", "{") == "405 METHOD_NOT_ALLOWED");
  CHECK(Refusal("PUT", "/v1/outdials/x", "{") == "400 INVALID_UUID");
  const std::string data(65'535, 'a');
  const Json big = Ok("POST", "/v1/outdials", R"({"data":")" + data + R"("})");
  CHECK(big.at("data") == data);
}

TEST_CASE_METHOD(RouterFixture, "a query is of no account where an operation takes none") {
  const std::string outdial = Create("/v1/outdials?name=%zz", R"({"name":"a"})");
  CHECK(Ok("GET", "/v1/outdials/" + outdial + "?a=1&a=2").at("name") == "a");
}

TEST_CASE_METHOD(RouterFixture, "a database that is away is 503") {
  failures.Fail({.call = memory::Call::kDatabaseRead, .times = 1});
  CHECK(Refusal("GET", "/v1/outdials") == "503 DATABASE_UNAVAILABLE");
  failures.Fail({.call = memory::Call::kDatabaseWrite, .times = 1});
  CHECK(Refusal("POST", "/v1/outdials", "{}") == "503 DATABASE_UNAVAILABLE");
  CHECK(Ok("GET", "/v1/outdials").empty());
}

TEST_CASE_METHOD(RouterFixture, "an error from inside is 500 and says nothing") {
  failures.Fail({.call = memory::Call::kOutdialsList,
                 .status = absl::UnknownError("select secret from db.example.com")});
  const Reply reply = Send("GET", "/v1/outdials");
  CHECK(reply.envelope.status_code == 500);
  CHECK(reply.envelope.data.find("secret") == std::string::npos);
}

// Throws where memory would run out.
class ThrowingIdSource final : public IdSource {
 public:
  Uuid NewUuid() override { throw std::bad_alloc(); }
};

TEST_CASE_METHOD(RouterFixture, "an exception is 500 and does not escape") {
  ThrowingIdSource throwing;
  Services broken(database, cache, clock, throwing);
  metrics::Metrics broken_metrics;
  Router broken_router(broken, broken_metrics);
  const Reply reply = broken_router.Handle(
      {.method = "POST", .uri = "/v1/outdials", .body = "{}", .idempotency = {}, .request_id = ""});
  CHECK(reply.envelope.status_code == 500);
  CHECK(reply.envelope.data_type == wire::kErrorDataType);
  CHECK(broken_metrics.Expose().find("type=\"/outdials\"") != std::string::npos);
}

TEST_CASE_METHOD(DiallingFixture,
                 "how far the dialling is, by numbers from the query and the body") {
  const std::string uri = outdial_uri + "/progress";
  const Json progress = Ok("GET", uri + "?try_count_0=1");
  CHECK(wire::DumpJson(progress) ==
        R"({"outdial_id":")" + outdial_uri.substr(outdial_uri.rfind('/') + 1) +
            R"(","targets":{"idle":1,"progressing":0,"done":0},"dialable":1,"exhausted":0,)"
            R"("calls":{"open":0,"made":0},"tries":[0,0,0,0,0],"tm_first_call":null,)"
            R"("tm_last_call":null,"tm_count":)" +
            wire::DumpJson(progress.at("tm_count")) + "}");
  CHECK(Ok("GET", uri).at("exhausted") == 1);
  CHECK(Ok("GET", uri + "?try_count_0=0&try_count_1=1").at("dialable") == 1);
  CHECK(Ok("GET", uri + "?try_count_0=1", R"({"try_count_0":-1})").at("dialable") == 0);
  CHECK(Ok("GET", uri, R"({"try_count_0":1})").at("dialable") == 1);
}

}  // namespace
}  // namespace outdial::router
