// The file itself: where it may be, who may read it, and what happens when it cannot be used.
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <future>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "integration/sqlite/sqlite_file.h"
#include "support/catch.h"
#include "support/temporary_directory.h"

namespace outdial {
namespace {

// Nobody in particular, while it lives: root may do what file modes forbid.
class WithoutPrivileges {
 public:
  WithoutPrivileges() {
    if (::geteuid() == 0 && ::seteuid(65534) != 0) throw std::runtime_error("seteuid");
  }
  ~WithoutPrivileges() {
    if (::geteuid() != ::getuid() && ::seteuid(::getuid()) != 0) std::abort();
  }
};

mode_t Mode(const std::string& path) {
  struct stat status {};
  REQUIRE(::stat(path.c_str(), &status) == 0);
  return status.st_mode & 0777;
}

void CheckUnavailable(const sqlite::Settings& settings, const std::string& message) {
  const absl::Status status = sqlite::Open(settings).status();
  CHECK(Outcome(status) == "DATABASE_UNAVAILABLE");
  CHECK(std::string(status.message()) == message);
}

absl::Status CreateOutdial(SqliteServices& sqlite) {
  return sqlite.services.outdials.Create({}).status();
}

TEST_CASE("only its owner may read a new file and those beside it, whatever the umask") {
  const test::TemporaryDirectory directory;
  const std::string path = directory.Join("outdial.db");
  const mode_t umask_before = ::umask(0);
  SqliteServices sqlite({.path = path});
  Must(CreateOutdial(sqlite));
  ::umask(umask_before);
  for (const char* suffix : {"", "-wal", "-shm"}) {
    INFO(suffix);
    CHECK(Mode(path + suffix) == 0600);
  }
}

TEST_CASE("a path may hold what SOCI and SQLite give a meaning to") {
  const test::TemporaryDirectory directory;
  for (const char* name : {"a=b", "a = b c", "a b", "\"quoted\"", "a'b", "file:a?mode=memory"}) {
    INFO(name);
    const std::string path = directory.Join(name);
    SqliteServices sqlite({.path = path});
    Must(CreateOutdial(sqlite));
    CHECK(std::filesystem::file_size(path) > 0);
  }
  std::filesystem::current_path(directory.path());
  Must(sqlite::Open({.path = "file:relative"}).status());
  CHECK(std::filesystem::exists(directory.Join("file:relative")));
  std::filesystem::current_path("/");

  for (const char* name : {"", "a=\"b\""}) {
    INFO(name);
    CHECK(Outcome(sqlite::Open({.path = name}).status()) == "INTERNAL");
  }
}

TEST_CASE("a file that cannot be opened or written is an error that says so") {
  const test::TemporaryDirectory directory;
  CheckUnavailable({.path = directory.Join("missing/outdial.db")},
                   "The database file cannot be created: its folder is missing or may not be "
                   "written.");
  CheckUnavailable({.path = directory.path().string()},
                   "The path of the database is that of a folder.");

  const std::string path = directory.Join("outdial.db");
  Must(sqlite::Migrate({.path = path}));
  REQUIRE(::chmod(directory.path().c_str(), 0555) == 0);
  REQUIRE(::chmod(path.c_str(), 0444) == 0);
  {
    const WithoutPrivileges nobody;
    CheckUnavailable({.path = path}, "The database file may not be read and written.");
    CheckUnavailable({.path = directory.Join("new.db")},
                     "The database file cannot be created: its folder is missing or may not be "
                     "written.");
  }
  // A file that may be written in a folder that may not: SQLite cannot keep its log beside it.
  REQUIRE(::chmod(path.c_str(), 0666) == 0);
  {
    const WithoutPrivileges nobody;
    CHECK(Outcome(sqlite::Open({.path = path}).status()) == "DATABASE_UNAVAILABLE");
  }
  REQUIRE(::chmod(directory.path().c_str(), 0755) == 0);
}

TEST_CASE("a file that is not a database is an error, and is left alone") {
  const test::TemporaryDirectory directory;
  const std::string path = directory.Join("outdial.db");
  const std::string text(4096, 'x');
  std::ofstream(path) << text;
  const absl::Status status = sqlite::Open({.path = path}).status();
  CHECK(Outcome(status) == "INTERNAL");
  CHECK(std::string(status.message()) == "The file is not a database.");
  std::ifstream file(path);
  CHECK(std::string(std::istreambuf_iterator<char>(file), {}) == text);
}

TEST_CASE("a writer elsewhere makes changes unavailable after the timeout, reads go on") {
  const test::TemporaryDirectory directory;
  const std::string path = directory.Join("outdial.db");
  SqliteServices sqlite({.path = path, .busy_timeout = absl::Milliseconds(50)});
  const Outdial outdial = Must(sqlite.services.outdials.Create({}));
  RawSqlite other(path);
  other.Run("begin immediate");
  const absl::Status status = CreateOutdial(sqlite);
  CHECK(Outcome(status) == "DATABASE_UNAVAILABLE");
  CHECK(std::string(status.message()) == "The database is busy.");
  CHECK(Must(sqlite.services.outdials.Get(outdial.id())) == outdial);
  CHECK(Outcome(sqlite.database->Ping()) == "OK");
  other.Run("rollback");
  CHECK(Outcome(CreateOutdial(sqlite)) == "OK");
}

// The adapter's connections, as they are opened while the object lives.
class ConnectionCatcher {
 public:
  ConnectionCatcher() { sqlite3_auto_extension(kEntry); }
  ~ConnectionCatcher() { sqlite3_cancel_auto_extension(kEntry); }

  static std::vector<sqlite3*>& connections() {
    static std::vector<sqlite3*> connections;
    return connections;
  }

 private:
  static int Enter(sqlite3* connection, const char** /*error*/, const void* /*api*/) {
    connections().push_back(connection);
    return 0;
  }
  // This is how SQLite declares what it calls as Enter.
  static inline void (*const kEntry)() = reinterpret_cast<void (*)()>(&Enter);
};

TEST_CASE("a commit waits for the disk where that is asked for, and only there") {
  const test::TemporaryDirectory directory;
  const ConnectionCatcher catcher;
  for (const bool sync_each_commit : {false, true}) {
    ConnectionCatcher::connections().clear();
    const auto database = Must(
        sqlite::Open({.path = directory.Join("outdial.db"), .sync_each_commit = sync_each_commit}));
    sqlite3_stmt* statement = nullptr;
    REQUIRE(sqlite3_prepare_v2(ConnectionCatcher::connections().at(0), "pragma synchronous", -1,
                               &statement, nullptr) == SQLITE_OK);
    REQUIRE(sqlite3_step(statement) == SQLITE_ROW);
    CHECK(sqlite3_column_int(statement, 0) == (sync_each_commit ? 2 : 1));  // full, normal
    sqlite3_finalize(statement);
  }
}

TEST_CASE("where there is no space left nothing is half written, and it goes on when there is") {
  const bool in_memory = GENERATE(false, true);
  const test::TemporaryDirectory directory;
  const ConnectionCatcher catcher;
  ConnectionCatcher::connections().clear();
  SqliteServices sqlite({.path = in_memory ? ":memory:" : directory.Join("outdial.db")});
  REQUIRE(ConnectionCatcher::connections().size() == 1);
  sqlite3* const writer = ConnectionCatcher::connections()[0];
  const auto limit_pages = [writer](const char* sql) {
    REQUIRE(sqlite3_exec(writer, sql, nullptr, nullptr, nullptr) == SQLITE_OK);
  };
  const Outdial outdial = Must(sqlite.services.outdials.Create({}));
  limit_pages("pragma max_page_count = 1");  // what it has already

  const OutdialTarget small = sqlite.CreateTarget(outdial.id());
  const std::size_t events = Must([&]() -> absl::StatusOr<std::size_t> {
    std::size_t size = 0;
    Must(sqlite.database->Read([&](const UnitOfWork& work) {
      size = Must(work.outbox().Size());
      return absl::OkStatus();
    }));
    return size;
  }());
  const std::string large(60'000, 'x');
  const absl::Status status =
      sqlite.services.outdials.UpdateData(outdial.id(), Text::FromStorage(large)).status();
  CHECK(Outcome(status) == "DATABASE_UNAVAILABLE");
  CHECK(std::string(status.message()) == "The database has no space left.");

  // A body that does not look at what it is told cannot commit a part.
  const absl::Status ignoring = sqlite.database->Write([&](UnitOfWork& work) {
    Outdial changed = outdial;
    Must(changed.UpdateData(Text::FromStorage(large), absl::Now()));
    work.outdials().Update(changed).IgnoreError();
    work.journal()
        .Insert({.key = "k", .fingerprint = "", .reply = "", .tm_create = absl::Now()})
        .IgnoreError();
    return absl::OkStatus();
  });
  CHECK(Outcome(ignoring) == "DATABASE_UNAVAILABLE");

  Must(sqlite.database->Read([&](const UnitOfWork& work) {
    CHECK(Must(work.outdials().Get(outdial.id())) == outdial);
    CHECK(Must(work.targets().Get(small.id())) == small);
    CHECK(Must(work.outbox().Size()) == events);
    CHECK_FALSE(Must(work.journal().Find("k")).has_value());
    return absl::OkStatus();
  }));
  limit_pages("pragma max_page_count = 100000");
  CHECK(Outcome(
            sqlite.services.outdials.UpdateData(outdial.id(), Text::FromStorage(large)).status()) ==
        "OK");
}

TEST_CASE("a damaged row is an error that tells nothing, and harms nothing else") {
  const test::TemporaryDirectory directory;
  const std::string path = directory.Join("outdial.db");
  SqliteServices sqlite({.path = path});
  const Outdial outdial = Must(sqlite.services.outdials.Create({}));
  const OutdialTarget damaged = sqlite.CreateTarget(outdial.id());
  const OutdialTarget sound = sqlite.CreateTarget(outdial.id());
  const std::string where = absl::StrCat(" where id = '", damaged.id().ToString(), "'");
  RawSqlite(path).Run(
      absl::StrCat("update outdial_outdialtargets set outdial_id = 'rubbish'", where));
  const absl::Status status = sqlite.services.targets.Get(damaged.id()).status();
  CHECK(Outcome(status) == "INTERNAL");
  CHECK(std::string(status.message()) == "The database failed.");
  CHECK(Must(sqlite.services.targets.Get(sound.id())) == sound);
}

TEST_CASE("a destination that cannot be read is not set, and nobody is called there") {
  const test::TemporaryDirectory directory;
  const std::string path = directory.Join("outdial.db");
  SqliteServices sqlite({.path = path});
  const OutdialId list = Must(sqlite.services.outdials.Create({})).id();
  std::vector<OutdialTarget> damaged;
  for (int i = 0; i < 5; ++i) damaged.push_back(sqlite.CreateTarget(list));
  const OutdialTarget sound = sqlite.CreateTarget(list);
  const OutdialTarget last = sqlite.CreateTarget(list);
  const std::string rubbish = GENERATE(as<std::string>(), "rubbish", "{\"type\":1}",
                                       "[{\"target\":\"+1\"}]", "{}", "\"+1\"", "");
  CAPTURE(rubbish);
  for (const OutdialTarget& target : damaged) {
    RawSqlite(path).Run(absl::StrCat("update outdial_outdialtargets set destination_0 = '", rubbish,
                                     "' where id = '", target.id().ToString(), "'"));
  }
  auto& targets = sqlite.services.targets;
  CHECK_FALSE(Must(targets.Get(damaged[0].id())).slot({}).address.has_value());
  CHECK(Must(targets.List(list, {})).size() == 7);
  const TryThresholds thresholds = {9, 9, 9, 9, 9};
  CHECK(Must(targets.Available(list, thresholds, 100)) == std::vector{sound, last});
  CHECK(Must(targets.Available(list, thresholds, 1)) == std::vector{sound});
  CHECK(Must(targets.Claim(list, thresholds, 1, std::nullopt)).at(0).target.id() == sound.id());
  CHECK(Must(targets.Claim(list, thresholds, 9, std::nullopt)).size() == 1);
  CHECK(Must(targets.Claim(list, thresholds, 9, std::nullopt)).empty());
  CHECK(Outcome(targets.Progress(damaged[0].id(), {}, std::nullopt).status()) ==
        "DESTINATION_NOT_SET");
  // It can be reported on, and is kept as it is.
  Must(targets.Report(damaged[0].id(), TargetStatus::kDone, std::nullopt));
  CHECK(RawSqlite(path).Run(absl::StrCat("select destination_0 from outdial_outdialtargets"
                                         " where id = '",
                                         damaged[0].id().ToString(), "'")) ==
        std::vector<std::string>{rubbish});
}

TEST_CASE("the keys of targets that are older than keys are made up for") {
  const test::TemporaryDirectory directory;
  const std::string path = directory.Join("outdial.db");
  SqliteServices sqlite({.path = path});
  const OutdialId outdial_id = Must(sqlite.services.outdials.Create({})).id();
  std::vector<OutdialTarget> targets;
  for (int i = 0; i < 3; ++i) targets.push_back(sqlite.CreateTarget(outdial_id));
  RawSqlite raw(path);
  raw.Run("delete from outdial_destination_keys");
  raw.Run("update outdial_outdialtargets set has_keys = null");
  Must(sqlite.services.targets.Delete(targets[1].id()));

  const auto keys = DestinationKeysOf(targets[0]);
  REQUIRE(keys.size() == 1);
  for (const std::size_t expected : {1U, 1U, 0U}) {
    Must(sqlite.database->Write([&](UnitOfWork& work) -> absl::Status {
      Must(work.outdials().GetForUpdate(outdial_id));
      CHECK(Must(work.targets().RegisterKeys(outdial_id, 1)) == expected);
      CHECK(Must(work.targets().FindTaken(outdial_id, keys)).size() == 1);
      return absl::OkStatus();
    }));
  }
  CHECK(raw.Run("select distinct target_id_high, target_id_low from outdial_destination_keys")
            .size() == 2);
}

TEST_CASE("nobody waits for a read that takes long") {
  const test::TemporaryDirectory directory;
  SqliteServices sqlite({.path = directory.Join("outdial.db"), .busy_timeout = absl::Seconds(1)});
  Must(CreateOutdial(sqlite));
  Must(sqlite.database->ReadLong([&](const UnitOfWork&) {
    return std::async(std::launch::async, [&] { return CreateOutdial(sqlite); }).get();
  }));
}

}  // namespace
}  // namespace outdial
