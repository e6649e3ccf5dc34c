#include "outdial/sqlite/database.h"

#include <utility>

#include "absl/functional/function_ref.h"
#include "connection.h"
#include "connection_pool.h"
#include "migrations.h"
#include "outdial/entities/error.h"
#include "outdial/entities/misuse.h"
#include "outdial/ports/open_transaction.h"
#include "repositories.h"
#include "turn_taking.h"

namespace outdial::sqlite {

void CheckSettings(const Settings& settings) {
  CheckCountSetting("sqlite::Settings::max_readers", settings.max_readers);
  CheckTimeoutSetting("sqlite::Settings::busy_timeout", settings.busy_timeout);
}

namespace {

class SqliteDatabase final : public Database {
 public:
  explicit SqliteDatabase(const Settings& settings)
      : outbox_limit_(settings.outbox_limit),
        writer_(settings, Connection::Access::kReadWrite, 1),
        readers_(settings, Connection::Access::kReadOnly, settings.max_readers),
        in_memory_(settings.path == kMemoryPath) {}

  ~SqliteDatabase() override { StopIfUsed(); }

  SqliteDatabase(const SqliteDatabase&) = delete;
  SqliteDatabase& operator=(const SqliteDatabase&) = delete;

  // Brings the tables up to date; keeps the connection for the first writer.
  absl::Status Migrate() {
    absl::StatusOr<ConnectionPool::Lease> connection = writer_.Take();
    if (!connection.ok()) return connection.status();
    return ApplyMigrations(**connection);
  }

  absl::Status Read(absl::FunctionRef<absl::Status(const UnitOfWork&)> body) override {
    const OpenTransaction open(*this);
    return Transact(TakeReader(), Connection::Access::kReadOnly,
                    [&](const Transaction& transaction) { return body(transaction); });
  }

  // Never on the writer's connection, or writers would wait.
  absl::Status ReadLong(absl::FunctionRef<absl::Status(const UnitOfWork&)> body) override {
    const OpenTransaction open(*this);
    return Transact(in_memory_ ? writer_.Take() : readers_.Take(), Connection::Access::kReadOnly,
                    [&](const Transaction& transaction) { return body(transaction); });
  }

  absl::Status Write(absl::FunctionRef<absl::Status(UnitOfWork&)> body) override {
    const OpenTransaction open(*this);
    turn_taking_.Await(writer_.HasWaiting());
    absl::StatusOr<ConnectionPool::Lease> writer = writer_.Take();
    turn_taking_.Begin();
    absl::Status status =
        Transact(std::move(writer), Connection::Access::kReadWrite, [&](Transaction& transaction) {
          absl::Status result = body(transaction);
          turn_taking_.BeforeCommit();
          return result;
        });
    turn_taking_.End();
    return status;
  }

  absl::Status Ping() override {
    absl::Status status =
        Read([](const UnitOfWork& work) { return work.outbox().Size().status(); });
    if (status.ok()) return status;
    return MakeError(Reason::kDatabaseUnavailable, "The database does not answer.");
  }

 private:
  // The writer's connection where nobody writes: what it holds in its cache is true after a commit,
  // which empties the caches of all others.
  absl::StatusOr<ConnectionPool::Lease> TakeReader() {
    if (in_memory_) return writer_.Take();
    ConnectionPool::Lease idle_writer = writer_.TakeIdle();
    if (idle_writer != nullptr) return idle_writer;
    return readers_.Take();
  }

  absl::Status Transact(absl::StatusOr<ConnectionPool::Lease> connection, Connection::Access access,
                        absl::FunctionRef<absl::Status(Transaction&)> body) {
    if (!connection.ok()) return connection.status();
    Connection& taken = **connection;
    Transaction transaction{Outdials(taken), Targets(taken), Calls(taken),
                            Outbox(taken, outbox_limit_), Journal(taken)};
    return taken.Transact(access, [&] { return body(transaction); });
  }

  const std::size_t outbox_limit_;
  ConnectionPool writer_;
  ConnectionPool readers_;  // of a file only: a database in memory has one connection
  const bool in_memory_;
  TurnTaking turn_taking_;
};

}  // namespace

absl::StatusOr<std::unique_ptr<Database>> Open(const Settings& settings) {
  CheckSettings(settings);
  auto database = std::make_unique<SqliteDatabase>(settings);
  if (absl::Status status = database->Migrate(); !status.ok()) return status;
  return database;
}

absl::StatusOr<std::vector<Migration>> ListMigrations(const Settings& settings) {
  CheckSettings(settings);
  absl::StatusOr<std::unique_ptr<Connection>> connection =
      Connection::Open(settings, Connection::Access::kReadOnly);
  if (!connection.ok()) return connection.status();
  return ReadMigrations(**connection);
}

absl::Status Migrate(const Settings& settings) { return Open(settings).status(); }

}  // namespace outdial::sqlite
