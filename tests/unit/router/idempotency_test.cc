#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "outdial/memory/failure_injector.h"
#include "outdial/wire/envelope.h"
#include "router_fixture.h"
#include "support/catch.h"

namespace outdial::router {
namespace {

constexpr char kOutdials[] = "/v1/outdials";

Idempotency LookUp(const std::string& key) { return {.key = key, .look_up = true}; }
Idempotency OnlyWrite(const std::string& key) { return {.key = key, .look_up = false}; }

struct IdempotencyFixture : RouterFixture {
  std::optional<JournalEntry> Journaled(const std::string& key) {
    return services.journal.Find(key).value();
  }

  std::size_t CountOutdials() { return Ok("GET", kOutdials).size(); }
};

TEST_CASE_METHOD(IdempotencyFixture, "a request that comes again has one effect and one answer") {
  const Reply first = Send("POST", kOutdials, R"({"name":"a"})", LookUp("k"));
  CHECK(first.envelope.status_code == 200);
  // Whatever the state is by now.
  Ok("DELETE", std::string(kOutdials) + "/" +
                   wire::ParseJson(first.envelope.data)->at("id").get<std::string>());
  const Reply second = Send("POST", kOutdials, R"({"name":"a"})", LookUp("k"));
  CHECK(second.envelope == first.envelope);
  CHECK(CountOutdials() == 0);
  REQUIRE(Journaled("k").has_value());
  CHECK(Journaled("k")->reply == wire::DumpReplyEnvelope(first.envelope));
  CHECK(Journaled("k")->fingerprint.size() == 64);
}

TEST_CASE_METHOD(IdempotencyFixture, "requests that look alike have an effect each") {
  const Reply first = Send("POST", kOutdials, R"({"name":"a"})", OnlyWrite("k"));
  const Reply second = Send("POST", kOutdials, R"({"name":"a"})", OnlyWrite("k"));
  CHECK(second.envelope.status_code == 200);
  CHECK_FALSE(second.envelope == first.envelope);
  CHECK(CountOutdials() == 2);
  CHECK(Send("POST", kOutdials, R"({"name":"a"})", LookUp("k")).envelope == second.envelope);
  CHECK(CountOutdials() == 2);
}

TEST_CASE_METHOD(IdempotencyFixture, "a first delivery that ends after the second has no effect") {
  const Reply second = Send("POST", kOutdials, R"({"name":"a"})", LookUp("k"));
  CHECK(Send("POST", kOutdials, R"({"name":"a"})", OnlyWrite("k")).envelope == second.envelope);
  CHECK(CountOutdials() == 1);
}

TEST_CASE_METHOD(IdempotencyFixture,
                 "a first delivery that nobody else has had has its effect beside a look-alike's") {
  const Reply other = Send("POST", kOutdials, R"({"name":"a"})", LookUp("k"));
  int asked = 0;
  bool is_only_delivery = true;
  const Idempotency first{.key = "k", .look_up = false, .is_only_delivery = [&] {
                            ++asked;
                            return is_only_delivery;
                          }};
  SECTION("as often as one comes") {
    for (std::size_t count = 2; count < 5; ++count) {
      const Reply own = Send("POST", kOutdials, R"({"name":"a"})", first);
      CHECK(own.envelope.status_code == 200);
      CHECK_FALSE(own.envelope == other.envelope);
      CHECK(CountOutdials() == count);
      // Both are protected against being delivered again, also where one of them is acknowledged.
      CHECK(services.journal.Remove(std::vector<std::string>{"k"}).ok());
      CHECK(Send("POST", kOutdials, R"({"name":"a"})", LookUp("k")).envelope == own.envelope);
      CHECK(CountOutdials() == count);
    }
    CHECK(asked == 3);
  }
  SECTION("not where somebody else has had it") {
    is_only_delivery = false;
    CHECK(Send("POST", kOutdials, R"({"name":"a"})", first).envelope == other.envelope);
    CHECK(asked == 1);
    CHECK(CountOutdials() == 1);
  }
  SECTION("the transport is not asked where there is no entry") {
    Send("POST", kOutdials, R"({"name":"a"})",
         {{.key = "l", .look_up = false, .is_only_delivery = first.is_only_delivery}});
    CHECK(asked == 0);
  }
  SECTION("where it is delivered to somebody else after the question") {
    Reply elsewhere;
    const Idempotency lost{
        .key = "k", .look_up = false, .is_only_delivery = [&] {
          // The entry that was there expires, and the other one writes its own.
          if (++asked > 1) return false;
          CHECK(database
                    .Write([](UnitOfWork& work) {
                      return work.journal().RemoveOlderThan(absl::InfiniteFuture(), 9).status();
                    })
                    .ok());
          clock.Advance(absl::Seconds(1));
          elsewhere = Send("POST", kOutdials, R"({"name":"a"})", LookUp("k"));
          return true;
        }};
    const Reply own = Send("POST", kOutdials, R"({"name":"a"})", lost);
    CHECK(own.envelope == elsewhere.envelope);
    CHECK(asked == 2);
    CHECK(CountOutdials() == 2);
  }
  SECTION("where many look alike at the same time") {
    const Idempotency late{.key = "k", .look_up = false, .is_only_delivery = [&] {
                             clock.Advance(absl::Seconds(1));
                             interloper.before_write = [&] {
                               Send("POST", kOutdials, R"({"name":"a"})", first);
                             };
                             return true;
                           }};
    CHECK(Refusal("POST", kOutdials, R"({"name":"a"})", late) == "503 DATABASE_UNAVAILABLE");
  }
}

TEST_CASE_METHOD(IdempotencyFixture, "every changing operation is journaled with its answer") {
  const std::string outdial = Create(kOutdials, "{}");
  const std::string targets = std::string(kOutdials) + "/" + outdial + "/targets";
  const std::string destination = R"({"destination_0":{"target":"+1"}})";
  const std::string target = Create(targets, destination);
  const std::string target_uri = "/v1/outdialtargets/" + target;
  const std::string uri = std::string(kOutdials) + "/" + outdial;
  int number = 0;
  const auto twice = [&](const std::string& method, const std::string& path,
                         const std::string& body) {
    const std::string key = "k" + std::to_string(++number);
    INFO(method << " " << path);
    // Another delivery comes in between, and wins.
    wire::ReplyEnvelope winner;
    interloper.before_write = [&] { winner = Send(method, path, body, LookUp(key)).envelope; };
    const Reply first = Send(method, path, body, LookUp(key));
    CHECK(first.envelope.status_code == 200);
    CHECK(first.envelope == winner);
    CHECK(Send(method, path, body, LookUp(key)).envelope == first.envelope);
    return *wire::ParseJson(first.envelope.data);
  };
  twice("POST", kOutdials, "{}");
  CHECK(CountOutdials() == 2);
  twice("PUT", uri, R"({"name":"b"})");
  twice("PUT", uri + "/campaign_id", "{}");
  twice("PUT", uri + "/data", R"({"data":"d"})");
  twice("POST", targets, destination);
  CHECK(Ok("GET", targets).size() == 2);
  twice("POST", targets + "/import", R"({"targets":[{}, {}],"on_duplicate":"allow"})");
  CHECK(Ok("GET", targets).size() == 4);
  const wire::Json claimed = twice("POST", uri + "/claim", R"({"try_count_0":1})");
  CHECK(claimed.at(0).at("id") == target);
  CHECK(Ok("GET", uri + "/available?try_count_0=1").size() == 1);
  const std::string call = claimed.at(0).at("outdialtargetcall_id");
  twice("POST", target_uri + "/renew", R"({"lease_seconds":60})");
  twice("PUT", "/v1/outdialtargetcalls/" + call, R"({"reference_type":"call"})");
  twice("PUT", target_uri + "/status", R"({"status":"idle"})");
  twice("POST", target_uri + "/progressing", "");
  CHECK(Ok("GET", target_uri).at("try_count_0") == 2);
  twice("DELETE", target_uri, "");
  twice("DELETE", uri, "");

  std::size_t changing = 0;
  for (const Router::Operation& operation : Router::Operations()) changing += operation.changes;
  CHECK(static_cast<std::size_t>(number) == changing);
}

TEST_CASE_METHOD(IdempotencyFixture, "a key that is used again for something else is refused") {
  Send("POST", kOutdials, R"({"name":"a"})", LookUp("k"));
  CHECK(Refusal("POST", kOutdials, R"({"name":"b"})", LookUp("k")) == "409 IDEMPOTENCY_KEY_REUSED");
  CHECK(Refusal("POST", kOutdials, R"({"name":"b"})", OnlyWrite("k")) ==
        "409 IDEMPOTENCY_KEY_REUSED");
  CHECK(Refusal("POST", "/v1/outdials?", R"({"name":"a"})", LookUp("k")) ==
        "409 IDEMPOTENCY_KEY_REUSED");
  CHECK(CountOutdials() == 1);
}

TEST_CASE_METHOD(IdempotencyFixture, "the parts of a request do not run into each other") {
  const std::string outdial = Create(kOutdials, "{}");
  const std::string uri = std::string(kOutdials) + "/" + outdial;
  CHECK(Send("DELETE", uri + "?", "{}", LookUp("k")).envelope.status_code == 200);
  CHECK(Refusal("DELETE", uri + "?{}", "", LookUp("k")) == "409 IDEMPOTENCY_KEY_REUSED");
}

TEST_CASE_METHOD(IdempotencyFixture, "what reads is not journaled") {
  CHECK(Send("GET", kOutdials, "", LookUp("k")).envelope.status_code == 200);
  CHECK_FALSE(Journaled("k").has_value());
  Create(kOutdials, "{}");
  CHECK(wire::ParseJson(Send("GET", kOutdials, "", LookUp("k")).envelope.data)->size() == 1);
}

TEST_CASE_METHOD(IdempotencyFixture, "an error is not journaled") {
  CHECK(Refusal("POST", kOutdials, R"({"name":5})", LookUp("k")) == "400 WRONG_TYPE");
  CHECK(Refusal("DELETE", "/v1/outdials/99999999-9999-4999-8999-999999999999", "", LookUp("k")) ==
        "404 OUTDIAL_NOT_FOUND");
  CHECK_FALSE(Journaled("k").has_value());
  CHECK(Send("POST", kOutdials, "{}", LookUp("k")).envelope.status_code == 200);
}

TEST_CASE_METHOD(IdempotencyFixture, "a request without a key is done as often as it comes") {
  Ok("POST", kOutdials, "{}");
  Ok("POST", kOutdials, "{}");
  CHECK(CountOutdials() == 2);
}

TEST_CASE_METHOD(IdempotencyFixture,
                 "a commit whose answer was lost: the journal knows whether it was made") {
  const auto lose_commit = [&](memory::FailurePoint point) {
    failures.Fail({.call = memory::Call::kDatabaseCommit, .point = point});
  };
  const std::string before = GENERATE(as<std::string>(), "nothing", "a look-alike's entry");
  CAPTURE(before);
  std::size_t count = 0;
  if (before != "nothing") {
    Send("POST", kOutdials, R"({"name":"a"})", OnlyWrite("k"));
    ++count;
  }
  SECTION("it was") {
    lose_commit(memory::FailurePoint::kAfter);
    const Reply reply = Send("POST", kOutdials, R"({"name":"a"})", OnlyWrite("k"));
    CHECK(reply.envelope.status_code == 200);
    CHECK(CountOutdials() == ++count);
    CHECK(Send("POST", kOutdials, R"({"name":"a"})", LookUp("k")).envelope == reply.envelope);
    CHECK(CountOutdials() == count);
  }
  SECTION("it was not") {
    lose_commit(memory::FailurePoint::kBefore);
    CHECK(Refusal("POST", kOutdials, R"({"name":"a"})", OnlyWrite("k")) ==
          "503 DATABASE_UNAVAILABLE");
    CHECK(CountOutdials() == count);
  }
  SECTION("it was, and the journal cannot be read: the next delivery finds it") {
    lose_commit(memory::FailurePoint::kAfter);
    failures.Fail({.call = memory::Call::kJournalFind});
    CHECK(Refusal("POST", kOutdials, R"({"name":"a"})", OnlyWrite("k")) ==
          "503 DATABASE_UNAVAILABLE");
    CHECK(failures.pending() == 0);
    CHECK(CountOutdials() == ++count);
    CHECK(Send("POST", kOutdials, R"({"name":"a"})", LookUp("k")).envelope.status_code == 200);
    CHECK(CountOutdials() == count);
  }
}

TEST_CASE_METHOD(IdempotencyFixture,
                 "a delivery that finds the outbox full has the answer of the one that filled it") {
  memory::Database small({.outbox_limit = 1, .hook = &interloper});
  Services services_on_small(small, cache, clock, ids);
  const Router router_on_small(services_on_small, metrics);
  const Request request{.method = "POST",
                        .uri = kOutdials,
                        .body = "{}",
                        .idempotency = LookUp("k"),
                        .request_id = "r1"};
  Reply other;
  interloper.before_write = [&] { other = router_on_small.Handle(request); };
  const Reply own = router_on_small.Handle(request);
  CHECK(other.envelope.status_code == 200);
  CHECK(own.envelope == other.envelope);
}

TEST_CASE_METHOD(IdempotencyFixture,
                 "a journal that cannot be read is an error, not a second effect") {
  Send("POST", kOutdials, "{}", LookUp("k"));
  failures.Fail({.call = memory::Call::kJournalFind});
  CHECK(Refusal("POST", kOutdials, "{}", LookUp("k")) == "503 DATABASE_UNAVAILABLE");
  CHECK(CountOutdials() == 1);
}

}  // namespace
}  // namespace outdial::router
