#include "outdial/services/outdial_target_call_service.h"

#include <optional>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "outdial/entities/error.h"
#include "outdial/entities/outdial_target_call.h"
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
  auto call =
      ReadResult(ports_.database, [&](const UnitOfWork& work) { return work.calls().Get(id); });
  if (call.ok()) ports_.cache.Put(*call, nullptr);
  return call;
}

absl::StatusOr<Calls> OutdialTargetCallService::List(const OutdialTargetCallFilter& filter,
                                                     const Page& page) {
  if (filter == OutdialTargetCallFilter{}) {
    return MakeError(Reason::kFilterRequired,
                     "At least one filter is needed to list outdial target calls.");
  }
  return ReadResult(ports_.database,
                    [&](const UnitOfWork& work) { return work.calls().List(filter, page); });
}

absl::StatusOr<Calls> OutdialTargetCallService::ListOfTarget(OutdialTargetId target_id,
                                                             const Page& page) {
  return ReadResult(ports_.database, [&](const UnitOfWork& work) -> absl::StatusOr<Calls> {
    RETURN_IF_ERROR(work.targets().Get(target_id).status());
    OutdialTargetCallFilter filter;
    filter.outdial_target_id = target_id;
    return work.calls().List(filter, page);
  });
}

absl::StatusOr<OutdialTargetCall> OutdialTargetCallService::Update(
    OutdialTargetCallId id, const OutdialTargetCallUpdate& update,
    const JournalRecorder<OutdialTargetCall>& journal) {
  const absl::Time now = ports_.timestamps.Next();
  std::optional<OutdialTargetCall> before;
  auto result =
      WriteResult(ports_.database, [&](UnitOfWork& work) -> absl::StatusOr<OutdialTargetCall> {
        ASSIGN_OR_RETURN(call, work.calls().GetForUpdate(id));
        before = call;
        call.Update(update, now);
        RETURN_IF_ERROR(work.calls().Update(call));
        RETURN_IF_ERROR(WriteJournal(work, journal, call, now));
        ports_.cache.Expect(call);
        return call;
      });
  if (result.ok()) ports_.cache.Put(*result, &*before);
  return result;
}

}  // namespace outdial
