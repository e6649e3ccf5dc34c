// Several processes on one file, and processes that die.
#include "support/process.h"

#include <csignal>
#include <deque>
#include <fstream>
#include <map>
#include <memory>
#include <set>
#include <sstream>
#include <string>
#include <variant>
#include <vector>

#include "absl/strings/str_cat.h"
#include "integration/sqlite/sqlite_file.h"
#include "support/catch.h"
#include "support/temporary_directory.h"

namespace outdial {
namespace {

constexpr char kClient[] = OUTDIAL_BIN_DIR "/sqlite_test_client";

void Go(const std::string& path) { std::ofstream(path + ".go"); }

std::vector<std::string> Lines(const std::string& text) {
  std::vector<std::string> lines;
  std::istringstream stream(text);
  for (std::string line; std::getline(stream, line);) lines.push_back(line);
  return lines;
}

TEST_CASE("two processes that claim at once get each target once, and all of them") {
  constexpr std::size_t kTargets = 400;
  const test::TemporaryDirectory directory;
  const std::string path = directory.Join("outdial.db");
  SqliteServices sqlite({.path = path});
  const Outdial outdial = Must(sqlite.services.outdials.Create({}));
  std::set<std::string> expected;
  for (std::size_t i = 0; i < kTargets; ++i) {
    expected.insert(sqlite.CreateTarget(outdial.id()).id().ToString());
  }

  // Each takes half, so that neither can do without the other.
  const std::vector<std::string> command = {kClient, "claim", path, outdial.id().ToString(),
                                            absl::StrCat(kTargets / 2)};
  std::deque<test::Process> processes;
  for (int i = 0; i < 2; ++i) processes.emplace_back(command);
  for (test::Process& process : processes) REQUIRE(process.WaitForError("ready"));
  Go(path);
  std::vector<std::string> claimed;
  for (test::Process& process : processes) {
    REQUIRE(process.WaitForExit() == 0);
    const std::vector<std::string> lines = Lines(process.output());
    CHECK(lines.size() == kTargets / 2);
    claimed.insert(claimed.end(), lines.begin(), lines.end());
  }
  CHECK(std::set<std::string>(claimed.begin(), claimed.end()) == expected);
  CHECK(claimed.size() == kTargets);

  RawSqlite raw(path);
  CHECK(raw.Run("select count(*) from outdial_outdialtargets"
                " where status = 'progressing' and try_count_0 = 1") ==
        std::vector<std::string>{absl::StrCat(kTargets)});
  CHECK(raw.Run("select count(distinct outdial_target_id) from outdial_outdialtargetcalls"
                " where status = 'progressing'") ==
        std::vector<std::string>{absl::StrCat(kTargets)});
}

// What a target and its events must be after `changes` of created, progressing, done.
void CheckTarget(Database& database, const std::string& id, std::size_t changes,
                 const std::vector<Event>& events) {
  INFO("target " << id);
  const OutdialTargetId target_id = OutdialTargetId::Parse(id).value();
  Must(database.Read([&](const UnitOfWork& work) {
    const OutdialTarget target = Must(work.targets().Get(target_id));
    const auto calls =
        Must(work.calls().List({.outdial_target_id = target_id}, {.size = 10, .before = {}}));
    constexpr TargetStatus kStatuses[] = {TargetStatus::kIdle, TargetStatus::kProgressing,
                                          TargetStatus::kDone};
    CHECK(target.status() == kStatuses[changes - 1]);
    CHECK(target.slot(DestinationIndex()).try_count == (changes > 1 ? 1 : 0));
    CHECK(calls.size() == (changes > 1 ? 1 : 0));
    if (calls.size() == 1) CHECK(calls[0].open() == (changes == 2));
    REQUIRE(events.size() == changes);
    for (std::size_t i = 0; i < changes; ++i) {
      CHECK(std::get<OutdialTarget>(events[i].entity).status() == kStatuses[i]);
      CHECK((events[i].type == EventType::kOutdialTargetCreated) == (i == 0));
    }
    CHECK(std::get<OutdialTarget>(events.back().entity) == target);
    return absl::OkStatus();
  }));
}

// How many changes of a target are in the database: what was acknowledged, and perhaps one more
// that was committed when its process died.
std::size_t CommittedChanges(Database& database, const std::string& id) {
  std::size_t changes = 0;
  Must(database.Read([&](const UnitOfWork& work) {
    switch (Must(work.targets().Get(OutdialTargetId::Parse(id).value())).status()) {
      case TargetStatus::kIdle:
        changes = 1;
        break;
      case TargetStatus::kProgressing:
        changes = 2;
        break;
      case TargetStatus::kDone:
        changes = 3;
        break;
    }
    return absl::OkStatus();
  }));
  return changes;
}

TEST_CASE("a process that is killed while it writes leaves what it acknowledged, and no halves") {
  constexpr int kRounds = 25;
  const test::TemporaryDirectory directory;
  const std::string path = directory.Join("outdial.db");
  const auto open = [&path] { return std::make_unique<SqliteServices>(sqlite::Settings{path}); };
  auto sqlite = open();
  const std::string outdial_id = Must(sqlite->services.outdials.Create({})).id().ToString();
  sqlite = nullptr;
  Go(path);

  std::map<std::string, std::size_t> acknowledged;  // changes of each target
  for (int round = 0; round < kRounds; ++round) {
    test::Process process({kClient, "dial", path, outdial_id});
    REQUIRE(process.WaitForError(absl::StrCat("step ", 1 + 7 * round, "\n")));
    process.Signal(SIGKILL);
    REQUIRE(process.WaitForExit() == 128 + SIGKILL);
    for (const std::string& line : Lines(process.output())) {
      ++acknowledged[line.substr(line.find(' ') + 1)];
    }

    CHECK(RawSqlite(path).Run("pragma integrity_check") == std::vector<std::string>{"ok"});
    sqlite = open();
    std::map<std::string, std::vector<Event>> events;
    Must(sqlite->database->Read([&](const UnitOfWork& work) {
      for (const OutboxEntry& entry : Must(work.outbox().Peek(100'000))) {
        const auto* const target = std::get_if<OutdialTarget>(&entry.event.entity);
        if (target != nullptr) events[target->id().ToString()].push_back(entry.event);
      }
      return absl::OkStatus();
    }));
    std::size_t unacknowledged = 0;
    for (const auto& [id, changes] : events) {
      const std::size_t committed = CommittedChanges(*sqlite->database, id);
      REQUIRE(committed >= acknowledged[id]);
      unacknowledged += committed - acknowledged[id];
      CheckTarget(*sqlite->database, id, committed, changes);
      acknowledged[id] = committed;
    }
    CHECK(unacknowledged <= 1);
    CHECK(events.size() == acknowledged.size());
    CHECK(RawSqlite(path).Run("select count(*) from outdial_outdialtargets") ==
          std::vector<std::string>{absl::StrCat(acknowledged.size())});
    sqlite = nullptr;
  }
  CHECK(acknowledged.size() >= kRounds);
}

}  // namespace
}  // namespace outdial
