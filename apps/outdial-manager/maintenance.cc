#include "maintenance.h"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <utility>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "outdial/logging/log.h"

namespace outdial::manager {
namespace {

constexpr std::size_t kBatch = 500;
constexpr absl::Duration kMaxBackoff = absl::Seconds(30);

// Something that is done again and again, in batches.
class Task {
 public:
  // `run` does up to the given number of things and returns how many it did.
  using Run = std::function<absl::StatusOr<std::size_t>(std::size_t)>;

  Task(std::string_view failure, absl::Duration interval, Run run)
      : failure_(failure), interval_(interval), run_(std::move(run)) {}

  // How long to wait before the next call. Makes a batch where it is due.
  absl::Duration Step(absl::Duration elapsed) {
    wait_ -= elapsed;
    if (wait_ > absl::ZeroDuration()) return wait_;
    const absl::StatusOr<std::size_t> done = run_(kBatch);
    if (done.ok()) {
      backoff_ = interval_;
      wait_ = *done < kBatch ? interval_ : absl::ZeroDuration();
    } else {
      logging::Log(logging::Level::kWarning, failure_,
                   {{"error", std::string(done.status().message())}});
      wait_ = backoff_ = std::max(interval_, std::min(2 * backoff_, kMaxBackoff));
    }
    return wait_;
  }

 private:
  std::string_view failure_;
  absl::Duration interval_;
  Run run_;
  absl::Duration wait_ = absl::ZeroDuration();
  absl::Duration backoff_ = interval_;
};

}  // namespace

absl::Duration MaintenanceStats::OldestEventAge(absl::Time now) const {
  const std::int64_t oldest = oldest_event_;
  if (oldest == 0) return absl::ZeroDuration();
  return std::max(now - absl::FromUnixMicros(oldest), absl::ZeroDuration());
}

Maintenance::Maintenance(Services& services, Database& database, MaintenanceStats& stats)
    : services_(services), database_(database), stats_(stats), thread_([this] { Run(); }) {}

Maintenance::~Maintenance() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  stop_.notify_one();
  thread_.join();
}

void Maintenance::Run() {
  Task leases("Expired leases could not be brought back", absl::Seconds(1),
              [this](std::size_t limit) {
                auto reclaimed = services_.targets.ReclaimExpiredLeases(limit);
                stats_.database_works_ = reclaimed.ok();
                if (reclaimed.ok()) stats_.leases_reclaimed_ += *reclaimed;
                return reclaimed;
              });
  Task outbox("The outbox could not be looked at", absl::Seconds(5),
              [this](std::size_t /*limit*/) -> absl::StatusOr<std::size_t> {
                if (absl::Status status = LookAtOutbox(); !status.ok()) return status;
                return 0;
              });
  Task journal("The request journal could not be cleaned", absl::Minutes(1),
               [this](std::size_t limit) { return services_.journal.RemoveExpired(limit); });
  absl::Duration wait = absl::ZeroDuration();
  std::unique_lock lock(mutex_);
  do {
    lock.unlock();
    wait = std::min({leases.Step(wait), outbox.Step(wait), journal.Step(wait)});
    lock.lock();
  } while (!stop_.wait_for(lock, absl::ToChronoNanoseconds(wait), [this] { return stopping_; }));
}

absl::Status Maintenance::LookAtOutbox() {
  return database_.Read([this](const UnitOfWork& work) -> absl::Status {
    const auto size = work.outbox().Size();
    if (!size.ok()) return size.status();
    const auto oldest = work.outbox().Peek(1);
    if (!oldest.ok()) return oldest.status();
    stats_.outbox_events_ = *size;
    stats_.oldest_event_ = oldest->empty() ? 0 : absl::ToUnixMicros(oldest->front().tm_create);
    return absl::OkStatus();
  });
}

}  // namespace outdial::manager
