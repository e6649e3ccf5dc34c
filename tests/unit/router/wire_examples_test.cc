#include "support/wire_examples.h"

#include <cstddef>
#include <string>
#include <variant>
#include <vector>

#include "absl/status/status.h"
#include "outdial/ports/database.h"
#include "outdial/wire/entity_json.h"
#include "outdial/wire/envelope.h"
#include "outdial/wire/json.h"
#include "router_fixture.h"
#include "support/catch.h"

namespace outdial::router {
namespace {

TEST_CASE_METHOD(RouterFixture, "the recorded dialogue gets the recorded answers and events") {
  test::WireReplay replay;
  for (const test::WireExample& example : test::WireExamples()) {
    const auto request = wire::ParseRequestEnvelope(replay.Translate(example.request));
    REQUIRE(request.ok());
    const Reply reply = router.Handle({.method = request->method,
                                       .uri = request->uri,
                                       .body = request->data,
                                       .idempotency = {},
                                       .request_id = request->request_id});
    INFO(example.request);
    CHECK(replay.Compare(example.reply, wire::DumpReplyEnvelope(reply.envelope)) == "");
  }

  std::vector<std::string> events;
  const absl::Status status = database.Read([&](const UnitOfWork& work) {
    const auto entries = work.outbox().Peek(100);
    REQUIRE(entries.ok());
    for (const OutboxEntry& entry : *entries) {
      if (!std::holds_alternative<Outdial>(entry.event.entity)) continue;
      events.push_back(wire::DumpJson(wire::ToJson(entry.event)));
    }
    return absl::OkStatus();
  });
  CHECK(status.ok());
  REQUIRE(events.size() == test::EventExamples().size());
  for (std::size_t i = 0; i < events.size(); ++i) {
    CHECK(replay.Compare(test::EventExamples()[i], events[i]) == "");
  }
}

TEST_CASE("the comparison of a replay tells right from wrong") {
  const std::string recorded =
      R"({"data":{"id":"ee393330-964f-494d-9225-898ef59a2bfb","n":1,"tm_create":"2026-11-22T15:10:13.7Z","tm_update":null}})";
  const auto compare = [&](const std::string& actual) {
    return test::WireReplay().Compare(recorded, actual).empty();
  };
  const std::string right =
      R"({"data":{"tm_create":"2026-01-15T09:30:00.000000Z","id":"abcdef01-0000-4000-8000-000000000001","n":1,"tm_update":null}})";
  CHECK(compare(right));
  const auto with = [&](const std::string& part, const std::string& other) {
    std::string text = right;
    return text.replace(text.find(part), part.size(), other);
  };
  CHECK_FALSE(compare(with("\"n\":1", "\"n\":2")));
  CHECK_FALSE(compare(with("\"n\":1", "\"n\":\"1\"")));
  CHECK_FALSE(compare(with("\"n\":1", "\"m\":1")));
  CHECK_FALSE(compare(with("\"n\":1", "\"n\":1,\"m\":1")));
  CHECK_FALSE(compare(with(".000000Z", "Z")));
  CHECK_FALSE(compare(with("null", "\"2026-01-15T09:30:00.000000Z\"")));
  CHECK_FALSE(compare("{"));

  test::WireReplay replay;
  CHECK(replay.Compare(recorded, right).empty());
  CHECK(replay.Translate("/v1/outdials/ee393330-964f-494d-9225-898ef59a2bfb/data") ==
        "/v1/outdials/abcdef01-0000-4000-8000-000000000001/data");
  CHECK_FALSE(replay.Compare(recorded, with("000000000001", "000000000002")).empty());
}

}  // namespace
}  // namespace outdial::router
