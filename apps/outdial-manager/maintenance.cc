#include "maintenance.h"

#include <algorithm>
#include <cstddef>
#include <cstdint>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"

namespace outdial::manager {
namespace {

constexpr std::size_t kBatch = 500;

}  // namespace

absl::Duration MaintenanceStats::OldestEventAge(absl::Time now) const {
  const std::int64_t oldest = oldest_event_;
  if (oldest == 0) return absl::ZeroDuration();
  return std::max(now - absl::FromUnixMicros(oldest), absl::ZeroDuration());
}

Maintenance::Maintenance(Services& services, Database& database, MaintenanceStats& stats)
    : services_(services),
      database_(database),
      stats_(stats),
      tasks_(
          {{.failure = "Expired leases could not be brought back",
            .interval = absl::Seconds(1),
            .batch = kBatch,
            .run = [this](std::size_t limit) { return ReclaimLeases(limit); }},
           {.failure = "The outbox could not be looked at",
            .interval = absl::Seconds(5),
            .run = [this](std::size_t /*limit*/) -> absl::StatusOr<std::size_t> {
              if (absl::Status status = LookAtOutbox(); !status.ok()) return status;
              return 0;
            }},
           {.failure = "The request journal could not be cleaned",
            .interval = absl::Minutes(1),
            .batch = kBatch,
            .run = [this](std::size_t limit) { return services_.journal.RemoveExpired(limit); }}}),
      registering_({{.failure = "Destination keys could not be registered",
                     .interval = absl::Seconds(1),
                     .rest = 2,  // millions may be missing, and others use the database too
                     .batch = kBatch,
                     .run =
                         [this](std::size_t limit) {
                           return services_.imports.RegisterMissingKeys(limit);
                         }}}),
      counting_({{.failure = "Targets could not be counted",
                  .interval = absl::Milliseconds(500),
                  .run = [this](std::size_t limit) {
                    return services_.progress.RecountWatched(limit);
                  }}}) {}

absl::StatusOr<std::size_t> Maintenance::ReclaimLeases(std::size_t limit) {
  auto reclaimed = services_.targets.ReclaimExpiredLeases(limit);
  stats_.database_works_ = reclaimed.ok();
  if (reclaimed.ok()) stats_.leases_reclaimed_ += *reclaimed;
  return reclaimed;
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
