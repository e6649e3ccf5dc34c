// A stream of targets, also into a list that somebody has filled who knows nothing of destination
// keys.
#include "outdial/router/import_stream.h"

#include <initializer_list>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "contract/suite/values.h"
#include "outdial/entities/error.h"
#include "outdial/memory/sequential_id_source.h"
#include "outdial/metrics/metrics.h"
#include "outdial/ports/cache.h"
#include "outdial/router/router.h"
#include "outdial/services/services.h"
#include "outdial/sqlite/database.h"
#include "outdial/wire/json.h"
#include "support/catch.h"
#include "support/raw_sqlite.h"
#include "support/slow_clock.h"
#include "support/temporary_directory.h"

namespace outdial::router {
namespace {

using contract::Must;

class ImportStreamTest {
 public:
  ImportStreamTest() {
    std::vector<absl::StatusOr<NewOutdialTarget>> rows;
    for (int i = 0; i < 4'600; ++i) {
      rows.emplace_back(contract::TargetWith({contract::Tel("+1" + std::to_string(i))}));
    }
    Must(services.imports.Import(list, std::move(rows), OnDuplicate::kAllow));
    test::RawSqlite raw(path);
    raw.Run("delete from outdial_destination_keys");
    raw.Run("update outdial_outdialtargets set has_keys = null");
  }

  const test::TemporaryDirectory directory;
  const std::string path = directory.Join("outdial.db");
  const std::unique_ptr<Database> database = Must(sqlite::Open({.path = path}));
  NoCache cache;
  test::SlowClock clock;
  memory::SequentialIdSource ids;
  Services services{*database, cache, clock, ids};
  metrics::Metrics metrics;
  const Router router{services, metrics};
  const OutdialId list = Must(services.outdials.Create({})).id();
  const std::string uri = "/v1/outdials/" + list.ToString() + "/targets/import";
};

TEST_CASE_METHOD(ImportStreamTest,
                 "a stream waits for the keys of its list, and gives up its turn") {
  int turns = 0;
  auto stream = Must(router.OpenImport(
      {.method = "POST",
       .uri = uri,
       .content_type = "text/csv",
       .take_turn = [&]() -> std::shared_ptr<void> { return std::make_shared<int>(++turns); }}));
  CHECK(stream->Write("destination_0\n+10\n+14599\n+2\n"));
  const wire::ReplyEnvelope reply = stream->Finish().envelope;
  CHECK(reply.status_code == 200);
  const wire::Json counts = *wire::ParseJson(reply.data);
  CHECK(counts.at("created") == 1);
  CHECK(counts.at("skipped") == 2);
  CHECK(turns > 1);
}

TEST_CASE_METHOD(ImportStreamTest, "a stream waits no longer than its transport has it wait") {
  int asked = 0;
  auto stream = Must(
      router.OpenImport({.method = "POST", .uri = uri, .content_type = "text/csv", .go_on = [&] {
                           return ++asked < 2;
                         }}));
  CHECK(stream->Write("destination_0\n+99\n"));
  const wire::ReplyEnvelope reply = stream->Finish().envelope;
  CHECK(reply.status_code == 503);
  const wire::Json error = *wire::ParseJson(reply.data);
  CHECK(error.at("reason") == "DESTINATION_KEYS_PENDING");
  CHECK(error.at("details").at(0).at("created") == 0);
  CHECK(asked == 2);
}

TEST_CASE_METHOD(ImportStreamTest, "a file is read in the charset that its type names") {
  struct Case {
    std::string content_type;
    bool is_latin1;
  };
  for (const Case& c :
       std::initializer_list<Case>{{"text/csv", false},
                                   {"text/csv; header=present", false},
                                   {"text/csv;charset=UTF-8", false},
                                   {"text/csv; charset=utf8", false},
                                   {"text/csv; header=present; Charset=\"us-ascii\"", false},
                                   {"text/csv; charset=ISO-8859-1", true},
                                   {"text/csv; charset=\"latin1\" ; header=present", true},
                                   {"text/csv; charset = windows-1252", true}}) {
    INFO(c.content_type);
    const OutdialId empty = Must(services.outdials.Create({})).id();
    auto stream =
        Must(router.OpenImport({.method = "POST",
                                .uri = "/v1/outdials/" + empty.ToString() + "/targets/import",
                                .content_type = c.content_type}));
    CHECK(stream->Write("name,destination_0\nCaf\xe9,+1\n"));
    CHECK(wire::ParseJson(stream->Finish().envelope.data)->at("created") == (c.is_latin1 ? 1 : 0));
    const auto targets = Must(services.targets.ListOldest(empty, {}, 10));
    if (c.is_latin1) CHECK(targets.at(0).fields().name.value() == "Caf\u00e9");
  }
  for (const std::string content_type :
       {"text/csv; charset=utf-16", "application/x-ndjson; charset=koi8-r", "text/csv; charset="}) {
    const auto stream =
        router.OpenImport({.method = "POST", .uri = uri, .content_type = content_type});
    REQUIRE(!stream.ok());
    CHECK(GetReason(stream.status()) == Reason::kMalformedRequest);
    CHECK(GetField(stream.status()) == "charset");
  }
}

TEST_CASE_METHOD(ImportStreamTest, "a key stands for a file in its charset") {
  const OutdialId empty = Must(services.outdials.Create({})).id();
  const auto reply_to = [&](const std::string& content_type) {
    auto stream =
        Must(router.OpenImport({.method = "POST",
                                .uri = "/v1/outdials/" + empty.ToString() + "/targets/import",
                                .content_type = content_type,
                                .idempotency = Idempotency{.key = "one"}}));
    stream->Write("name,destination_0\nAnn,+99999\n");
    return stream->Finish().envelope.status_code;
  };
  CHECK(reply_to("text/csv") == 200);
  CHECK(reply_to("text/csv; charset=utf-8") == 200);
  CHECK(reply_to("text/csv; charset=latin1") == 409);
}

TEST_CASE_METHOD(ImportStreamTest, "a request does not wait for the keys of its list") {
  const std::string body = R"({"targets":[{"destination_0":{"type":"tel","target":"+10"}}]})";
  const wire::ReplyEnvelope reply = router
                                        .Handle({.method = "POST",
                                                 .uri = uri,
                                                 .body = body,
                                                 .idempotency = std::nullopt,
                                                 .request_id = ""})
                                        .envelope;
  CHECK(reply.status_code == 503);
  CHECK(wire::ParseJson(reply.data)->at("reason") == "DESTINATION_KEYS_PENDING");
}

}  // namespace
}  // namespace outdial::router
