#include "outdial/memory/database.h"

#include <memory>
#include <mutex>
#include <shared_mutex>

#include "absl/functional/function_ref.h"
#include "absl/status/status.h"
#include "hooked.h"
#include "outdial/memory/call_hook.h"
#include "outdial/ports/open_transaction.h"
#include "state.h"
#include "transaction.h"

namespace outdial::memory {
Database::Database(const DatabaseSettings& settings)
    : settings_(settings), hook_use_(settings.hook), state_(std::make_unique<DatabaseState>()) {}

Database::~Database() { StopIfUsed(); }

absl::Status Database::Read(absl::FunctionRef<absl::Status(const UnitOfWork&)> body) {
  return Hooked(settings_.hook, Call::kDatabaseRead, [&] {
    const OpenTransaction open(*this);
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
  const OpenTransaction open(*this);
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
  const OpenTransaction open(*this);
  return Hooked(settings_.hook, Call::kDatabasePing, [] { return absl::OkStatus(); });
}

}  // namespace outdial::memory
