#include "outdial/memory/failure_injector.h"

#include <cstddef>
#include <mutex>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "outdial/entities/error.h"
#include "outdial/entities/misuse.h"

namespace outdial::memory {
namespace {

void CheckCall(Call call) { CheckEnumerator(call, Call::kIdsNewUuid, "memory::Call"); }

}  // namespace

absl::Status Failure::DefaultStatus() {
  return MakeError(Reason::kDatabaseUnavailable, "The database cannot be reached.");
}

void FailureInjector::Fail(Failure failure) {
  CheckCall(failure.call);
  CheckEnumerator(failure.point, FailurePoint::kAfter, "memory::FailurePoint");
  if (failure.status.ok()) StopAtMisuse("a Failure has the status OK: nothing would fail");
  if (failure.nth == 0 || failure.times == 0) {
    StopAtMisuse("a Failure has 0 as nth or times: both count from 1");
  }
  const std::lock_guard lock(mutex_);
  failures_.push_back(std::move(failure));
}

void FailureInjector::Clear() {
  const std::lock_guard lock(mutex_);
  failures_.clear();
}

std::size_t FailureInjector::pending() const {
  const std::lock_guard lock(mutex_);
  return failures_.size();
}

std::size_t FailureInjector::count(Call call) const {
  const std::lock_guard lock(mutex_);
  CheckCall(call);
  return counts_[static_cast<std::size_t>(call)];
}

absl::Status FailureInjector::Before(Call call) {
  const std::lock_guard lock(mutex_);
  CheckCall(call);
  ++counts_[static_cast<std::size_t>(call)];
  return At(call, FailurePoint::kBefore);
}

absl::Status FailureInjector::After(Call call) {
  const std::lock_guard lock(mutex_);
  return At(call, FailurePoint::kAfter);
}

absl::Status FailureInjector::At(Call call, FailurePoint point) {
  absl::Status status;
  for (Failure& failure : failures_) {
    if (failure.call != call || failure.point != point) continue;
    if (failure.nth > 1) {
      --failure.nth;
      continue;
    }
    if (status.ok()) status = failure.status;
    if (failure.times != Failure::kForever) --failure.times;
  }
  std::erase_if(failures_, [](const Failure& failure) { return failure.times == 0; });
  return status;
}

}  // namespace outdial::memory
