#include "connection.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <filesystem>
#include <string_view>
#include <system_error>
#include <thread>

#include "absl/strings/str_cat.h"
#include "absl/time/time.h"
#include "outdial/entities/error.h"
#include "soci/sqlite3/soci-sqlite3.h"

namespace outdial::sqlite {
namespace {

using sql::Statement;

struct BeginRead final : Statement {
  explicit BeginRead(soci::session& session) : Statement(session, "begin") { Bind(); }
};

// Takes the write lock at once: a transaction that reads first and writes later could not wait for
// another writer, because what it has read would be out of date.
struct BeginWrite final : Statement {
  explicit BeginWrite(soci::session& session) : Statement(session, "begin immediate") { Bind(); }
};

struct Commit final : Statement {
  explicit Commit(soci::session& session) : Statement(session, "commit") { Bind(); }
};

struct RollBack final : Statement {
  explicit RollBack(soci::session& session) : Statement(session, "rollback") { Bind(); }
};

// SQLite's primary result code; SQLITE_ERROR for what did not come from SQLite.
int ResultCode(const std::exception& exception) {
  const auto* const error = dynamic_cast<const soci::sqlite3_soci_error*>(&exception);
  return error == nullptr ? SQLITE_ERROR : error->result() & 0xff;
}

absl::Status Unavailable(std::string_view message) {
  return MakeError(Reason::kDatabaseUnavailable, message);
}

absl::Status CheckFile(const std::string& path, Connection::Access access) {
  if (access == Connection::Access::kReadWrite) {
    // SQLite would let the umask decide who may read what is customers' data. Only a file that was
    // not there is opened here: closing one that SQLite has open would drop its locks.
    const int file = ::open(path.c_str(), O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    if (file >= 0) {
      ::close(file);
    } else if (errno != EEXIST) {
      return Unavailable(
          "The database file cannot be created: its folder is missing or may not be written.");
    }
  }
  std::error_code error;
  if (!std::filesystem::exists(path, error)) return Unavailable("There is no such database file.");
  if (std::filesystem::is_directory(path, error)) {
    return Unavailable("The path of the database is that of a folder.");
  }
  if (::faccessat(AT_FDCWD, path.c_str(), R_OK | W_OK, AT_EACCESS) != 0) {
    return Unavailable("The database file may not be read and written.");
  }
  return absl::OkStatus();
}

// SOCI reads its connection string as words of the form key=value, and passes on one without '=' as
// it is. A path that begins with "file:" may be a URI to SQLite; an absolute one is not.
absl::StatusOr<std::string> ConnectString(const std::string& path) {
  if (path == kMemoryPath) return path;
  std::error_code error;
  const std::string absolute = std::filesystem::absolute(path, error).string();
  if (path.empty() || error) {
    return MakeError(Reason::kInternal, "The path of the database is empty or unusable.");
  }
  if (absolute.find('=') == std::string::npos) return absolute;
  if (absolute.find('"') == std::string::npos) return absl::StrCat("dbname=\"", absolute, "\"");
  return MakeError(Reason::kInternal,
                   "The path of the database holds both an equals sign and a quotation mark.");
}

// Switching a new file to the write-ahead log needs it alone, and SQLite does not wait for that.
void EnterWalMode(soci::session& session, absl::Duration timeout) {
  const auto deadline = std::chrono::steady_clock::now() + absl::ToChronoMilliseconds(timeout);
  while (true) {
    try {
      session << "pragma journal_mode = wal";
      return;
    } catch (const soci::soci_error& error) {
      if (ResultCode(error) != SQLITE_BUSY || std::chrono::steady_clock::now() >= deadline) throw;
    }
    std::this_thread::sleep_for(std::chrono::milliseconds(5));
  }
}

}  // namespace

absl::Status ToStatus(const std::exception& exception) {
  switch (ResultCode(exception)) {
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
    case SQLITE_PROTOCOL:
      return Unavailable("The database is busy.");
    case SQLITE_CANTOPEN:
    case SQLITE_IOERR:
      return Unavailable("The database cannot be reached.");
    case SQLITE_FULL:
      return Unavailable("The database has no space left.");
    case SQLITE_PERM:
    case SQLITE_READONLY:
      return Unavailable("The database may not be written.");
    case SQLITE_NOTADB:
      return MakeError(Reason::kInternal, "The file is not a database.");
    case SQLITE_CORRUPT:
      return MakeError(Reason::kInternal, "The database is damaged.");
    default:
      return MakeError(Reason::kInternal, "The database failed.");
  }
}

absl::StatusOr<std::unique_ptr<Connection>> Connection::Open(const Settings& settings,
                                                             Access access) {
  const absl::StatusOr<std::string> connect_string = ConnectString(settings.path);
  if (!connect_string.ok()) return connect_string.status();
  if (settings.path != kMemoryPath) {
    if (absl::Status status = CheckFile(settings.path, access); !status.ok()) return status;
  }
  try {
    return std::unique_ptr<Connection>(new Connection(*connect_string, settings, access));
  } catch (const std::exception& exception) {
    return ToStatus(exception);
  }
}

Connection::Connection(const std::string& connect_string, const Settings& settings, Access access)
    : session_(soci::sqlite3, connect_string) {
  session_ << absl::StrCat("pragma busy_timeout = ",
                           absl::ToInt64Milliseconds(settings.busy_timeout));
  if (access == Access::kReadOnly) {
    session_ << "pragma query_only = on";
    return;
  }
  // A commit writes each page that it touched, and most of what it changes is small. Measured: a
  // dial cycle takes 15 % less than with pages of 4096. Counts for a new file only.
  session_ << "pragma page_size = 2048";
  EnterWalMode(session_, settings.busy_timeout);
  session_ << (settings.sync_each_commit ? "pragma synchronous = full"
                                         : "pragma synchronous = normal");
  // Many targets that are added at once touch pages all over the index of destinations; SQLite's
  // own 2 MB would have each of them read again and again. Measured: an import takes half as long.
  session_ << "pragma cache_size = -16384";
  // 16 MB of changes before they go from the log into the file, which takes two waits for the disk;
  // four times SQLite's own number saves a dial cycle 10 %.
  session_ << "pragma wal_autocheckpoint = 8000";
  session_ << "pragma journal_size_limit = 33554432";
}

absl::Status Connection::Transact(Access access, absl::FunctionRef<absl::Status()> body) {
  absl::Status status = Run([&]() -> absl::Status {
    if (access == Access::kReadOnly) {
      Get<BeginRead>().Execute();
    } else {
      Get<BeginWrite>().Execute();
    }
    return absl::OkStatus();
  });
  try {
    if (status.ok()) status = body();
  } catch (...) {
    Rollback();
    throw;
  }
  if (status.ok()) {
    status = Run([this]() -> absl::Status {
      Get<Commit>().Execute();
      return absl::OkStatus();
    });
  }
  if (!status.ok()) Rollback();
  return status;
}

void Connection::Rollback() {
  // After a failure a statement may be half done, and SQLite may have rolled back already.
  if (!failure_.ok()) statements_.clear();
  failure_ = absl::OkStatus();
  try {
    Get<RollBack>().Execute();
  } catch (const std::exception&) {
  }
}

absl::Status Connection::Fail(const std::exception& exception) {
  absl::Status status = ToStatus(exception);
  if (ResultCode(exception) != SQLITE_CONSTRAINT) failure_ = status;
  return status;
}

}  // namespace outdial::sqlite
