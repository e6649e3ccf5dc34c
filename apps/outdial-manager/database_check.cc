#include "database_check.h"

#include <signal.h>  // NOLINT(modernize-deprecated-headers): kill is not in <csignal>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <stop_token>
#include <string>
#include <utility>

#include "outdial/entities/error.h"
#include "outdial/logging/log.h"

namespace outdial::manager {
namespace {

constexpr std::chrono::milliseconds kFirstWait(200);
constexpr std::chrono::milliseconds kLongestWait(5000);

using logging::Level;
using logging::Log;

bool IsPassing(const absl::Status& status) {
  return absl::IsUnavailable(status) && GetReason(status) == Reason::kDatabaseUnavailable;
}

}  // namespace

DatabaseCheck::DatabaseCheck(apps::DatabaseSettings settings, bool migrate)
    : settings_(std::move(settings)), migrate_(migrate) {
  if (!migrate_) done_ = Try({});
}

void DatabaseCheck::Start(std::function<void()> begin_work) {
  // How long migrations take nobody knows; what waits in a queue others can do meanwhile.
  if (!migrate_) std::exchange(begin_work, nullptr)();
  if (done_) return;
  thread_ = std::jthread([this, begin_work = std::move(begin_work)](const std::stop_token& stop) {
    Run(stop, begin_work);
  });
}

void DatabaseCheck::Stop() {
  if (!thread_.joinable()) return;
  thread_.request_stop();
  thread_.join();
}

absl::Status DatabaseCheck::failure() {
  const std::lock_guard lock(mutex_);
  return failure_;
}

// Whether there is nothing more to find out.
bool DatabaseCheck::Try(const std::stop_token& stop) {
  absl::Status status = migrate_ ? apps::MigrateDatabase(settings_, stop) : absl::OkStatus();
  if (status.ok()) status = apps::CheckMigrations(settings_);
  if (status.ok() || !IsPassing(status)) {
    if (warned_ && status.ok()) Log(Level::kInfo, "the database answers");
    const std::lock_guard lock(mutex_);
    failure_ = std::move(status);
    return true;
  }
  if (!warned_ && !stop.stop_requested()) {
    Log(Level::kWarning, "the database does not answer: requests are refused until it does",
        {{"error", std::string(status.message())}});
    warned_ = true;
  }
  return false;
}

void DatabaseCheck::Run(const std::stop_token& stop, const std::function<void()>& begin_work) {
  std::chrono::milliseconds wait = migrate_ ? std::chrono::milliseconds(0) : kFirstWait;
  while (true) {
    std::unique_lock lock(mutex_);
    stop_.wait_for(lock, stop, wait, [] { return false; });
    lock.unlock();
    if (stop.stop_requested()) return;
    if (Try(stop)) break;
    wait = std::clamp(2 * wait, kFirstWait, kLongestWait);
  }
  if (!failure().ok()) {
    ::kill(::getpid(), SIGTERM);
  } else if (begin_work) {
    begin_work();
  }
}

}  // namespace outdial::manager
