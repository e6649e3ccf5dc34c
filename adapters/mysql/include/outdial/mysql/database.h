// The database port on MySQL 8 or MariaDB 10.6 and later, beside others who use the same tables.
#ifndef OUTDIAL_MYSQL_DATABASE_H_
#define OUTDIAL_MYSQL_DATABASE_H_

#include <cstddef>
#include <cstdint>
#include <memory>
#include <stop_token>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "outdial/mysql/settings.h"
#include "outdial/ports/database.h"
#include "outdial/ports/relay_lock.h"
#include "outdial/sql/migration.h"

namespace outdial::mysql {

// What the pool of connections is doing; those of ReadLong are not of it.
struct PoolStats {
  std::size_t open = 0;          // connections
  std::size_t in_use = 0;        // of these
  std::size_t max = 0;           // Settings::max_connections
  std::uint64_t reconnects = 0;  // connections that were lost, since the start
  std::uint64_t waits = 0;       // calls that found no free connection, since the start
};

// The database port, with what there is to say of its connections.
class Database : public outdial::Database {
 public:
  // Thread-safe; does not block.
  virtual PoolStats pool_stats() = 0;

  // Has every ReadLong return DATABASE_UNAVAILABLE soon, those under way, also of a server that
  // hangs, and all later ones: for a program that is to end. Thread-safe; does not block.
  virtual void InterruptLongReads() = 0;
};

// A database on a server, which need not be reachable yet: connections are made when they are
// needed, and made again when they are lost. Before the first transaction it checks that no
// migration is missing: until then each call is DATABASE_UNAVAILABLE, with a message that names
// the migration.
//
// Any thread may call it; it does not block. The result is thread-safe. Where it is destroyed
// during one of its transactions the program stops.
//
// A transaction that writes is `read committed`; one that reads sees one state. Bodies run again,
// a few times, after a deadlock, after a lock that took too long, and where the connection was lost
// before the commit; a commit whose answer was lost is DATABASE_UNAVAILABLE.
//
// Besides the errors of the port, what writes texts returns TEXT_NOT_STORABLE or TEXT_TOO_LONG,
// naming the field, where a table that others have made cannot hold one.
//
// The repositories' Update does not write what never changes, and does not bring back a target that
// is deleted. The size of the outbox is an upper bound: it counts what was rolled back while older
// events wait. Its limit may be passed by what other processes add within a second.
std::unique_ptr<Database> Open(const Settings& settings);

// A numbered step that brings the tables up to date.
using sql::Migration;

// The migrations that this version knows, in order, and when each was applied to the database. Any
// thread may call it; blocks on the server, which it connects to, within the timeouts of
// `settings`. Errors:
//   - DATABASE_UNAVAILABLE: the server cannot be reached, refuses the user, or has no such
//     database;
//   - INTERNAL: the database has a migration that this version does not know, or knows otherwise.
// The message says which.
absl::StatusOr<std::vector<Migration>> ListMigrations(const Settings& settings);

// Applies the migrations that the database lacks, each once however many processes try: one works,
// the others wait for it. Tables that VoIPBIN's own migrations have made are taken over with what
// is in them, while others go on reading and writing them. What was interrupted can be repeated.
// Any thread may call it; blocks on the server. May take as long as the server needs to index what
// is there, or until `stop` is requested: then it returns at once, and the server may finish the
// step that it is at. Errors: as ListMigrations.
absl::Status Migrate(const Settings& settings, std::stop_token stop = {});

// The lock of the relay among all processes that work on this database, on a connection of its own,
// which is made when the lock is first asked for: any thread may call this, and it does not block.
// Who does not ask for it for as long as Settings::idle_timeout loses it. On a server that is
// read-only, as a replica is, nobody holds it: TryHold returns DATABASE_UNAVAILABLE, and connects
// anew the next time.
std::unique_ptr<RelayLock> OpenRelayLock(const Settings& settings);

}  // namespace outdial::mysql

#endif  // OUTDIAL_MYSQL_DATABASE_H_
