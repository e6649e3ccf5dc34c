// Every statement that the adapter runs finds its rows through an index.
#include <set>
#include <string>
#include <vector>

#include "integration/sqlite/sqlite_file.h"
#include "support/catch.h"
#include "support/temporary_directory.h"

namespace outdial {
namespace {

// The statements that connections run which are opened while the object lives.
class StatementRecorder {
 public:
  StatementRecorder() { sqlite3_auto_extension(kEntry); }
  ~StatementRecorder() { sqlite3_cancel_auto_extension(kEntry); }

  static std::set<std::string>& statements() {
    static std::set<std::string> statements;
    return statements;
  }

 private:
  static int Trace(unsigned /*kind*/, void* /*context*/, void* statement, void* /*text*/) {
    statements().insert(sqlite3_sql(static_cast<sqlite3_stmt*>(statement)));
    return 0;
  }
  static int Enter(sqlite3* connection, const char** /*error*/, const void* /*api*/) {
    return sqlite3_trace_v2(connection, SQLITE_TRACE_STMT, &Trace, nullptr);
  }
  // This is how SQLite declares what it calls as Enter.
  static inline void (*const kEntry)() = reinterpret_cast<void (*)()>(&Enter);
};

// Runs every operation of the repositories that the services use.
void UseEverything(SqliteServices& sqlite) {
  Services& services = sqlite.services;
  const auto customer_id = CustomerId::Parse("11111111-1111-4111-8111-111111111111").value();
  const auto campaign_id = CampaignId::Parse("22222222-2222-4222-8222-222222222222").value();
  const Outdial outdial = Must(services.outdials.Create({.customer_id = customer_id,
                                                         .campaign_id = campaign_id,
                                                         .name = {},
                                                         .detail = {},
                                                         .data = {}}));
  Must(services.outdials.UpdateBasicInfo(outdial.id(), Name(), Text()));
  const OutdialTarget target = sqlite.CreateTarget(outdial.id());
  Must(services.targets.Get(target.id()));
  Must(services.targets.Available(outdial.id(), {1, 1, 1, 1, 1}, 10));
  Must(services.targets.Progress(target.id(), DestinationIndex(), std::nullopt));
  Must(services.targets.Report(target.id(), TargetStatus::kIdle, std::nullopt));
  Must(services.progress.Get(outdial.id(), {1, 1, 1, 1, 1}));
  const auto claimed =
      Must(services.targets.Claim(outdial.id(), {2, 2, 2, 2, 2}, 10, absl::Microseconds(1)));
  REQUIRE(claimed.size() == 1);
  CHECK(Must(services.targets.ReclaimExpiredLeases(10)) == 1);
  Must(services.targets.Delete(target.id()));
  const auto call_id = claimed[0].call_id;
  Must(services.calls.Get(call_id));
  const auto activeflow_id = ActiveflowId::Parse("33333333-3333-4333-8333-333333333333").value();
  const auto reference_id = ReferenceId::Parse("44444444-4444-4444-8444-444444444444").value();
  Must(services.calls.Update(
      call_id,
      {.activeflow_id = activeflow_id, .reference_type = {}, .reference_id = reference_id}));

  for (const Page& page : {Page{.size = 1, .before = {}}, Page{.size = 1, .before = absl::Now()},
                           Page{.size = 10, .before = absl::Now()}}) {
    for (const OutdialFilter& filter :
         {OutdialFilter{}, OutdialFilter{.id = outdial.id()},
          OutdialFilter{.customer_id = customer_id}, OutdialFilter{.campaign_id = campaign_id},
          OutdialFilter{.customer_id = customer_id, .name = Name(), .deleted = true}}) {
      Must(services.outdials.List(filter, page));
    }
    Must(services.targets.List(outdial.id(), page));
    Must(services.targets.ListOldest(outdial.id(), {page.before, OutdialTargetId()}, page.size));
    Must(services.calls.ListOfTarget(target.id(), page));
    for (const OutdialTargetCallFilter& filter :
         {OutdialTargetCallFilter{.customer_id = customer_id},
          OutdialTargetCallFilter{.campaign_id = campaign_id},
          OutdialTargetCallFilter{.outdial_id = outdial.id()},
          OutdialTargetCallFilter{.activeflow_id = activeflow_id},
          OutdialTargetCallFilter{.reference_id = reference_id}}) {
      CHECK(Must(services.calls.List(filter, page)).size() >= 1);
    }
  }
  Must(sqlite.database->Write([&](UnitOfWork& work) {
    Must(work.outdials().GetForUpdate(outdial.id()));
    CHECK(Must(work.targets().RegisterKeys(outdial.id(), 10)) == 0);
    CHECK(Must(work.targets().RegisterKeysOfAny(10)) == 0);
    const auto keys = DestinationKeysOf(target);
    CHECK(Must(work.targets().FindTaken(outdial.id(), keys)).empty());
    return absl::OkStatus();
  }));
  Must(services.outdials.Delete(outdial.id()));

  Must(sqlite.database->Write([](UnitOfWork& work) {
    const JournalEntry entry{
        .key = "k", .fingerprint = "f", .reply = "r", .tm_create = absl::UnixEpoch()};
    Must(work.journal().Insert(entry));
    CHECK(Must(work.journal().Find("k")) == entry);
    CHECK(Must(work.journal().RemoveOlderThan(absl::Now(), 10)) == 1);
    Must(work.journal().Remove({"k"}));
    std::vector<std::int64_t> sequences;
    for (const OutboxEntry& event : Must(work.outbox().Peek(100))) {
      sequences.push_back(event.sequence);
    }
    return work.outbox().Remove(sequences);
  }));
}

TEST_CASE("every statement finds its rows through an index") {
  const test::TemporaryDirectory directory;
  const std::string path = directory.Join("outdial.db");
  {
    const StatementRecorder recorder;
    SqliteServices sqlite({.path = path});
    StatementRecorder::statements().clear();  // those of the migrations
    UseEverything(sqlite);
  }
  CHECK(StatementRecorder::statements().size() > 40);

  RawSqlite raw(path);
  const bool with_statistics = GENERATE(false, true);
  if (with_statistics) raw.Run("analyze");
  std::size_t explained = 0;
  for (const std::string& statement : StatementRecorder::statements()) {
    if (statement.find("outdial_") == std::string::npos) continue;  // begin, commit, …
    ++explained;
    INFO(statement);
    for (const std::string& step : raw.Run("explain query plan " + statement)) {
      INFO(step);
      const bool scans = step.rfind("SCAN", 0) == 0 && step != "SCAN CONSTANT ROW";
      CHECK_FALSE(scans);
      CHECK(step.find("TEMP B-TREE") == std::string::npos);
      CHECK(step.find("AUTOMATIC") == std::string::npos);
    }
  }
  CHECK(explained > 40);
}

}  // namespace
}  // namespace outdial
