#include "request.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/time/time.h"
#include "outdial/wire/json.h"

namespace outdial::simulation {
namespace {

using wire::Json;

// "destination_0"
std::string SlotKey(const char* prefix, std::size_t slot) { return prefix + std::to_string(slot); }

Json PartyJson(const Party& party) {
  Json json = {{"name", party.name}};
  if (party.is_malformed) json["name"] = 5;
  if (!party.detail.empty()) json["detail"] = party.detail;
  if (!party.data.empty()) json["data"] = party.data;
  for (std::size_t i = 0; i < kSlotCount; ++i) {
    const auto& destination = party.destinations[i];
    if (!destination.has_value()) continue;
    json[SlotKey("destination_", i)] = {{"type", destination->type},
                                        {"target", destination->target}};
  }
  return json;
}

void AddThresholds(const Request& request, Json& values) {
  for (std::size_t i = 0; i < kSlotCount; ++i) {
    if (request.thresholds[i] != 0) values[SlotKey("try_count_", i)] = request.thresholds[i];
  }
  if (request.limit != 0) values["limit"] = request.limit;
}

template <typename Value>
void AddIfSet(Json& values, const char* key, const std::optional<Value>& value) {
  if (value.has_value()) values[key] = *value;
}

void AddFilters(const Request& request, Json& values) {
  AddIfSet(values, "customer_id", request.customer_id);
  AddIfSet(values, "campaign_id", request.campaign_id);
  AddIfSet(values, "name", request.name);
  AddIfSet(values, "deleted", request.deleted);
  if (request.of_outdial.has_value()) values["outdial_id"] = request.of_outdial->ToString();
  AddIfSet(values, "activeflow_id", request.activeflow_id);
  AddIfSet(values, "reference_id", request.reference_id);
  if (request.has_unknown_filter) values["colour"] = "red";
}

// What a list takes only in the query, or in both places.
void AddPage(const Request& request, Json& values) {
  if (request.page_size != 0) values["page_size"] = request.page_size;
  if (request.page_before.has_value()) {
    values["page_token"] =
        absl::FormatTime("%Y-%m-%dT%H:%M:%E6SZ", *request.page_before, absl::UTCTimeZone());
  }
}

// None of the values has a character that must be escaped but spaces.
std::string QueryOf(const Json& values) {
  std::string query;
  for (const auto& [key, value] : values.items()) {
    std::string text = value.is_string() ? value.get<std::string>() : wire::DumpJson(value);
    for (char& c : text) {
      if (c == ' ') c = '+';
    }
    absl::StrAppend(&query, query.empty() ? "?" : "&", key, "=", text);
  }
  return query;
}

std::string PathOf(const Request& request) {
  const std::string outdial = "/v1/outdials/" + request.outdial_id.ToString();
  const std::string target = "/v1/outdialtargets/" + request.target_id.ToString();
  switch (request.operation) {
    case Operation::kCreateOutdial:
    case Operation::kListOutdials:
      return "/v1/outdials";
    case Operation::kGetOutdial:
    case Operation::kUpdateOutdial:
    case Operation::kDeleteOutdial:
      return outdial;
    case Operation::kUpdateCampaign:
      return outdial + "/campaign_id";
    case Operation::kUpdateData:
      return outdial + "/data";
    case Operation::kCreateTarget:
    case Operation::kListTargets:
      return outdial + "/targets";
    case Operation::kImportTargets:
      return outdial + "/targets/import";
    case Operation::kAvailable:
      return outdial + "/available";
    case Operation::kProgress:
      return outdial + "/progress";
    case Operation::kClaim:
      return outdial + "/claim";
    case Operation::kGetTarget:
    case Operation::kDeleteTarget:
      return target;
    case Operation::kStartCall:
      return target + "/progressing";
    case Operation::kRenew:
      return target + "/renew";
    case Operation::kReport:
      return target + "/status";
    case Operation::kListCallsOfTarget:
      return target + "/calls";
    case Operation::kListCalls:
      return "/v1/outdialtargetcalls";
    case Operation::kGetCall:
    case Operation::kUpdateCall:
      return "/v1/outdialtargetcalls/" + request.call_id.ToString();
  }
  return "";
}

const char* MethodOf(Operation operation) {
  switch (operation) {
    case Operation::kCreateOutdial:
    case Operation::kCreateTarget:
    case Operation::kImportTargets:
    case Operation::kClaim:
    case Operation::kStartCall:
    case Operation::kRenew:
      return "POST";
    case Operation::kUpdateOutdial:
    case Operation::kUpdateCampaign:
    case Operation::kUpdateData:
    case Operation::kReport:
    case Operation::kUpdateCall:
      return "PUT";
    case Operation::kDeleteOutdial:
    case Operation::kDeleteTarget:
      return "DELETE";
    default:
      return "GET";
  }
}

}  // namespace

bool Changes(Operation operation) { return MethodOf(operation) != std::string("GET"); }

void Compose(Request& request) {
  request.method = MethodOf(request.operation);
  request.uri = PathOf(request);
  Json values = Json::object();
  switch (request.operation) {
    case Operation::kCreateOutdial:
    case Operation::kUpdateOutdial:
    case Operation::kUpdateCampaign:
    case Operation::kUpdateData:
      AddIfSet(values, "customer_id", request.customer_id);
      AddIfSet(values, "campaign_id", request.campaign_id);
      AddIfSet(values, "name", request.name);
      AddIfSet(values, "detail", request.detail);
      AddIfSet(values, "data", request.data);
      break;
    case Operation::kCreateTarget:
      values = PartyJson(request.parties.at(0));
      break;
    case Operation::kImportTargets:
      if (!request.on_duplicate.empty()) values["on_duplicate"] = request.on_duplicate;
      if (!request.region.empty()) values["region"] = request.region;
      values["targets"] = Json::array();
      for (const Party& party : request.parties) values["targets"].push_back(PartyJson(party));
      break;
    case Operation::kListOutdials:
    case Operation::kListTargets:
    case Operation::kListCallsOfTarget:
    case Operation::kListCalls:
      AddFilters(request, values);
      AddPage(request, values);
      break;
    case Operation::kAvailable:
    case Operation::kProgress:
      AddThresholds(request, values);
      break;
    case Operation::kClaim:
      AddThresholds(request, values);
      AddIfSet(values, "lease_seconds", request.lease_seconds);
      break;
    case Operation::kStartCall:
      values["destination_index"] = request.destination_index;
      AddIfSet(values, "lease_seconds", request.lease_seconds);
      break;
    case Operation::kRenew:
    case Operation::kReport:
      AddIfSet(values, "lease_seconds", request.lease_seconds);
      if (!request.status.empty()) values["status"] = request.status;
      if (request.reported_call.has_value()) {
        values["outdialtargetcall_id"] = request.reported_call->ToString();
      }
      break;
    case Operation::kUpdateCall:
      AddIfSet(values, "activeflow_id", request.activeflow_id);
      AddIfSet(values, "reference_type", request.reference_type);
      AddIfSet(values, "reference_id", request.reference_id);
      break;
    case Operation::kGetOutdial:
    case Operation::kDeleteOutdial:
    case Operation::kGetTarget:
    case Operation::kDeleteTarget:
    case Operation::kGetCall:
      break;
  }
  request.body.clear();
  if (Changes(request.operation)) {
    values["sent_as"] = request.number;
    request.body = wire::DumpJson(values);
  } else if (request.in_body) {
    request.body = wire::DumpJson(values);
  } else {
    request.uri += QueryOf(values);
  }
}

}  // namespace outdial::simulation
