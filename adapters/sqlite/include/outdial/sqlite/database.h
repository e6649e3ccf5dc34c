// The database port on SQLite: a file that is created, migrated and ready when it is opened.
#ifndef OUTDIAL_SQLITE_DATABASE_H_
#define OUTDIAL_SQLITE_DATABASE_H_

#include <cstddef>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "outdial/ports/database.h"
#include "outdial/ports/relay_lock.h"
#include "outdial/sql/migration.h"

namespace outdial::sqlite {

// Which file, and how it is shared. A number of readers that is none of 1 to 65,536, or a timeout
// that is not more than zero or more than 24 hours, stops the program.
struct Settings {
  // A file, or ":memory:" for a database that lives as long as the Database object. A file that is
  // missing is created, readable by its owner only; its folder must exist and be writable. SQLite
  // keeps two files beside it, PATH-wal and PATH-shm, which belong to the data.
  std::string path;

  // How long a call waits for others, in this process and elsewhere, before it gives up with
  // DATABASE_UNAVAILABLE.
  absl::Duration busy_timeout = absl::Seconds(2);

  // How many threads may read at the same time. Each has a connection of its own, which
  // is opened when it is first needed. Does not count for ":memory:", which has one connection.
  std::size_t max_readers = 4;

  // How many events may wait in the outbox, before changes are refused with OUTBOX_FULL.
  std::size_t outbox_limit = 1'000'000;

  // Whether each commit waits for the disk. Without it a committed change survives the death of
  // the process at any moment, but the last ones may be lost when the machine loses power; the
  // database is consistent in either case.
  bool sync_each_commit = false;
};

// Opens the database that `settings` describe, and brings its tables up to date. Any number of
// processes may open and use a file at the same time. There is one writer at a time; readers do not
// wait for it, nor it for them.
//
// Any thread may call it. Blocks on the disk, on others who keep the file busy (for
// `busy_timeout`), and for as long as migrations take. The result is thread-safe. Where it is
// destroyed during one of its transactions the program stops.
//
// An outdial's, a target's and a call's id and `tm_create`, a target's outdial, and a call's
// customer, campaign, outdial and target never change: the repositories' Update does not write
// them, nor does it bring back a target that is deleted. The size of the outbox is an upper bound
// where events were removed in another order than they came.
//
// Errors:
//   - DATABASE_UNAVAILABLE: the file cannot be opened, created or written, or others keep it busy;
//   - INTERNAL: the path is unusable, the file is not such a database, it was made by a newer
//     version of this library, or one of its migrations is not the one that this version knows.
// The message says which.
absl::StatusOr<std::unique_ptr<Database>> Open(const Settings& settings);

// A numbered step that brings the tables up to date.
using sql::Migration;

// The migrations that this version knows, in order, and when each was applied to the database. The
// file is neither created nor migrated; of ":memory:" none is applied. Threads and blocking: as
// Open. Errors: as Open; DATABASE_UNAVAILABLE also where there is no such file.
absl::StatusOr<std::vector<Migration>> ListMigrations(const Settings& settings);

// Creates the database where it is missing and applies the migrations that it lacks, as Open does,
// each once however many processes try. Threads, blocking and errors: as Open.
absl::Status Migrate(const Settings& settings);

// The lock of the relay among all processes that work on this file; it stands for the file
// PATH-relay, which is created where it is missing. Of a database in memory it is always held. Any
// thread may call this, and it does not block.
std::unique_ptr<RelayLock> OpenRelayLock(const Settings& settings);

}  // namespace outdial::sqlite

#endif  // OUTDIAL_SQLITE_DATABASE_H_
