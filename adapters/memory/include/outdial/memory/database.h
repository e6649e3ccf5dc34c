// A database in the process's own memory.
#ifndef OUTDIAL_MEMORY_DATABASE_H_
#define OUTDIAL_MEMORY_DATABASE_H_

#include <cstddef>
#include <memory>

#include "absl/functional/function_ref.h"
#include "absl/status/status.h"
#include "outdial/entities/use_counted.h"
#include "outdial/memory/call_hook.h"
#include "outdial/ports/database.h"

namespace outdial::memory {

struct DatabaseState;

// The limits of a database, and what it is to find out about its callers.
struct DatabaseSettings {
  // How many events may wait in the outbox; Append is refused with OUTBOX_FULL beyond it.
  std::size_t outbox_limit = 1'000'000;

  // Whether Write runs each body once for nothing, rolls it back, and then runs it in earnest, as a
  // database does that resolves a deadlock. Shows whether a body keeps something from a run that
  // did not count.
  bool run_bodies_twice = false;

  // Hears of every call; may be null, else it must outlive the database.
  CallHook* hook = nullptr;
};

// Does what outdial::Database and the repositories promise, and keeps nothing when it is destroyed.
//
// Transactions are serializable: any number of Reads run at the same time, a Write runs alone. So
// no transaction ever waits for a row, LockAvailable has nothing to pass over, and no body runs
// twice, unless the settings say so. A body that returns an error, or throws, leaves nothing
// behind; what it throws passes through.
//
// What it costs: FindAvailable and LockAvailable depend on the number of distinct signatures and on
// the limit, not on the number of targets; lists of outdials, of targets and of one target's calls
// depend on the size of the page; CountGroups goes through the outdial's targets, other lists of
// calls and Count go through all calls. A transaction costs what it changes, and copies nothing
// else. A target takes 1.3 KB and what its texts hold.
//
// Errors that only this adapter has: none; DATABASE_UNAVAILABLE comes only from the hook. Mistakes
// that a real database would answer with a deadlock or a lost update end the process with a message
// that names them:
//   - a Read or Write inside of a body of the same database, on the same thread;
//   - Update of an outdial, a target or a call that this transaction has neither locked nor
//     inserted.
//
// Thread-safe. Neither copied nor moved. Where it is destroyed while a call is
// running the program stops.
class Database final : public outdial::Database {
 public:
  // An empty database.
  explicit Database(const DatabaseSettings& settings = {});
  ~Database() override;

  Database(const Database&) = delete;
  Database& operator=(const Database&) = delete;

  absl::Status Read(absl::FunctionRef<absl::Status(const UnitOfWork&)> body) override;
  absl::Status Write(absl::FunctionRef<absl::Status(UnitOfWork&)> body) override;
  absl::Status Ping() override;

 private:
  absl::Status RunAndCommit(absl::FunctionRef<absl::Status(UnitOfWork&)> body);

  const DatabaseSettings settings_;
  const Use<CallHook> hook_use_;
  const std::unique_ptr<DatabaseState> state_;
};

}  // namespace outdial::memory

#endif  // OUTDIAL_MEMORY_DATABASE_H_
