// A stream of targets into a list that somebody has filled who knows nothing of destination keys.
#include "outdial/router/import_stream.h"

#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "contract/suite/values.h"
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
