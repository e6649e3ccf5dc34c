#include "model.h"

#include <algorithm>
#include <utility>

#include "outdial/wire/json.h"
#include "violation.h"

namespace outdial::simulation {
namespace {

using wire::DumpJson;
using wire::Json;

constexpr absl::Duration kMicrosecond = absl::Microseconds(1);
// What a daemon may count on from one time where its clock stands still.
constexpr absl::Duration kCounting = absl::Milliseconds(1);
constexpr std::int64_t kMaxLeaseSeconds = 365 * 24 * 3600;
constexpr std::size_t kDefaultListSize = 100;

Json TimeJson(const std::optional<absl::Time>& time) {
  if (!time.has_value()) return {};
  return absl::FormatTime("%Y-%m-%dT%H:%M:%E6SZ", *time, absl::UTCTimeZone());
}

std::string OrNil(const std::string& id) {
  return id.empty() ? "00000000-0000-0000-0000-000000000000" : id;
}

Json DestinationJson(const std::optional<Destination>& destination) {
  if (!destination.has_value()) return {};
  return {{"type", destination->type}, {"target", destination->target}};
}

Json ToJson(const ModelOutdial& outdial) {
  return {{"id", outdial.id.ToString()},
          {"customer_id", OrNil(outdial.customer_id)},
          {"campaign_id", OrNil(outdial.campaign_id)},
          {"name", outdial.name},
          {"detail", outdial.detail},
          {"data", outdial.data},
          {"tm_create", TimeJson(outdial.created)},
          {"tm_update", TimeJson(outdial.updated)},
          {"tm_delete", TimeJson(outdial.deleted)}};
}

Json ToJson(const ModelTarget& target) {
  Json json = {{"id", target.id.ToString()}, {"outdial_id", target.outdial_id.ToString()},
               {"name", target.name},        {"detail", target.detail},
               {"data", target.data},        {"status", target.status}};
  for (std::size_t i = 0; i < kSlotCount; ++i) {
    json["destination_" + std::to_string(i)] = DestinationJson(target.destinations[i]);
  }
  for (std::size_t i = 0; i < kSlotCount; ++i) {
    json["try_count_" + std::to_string(i)] = target.tries[i];
  }
  json["tm_create"] = TimeJson(target.created);
  json["tm_update"] = TimeJson(target.updated);
  json["tm_delete"] = TimeJson(target.deleted);
  return json;
}

Json ToJson(const ModelCall& call) {
  return {{"id", call.id.ToString()},
          {"customer_id", OrNil(call.customer_id)},
          {"campaign_id", OrNil(call.campaign_id)},
          {"outdial_id", call.outdial_id.ToString()},
          {"outdial_target_id", call.target_id.ToString()},
          {"activeflow_id", OrNil(call.activeflow_id)},
          {"reference_type", call.reference_type},
          {"reference_id", OrNil(call.reference_id)},
          {"status", call.open ? "progressing" : "done"},
          {"destination", DestinationJson(call.destination)},
          {"destination_index", call.destination_index},
          {"try_count", call.try_count},
          {"tm_create", TimeJson(call.created)},
          {"tm_update", TimeJson(call.updated)},
          {"tm_delete", nullptr}};
}

template <typename Entity>
std::string ListText(const std::vector<const Entity*>& entities) {
  Json list = Json::array();
  for (const Entity* const entity : entities) list.push_back(ToJson(*entity));
  return DumpJson(list);
}

template <typename Entities, typename EntityId>
auto FindIn(const Entities& entities, EntityId id) {
  const auto found = entities.find(id);
  return found == entities.end() ? nullptr : &found->second;
}

// Those of a page, newest first.
template <typename Entity>
std::vector<const Entity*> PageOf(std::vector<const Entity*> rows, const Request& request) {
  std::sort(rows.begin(), rows.end(), [](const Entity* a, const Entity* b) {
    return a->created != b->created ? a->created > b->created : a->id < b->id;
  });
  const std::size_t size = request.page_size == 0 ? kDefaultListSize : request.page_size;
  std::vector<const Entity*> page;
  for (const Entity* const row : rows) {
    if (request.page_before.has_value() && row->created >= *request.page_before) continue;
    // Those who share a microsecond stay together.
    if (page.size() >= size && page.back()->created != row->created) break;
    page.push_back(row);
  }
  return page;
}

bool IsWanted(const std::optional<std::string>& wanted, const std::string& value) {
  return !wanted.has_value() || *wanted == value;
}

bool IsVersion4(const std::string& id) { return id.size() == 36 && id[14] == '4'; }

// Whether a time is one that a daemon could give to a change of what was changed at `last` before.
bool IsTimely(absl::Time time, absl::Time last, const ClockRange& clock) {
  const absl::Time next = last + kMicrosecond;
  const absl::Time latest = std::max(clock.latest, clock.highest) + kCounting;
  return std::max(clock.earliest, next) <= time && time <= std::max(latest, next);
}

// The time of a change, as the database has it.
absl::Time Learn(const std::optional<absl::Time>& found, absl::Time last, const Drawn& drawn,
                 const std::string& what) {
  Require(found.has_value(), what + " has no time");
  Require(IsTimely(*found, last, drawn.clock),
          what + " was made at a time that it was not: " + absl::FormatTime(*found));
  return *found;
}

absl::Time LastChange(const ModelOutdial& outdial) {
  return outdial.updated.value_or(outdial.created);
}
absl::Time LastChange(const ModelCall& call) { return call.updated.value_or(call.created); }

std::string Stripped(const std::string& number) {
  std::string stripped;
  for (const char c : number) {
    if (std::string(" -./()").find(c) == std::string::npos) stripped += c;
  }
  return stripped;
}

// What makes two destinations the same.
std::string KeyOf(const Destination& destination) {
  return destination.type + ":" +
         (destination.type == "tel" ? Stripped(destination.target) : destination.target);
}

std::set<std::string> KeysOf(const Destinations& destinations) {
  std::set<std::string> keys;
  for (const auto& destination : destinations) {
    if (destination.has_value()) keys.insert(KeyOf(*destination));
  }
  return keys;
}

// As E.164 has it, dialled in the United States; nullopt where it is no number.
std::optional<std::string> Normalized(const std::string& number) {
  std::string digits = Stripped(number);
  if (digits.starts_with("+")) {
    digits.erase(0, 1);
  } else {
    digits.insert(0, "1");
  }
  if (digits.size() < 7 || digits.size() > 15) return std::nullopt;
  return "+" + digits;
}

std::optional<Destination> FromAddress(const std::optional<Address>& address) {
  if (!address.has_value()) return std::nullopt;
  return Destination{.type = address->type(), .target = address->target()};
}

std::optional<std::size_t> LowestEligible(const ModelTarget& target, const Thresholds& thresholds) {
  for (std::size_t i = 0; i < kSlotCount; ++i) {
    if (target.destinations[i].has_value() && target.tries[i] < thresholds[i]) return i;
  }
  return std::nullopt;
}

// What is wrong with a request, whatever the state is.
std::optional<std::string> Mistake(const Request& request) {
  if (request.has_unknown_filter) return "UNKNOWN_FILTER";
  if (request.operation == Operation::kListCalls && !request.customer_id.has_value() &&
      !request.campaign_id.has_value() && !request.of_outdial.has_value() &&
      !request.activeflow_id.has_value() && !request.reference_id.has_value()) {
    return "FILTER_REQUIRED";
  }
  if (request.operation == Operation::kCreateTarget && request.parties.at(0).is_malformed) {
    return "WRONG_TYPE";
  }
  if (request.destination_index < 0 ||
      request.destination_index >= static_cast<std::int64_t>(kSlotCount)) {
    return "DESTINATION_INDEX_OUT_OF_RANGE";
  }
  const std::int64_t lease = request.lease_seconds.value_or(0);
  if (request.operation != Operation::kReport && (lease < 0 || lease > kMaxLeaseSeconds)) {
    return "LEASE_OUT_OF_RANGE";
  }
  if (request.operation == Operation::kReport && request.status != "idle" &&
      request.status != "done") {
    return "INVALID_STATUS";
  }
  return std::nullopt;
}

}  // namespace

std::string TextOf(const ModelOutdial& outdial) { return DumpJson(ToJson(outdial)); }
std::string TextOf(const ModelTarget& target) { return DumpJson(ToJson(target)); }
std::string TextOf(const ModelCall& call) { return DumpJson(ToJson(call)); }

bool Matches(const ModelOutdial& expected, const Outdial& found) {
  const Outdial::Fields& fields = found.fields();
  return expected.id == fields.id && OrNil(expected.customer_id) == fields.customer_id.ToString() &&
         OrNil(expected.campaign_id) == fields.campaign_id.ToString() &&
         expected.name == fields.name.value() && expected.detail == fields.detail.value() &&
         expected.data == fields.data.value() && expected.created == fields.tm_create &&
         expected.updated == fields.tm_update && expected.deleted == fields.tm_delete;
}

bool Matches(const ModelTarget& expected, const OutdialTarget& found) {
  const OutdialTarget::Fields& fields = found.fields();
  for (std::size_t i = 0; i < kSlotCount; ++i) {
    const Slot& slot = fields.slots[i];
    if (expected.destinations[i] != FromAddress(slot.address)) return false;
    if (expected.tries[i] != slot.try_count) return false;
  }
  return expected.id == fields.id && expected.outdial_id == fields.outdial_id &&
         expected.name == fields.name.value() && expected.detail == fields.detail.value() &&
         expected.data == fields.data.value() &&
         expected.status == TargetStatusName(fields.status) &&
         expected.lease == fields.lease_until && expected.created == fields.tm_create &&
         expected.updated == fields.tm_update && expected.deleted == fields.tm_delete;
}

bool Matches(const ModelCall& expected, const OutdialTargetCall& found) {
  const OutdialTargetCall::Fields& fields = found.fields();
  return expected.id == fields.id && OrNil(expected.customer_id) == fields.customer_id.ToString() &&
         OrNil(expected.campaign_id) == fields.campaign_id.ToString() &&
         expected.outdial_id == fields.outdial_id &&
         expected.target_id == fields.outdial_target_id &&
         OrNil(expected.activeflow_id) == fields.activeflow_id.ToString() &&
         expected.reference_type == ReferenceTypeName(fields.reference_type) &&
         OrNil(expected.reference_id) == fields.reference_id.ToString() &&
         expected.open == found.open() &&
         std::optional(expected.destination) == FromAddress(fields.destination) &&
         expected.destination_index == fields.destination_index.value() &&
         expected.try_count == fields.try_count && expected.created == fields.tm_create &&
         expected.updated == fields.tm_update && !fields.tm_delete.has_value();
}

const ModelOutdial* Model::FindOutdial(OutdialId id) const { return FindIn(outdials_, id); }
const ModelTarget* Model::FindTarget(OutdialTargetId id) const { return FindIn(targets_, id); }
const ModelCall* Model::FindCall(OutdialTargetCallId id) const { return FindIn(calls_, id); }

const ModelOutdial* Model::FindLiveOutdial(OutdialId id) const {
  const ModelOutdial* const outdial = FindOutdial(id);
  return outdial == nullptr || outdial->deleted.has_value() ? nullptr : outdial;
}

const ModelCall* Model::OpenCallOf(OutdialTargetId id) const {
  for (const auto& [call_id, call] : calls_) {
    if (call.open && call.target_id == id) return &call;
  }
  return nullptr;
}

std::vector<const ModelTarget*> Model::Available(OutdialId id, const Thresholds& thresholds,
                                                 std::size_t limit) const {
  std::vector<const ModelTarget*> available;
  for (const auto& [target_id, target] : targets_) {
    if (target.outdial_id == id && target.status == "idle" && !target.deleted.has_value() &&
        LowestEligible(target, thresholds).has_value()) {
      available.push_back(&target);
    }
  }
  std::sort(available.begin(), available.end(), [](const ModelTarget* a, const ModelTarget* b) {
    return a->updated != b->updated ? a->updated < b->updated : a->id < b->id;
  });
  available.resize(std::min(available.size(), limit));
  return available;
}

std::optional<std::string> Model::Refusal(const Request& request, std::size_t waiting) const {
  if (const auto mistake = Mistake(request)) return mistake;
  const ModelTarget* const target = FindTarget(request.target_id);
  switch (request.operation) {
    case Operation::kCreateOutdial:
    case Operation::kListOutdials:
    case Operation::kListCalls:
      break;
    case Operation::kGetOutdial:
    case Operation::kDeleteOutdial:
    case Operation::kListTargets:
      if (FindOutdial(request.outdial_id) == nullptr) return "OUTDIAL_NOT_FOUND";
      break;
    case Operation::kUpdateOutdial:
    case Operation::kUpdateCampaign:
    case Operation::kUpdateData:
    case Operation::kCreateTarget:
    case Operation::kImportTargets:
    case Operation::kAvailable:
    case Operation::kProgress:
    case Operation::kClaim:
      if (FindLiveOutdial(request.outdial_id) == nullptr) return "OUTDIAL_NOT_FOUND";
      break;
    case Operation::kGetTarget:
    case Operation::kDeleteTarget:
    case Operation::kListCallsOfTarget:
      if (target == nullptr) return "OUTDIAL_TARGET_NOT_FOUND";
      break;
    case Operation::kStartCall:
      if (target == nullptr || target->deleted.has_value()) return "OUTDIAL_TARGET_NOT_FOUND";
      if (FindLiveOutdial(target->outdial_id) == nullptr) return "OUTDIAL_NOT_FOUND";
      if (!target->destinations.at(static_cast<std::size_t>(request.destination_index))) {
        return "DESTINATION_NOT_SET";
      }
      if (target->status != "idle") return "OUTDIAL_TARGET_NOT_IDLE";
      break;
    case Operation::kRenew:
    case Operation::kReport: {
      const bool is_deleted = target != nullptr && target->deleted.has_value();
      if (target == nullptr || (is_deleted && request.operation == Operation::kRenew)) {
        return "OUTDIAL_TARGET_NOT_FOUND";
      }
      if (request.operation == Operation::kRenew && target->status != "progressing") {
        return "OUTDIAL_TARGET_NOT_PROGRESSING";
      }
      if (!request.reported_call.has_value()) break;
      const ModelCall* const call = FindCall(*request.reported_call);
      // A call may outlive its target.
      if (call == nullptr || call->target_id != target->id || (!call->open && !is_deleted)) {
        return "OUTDIAL_TARGET_CALL_NOT_OPEN";
      }
      break;
    }
    case Operation::kGetCall:
    case Operation::kUpdateCall:
      if (FindCall(request.call_id) == nullptr) return "OUTDIAL_TARGET_CALL_NOT_FOUND";
      break;
  }
  const std::size_t events = settings_.record_events ? EventsOf(request) : 0;
  if (events != 0 && waiting + events > settings_.outbox_limit) return "OUTBOX_FULL";
  return std::nullopt;
}

std::size_t Model::EventsOf(const Request& request) const {
  switch (request.operation) {
    case Operation::kDeleteOutdial:
      return FindLiveOutdial(request.outdial_id) == nullptr ? 0 : 1;
    case Operation::kDeleteTarget:
      return FindTarget(request.target_id)->deleted.has_value() ? 0 : 1;
    case Operation::kImportTargets: {
      const auto fates = FatesOf(request);
      return std::any_of(fates.begin(), fates.end(),
                         [](const RowFate& fate) { return fate.result == "created"; })
                 ? 1
                 : 0;
    }
    case Operation::kClaim:
      return Available(request.outdial_id, request.thresholds,
                       std::max<std::size_t>(request.limit, 1))
          .size();
    case Operation::kRenew:
    case Operation::kUpdateCall:
      return 0;
    default:
      return Changes(request.operation) ? 1 : 0;
  }
}

std::string Model::Read(const Request& request) const {
  switch (request.operation) {
    case Operation::kGetOutdial:
      return simulation::TextOf(*FindOutdial(request.outdial_id));
    case Operation::kGetTarget:
      return simulation::TextOf(*FindTarget(request.target_id));
    case Operation::kGetCall:
      return simulation::TextOf(*FindCall(request.call_id));
    case Operation::kListOutdials: {
      std::vector<const ModelOutdial*> listed;
      for (const auto& [id, outdial] : outdials_) {
        if (IsWanted(request.customer_id, outdial.customer_id) &&
            IsWanted(request.campaign_id, outdial.campaign_id) &&
            IsWanted(request.name, outdial.name) &&
            request.deleted.value_or(false) == outdial.deleted.has_value()) {
          listed.push_back(&outdial);
        }
      }
      return ListText(PageOf(std::move(listed), request));
    }
    case Operation::kListTargets: {
      std::vector<const ModelTarget*> listed;
      for (const auto& [id, target] : targets_) {
        if (target.outdial_id == request.outdial_id && !target.deleted.has_value()) {
          listed.push_back(&target);
        }
      }
      return ListText(PageOf(std::move(listed), request));
    }
    case Operation::kAvailable:
      return ListText(Available(request.outdial_id, request.thresholds,
                                request.limit == 0 ? kDefaultListSize : request.limit));
    case Operation::kListCallsOfTarget: {
      std::vector<const ModelCall*> listed;
      for (const auto& [id, call] : calls_) {
        if (call.target_id == request.target_id) listed.push_back(&call);
      }
      return ListText(PageOf(std::move(listed), request));
    }
    case Operation::kListCalls: {
      std::vector<const ModelCall*> listed;
      for (const auto& [id, call] : calls_) {
        if (IsWanted(request.customer_id, call.customer_id) &&
            IsWanted(request.campaign_id, call.campaign_id) &&
            IsWanted(request.activeflow_id, call.activeflow_id) &&
            IsWanted(request.reference_id, call.reference_id) &&
            (!request.of_outdial.has_value() || *request.of_outdial == call.outdial_id)) {
          listed.push_back(&call);
        }
      }
      return ListText(PageOf(std::move(listed), request));
    }
    default:
      throw Violation(request.ToString() + " is no read");
  }
}

std::string Model::Apply(const Request& request, const Drawn& drawn) {
  events_.clear();
  created_.clear();
  switch (request.operation) {
    case Operation::kCreateOutdial:
      return CreateOutdial(request, drawn);
    case Operation::kUpdateOutdial:
    case Operation::kUpdateCampaign:
    case Operation::kUpdateData:
    case Operation::kDeleteOutdial:
      return ApplyToOutdial(request, drawn);
    case Operation::kCreateTarget:
      return CreateTarget(request, drawn);
    case Operation::kImportTargets:
      return Import(request, drawn);
    case Operation::kClaim:
      return Claim(request, drawn);
    case Operation::kStartCall:
    case Operation::kRenew:
    case Operation::kReport:
    case Operation::kDeleteTarget:
      return ApplyToTarget(request, drawn);
    case Operation::kUpdateCall:
      return UpdateCall(request, drawn);
    default:
      throw Violation(request.ToString() + " changes something");
  }
}

void Model::Announce(const std::string& type, const std::string& data) {
  if (!settings_.record_events) return;
  events_.push_back(R"({"type":")" + type +
                    R"(","publisher":"outdial-manager","data_type":"application/json","data":)" +
                    data + "}");
}

std::string Model::CreateOutdial(const Request& request, const Drawn& drawn) {
  const Outdial* found = nullptr;
  for (const auto& [id, outdial] : drawn.found.outdials) {
    if (!outdials_.contains(id)) found = &outdial;
  }
  Require(found != nullptr, request.ToString() + " adds no outdial");
  Require(IsVersion4(found->id().ToString()), "an outdial has an id that is none");
  const absl::Time created =
      Learn(found->fields().tm_create, absl::InfinitePast(), drawn, "a new outdial");
  const ModelOutdial& outdial =
      outdials_[found->id()] = {.id = found->id(),
                                .customer_id = request.customer_id.value_or(""),
                                .campaign_id = request.campaign_id.value_or(""),
                                .name = request.name.value_or(""),
                                .detail = request.detail.value_or(""),
                                .data = request.data.value_or(""),
                                .created = created};
  created_.push_back(created);
  const std::string text = simulation::TextOf(outdial);
  Announce("outdial_created", text);
  return text;
}

std::string Model::ApplyToOutdial(const Request& request, const Drawn& drawn) {
  ModelOutdial& outdial = outdials_.at(request.outdial_id);
  if (outdial.deleted.has_value()) return simulation::TextOf(outdial);
  const auto found = drawn.found.outdials.find(outdial.id);
  Require(found != drawn.found.outdials.end(), "an outdial is gone");
  outdial.updated =
      Learn(found->second.fields().tm_update, LastChange(outdial), drawn, request.ToString());
  std::string event = "outdial_updated";
  switch (request.operation) {
    case Operation::kUpdateOutdial:
      outdial.name = request.name.value_or("");
      outdial.detail = request.detail.value_or("");
      break;
    case Operation::kUpdateCampaign:
      outdial.campaign_id = request.campaign_id.value_or("");
      break;
    case Operation::kUpdateData:
      outdial.data = request.data.value_or("");
      break;
    default:
      outdial.deleted = outdial.updated;
      event = "outdial_deleted";
  }
  const std::string text = simulation::TextOf(outdial);
  Announce(event, text);
  return text;
}

ModelTarget& Model::Add(const OutdialTarget& found, OutdialId outdial_id, const Party& party,
                        const Drawn& drawn) {
  Require(IsVersion4(found.id().ToString()), "a target has an id that is none");
  const absl::Time created =
      Learn(found.fields().tm_create, absl::InfinitePast(), drawn, "a new target");
  created_.push_back(created);
  return targets_[found.id()] = {.id = found.id(),
                                 .outdial_id = outdial_id,
                                 .name = party.name,
                                 .detail = party.detail,
                                 .data = party.data,
                                 .destinations = party.destinations,
                                 .created = created,
                                 .updated = created};
}

std::string Model::CreateTarget(const Request& request, const Drawn& drawn) {
  const OutdialTarget* found = nullptr;
  for (const auto& [id, target] : drawn.found.targets) {
    if (!targets_.contains(id)) found = &target;
  }
  Require(found != nullptr, request.ToString() + " adds no target");
  const std::string text =
      simulation::TextOf(Add(*found, request.outdial_id, request.parties.at(0), drawn));
  Announce("outdialtarget_created", text);
  return text;
}

std::vector<RowFate> Model::FatesOf(const Request& import) const {
  const bool is_allowed = import.on_duplicate == "allow";
  std::map<std::string, RowFate> owners;
  if (!is_allowed) {
    for (const auto& [id, target] : targets_) {
      if (target.outdial_id != import.outdial_id || target.deleted.has_value()) continue;
      for (const std::string& key : KeysOf(target.destinations)) {
        owners.emplace(key, RowFate{.existing_target = id});
      }
    }
  }
  std::vector<RowFate> fates;
  for (const Party& party : import.parties) {
    RowFate fate{.result = "created", .party = party};
    if (party.is_malformed) fate = {.result = "refused", .reason = "WRONG_TYPE", .field = "name"};
    for (std::size_t i = 0; i < kSlotCount && !import.region.empty(); ++i) {
      auto& destination = fate.party.destinations[i];
      if (fate.result != "created" || !destination || destination->type != "tel") continue;
      if (const auto number = Normalized(destination->target)) {
        destination->target = *number;
      } else {
        fate = {.result = "refused",
                .reason = "INVALID_PHONE_NUMBER",
                .field = "destination_" + std::to_string(i) + ".target"};
      }
    }
    if (fate.result == "created" && !is_allowed) {
      const std::set<std::string> keys = KeysOf(fate.party.destinations);
      const auto taken = std::find_if(keys.begin(), keys.end(),
                                      [&](const std::string& key) { return owners.contains(key); });
      if (taken != keys.end()) {
        fate = owners.at(*taken);
        fate.result = import.on_duplicate == "refuse" ? "refused" : "skipped";
        fate.reason = "DUPLICATE_DESTINATION";
      } else {
        for (const std::string& key : keys) {
          owners.emplace(key, RowFate{.existing_row = fates.size()});
        }
      }
    }
    fates.push_back(std::move(fate));
  }
  return fates;
}

std::string Model::Import(const Request& request, const Drawn& drawn) {
  std::vector<const OutdialTarget*> found;
  for (const auto& [id, target] : drawn.found.targets) {
    if (!targets_.contains(id)) found.push_back(&target);
  }
  std::sort(found.begin(), found.end(), [](const OutdialTarget* a, const OutdialTarget* b) {
    return a->fields().tm_create < b->fields().tm_create;
  });
  const std::vector<RowFate> fates = FatesOf(request);
  std::map<std::string, std::size_t> counts = {{"created", 0}, {"skipped", 0}, {"refused", 0}};
  std::map<std::size_t, OutdialTargetId> added;
  Json rows = Json::array();
  for (std::size_t i = 0; i < fates.size(); ++i) {
    const RowFate& fate = fates[i];
    ++counts[fate.result];
    if (fate.result == "created") {
      Require(added.size() < found.size(), request.ToString() + " adds too few");
      const OutdialTarget& target = *found[added.size()];
      added[i] = Add(target, request.outdial_id, fate.party, drawn).id;
      continue;
    }
    Json row = {{"index", i}, {"result", fate.result}, {"reason", fate.reason}};
    if (!fate.field.empty()) row["field"] = fate.field;
    if (fate.existing_target.has_value()) {
      row["outdialtarget_id"] = fate.existing_target->ToString();
    } else if (fate.existing_row.has_value()) {
      row["outdialtarget_id"] = added.at(*fate.existing_row).ToString();
    }
    rows.push_back(std::move(row));
  }
  Require(added.size() == found.size(), request.ToString() + " adds too many");
  Json answer = {{"created", counts["created"]},
                 {"skipped", counts["skipped"]},
                 {"refused", counts["refused"]}};
  if (!added.empty()) {
    Json event = {{"outdial_id", request.outdial_id.ToString()}};
    event.update(answer);
    event["tm_create_first"] = TimeJson(created_.front());
    event["tm_create_last"] = TimeJson(created_.back());
    Announce("outdialtargets_imported", DumpJson(event));
  }
  answer["rows"] = std::move(rows);
  return DumpJson(answer);
}

const ModelCall& Model::StartCall(ModelTarget& target, std::size_t index,
                                  const std::optional<std::int64_t>& lease_seconds,
                                  const Drawn& drawn) {
  const std::string name = target.id.ToString();
  const OutdialTargetCall* found = nullptr;
  for (const auto& [id, call] : drawn.found.calls) {
    if (!calls_.contains(id) && call.fields().outdial_target_id == target.id) found = &call;
  }
  Require(found != nullptr, name + " is dialled without a call");
  Require(IsVersion4(found->id().ToString()), "a call has an id that is none");
  const absl::Time now =
      Learn(found->fields().tm_create, absl::InfinitePast(), drawn, "a new call");
  created_.push_back(now);
  ++target.tries.at(index);
  target.status = "progressing";
  target.updated = std::max(now, target.updated + kMicrosecond);
  GiveLease(target, lease_seconds, drawn);
  const ModelOutdial& outdial = outdials_.at(target.outdial_id);
  return calls_[found->id()] = {.id = found->id(),
                                .customer_id = outdial.customer_id,
                                .campaign_id = outdial.campaign_id,
                                .outdial_id = outdial.id,
                                .target_id = target.id,
                                .destination = *target.destinations.at(index),
                                .destination_index = index,
                                .try_count = target.tries[index],
                                .created = now};
}

void Model::GiveLease(ModelTarget& target, const std::optional<std::int64_t>& lease_seconds,
                      const Drawn& drawn) const {
  const absl::Duration lease =
      absl::Seconds(lease_seconds.value_or(settings_.default_lease_seconds));
  target.lease = std::nullopt;
  if (lease == absl::ZeroDuration()) return;
  target.lease = drawn.found.targets.at(target.id).fields().lease_until;
  Require(target.lease.has_value() && *target.lease >= drawn.clock.earliest + lease &&
              *target.lease <= drawn.clock.latest + lease,
          target.id.ToString() + " has another lease than was asked for");
}

void Model::EndCall(const ModelTarget& target, const Drawn& drawn) {
  const ModelCall* const open = OpenCallOf(target.id);
  if (open == nullptr) return;
  ModelCall& call = calls_.at(open->id);
  const auto found = drawn.found.calls.find(call.id);
  Require(found != drawn.found.calls.end(), "a call is gone");
  call.updated = Learn(found->second.fields().tm_update, LastChange(call), drawn,
                       "the end of call " + call.id.ToString());
  call.open = false;
}

std::string Model::Claim(const Request& request, const Drawn& drawn) {
  const auto claimed =
      Available(request.outdial_id, request.thresholds, std::max<std::size_t>(request.limit, 1));
  Json answer = Json::array();
  for (const ModelTarget* const available : claimed) {
    ModelTarget& target = targets_.at(available->id);
    const std::size_t index = *LowestEligible(target, request.thresholds);
    const ModelCall& call = StartCall(target, index, request.lease_seconds, drawn);
    Json json = ToJson(target);
    Announce("outdialtarget_updated", DumpJson(json));
    json["destination_index"] = index;
    json["outdialtargetcall_id"] = call.id.ToString();
    json["lease_until"] = TimeJson(target.lease);
    answer.push_back(std::move(json));
  }
  return DumpJson(answer);
}

std::string Model::ApplyToTarget(const Request& request, const Drawn& drawn) {
  ModelTarget& target = targets_.at(request.target_id);
  const auto found = drawn.found.targets.find(target.id);
  Require(found != drawn.found.targets.end(), "a target is gone");
  const OutdialTarget::Fields& fields = found->second.fields();
  const auto learn_update = [&] {
    target.updated = Learn(fields.tm_update, target.updated, drawn, request.ToString());
  };
  switch (request.operation) {
    case Operation::kStartCall:
      StartCall(target, static_cast<std::size_t>(request.destination_index), request.lease_seconds,
                drawn);
      break;
    case Operation::kRenew:
      GiveLease(target, request.lease_seconds, drawn);
      return simulation::TextOf(target);  // nobody else sees a change
    case Operation::kReport:
      learn_update();
      target.status = request.status;
      target.lease = std::nullopt;
      EndCall(target, drawn);
      break;
    default:
      if (target.deleted.has_value()) return simulation::TextOf(target);
      learn_update();
      target.deleted = target.updated;
      target.lease = std::nullopt;
      EndCall(target, drawn);
  }
  const std::string text = simulation::TextOf(target);
  Announce(request.operation == Operation::kDeleteTarget ? "outdialtarget_deleted"
                                                         : "outdialtarget_updated",
           text);
  return text;
}

std::string Model::UpdateCall(const Request& request, const Drawn& drawn) {
  ModelCall& call = calls_.at(request.call_id);
  const auto found = drawn.found.calls.find(call.id);
  Require(found != drawn.found.calls.end(), "a call is gone");
  call.updated =
      Learn(found->second.fields().tm_update, LastChange(call), drawn, request.ToString());
  call.activeflow_id = request.activeflow_id.value_or(call.activeflow_id);
  call.reference_type = request.reference_type.value_or(call.reference_type);
  call.reference_id = request.reference_id.value_or(call.reference_id);
  return simulation::TextOf(call);
}

void Model::Reclaim(std::size_t limit, const Drawn& drawn) {
  events_.clear();
  created_.clear();
  std::set<std::pair<absl::Time, OutdialTargetId>> expired;
  for (const auto& [id, target] : targets_) {
    if (target.lease.has_value() && *target.lease <= drawn.clock.latest) {
      expired.emplace(*target.lease, id);
    }
  }
  for (const auto& [lease, id] : expired) {
    if (limit-- == 0) break;
    ModelTarget& target = targets_.at(id);
    const auto found = drawn.found.targets.find(id);
    Require(found != drawn.found.targets.end(), "a target is gone");
    target.updated = Learn(found->second.fields().tm_update, target.updated, drawn,
                           "the end of the lease of " + id.ToString());
    target.status = "idle";
    target.lease = std::nullopt;
    EndCall(target, drawn);
    Announce("outdialtarget_updated", simulation::TextOf(target));
  }
}

ModelProgress Model::ProgressOf(OutdialId id) const {
  ModelProgress progress{.outdial_id = id};
  for (const auto& [target_id, target] : targets_) {
    if (target.outdial_id == id && !target.deleted.has_value()) progress.live.push_back(target);
  }
  for (const auto& [call_id, call] : calls_) {
    if (call.outdial_id != id) continue;
    ++progress.calls_made;
    if (call.open) ++progress.calls_open;
    progress.first_call = std::min(progress.first_call.value_or(call.created), call.created);
    progress.last_call = std::max(progress.last_call.value_or(call.created), call.created);
  }
  return progress;
}

std::string Model::TextOf(const ModelProgress& progress, const Thresholds& thresholds,
                          absl::Time counted) {
  std::map<std::string, int> counts;
  std::array<int, kSlotCount> tries{};
  for (const ModelTarget& target : progress.live) {
    ++counts[target.status];
    if (target.status == "idle") {
      ++counts[LowestEligible(target, thresholds).has_value() ? "dialable" : "exhausted"];
    }
    for (std::size_t i = 0; i < kSlotCount; ++i) tries[i] += target.tries[i];
  }
  return DumpJson(Json{{"outdial_id", progress.outdial_id.ToString()},
                       {"targets",
                        {{"idle", counts["idle"]},
                         {"progressing", counts["progressing"]},
                         {"done", counts["done"]}}},
                       {"dialable", counts["dialable"]},
                       {"exhausted", counts["exhausted"]},
                       {"calls", {{"open", progress.calls_open}, {"made", progress.calls_made}}},
                       {"tries", tries},
                       {"tm_first_call", TimeJson(progress.first_call)},
                       {"tm_last_call", TimeJson(progress.last_call)},
                       {"tm_count", TimeJson(counted)}});
}

}  // namespace outdial::simulation
