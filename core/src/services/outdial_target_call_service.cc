#include "outdial/services/outdial_target_call_service.h"

#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "outdial/entities/error.h"
#include "outdial/entities/outdial_target_call.h"
#include "outdial/ports/cache.h"
#include "outdial/ports/database.h"
#include "status_macros.h"
#include "transaction.h"

namespace outdial {
namespace {

using Calls = std::vector<OutdialTargetCall>;

}  // namespace

absl::StatusOr<OutdialTargetCall> OutdialTargetCallService::Get(OutdialTargetCallId id) {
  if (auto cached = ports_.cache.GetOutdialTargetCall(id); cached.has_value())
    return *std::move(cached);
  const CacheTicket ticket = ports_.cache.Ticket();
  auto call =
      ReadResult(ports_.database, [&](const UnitOfWork& work) { return work.calls().Get(id); });
  if (call.ok()) ports_.cache.Fill({.calls = {&*call, 1}}, ticket);
  return call;
}

absl::StatusOr<Calls> OutdialTargetCallService::List(const OutdialTargetCallFilter& filter,
                                                     const Page& page) {
  if (filter == OutdialTargetCallFilter{}) {
    return MakeError(Reason::kFilterRequired,
                     "At least one filter is needed to list outdial target calls.");
  }
  return ReadResult(ports_.database, [&](const UnitOfWork& work) {
    return work.calls().List(filter, WithinLimit(page));
  });
}

absl::StatusOr<Calls> OutdialTargetCallService::ListOfTarget(OutdialTargetId target_id,
                                                             const Page& page) {
  return ReadResult(ports_.database, [&](const UnitOfWork& work) -> absl::StatusOr<Calls> {
    RETURN_IF_ERROR(work.targets().Get(target_id).status());
    OutdialTargetCallFilter filter;
    filter.outdial_target_id = target_id;
    return work.calls().List(filter, WithinLimit(page));
  });
}

absl::StatusOr<OutdialTargetCall> OutdialTargetCallService::Update(
    OutdialTargetCallId id, const OutdialTargetCallUpdate& update,
    const JournalRecorder<OutdialTargetCall>& journal) {
  CachedWrite write(ports_);
  const absl::Time now = ports_.timestamps.Next();
  Journaling journaling(journal);
  auto result =
      WriteResult(write, journaling, [&](UnitOfWork& work) -> absl::StatusOr<OutdialTargetCall> {
        ASSIGN_OR_RETURN(call, work.calls().GetForUpdate(id));
        const OutdialTargetCall before = call;
        call.Update(update, now);
        RETURN_IF_ERROR(work.calls().Update(call));
        RETURN_IF_ERROR(journaling.Write(work, call, now));
        write.Expect({.calls = {&call, 1}}, {&before, 1});
        return call;
      });
  if (result.ok()) write.Put({.calls = {&*result, 1}});
  return result;
}

}  // namespace outdial
