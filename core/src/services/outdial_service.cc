#include "outdial/services/outdial_service.h"

#include <utility>
#include <vector>

#include "absl/functional/function_ref.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "outdial/entities/event.h"
#include "outdial/entities/outdial.h"
#include "outdial/ports/cache.h"
#include "outdial/ports/database.h"
#include "status_macros.h"
#include "transaction.h"

namespace outdial {
namespace {

absl::Status Announce(UnitOfWork& work, const ServiceSettings& settings, EventType type,
                      const Outdial& outdial) {
  if (!settings.record_events) return absl::OkStatus();
  return work.outbox().Append({{type, outdial}});
}

}  // namespace

absl::StatusOr<Outdial> OutdialService::Create(NewOutdial values,
                                               const JournalRecorder<Outdial>& journal) {
  const CacheTicket ticket = ports_.cache.Ticket();
  const absl::Time now = ports_.timestamps.Next();
  const Outdial outdial(OutdialId(ports_.ids.NewUuid()), std::move(values), now);
  Journaling journaling(journal);
  absl::Status status = ports_.database.Write([&](UnitOfWork& work) -> absl::Status {
    RETURN_IF_ERROR(work.outdials().Insert(outdial));
    RETURN_IF_ERROR(Announce(work, settings_, EventType::kOutdialCreated, outdial));
    return journaling.Write(work, outdial, now);
  });
  status = journaling.Outcome(ports_.database, std::move(status));
  if (!status.ok()) return status;
  ports_.cache.Put({.outdials = {&outdial, 1}}, ticket);
  TellOfEvents(settings_);
  return outdial;
}

absl::StatusOr<Outdial> OutdialService::Get(OutdialId id) {
  if (auto cached = ports_.cache.GetOutdial(id); cached.has_value()) return *std::move(cached);
  const CacheTicket ticket = ports_.cache.Ticket();
  auto outdial =
      ReadResult(ports_.database, [&](const UnitOfWork& work) { return work.outdials().Get(id); });
  if (outdial.ok()) ports_.cache.Fill({.outdials = {&*outdial, 1}}, ticket);
  return outdial;
}

absl::StatusOr<std::vector<Outdial>> OutdialService::List(const OutdialFilter& filter,
                                                          const Page& page) {
  return ReadResult(ports_.database, [&](const UnitOfWork& work) {
    return work.outdials().List(filter, WithinLimit(page));
  });
}

absl::StatusOr<Outdial> OutdialService::UpdateBasicInfo(OutdialId id, const Name& name,
                                                        const Text& detail,
                                                        const JournalRecorder<Outdial>& journal) {
  return Update(id, journal, [&](Outdial& outdial, absl::Time now) {
    return outdial.UpdateBasicInfo(name, detail, now);
  });
}

absl::StatusOr<Outdial> OutdialService::UpdateCampaign(OutdialId id, CampaignId campaign_id,
                                                       const JournalRecorder<Outdial>& journal) {
  return Update(id, journal, [&](Outdial& outdial, absl::Time now) {
    return outdial.UpdateCampaign(campaign_id, now);
  });
}

absl::StatusOr<Outdial> OutdialService::UpdateData(OutdialId id, const Text& data,
                                                   const JournalRecorder<Outdial>& journal) {
  return Update(id, journal,
                [&](Outdial& outdial, absl::Time now) { return outdial.UpdateData(data, now); });
}

absl::StatusOr<Outdial> OutdialService::Update(
    OutdialId id, const JournalRecorder<Outdial>& journal,
    absl::FunctionRef<absl::Status(Outdial&, absl::Time)> change) {
  CachedWrite write(ports_);
  const absl::Time now = ports_.timestamps.Next();
  Journaling journaling(journal);
  auto result = WriteResult(write, journaling, [&](UnitOfWork& work) -> absl::StatusOr<Outdial> {
    ASSIGN_OR_RETURN(outdial, work.outdials().GetForUpdate(id));
    RETURN_IF_ERROR(change(outdial, now));
    RETURN_IF_ERROR(work.outdials().Update(outdial));
    RETURN_IF_ERROR(Announce(work, settings_, EventType::kOutdialUpdated, outdial));
    RETURN_IF_ERROR(journaling.Write(work, outdial, now));
    write.Expect({.outdials = {&outdial, 1}}, {});
    return outdial;
  });
  if (!result.ok()) return result;
  write.Put({.outdials = {&*result, 1}});
  TellOfEvents(settings_);
  return result;
}

absl::StatusOr<Outdial> OutdialService::Delete(OutdialId id,
                                               const JournalRecorder<Outdial>& journal) {
  CachedWrite write(ports_);
  const absl::Time now = ports_.timestamps.Next();
  Journaling journaling(journal);
  auto result = WriteResult(write, journaling, [&](UnitOfWork& work) -> absl::StatusOr<Outdial> {
    ASSIGN_OR_RETURN(outdial, work.outdials().GetForUpdate(id));
    if (outdial.Delete(now)) {
      RETURN_IF_ERROR(work.outdials().Update(outdial));
      RETURN_IF_ERROR(Announce(work, settings_, EventType::kOutdialDeleted, outdial));
    }
    RETURN_IF_ERROR(journaling.Write(work, outdial, now));
    write.Expect({.outdials = {&outdial, 1}}, {});
    return outdial;
  });
  if (!result.ok()) return result;
  write.Put({.outdials = {&*result, 1}});
  TellOfEvents(settings_);
  return result;
}

}  // namespace outdial
