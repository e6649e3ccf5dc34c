// The port to the state: transactions, and what is reached inside of one.
#ifndef OUTDIAL_PORTS_DATABASE_H_
#define OUTDIAL_PORTS_DATABASE_H_

#include "absl/functional/function_ref.h"
#include "absl/status/status.h"
#include "outdial/ports/event_outbox.h"
#include "outdial/ports/outdial_repository.h"
#include "outdial/ports/outdial_target_call_repository.h"
#include "outdial/ports/outdial_target_repository.h"
#include "outdial/ports/port.h"
#include "outdial/ports/request_journal.h"

namespace outdial {

// One transaction. What is done through it is committed together or not at all: a change, its
// events, and the journal entry of the request that asked for it.
//
// A const UnitOfWork reads only: the repositories' const functions are those that change and lock
// nothing.
//
// Lives as long as the call of Database::Read or Write that made it, and belongs to that call's
// thread. The functions of its repositories block on the database. Besides the errors that they
// name, all of them return
//   - DATABASE_UNAVAILABLE where the database cannot be reached or is too busy; trying again later
//   may help;
//   - INTERNAL for anything else; the message says nothing of what is inside.
class UnitOfWork {
 public:
  virtual ~UnitOfWork() = default;

  // What the transaction reaches; references live as long as the unit of work.
  virtual OutdialRepository& outdials() = 0;
  virtual OutdialTargetRepository& targets() = 0;
  virtual OutdialTargetCallRepository& calls() = 0;
  virtual EventOutbox& outbox() = 0;
  virtual RequestJournal& journal() = 0;

  // The same to read only.
  virtual const OutdialRepository& outdials() const = 0;
  virtual const OutdialTargetRepository& targets() const = 0;
  virtual const OutdialTargetCallRepository& calls() const = 0;
  virtual const EventOutbox& outbox() const = 0;
  virtual const RequestJournal& journal() const = 0;
};

// Where outdials, targets, calls, waiting events and the journal are kept. Thread-safe; calls block
// until they are done or their adapter's timeout has passed.
//
// `body` must not call the same database, not even Ping: the program stops then, with a message
// that says so (see OpenTransaction). It may throw; the transaction is rolled back then, and what
// it throws passes through.
class Database : public Port {
 public:
  Database() : Port("Database") {}

  // Runs `body` on one consistent state, which it cannot change. Returns what `body` returns, or
  // why the transaction failed: DATABASE_UNAVAILABLE or INTERNAL. `body` may run more than once:
  // only its last run counts.
  virtual absl::Status Read(absl::FunctionRef<absl::Status(const UnitOfWork&)> body) = 0;

  // As Read, for a body that may take seconds: as far as the database can have that, nobody waits
  // for it.
  virtual absl::Status ReadLong(absl::FunctionRef<absl::Status(const UnitOfWork&)> body) {
    return Read(body);
  }

  // Runs `body` in one transaction, commits when it returns OK and rolls back otherwise. Returns
  // what `body` returns, or why the transaction could not begin or be committed:
  // DATABASE_UNAVAILABLE or INTERNAL. DATABASE_UNAVAILABLE may also mean that the
  // commit was made and its answer was lost. `body` may run more than once, each time from a clean
  // state (deadlocks): only its last run counts.
  virtual absl::Status Write(absl::FunctionRef<absl::Status(UnitOfWork&)> body) = 0;

  // Whether the database answers now. OK or DATABASE_UNAVAILABLE.
  virtual absl::Status Ping() = 0;
};

}  // namespace outdial

#endif  // OUTDIAL_PORTS_DATABASE_H_
