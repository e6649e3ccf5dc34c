#include "outdial/mysql/database.h"

#include <algorithm>
#include <atomic>
#include <chrono>
#include <stop_token>
#include <utility>

#include "absl/functional/function_ref.h"
#include "absl/time/time.h"
#include "connection.h"
#include "connection_pool.h"
#include "migrations.h"
#include "outbox_size.h"
#include "outdial/entities/error.h"
#include "outdial/entities/misuse.h"
#include "outdial/ports/open_transaction.h"
#include "repositories.h"

namespace outdial::mysql {

void CheckSettings(const Settings& settings) {
  CheckTimeoutSetting("mysql::Settings::connect_timeout", settings.connect_timeout);
  CheckTimeoutSetting("mysql::Settings::read_timeout", settings.read_timeout);
  CheckTimeoutSetting("mysql::Settings::write_timeout", settings.write_timeout);
  CheckTimeoutSetting("mysql::Settings::timeout", settings.timeout);
  CheckTimeoutSetting("mysql::Settings::long_timeout", settings.long_timeout);
  CheckTimeoutSetting("mysql::Settings::idle_timeout", settings.idle_timeout);
  CheckCountSetting("mysql::Settings::max_connections", settings.max_connections);
}

namespace {

// Those of reads that take long: nobody else waits for these.
Settings LongReadSettings(Settings settings) {
  settings.timeout = std::max(settings.timeout, settings.long_timeout);
  // The server's word on a statement comes before the client gives up.
  settings.read_timeout = std::max(settings.read_timeout, settings.timeout + absl::Seconds(1));
  settings.max_connections = 2;
  return settings;
}

// How often a transaction is begun that fails for a reason that passes.
constexpr int kMaxAttempts = 5;

class MysqlDatabase final : public Database {
 public:
  explicit MysqlDatabase(const Settings& settings)
      : timeout_(settings.timeout),
        outbox_size_(settings.outbox_limit),
        pool_(settings),
        long_read_pool_(LongReadSettings(settings)) {}
  ~MysqlDatabase() override { StopIfUsed(); }

  MysqlDatabase(const MysqlDatabase&) = delete;
  MysqlDatabase& operator=(const MysqlDatabase&) = delete;

  absl::Status Read(absl::FunctionRef<absl::Status(const UnitOfWork&)> body) override {
    return Transact(pool_, Connection::Access::kReadOnly,
                    [&](const Transaction& transaction) { return body(transaction); });
  }

  absl::Status ReadLong(absl::FunctionRef<absl::Status(const UnitOfWork&)> body) override {
    return Transact(long_read_pool_, Connection::Access::kReadOnly,
                    [&](const Transaction& transaction) { return body(transaction); });
  }

  absl::Status Write(absl::FunctionRef<absl::Status(UnitOfWork&)> body) override {
    return Transact(pool_, Connection::Access::kReadWrite,
                    [&](Transaction& transaction) { return body(transaction); });
  }

  absl::Status Ping() override {
    absl::Status status =
        Read([](const UnitOfWork& work) { return work.outbox().Size().status(); });
    if (status.ok()) return status;
    return MakeError(Reason::kDatabaseUnavailable, "The database does not answer.");
  }

  PoolStats pool_stats() override { return pool_.stats(); }

  void InterruptLongReads() override { long_read_pool_.Interrupt(); }

 private:
  absl::Status Transact(ConnectionPool& pool, Connection::Access access,
                        absl::FunctionRef<absl::Status(Transaction&)> body) {
    const OpenTransaction open(*this);
    const auto deadline = std::chrono::steady_clock::now() + absl::ToChronoNanoseconds(timeout_);
    for (int attempt = 1;; ++attempt) {
      absl::StatusOr<ConnectionPool::Lease> connection = pool.Take(access);
      if (!connection.ok()) return connection.status();
      absl::Status status = Attempt(**connection, access, body);
      if (status.ok() || !(*connection)->may_try_again()) return status;
      if (attempt == kMaxAttempts || std::chrono::steady_clock::now() >= deadline) return status;
    }
  }

  absl::Status Attempt(Connection& connection, Connection::Access access,
                       absl::FunctionRef<absl::Status(Transaction&)> body) {
    if (!migrations_checked_) {
      absl::Status status = connection.Transact(Connection::Access::kReadOnly,
                                                [&] { return CheckMigrations(connection); });
      if (!status.ok()) return status;
      migrations_checked_ = true;
    }
    LockedTargets locked;
    Transaction transaction{Outdials(connection), Targets(connection, locked),
                            Calls(connection, locked), Outbox(connection, outbox_size_),
                            Journal(connection)};
    return connection.Transact(access, [&] { return body(transaction); });
  }

  const absl::Duration timeout_;
  OutboxSize outbox_size_;
  ConnectionPool pool_;
  ConnectionPool long_read_pool_;
  std::atomic<bool> migrations_checked_ = false;
};

}  // namespace

std::unique_ptr<Database> Open(const Settings& settings) {
  CheckSettings(settings);
  return std::make_unique<MysqlDatabase>(settings);
}

absl::StatusOr<std::vector<Migration>> ListMigrations(const Settings& settings) {
  CheckSettings(settings);
  const auto connection = Connection::Open(settings, Connection::Purpose::kServing);
  if (!connection.ok()) return connection.status();
  return ReadMigrations(**connection);
}

absl::Status Migrate(const Settings& settings, std::stop_token stop) {
  CheckSettings(settings);
  const auto connection = Connection::Open(settings, Connection::Purpose::kMigrating);
  if (!connection.ok()) return connection.status();
  const std::stop_callback interrupt(std::move(stop), [&] { (*connection)->Interrupt(); });
  return ApplyMigrations(**connection);
}

}  // namespace outdial::mysql
