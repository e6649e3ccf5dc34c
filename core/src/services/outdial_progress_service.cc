#include "outdial/services/outdial_progress_service.h"

#include <algorithm>
#include <chrono>
#include <utility>
#include <vector>

#include "absl/cleanup/cleanup.h"
#include "outdial/entities/error.h"
#include "outdial/entities/timestamp.h"
#include "outdial/ports/database.h"
#include "status_macros.h"
#include "transaction.h"

namespace outdial {
namespace {

// The clock may have stepped back since: a time of the future is no recent one.
bool IsRecent(absl::Time time, absl::Time now, absl::Duration max_age) {
  return time <= now && now - time <= max_age;
}

}  // namespace

bool OutdialProgressService::Kept::IsYoungEnough(absl::Time now) const {
  return count != nullptr && IsRecent(count->tm_count, now, std::max(kMaxAge, 2 * took));
}

bool OutdialProgressService::Kept::IsWatched(absl::Time now) const {
  return IsRecent(last_asked, now, took < kSlow ? kWatchTime : kSlowWatchTime);
}

bool OutdialProgressService::Kept::HasFailedSlowly(absl::Time now) const {
  return !last_result.ok() && took >= kSlow && IsRecent(tm_failure, now, kMaxAge);
}

bool OutdialProgressService::Kept::IsDue(absl::Time now) const {
  if (counting || count == nullptr || HasFailedSlowly(now)) return false;
  // Where nobody looks right now, no more often than it takes.
  const bool looked_at = IsRecent(last_asked, now, kWatchTime);
  return !IsRecent(count->tm_count, now, looked_at ? kRecountAge : kMaxAge - kRecountAge);
}

absl::StatusOr<OutdialProgress> OutdialProgressService::Get(OutdialId id,
                                                            const TryThresholds& thresholds) {
  RETURN_IF_ERROR(OnlyLive(outdials_->Get(id)).status());
  std::unique_lock lock(mutex_);
  const absl::Time now = ports_.clock.Now();
  const std::shared_ptr<Kept> kept = KeptOf(id, now);
  if (!kept->IsYoungEnough(now)) {
    if (kept->counting) {
      const std::int64_t ended = kept->counts_ended;
      if (!count_ended_.wait_for(lock, absl::ToChronoNanoseconds(kMaxWait),
                                 [&] { return kept->counts_ended != ended; })) {
        return MakeError(Reason::kDatabaseUnavailable, "The outdial's targets are still counted.");
      }
    } else if (!kept->HasFailedSlowly(now)) {
      Count(id, *kept, lock);
    }
    RETURN_IF_ERROR(kept->last_result);
  }
  const std::shared_ptr<const OutdialCount> count = kept->count;
  lock.unlock();
  return ProgressOf(*count, thresholds);
}

absl::StatusOr<std::size_t> OutdialProgressService::RecountWatched(std::size_t limit) {
  std::unique_lock lock(mutex_);
  const absl::Time now = ports_.clock.Now();
  absl::erase_if(kept_, [&](const auto& entry) {
    return !entry.second->counting && !entry.second->IsWatched(now);
  });
  std::vector<std::pair<OutdialId, std::shared_ptr<Kept>>> due;
  for (const auto& [id, kept] : kept_) {
    if (kept->IsDue(now)) due.emplace_back(id, kept);
  }
  std::sort(due.begin(), due.end(), [](const auto& a, const auto& b) {
    return a.second->count->tm_count < b.second->count->tm_count;
  });
  absl::Status status;
  std::size_t counted = 0;
  for (const auto& [id, kept] : due) {
    if (counted == limit) break;
    if (kept->counting) continue;
    Count(id, *kept, lock);
    status.Update(kept->last_result);
    ++counted;
  }
  if (!status.ok()) return status;
  return counted;
}

std::shared_ptr<OutdialProgressService::Kept> OutdialProgressService::KeptOf(OutdialId id,
                                                                             absl::Time now) {
  const auto found = kept_.find(id);
  if (found == kept_.end() && kept_.size() == kMaxKept) {
    kept_.erase(std::min_element(kept_.begin(), kept_.end(), [](const auto& a, const auto& b) {
      return a.second->last_asked < b.second->last_asked;
    }));
  }
  std::shared_ptr<Kept>& kept = kept_[id];
  if (kept == nullptr) kept = std::make_shared<Kept>();
  kept->last_asked = now;
  return kept;
}

// Counts while `lock`, which holds mutex_, is open; nobody else counts this outdial then.
void OutdialProgressService::Count(OutdialId id, Kept& kept, std::unique_lock<std::mutex>& lock) {
  kept.counting = true;
  absl::StatusOr<std::shared_ptr<const OutdialCount>> count = TransactionDidNotRun();
  absl::Duration took;
  absl::Time tm_end = absl::InfinitePast();
  // Also where a port throws: who waits must not wait for ever.
  const absl::Cleanup end = [&] {
    if (!lock.owns_lock()) lock.lock();
    kept.last_result = count.status();
    kept.took = took;
    if (count.ok()) {
      kept.count = *count;
    } else {
      kept.tm_failure = tm_end;
    }
    kept.counting = false;
    ++kept.counts_ended;
    count_ended_.notify_all();
  };
  lock.unlock();
  const absl::Time now = TruncateToMicroseconds(ports_.clock.Now());
  const absl::Status read = ports_.database.ReadLong([&](const UnitOfWork& work) -> absl::Status {
    ASSIGN_OR_RETURN(groups, work.targets().CountGroups(id));
    ASSIGN_OR_RETURN(calls, work.calls().Count(id));
    count = std::make_shared<const OutdialCount>(OutdialCount{
        .outdial_id = id, .groups = std::move(groups), .calls = calls, .tm_count = now});
    return absl::OkStatus();
  });
  if (!read.ok()) count = read;
  tm_end = ports_.clock.Now();
  // The clock may step.
  took = std::min(absl::AbsDuration(tm_end - now), kSlowWatchTime);
}

}  // namespace outdial
