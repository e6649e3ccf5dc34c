#include "outdial/memory/database.h"

#include <memory>
#include <mutex>
#include <shared_mutex>

#include "absl/functional/function_ref.h"
#include "absl/status/status.h"
#include "hooked.h"
#include "outdial/entities/misuse.h"
#include "outdial/memory/call_hook.h"
#include "state.h"
#include "transaction.h"

namespace outdial::memory {
namespace {

// Marks a database as having a transaction on this thread, and finds out where it has one already:
// waiting for its lock would never end.
class TransactionOfThread {
 public:
  explicit TransactionOfThread(const Database* database) : database_(database), outer_(innermost_) {
    for (const TransactionOfThread* open = outer_; open != nullptr; open = open->outer_) {
      if (open->database_ == database) {
        StopAtMisuse(
            "Database::Read or Write is called inside of another one on the same database");
      }
    }
    innermost_ = this;
  }
  ~TransactionOfThread() { innermost_ = outer_; }

  TransactionOfThread(const TransactionOfThread&) = delete;
  TransactionOfThread& operator=(const TransactionOfThread&) = delete;

 private:
  static thread_local const TransactionOfThread* innermost_;

  const Database* const database_;
  const TransactionOfThread* const outer_;
};

thread_local const TransactionOfThread* TransactionOfThread::innermost_ = nullptr;

}  // namespace

Database::Database(const DatabaseSettings& settings)
    : settings_(settings), hook_use_(settings.hook), state_(std::make_unique<DatabaseState>()) {}

Database::~Database() = default;

absl::Status Database::Read(absl::FunctionRef<absl::Status(const UnitOfWork&)> body) {
  return Hooked(settings_.hook, Call::kDatabaseRead, [&] {
    const TransactionOfThread marker(this);
    const std::shared_lock lock(state_->mutex);
    const Transaction transaction(*state_, settings_);
    return body(transaction);
  });
}

absl::Status Database::Write(absl::FunctionRef<absl::Status(UnitOfWork&)> body) {
  return Hooked(settings_.hook, Call::kDatabaseWrite, [&] {
    absl::Status status = RunAndCommit(body);
    if (!status.ok() || settings_.hook == nullptr) return status;
    return settings_.hook->After(Call::kDatabaseCommit);
  });
}

absl::Status Database::RunAndCommit(absl::FunctionRef<absl::Status(UnitOfWork&)> body) {
  const TransactionOfThread marker(this);
  const std::unique_lock lock(state_->mutex);
  if (settings_.run_bodies_twice) {
    Transaction rolled_back(*state_, settings_);
    body(rolled_back).IgnoreError();
  }
  Transaction transaction(*state_, settings_);
  if (absl::Status status = body(transaction); !status.ok()) return status;
  if (settings_.hook != nullptr) {
    if (absl::Status status = settings_.hook->Before(Call::kDatabaseCommit); !status.ok()) {
      return status;
    }
  }
  transaction.Commit();
  return absl::OkStatus();
}

absl::Status Database::Ping() {
  return Hooked(settings_.hook, Call::kDatabasePing, [] { return absl::OkStatus(); });
}

}  // namespace outdial::memory
