#include "outdial/services/outdial_target_service.h"

#include <cstddef>
#include <optional>
#include <utility>
#include <vector>

#include "absl/functional/function_ref.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "absl/types/span.h"
#include "outdial/entities/availability.h"
#include "outdial/entities/error.h"
#include "outdial/entities/event.h"
#include "outdial/entities/misuse.h"
#include "outdial/entities/outdial.h"
#include "outdial/entities/outdial_target.h"
#include "outdial/entities/outdial_target_call.h"
#include "outdial/entities/timestamp.h"
#include "outdial/ports/cache.h"
#include "outdial/ports/database.h"
#include "outdial/ports/result_rows.h"
#include "status_macros.h"
#include "transaction.h"

namespace outdial {
namespace {

// A target that a transaction changes, with the call that begins or ends with the change.
struct ChangedTarget {
  OutdialTarget target;
  std::optional<EventType> event =
      EventType::kOutdialTargetUpdated;  // nullopt: nothing to announce
  std::optional<OutdialTargetCall> call = std::nullopt;
  std::optional<OutdialTargetCall> call_before = std::nullopt;  // nullopt: the call is new
};

absl::Status CallNotOpen() {
  return MakeError(Reason::kOutdialTargetCallNotOpen,
                   "The outdial target call is not the open call of the outdial target.",
                   "outdialtargetcall_id");
}

// Begins a call at `index`. Errors: those of OutdialTarget::StartCall.
absl::Status StartCall(ChangedTarget& changed, OutdialTargetCallId call_id, const Outdial& outdial,
                       DestinationIndex index, std::optional<absl::Time> lease_until,
                       absl::Time now) {
  RETURN_IF_ERROR(changed.target.StartCall(index, lease_until, now));
  changed.call = OutdialTargetCall(call_id, outdial, changed.target, index, now);
  return absl::OkStatus();
}

// Ends the open call, where there is one.
absl::Status EndOpenCall(UnitOfWork& work, ChangedTarget& changed, absl::Time now) {
  ASSIGN_OR_RETURN(open, work.calls().FindOpen(changed.target.id()));
  if (!open.has_value()) return absl::OkStatus();
  changed.call_before = open;
  changed.call = std::move(open);
  changed.call->End(now);
  return absl::OkStatus();
}

// Whether `call_id` names the open call. Error: OUTDIAL_TARGET_CALL_NOT_OPEN.
absl::Status CheckCallOpen(UnitOfWork& work, const OutdialTarget& target,
                           OutdialTargetCallId call_id) {
  ASSIGN_OR_RETURN(open, work.calls().FindOpen(target.id()));
  return open.has_value() && open->id() == call_id ? absl::OkStatus() : CallNotOpen();
}

// Whether `call_id` names a call of `target`, open or not. Error: OUTDIAL_TARGET_CALL_NOT_OPEN.
absl::Status CheckCallOfTarget(UnitOfWork& work, const OutdialTarget& target,
                               OutdialTargetCallId call_id) {
  const auto call = work.calls().Get(call_id);
  if (!call.ok()) {
    const bool unknown = GetReason(call.status()) == Reason::kOutdialTargetCallNotFound;
    return unknown ? CallNotOpen() : call.status();
  }
  return call->fields().outdial_target_id == target.id() ? absl::OkStatus() : CallNotOpen();
}

// Targets as they were written, with the calls that began or ended with them.
struct WrittenTargets {
  std::vector<OutdialTarget> targets;
  std::vector<OutdialTargetCall> calls;
};

absl::Status Announce(UnitOfWork& work, const ServiceSettings& settings,
                      absl::Span<const ChangedTarget> changes) {
  if (!settings.record_events) return absl::OkStatus();
  std::vector<Event> events;
  events.reserve(changes.size());
  for (const ChangedTarget& changed : changes) {
    if (changed.event.has_value()) events.push_back({*changed.event, changed.target});
  }
  return events.empty() ? absl::OkStatus() : work.outbox().Append(events);
}

// Writes the calls that there are of the changes, and moves them out; those that were there before
// come first. `replaced` are these as they were.
absl::StatusOr<std::vector<OutdialTargetCall>> SaveCalls(UnitOfWork& work,
                                                         absl::Span<ChangedTarget> changes,
                                                         std::vector<OutdialTargetCall>& replaced) {
  std::vector<OutdialTargetCall> calls;
  for (ChangedTarget& changed : changes) {
    if (!changed.call_before.has_value()) continue;
    RETURN_IF_ERROR(work.calls().Update(*changed.call));
    calls.push_back(*std::move(changed.call));
    replaced.push_back(*std::move(changed.call_before));
  }
  for (ChangedTarget& changed : changes) {
    if (changed.call.has_value() && !changed.call_before.has_value()) {
      calls.push_back(*std::move(changed.call));
    }
  }
  const auto new_calls = absl::MakeConstSpan(calls).subspan(replaced.size());
  if (!new_calls.empty()) RETURN_IF_ERROR(work.calls().Insert(new_calls));
  return calls;
}

// Writes targets that exist, their calls and their events; prepares the cache. The last step before
// the journal.
absl::StatusOr<WrittenTargets> Save(UnitOfWork& work, CachedWrite& write,
                                    const ServiceSettings& settings,
                                    absl::Span<ChangedTarget> changes) {
  WrittenTargets written;
  if (changes.empty()) return written;
  RETURN_IF_ERROR(Announce(work, settings, changes));
  std::vector<OutdialTargetCall> replaced_calls;
  ASSIGN_OR_RETURN(calls, SaveCalls(work, changes, replaced_calls));
  written.calls = std::move(calls);
  written.targets.reserve(changes.size());
  for (ChangedTarget& changed : changes) written.targets.push_back(std::move(changed.target));
  RETURN_IF_ERROR(work.targets().Update(written.targets));
  const auto changed_calls = absl::MakeConstSpan(written.calls).first(replaced_calls.size());
  write.Expect({.targets = written.targets, .calls = changed_calls}, replaced_calls);
  return written;
}

// To be called once a transaction is committed.
void Committed(CachedWrite& write, const ServiceSettings& settings, const WrittenTargets& written) {
  if (written.targets.empty()) return;
  write.Put({.targets = written.targets, .calls = written.calls});
  TellOfEvents(settings);
}

// Changes one target in a transaction of its own. Error: OUTDIAL_TARGET_NOT_FOUND, and those of
// `change`.
absl::StatusOr<OutdialTarget> ChangeTarget(
    const ServicePorts& ports, const ServiceSettings& settings, OutdialTargetId id,
    const JournalRecorder<OutdialTarget>& journal,
    absl::FunctionRef<absl::Status(UnitOfWork&, ChangedTarget&, absl::Time)> change) {
  CachedWrite write(ports);
  const absl::Time now = ports.timestamps.Next();
  Journaling journaling(journal);
  auto result =
      WriteResult(write, journaling, [&](UnitOfWork& work) -> absl::StatusOr<WrittenTargets> {
        ASSIGN_OR_RETURN(target, work.targets().GetForUpdate(id));
        ChangedTarget changed{.target = std::move(target)};
        RETURN_IF_ERROR(change(work, changed, now));
        ASSIGN_OR_RETURN(written, Save(work, write, settings, {&changed, 1}));
        RETURN_IF_ERROR(journaling.Write(work, written.targets[0], now));
        return std::move(written);
      });
  if (!result.ok()) return result.status();
  Committed(write, settings, *result);
  return std::move(result->targets[0]);
}

}  // namespace

OutdialTargetService::OutdialTargetService(const ServicePorts& ports,
                                           const ServiceSettings& settings)
    : ports_(ports), settings_(settings) {
  if (!CheckLease(settings_.default_lease).ok()) {
    StopAtMisuse("ServiceSettings::default_lease is negative or more than kMaxLease");
  }
}

absl::StatusOr<std::optional<absl::Time>> OutdialTargetService::LeaseUntil(
    std::optional<absl::Duration> lease) const {
  const absl::Duration duration = lease.value_or(settings_.default_lease);
  RETURN_IF_ERROR(CheckLease(duration));
  if (duration == absl::ZeroDuration()) return std::nullopt;
  return TruncateToMicroseconds(ports_.clock.Now() + duration);
}

absl::StatusOr<OutdialTarget> OutdialTargetService::Create(
    OutdialId outdial_id, NewOutdialTarget values, const JournalRecorder<OutdialTarget>& journal) {
  const CacheTicket ticket = ports_.cache.Ticket();
  const absl::Time now = ports_.timestamps.Next();
  const OutdialTargetId id(ports_.ids.NewUuid());
  const ChangedTarget created{.target = OutdialTarget(id, outdial_id, std::move(values), now),
                              .event = EventType::kOutdialTargetCreated};
  Journaling journaling(journal);
  absl::Status status = ports_.database.Write([&](UnitOfWork& work) -> absl::Status {
    RETURN_IF_ERROR(OnlyLive(work.outdials().GetForShare(outdial_id)).status());
    RETURN_IF_ERROR(work.targets().Insert({&created.target, 1}));
    RETURN_IF_ERROR(Announce(work, settings_, {&created, 1}));
    return journaling.Write(work, created.target, now);
  });
  status = journaling.Outcome(ports_.database, std::move(status));
  if (!status.ok()) return status;
  ports_.cache.Put({.targets = {&created.target, 1}}, ticket);
  TellOfEvents(settings_);
  return created.target;
}

absl::StatusOr<OutdialTarget> OutdialTargetService::Get(OutdialTargetId id) {
  if (auto cached = ports_.cache.GetOutdialTarget(id); cached.has_value())
    return *std::move(cached);
  const CacheTicket ticket = ports_.cache.Ticket();
  auto target =
      ReadResult(ports_.database, [&](const UnitOfWork& work) { return work.targets().Get(id); });
  if (!target.ok()) return target;
  ports_.cache.Fill({.targets = {&*target, 1}}, ticket);
  return target->WithoutLease();
}

absl::StatusOr<std::vector<OutdialTarget>> OutdialTargetService::List(OutdialId outdial_id,
                                                                      const Page& page) {
  using Targets = std::vector<OutdialTarget>;
  return ReadResult(ports_.database, [&](const UnitOfWork& work) -> absl::StatusOr<Targets> {
    RETURN_IF_ERROR(work.outdials().Get(outdial_id).status());
    return work.targets().List(outdial_id, WithinLimit(page));
  });
}

absl::StatusOr<std::vector<OutdialTarget>> OutdialTargetService::ListOldest(
    OutdialId outdial_id, const CreationPlace& after, std::size_t limit) {
  using Targets = std::vector<OutdialTarget>;
  return ReadResult(ports_.database, [&](const UnitOfWork& work) -> absl::StatusOr<Targets> {
    RETURN_IF_ERROR(work.outdials().Get(outdial_id).status());
    return work.targets().ListOldest(outdial_id, after, limit);
  });
}

absl::StatusOr<std::vector<OutdialTarget>> OutdialTargetService::Available(
    OutdialId outdial_id, const TryThresholds& thresholds, std::size_t limit) {
  using Targets = std::vector<OutdialTarget>;
  return ReadResult(ports_.database, [&](const UnitOfWork& work) -> absl::StatusOr<Targets> {
    RETURN_IF_ERROR(OnlyLive(work.outdials().Get(outdial_id)).status());
    return work.targets().FindAvailable(outdial_id, thresholds, WithinLimit(limit));
  });
}

absl::StatusOr<std::vector<ClaimedTarget>> OutdialTargetService::Claim(
    OutdialId outdial_id, const TryThresholds& thresholds, std::size_t limit,
    std::optional<absl::Duration> lease,
    const JournalRecorder<std::vector<ClaimedTarget>>& journal) {
  CachedWrite write(ports_);
  WrittenTargets written;
  std::vector<ClaimedTarget> claimed;
  Journaling journaling(journal);
  absl::Status status = write.Write([&](UnitOfWork& work) -> absl::Status {
    claimed.clear();
    std::vector<ChangedTarget> changes;
    ASSIGN_OR_RETURN(outdial, OnlyLive(work.outdials().GetForShare(outdial_id)));
    ASSIGN_OR_RETURN(targets,
                     work.targets().LockAvailable(outdial_id, thresholds, WithinLimit(limit)));
    ASSIGN_OR_RETURN(lease_until, LeaseUntil(lease));
    for (OutdialTarget& target : targets) {
      const auto index = Signature(target.fields().slots).LowestEligible(thresholds);
      if (!index.has_value())
        return MakeError(Reason::kInternal, "A target that is not available was found.");
      ChangedTarget changed{.target = std::move(target)};
      const OutdialTargetCallId call_id(ports_.ids.NewUuid());
      RETURN_IF_ERROR(
          StartCall(changed, call_id, outdial, *index, lease_until, ports_.timestamps.Next()));
      claimed.push_back({changed.target, *index, call_id, lease_until});
      changes.push_back(std::move(changed));
    }
    ASSIGN_OR_RETURN(saved, Save(work, write, settings_, absl::MakeSpan(changes)));
    written = std::move(saved);
    return journaling.Write(work, claimed, ports_.timestamps.Next());
  });
  status = journaling.Outcome(ports_.database, std::move(status));
  if (!status.ok()) return status;
  Committed(write, settings_, written);
  return claimed;
}

absl::StatusOr<OutdialTarget> OutdialTargetService::Progress(
    OutdialTargetId id, DestinationIndex index, std::optional<absl::Duration> lease,
    const JournalRecorder<OutdialTarget>& journal) {
  const OutdialTargetCallId call_id(ports_.ids.NewUuid());
  ASSIGN_OR_RETURN(lease_until, LeaseUntil(lease));
  return ChangeTarget(
      ports_, settings_, id, journal,
      [&](UnitOfWork& work, ChangedTarget& changed, absl::Time now) -> absl::Status {
        if (!changed.target.deleted()) {
          ASSIGN_OR_RETURN(outdial,
                           OnlyLive(work.outdials().GetForShare(changed.target.outdial_id())));
          return StartCall(changed, call_id, outdial, index, lease_until, now);
        }
        return changed.target.StartCall(index, lease_until, now);
      });
}

absl::StatusOr<OutdialTarget> OutdialTargetService::Renew(
    OutdialTargetId id, std::optional<absl::Duration> lease,
    std::optional<OutdialTargetCallId> call_id, const JournalRecorder<OutdialTarget>& journal) {
  ASSIGN_OR_RETURN(lease_until, LeaseUntil(lease));
  return ChangeTarget(
      ports_, settings_, id, journal,
      [&](UnitOfWork& work, ChangedTarget& changed, absl::Time /*now*/) -> absl::Status {
        RETURN_IF_ERROR(changed.target.Renew(lease_until));
        changed.event = std::nullopt;
        return call_id.has_value() ? CheckCallOpen(work, changed.target, *call_id)
                                   : absl::OkStatus();
      });
}

absl::StatusOr<OutdialTarget> OutdialTargetService::Report(
    OutdialTargetId id, TargetStatus status, std::optional<OutdialTargetCallId> call_id,
    const JournalRecorder<OutdialTarget>& journal) {
  return ChangeTarget(
      ports_, settings_, id, journal,
      [&](UnitOfWork& work, ChangedTarget& changed, absl::Time now) -> absl::Status {
        if (call_id.has_value()) {
          RETURN_IF_ERROR(changed.target.deleted()
                              ? CheckCallOfTarget(work, changed.target, *call_id)
                              : CheckCallOpen(work, changed.target, *call_id));
        }
        RETURN_IF_ERROR(changed.target.Report(status, now));
        return EndOpenCall(work, changed, now);
      });
}

absl::StatusOr<OutdialTarget> OutdialTargetService::Delete(
    OutdialTargetId id, const JournalRecorder<OutdialTarget>& journal) {
  return ChangeTarget(
      ports_, settings_, id, journal,
      [&](UnitOfWork& work, ChangedTarget& changed, absl::Time now) -> absl::Status {
        if (!changed.target.Delete(now)) {
          changed.event = std::nullopt;
          return absl::OkStatus();
        }
        changed.event = EventType::kOutdialTargetDeleted;
        return EndOpenCall(work, changed, now);
      });
}

absl::StatusOr<std::size_t> OutdialTargetService::ReclaimExpiredLeases(std::size_t limit) {
  std::size_t reclaimed = 0;
  bool may_have_more = false;
  do {
    CachedWrite write(ports_);
    auto written = WriteResult(write, [&](UnitOfWork& work) -> absl::StatusOr<WrittenTargets> {
      std::vector<ChangedTarget> changes;
      ASSIGN_OR_RETURN(targets,
                       work.targets().LockLeaseExpired(ports_.clock.Now(), limit - reclaimed));
      may_have_more = MayHaveMore(targets);
      for (OutdialTarget& target : targets) {
        ChangedTarget changed{.target = std::move(target)};
        const absl::Time now = ports_.timestamps.Next();
        RETURN_IF_ERROR(changed.target.Report(TargetStatus::kIdle, now));
        RETURN_IF_ERROR(EndOpenCall(work, changed, now));
        changes.push_back(std::move(changed));
      }
      return Save(work, write, settings_, absl::MakeSpan(changes));
    });
    if (!written.ok()) return written.status();
    Committed(write, settings_, *written);
    reclaimed += written->targets.size();
  } while (reclaimed < limit && may_have_more);
  return reclaimed;
}

}  // namespace outdial
