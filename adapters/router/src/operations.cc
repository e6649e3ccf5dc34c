#include "operations.h"

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "absl/time/time.h"
#include "arguments.h"
#include "outdial/entities/availability.h"
#include "outdial/entities/error.h"
#include "outdial/entities/outdial.h"
#include "outdial/entities/outdial_target.h"
#include "outdial/entities/outdial_target_call.h"
#include "outdial/entities/page.h"
#include "outdial/entities/slot.h"
#include "outdial/entities/target_import.h"
#include "outdial/entities/text.h"
#include "outdial/entities/uuid.h"
#include "outdial/ports/outdial_repository.h"
#include "outdial/ports/outdial_target_call_repository.h"
#include "outdial/ports/request_journal.h"
#include "outdial/services/service_ports.h"
#include "outdial/wire/entity_json.h"
#include "outdial/wire/envelope.h"
#include "outdial/wire/json.h"
#include "reply_data.h"

namespace outdial::router {
namespace {

using Data = absl::StatusOr<std::string>;

template <typename Result>
Data ToData(const absl::StatusOr<Result>& result) {
  if (!result.ok()) return result.status();
  return ReplyData(*result);
}

template <typename Text>
Text ReadText(Arguments& arguments, std::string_view key) {
  return arguments.FindText<Text>(key).value_or(Text());
}

template <typename Id>
Id ReadId(Arguments& arguments, std::string_view key) {
  return arguments.FindId<Id>(key).value_or(Id());
}

// "try_count_0", …
std::string SlotKey(std::string_view prefix, std::size_t slot) {
  return std::string(prefix) + std::to_string(slot);
}

TryThresholds ReadThresholds(Arguments& arguments) {
  TryThresholds thresholds;
  for (std::size_t i = 0; i < kSlotCount; ++i) {
    thresholds[i] = arguments.FindInteger(SlotKey("try_count_", i)).value_or(0);
  }
  return thresholds;
}

std::size_t ReadLimit(Arguments& arguments, std::size_t default_limit) {
  const std::int64_t limit = arguments.FindInteger("limit").value_or(0);
  if (limit == 0) return default_limit;
  return arguments.Take(ListSize("limit", limit)).value_or(default_limit);
}

std::optional<absl::Duration> ReadLease(Arguments& arguments) {
  const std::optional<std::int64_t> seconds = arguments.FindInteger("lease_seconds");
  if (!seconds.has_value()) return std::nullopt;
  return arguments.Take(LeaseFromSeconds(*seconds));
}

// The call that a caller reports on or renews; nullopt where it names none.
std::optional<OutdialTargetCallId> ReadCallId(Arguments& arguments) {
  const auto id = ReadId<OutdialTargetCallId>(arguments, "outdialtargetcall_id");
  return id.is_nil() ? std::nullopt : std::optional(id);
}

// The status of a report: anything but progressing.
TargetStatus ReadReportedStatus(Arguments& arguments) {
  constexpr std::string_view kKey = "status";
  const std::optional<std::string> word = arguments.FindString(kKey);
  const std::optional<TargetStatus> status = ParseTargetStatus(word.value_or(""));
  if (!status.has_value() || status == TargetStatus::kProgressing) {
    arguments.Fail(Reason::kInvalidStatus, kKey,
                   "must be idle or done; a call is started by the operation progressing");
  }
  return status.value_or(TargetStatus::kIdle);
}

Data CreateOutdial(const Call& call) {
  Arguments& arguments = call.arguments;
  NewOutdial values{.customer_id = ReadId<CustomerId>(arguments, "customer_id"),
                    .campaign_id = ReadId<CampaignId>(arguments, "campaign_id"),
                    .name = ReadText<Name>(arguments, "name"),
                    .detail = ReadText<Text>(arguments, "detail"),
                    .data = ReadText<Text>(arguments, "data")};
  if (!arguments.status().ok()) return arguments.status();
  return ToData(
      call.services.outdials.Create(std::move(values), RecorderOf<Outdial>(call.journal)));
}

Data ListOutdials(const Call& call) {
  Arguments& arguments = call.arguments;
  arguments.AllowOnly({"id", "customer_id", "campaign_id", "name", "detail", "data", "deleted"});
  const OutdialFilter filter{.id = arguments.FindId<OutdialId>("id"),
                             .customer_id = arguments.FindId<CustomerId>("customer_id"),
                             .campaign_id = arguments.FindId<CampaignId>("campaign_id"),
                             .name = arguments.FindText<Name>("name"),
                             .detail = arguments.FindText<Text>("detail"),
                             .data = arguments.FindText<Text>("data"),
                             .deleted = arguments.FindBoolean("deleted").value_or(false)};
  const Page page = arguments.ReadPage();
  if (!arguments.status().ok()) return arguments.status();
  return ToData(call.services.outdials.List(filter, page));
}

Data GetOutdial(const Call& call) { return ToData(call.services.outdials.Get(OutdialId(call.id))); }

Data UpdateOutdial(const Call& call) {
  const auto name = ReadText<Name>(call.arguments, "name");
  const auto detail = ReadText<Text>(call.arguments, "detail");
  if (!call.arguments.status().ok()) return call.arguments.status();
  return ToData(call.services.outdials.UpdateBasicInfo(OutdialId(call.id), name, detail,
                                                       RecorderOf<Outdial>(call.journal)));
}

Data DeleteOutdial(const Call& call) {
  return ToData(
      call.services.outdials.Delete(OutdialId(call.id), RecorderOf<Outdial>(call.journal)));
}

Data UpdateOutdialCampaign(const Call& call) {
  const auto campaign_id = ReadId<CampaignId>(call.arguments, "campaign_id");
  if (!call.arguments.status().ok()) return call.arguments.status();
  return ToData(call.services.outdials.UpdateCampaign(OutdialId(call.id), campaign_id,
                                                      RecorderOf<Outdial>(call.journal)));
}

Data UpdateOutdialData(const Call& call) {
  const auto data = ReadText<Text>(call.arguments, "data");
  if (!call.arguments.status().ok()) return call.arguments.status();
  return ToData(call.services.outdials.UpdateData(OutdialId(call.id), data,
                                                  RecorderOf<Outdial>(call.journal)));
}

Data CreateTarget(const Call& call) {
  auto values = wire::NewOutdialTargetFromJson(call.arguments.body());
  if (!values.ok()) return values.status();
  return ToData(call.services.targets.Create(OutdialId(call.id), *std::move(values),
                                             RecorderOf<OutdialTarget>(call.journal)));
}

Data ImportTargets(const Call& call) {
  // A body holds far fewer, unless they are nothing but mistakes.
  constexpr std::size_t kMaxRows = 50'000;
  const ImportSettings settings = ReadImportSettings(call.services, call.arguments);
  const wire::Json* const targets = call.arguments.FindList("targets");
  if (!call.arguments.status().ok()) return call.arguments.status();
  if (targets->size() > kMaxRows) {
    return MakeError(Reason::kBodyTooLarge,
                     absl::StrCat("The body holds more than ", kMaxRows, " targets."), "targets");
  }
  const TargetImportService& imports = call.services.imports;
  std::vector<absl::StatusOr<NewOutdialTarget>> rows;
  rows.reserve(targets->size());
  for (const wire::Json& target : *targets) {
    rows.push_back(imports.Normalize(wire::NewOutdialTargetFromJson(target), settings.region));
  }
  return ToData(call.services.imports.Import(OutdialId(call.id), std::move(rows),
                                             settings.on_duplicate,
                                             RecorderOf<ImportResult>(call.journal)));
}

// For transports that have no streams.
Data RefuseExport(const Call&) {
  return MakeError(Reason::kUriNotFound, "Targets are exported over HTTP only.");
}

Data ListTargets(const Call& call) {
  const Page page = call.arguments.ReadPage();
  if (!call.arguments.status().ok()) return call.arguments.status();
  return ToData(call.services.targets.List(OutdialId(call.id), page));
}

Data FindAvailable(const Call& call) {
  const TryThresholds thresholds = ReadThresholds(call.arguments);
  const std::size_t limit = ReadLimit(call.arguments, kDefaultListSize);
  if (!call.arguments.status().ok()) return call.arguments.status();
  return ToData(call.services.targets.Available(OutdialId(call.id), thresholds, limit));
}

Data GetProgress(const Call& call) {
  const TryThresholds thresholds = ReadThresholds(call.arguments);
  if (!call.arguments.status().ok()) return call.arguments.status();
  return ToData(call.services.progress.Get(OutdialId(call.id), thresholds));
}

Data ClaimTargets(const Call& call) {
  constexpr std::size_t kDefaultClaim = 1;
  const TryThresholds thresholds = ReadThresholds(call.arguments);
  const std::size_t limit = ReadLimit(call.arguments, kDefaultClaim);
  const auto lease = ReadLease(call.arguments);
  if (!call.arguments.status().ok()) return call.arguments.status();
  return ToData(call.services.targets.Claim(OutdialId(call.id), thresholds, limit, lease,
                                            RecorderOf<std::vector<ClaimedTarget>>(call.journal)));
}

Data GetTarget(const Call& call) {
  return ToData(call.services.targets.Get(OutdialTargetId(call.id)));
}

Data DeleteTarget(const Call& call) {
  return ToData(call.services.targets.Delete(OutdialTargetId(call.id),
                                             RecorderOf<OutdialTarget>(call.journal)));
}

Data ProgressTarget(const Call& call) {
  Arguments& arguments = call.arguments;
  const auto index = arguments.Take(
      DestinationIndex::Create(arguments.FindInteger("destination_index").value_or(0)));
  const auto lease = ReadLease(arguments);
  if (!arguments.status().ok()) return arguments.status();
  return ToData(call.services.targets.Progress(OutdialTargetId(call.id), *index, lease,
                                               RecorderOf<OutdialTarget>(call.journal)));
}

Data RenewTarget(const Call& call) {
  const auto lease = ReadLease(call.arguments);
  const auto call_id = ReadCallId(call.arguments);
  if (!call.arguments.status().ok()) return call.arguments.status();
  return ToData(call.services.targets.Renew(OutdialTargetId(call.id), lease, call_id,
                                            RecorderOf<OutdialTarget>(call.journal)));
}

Data ReportTarget(const Call& call) {
  const TargetStatus status = ReadReportedStatus(call.arguments);
  const auto call_id = ReadCallId(call.arguments);
  if (!call.arguments.status().ok()) return call.arguments.status();
  return ToData(call.services.targets.Report(OutdialTargetId(call.id), status, call_id,
                                             RecorderOf<OutdialTarget>(call.journal)));
}

Data ListCallsOfTarget(const Call& call) {
  const Page page = call.arguments.ReadPage();
  if (!call.arguments.status().ok()) return call.arguments.status();
  return ToData(call.services.calls.ListOfTarget(OutdialTargetId(call.id), page));
}

Data ListCalls(const Call& call) {
  Arguments& arguments = call.arguments;
  arguments.AllowOnly(
      {"customer_id", "campaign_id", "outdial_id", "activeflow_id", "reference_id"});
  const OutdialTargetCallFilter filter{
      .customer_id = arguments.FindId<CustomerId>("customer_id"),
      .campaign_id = arguments.FindId<CampaignId>("campaign_id"),
      .outdial_id = arguments.FindId<OutdialId>("outdial_id"),
      .outdial_target_id = std::nullopt,
      .activeflow_id = arguments.FindId<ActiveflowId>("activeflow_id"),
      .reference_id = arguments.FindId<ReferenceId>("reference_id")};
  const Page page = arguments.ReadPage();
  if (!arguments.status().ok()) return arguments.status();
  return ToData(call.services.calls.List(filter, page));
}

Data GetCall(const Call& call) {
  return ToData(call.services.calls.Get(OutdialTargetCallId(call.id)));
}

Data UpdateCall(const Call& call) {
  constexpr std::string_view kReferenceType = "reference_type";
  Arguments& arguments = call.arguments;
  OutdialTargetCallUpdate update{.activeflow_id = arguments.FindId<ActiveflowId>("activeflow_id"),
                                 .reference_type = std::nullopt,
                                 .reference_id = arguments.FindId<ReferenceId>("reference_id")};
  if (const auto word = arguments.FindString(kReferenceType)) {
    update.reference_type = ParseReferenceType(*word);
    if (!update.reference_type.has_value()) {
      arguments.Fail(Reason::kInvalidReferenceType, kReferenceType, "must be none or call");
    }
  }
  if (!arguments.status().ok()) return arguments.status();
  return ToData(call.services.calls.Update(OutdialTargetCallId(call.id), update,
                                           RecorderOf<OutdialTargetCall>(call.journal)));
}

}  // namespace

ImportSettings ReadImportSettings(const Services& services, Arguments& arguments) {
  constexpr std::string_view kOnDuplicate = "on_duplicate";
  ImportSettings settings;
  if (const auto word = arguments.FindString(kOnDuplicate)) {
    const std::optional<OnDuplicate> on_duplicate = ParseOnDuplicate(*word);
    if (on_duplicate.has_value()) {
      settings.on_duplicate = *on_duplicate;
    } else {
      arguments.Fail(Reason::kInvalidOnDuplicate, kOnDuplicate, "must be skip, refuse or allow");
    }
  }
  settings.region = arguments.FindString("region").value_or("");
  arguments.Check(services.imports.CheckRegion(settings.region));
  return settings;
}

const std::vector<PathSpec>& Paths() {
  static const auto& paths = *new std::vector<PathSpec>{
      {"/v1/outdials",
       "/outdials",
       {{"GET", Input::kQueryAndBody, ListOutdials},
        {"POST", Input::kRequiredBody, CreateOutdial}}},
      {"/v1/outdials/{id}",
       "/outdials/<outdial-id>",
       {{"GET", Input::kBody, GetOutdial},
        {"PUT", Input::kRequiredBody, UpdateOutdial},
        {"DELETE", Input::kBody, DeleteOutdial}}},
      {"/v1/outdials/{id}/campaign_id",
       "/outdials/<outdial-id>/campaign_id",
       {{"PUT", Input::kRequiredBody, UpdateOutdialCampaign}}},
      {"/v1/outdials/{id}/data",
       "/outdials/<outdial-id>/data",
       {{"PUT", Input::kRequiredBody, UpdateOutdialData}}},
      {"/v1/outdials/{id}/available",
       "/outdials/<outdial-id>/available",
       {{"GET", Input::kQueryAndBody, FindAvailable}}},
      {"/v1/outdials/{id}/progress",
       "/outdials/<outdial-id>/progress",
       {{"GET", Input::kQueryAndBody, GetProgress}}},
      {"/v1/outdials/{id}/claim",
       "/outdials/<outdial-id>/claim",
       {{"POST", Input::kQueryAndBody, ClaimTargets}}},
      {"/v1/outdials/{id}/targets",
       "/outdials/<outdial-id>/targets",
       {{"GET", Input::kQueryAndBody, ListTargets}, {"POST", Input::kRequiredBody, CreateTarget}}},
      {"/v1/outdials/{id}/targets/import",
       "/outdials/<outdial-id>/targets/import",
       {{"POST", Input::kQueryAndBody, ImportTargets}}},
      {"/v1/outdials/{id}/targets/export",
       "/outdials/<outdial-id>/targets/export",
       {{"GET", Input::kQueryAndBody, RefuseExport}}},
      {"/v1/outdialtargets/{id}",
       "/outdialtargets/<outdialtarget-id>",
       {{"GET", Input::kBody, GetTarget}, {"DELETE", Input::kBody, DeleteTarget}}},
      {"/v1/outdialtargets/{id}/progressing",
       "/outdialtargets/<outdialtarget-id>/progressing",
       {{"POST", Input::kBody, ProgressTarget}}},
      {"/v1/outdialtargets/{id}/renew",
       "/outdialtargets/<outdialtarget-id>/renew",
       {{"POST", Input::kBody, RenewTarget}}},
      {"/v1/outdialtargets/{id}/status",
       "/outdialtargets/<outdialtarget-id>/status",
       {{"PUT", Input::kRequiredBody, ReportTarget}}},
      {"/v1/outdialtargets/{id}/calls",
       "/outdialtargets/<outdialtarget-id>/calls",
       {{"GET", Input::kQueryAndBody, ListCallsOfTarget}}},
      {"/v1/outdialtargetcalls", "/outdialtargetcalls", {{"GET", Input::kQueryAndBody, ListCalls}}},
      {"/v1/outdialtargetcalls/{id}",
       "/outdialtargetcalls/<outdialtargetcall-id>",
       {{"GET", Input::kBody, GetCall}, {"PUT", Input::kRequiredBody, UpdateCall}}},
  };
  return paths;
}

}  // namespace outdial::router
