#include "clients.h"

#include <algorithm>
#include <array>
#include <utility>

#include "outdial/memory/sequential_id_source.h"

namespace outdial::simulation {
namespace {

using wire::Json;

constexpr std::size_t kMaxOutdials = 4;
constexpr std::size_t kMaxTargets = 20;
constexpr std::size_t kMaxPastAttempts = 8;
constexpr std::size_t kDialledSlots = 3;  // the others are rarely used

constexpr std::array kNumbers = {
    "+15551230001", "+1 555 123-0001", "+1 (555) 123.0002", "+15551230002",
    "555 123 0001", "(555) 123-0003",  "+44 20 79460000",   "12"};

// An id that is none of the service's.
template <typename Id>
Id Foreign(std::uint64_t number) {
  return Id(memory::SequentialIdSource::Nth(number, 0xffff));
}

std::string ForeignText(std::uint64_t number) {
  return memory::SequentialIdSource::Nth(number, 0xffff).ToString();
}

template <typename Id>
Id IdIn(const Json& json, const char* key) {
  return *Id::Parse(json[key].get<std::string>());
}

template <typename Value>
void AddOnce(std::vector<Value>& values, const Value& value) {
  if (std::find(values.begin(), values.end(), value) == values.end()) values.push_back(value);
}

template <typename Value>
Value TakeAt(std::vector<Value>& values, std::size_t index) {
  Value value = std::move(values[index]);
  values.erase(values.begin() + static_cast<std::ptrdiff_t>(index));
  return value;
}

// One that is known, or now and then one that nobody knows.
template <typename Id>
Id Any(Random& random, const std::vector<Id>& known) {
  return known.empty() || random.PerMille(20) ? Foreign<Id>(1) : random.Of(known);
}

std::optional<std::int64_t> DrawLease(Random& random) {
  if (random.PerMille(150)) return std::nullopt;
  if (random.PerMille(15)) return -1;
  if (random.PerMille(15)) return 40'000'000;
  return static_cast<std::int64_t>(random.Below(4) * 10);
}

void DrawThresholds(Random& random, Request& request) {
  request.limit = random.Below(5);
  for (std::size_t i = 0; i < kDialledSlots; ++i) {
    request.thresholds[i] = static_cast<std::int64_t>(random.Below(5)) - 1;
  }
}

Party DrawParty(Random& random, std::size_t number) {
  Party party{.name = "party " + std::to_string(number)};
  if (random.PerMille(300)) party.detail = "detail " + std::to_string(number);
  if (random.PerMille(300)) party.data = R"({"party":")" + std::to_string(number) + "\"}";
  party.is_malformed = random.PerMille(30);
  for (std::size_t i = 0; i < kSlotCount; ++i) {
    if (!random.PerMille(i < kDialledSlots ? 500 : 50)) continue;
    party.destinations[i] = Destination{.type = "tel", .target = random.Of(kNumbers)};
    if (random.PerMille(200)) {
      party.destinations[i] = Destination{.type = "sip", .target = "sip:ann@example.com"};
    }
  }
  return party;
}

void DrawPage(Random& random, const std::vector<absl::Time>& times, Request& request) {
  if (random.PerMille(400)) request.page_size = 1 + random.Below(4);
  if (!times.empty() && random.PerMille(300)) request.page_before = random.Of(times);
  request.in_body = random.PerMille(500);
}

}  // namespace

Request Clients::Next(Random& random) {
  if (!again_.empty() && random.PerMille(500)) {
    Request request = std::move(again_.front());
    again_.pop_front();
    return Finish(random, std::move(request));
  }
  if (!candidates_.empty() && random.PerMille(400)) return Dial(random);
  if (!attempts_.empty() && random.PerMille(400)) return FollowUp(random);
  return Ask(random);
}

Request Clients::NewRequest(Operation operation) { return {.operation = operation}; }

// Gives it an identity.
Request Clients::Finish(Random& random, Request request) {
  request.number = ++asked_;
  request.key = "request-" + std::to_string(request.number);
  request.over_http = random.PerMille(250);
  if (request.over_http && Changes(request.operation)) {
    // A careless client numbers its requests wrong.
    if (last_http_key_.has_value() && random.PerMille(30)) request.key = *last_http_key_;
    last_http_key_ = request.key;
  }
  Compose(request);
  return request;
}

Request Clients::Dial(Random& random) {
  const Candidate candidate = candidates_.front();
  candidates_.pop_front();
  Request request = NewRequest(Operation::kStartCall);
  request.target_id = candidate.target;
  request.destination_index = static_cast<std::int64_t>(candidate.destination_index);
  request.lease_seconds = DrawLease(random);
  return Finish(random, std::move(request));
}

Request Clients::FollowUp(Random& random) {
  const std::size_t index = random.Below(attempts_.size());
  const Attempt attempt = attempts_[index];
  if (!attempt.call.has_value() && random.PerMille(500)) {
    Request request = NewRequest(Operation::kListCallsOfTarget);
    request.target_id = attempt.target;
    return Finish(random, std::move(request));
  }
  const std::size_t draw = random.Below(1000);
  if (draw < 150 || (draw < 250 && !attempt.call.has_value())) {
    Request request = NewRequest(Operation::kRenew);
    request.target_id = attempt.target;
    request.reported_call = attempt.call;
    request.lease_seconds = DrawLease(random);
    return Finish(random, std::move(request));
  }
  if (draw < 250) {
    Request request = NewRequest(Operation::kUpdateCall);
    request.call_id = *attempt.call;
    if (random.PerMille(500)) request.activeflow_id = ForeignText(1 + random.Below(3));
    if (random.PerMille(500)) request.reference_type = random.PerMille(800) ? "call" : "none";
    if (random.PerMille(500)) request.reference_id = ForeignText(1 + random.Below(3));
    return Finish(random, std::move(request));
  }
  // The call is over, or the dialer dies.
  past_attempts_.push_back(TakeAt(attempts_, index));
  if (past_attempts_.size() > kMaxPastAttempts) past_attempts_.pop_front();
  if (draw < 350) return Ask(random);
  Request request = NewRequest(Operation::kReport);
  request.target_id = attempt.target;
  request.reported_call = attempt.call;
  request.status = random.PerMille(700) ? "idle" : "done";
  return Finish(random, std::move(request));
}

Operation Clients::Choose(Random& random) const {
  if (outdials_.empty()) {
    return random.PerMille(600) ? Operation::kCreateOutdial : Operation::kListOutdials;
  }
  if (new_outdials_ < kMaxOutdials && random.PerMille(30)) return Operation::kCreateOutdial;
  if (new_targets_ < kMaxTargets && random.PerMille(250)) {
    return random.PerMille(300) ? Operation::kImportTargets : Operation::kCreateTarget;
  }
  constexpr std::array kCommon = {
      Operation::kClaim,         Operation::kClaim,        Operation::kClaim,
      Operation::kClaim,         Operation::kAvailable,    Operation::kAvailable,
      Operation::kAvailable,     Operation::kStartCall,    Operation::kReport,
      Operation::kReport,        Operation::kRenew,        Operation::kGetTarget,
      Operation::kListTargets,   Operation::kListOutdials, Operation::kProgress,
      Operation::kUpdateOutdial, Operation::kGetOutdial,   Operation::kListCallsOfTarget,
  };
  constexpr std::array kRare = {
      Operation::kUpdateCampaign, Operation::kUpdateData, Operation::kDeleteTarget,
      Operation::kDeleteTarget,   Operation::kListCalls,  Operation::kGetCall,
      Operation::kUpdateCall,     Operation::kProgress,   Operation::kImportTargets,
  };
  if (random.PerMille(12)) return Operation::kDeleteOutdial;
  return random.PerMille(200) ? random.Of(kRare) : random.Of(kCommon);
}

// Something that has nothing to do with what was answered before, but for what it is about.
Request Clients::Ask(Random& random) {
  Request request = NewRequest(Choose(random));
  const std::string number = std::to_string(asked_ + 1);
  const std::string some_campaign = ForeignText(1 + random.Below(2));
  request.outdial_id = Any(random, outdials_);
  request.target_id = Any(random, targets_);
  request.call_id = Any(random, calls_);
  switch (request.operation) {
    case Operation::kCreateOutdial:
      ++new_outdials_;
      request.customer_id = ForeignText(1 + random.Below(2));
      request.campaign_id = some_campaign;
      request.name = "list " + number;
      if (random.PerMille(500)) request.detail = "detail " + number;
      if (random.PerMille(500)) request.data = "data " + number;
      break;
    case Operation::kUpdateOutdial:
      request.name = "list " + number;
      if (random.PerMille(500)) request.detail = "detail " + number;
      break;
    case Operation::kUpdateCampaign:
      request.campaign_id = some_campaign;
      break;
    case Operation::kUpdateData:
      request.data = "data " + number;
      break;
    case Operation::kListOutdials:
      if (random.PerMille(300)) request.customer_id = ForeignText(1 + random.Below(2));
      if (random.PerMille(300)) request.campaign_id = some_campaign;
      if (random.PerMille(300)) request.deleted = random.PerMille(500);
      request.has_unknown_filter = random.PerMille(20);
      DrawPage(random, times_, request);
      break;
    case Operation::kCreateTarget:
      ++new_targets_;
      request.parties = {DrawParty(random, asked_ + 1)};
      break;
    case Operation::kImportTargets: {
      const std::size_t rows = 1 + random.Below(5);
      new_targets_ += rows;
      for (std::size_t i = 0; i < rows; ++i) {
        request.parties.push_back(DrawParty(random, 1000 * (asked_ + 1) + i));
      }
      constexpr std::array kOnDuplicate = {"", "skip", "refuse", "allow"};
      request.on_duplicate = random.Of(kOnDuplicate);
      if (random.PerMille(400)) request.region = "US";
      break;
    }
    case Operation::kListTargets:
    case Operation::kListCallsOfTarget:
      DrawPage(random, times_, request);
      break;
    case Operation::kListCalls:
      if (random.PerMille(300)) request.customer_id = ForeignText(1 + random.Below(2));
      if (random.PerMille(300)) request.campaign_id = some_campaign;
      if (random.PerMille(300)) request.of_outdial = request.outdial_id;
      if (random.PerMille(300)) request.activeflow_id = ForeignText(1 + random.Below(3));
      if (random.PerMille(300)) request.reference_id = ForeignText(1 + random.Below(3));
      DrawPage(random, times_, request);
      break;
    case Operation::kAvailable:
    case Operation::kProgress:
      DrawThresholds(random, request);
      if (request.operation == Operation::kProgress) request.limit = 0;
      request.in_body = random.PerMille(500);
      break;
    case Operation::kClaim:
      DrawThresholds(random, request);
      request.lease_seconds = DrawLease(random);
      break;
    case Operation::kStartCall:
      request.destination_index = static_cast<std::int64_t>(random.Below(kDialledSlots));
      if (random.PerMille(30)) request.destination_index = 5;
      request.lease_seconds = DrawLease(random);
      break;
    case Operation::kRenew:
    case Operation::kReport:
      // Late, about a call that may be over; or by somebody who knows of none.
      if (!past_attempts_.empty() && random.PerMille(700)) {
        const Attempt& attempt = random.Of(past_attempts_);
        request.target_id = attempt.target;
        request.reported_call = attempt.call;
      }
      if (random.PerMille(100)) request.reported_call = request.call_id;
      if (request.operation == Operation::kRenew) {
        request.lease_seconds = DrawLease(random);
      } else {
        request.status = random.PerMille(700) ? "idle" : "done";
        if (random.PerMille(30)) request.status = "progressing";
      }
      break;
    case Operation::kUpdateCall:
      request.reference_type = random.PerMille(500) ? "call" : "none";
      request.reference_id = ForeignText(1 + random.Below(3));
      break;
    case Operation::kGetOutdial:
    case Operation::kDeleteOutdial:
    case Operation::kGetTarget:
    case Operation::kDeleteTarget:
    case Operation::kGetCall:
      break;
  }
  return Finish(random, std::move(request));
}

void Clients::Learn(OutdialId id) { AddOnce(outdials_, id); }

void Clients::LearnTarget(const Json& target) {
  AddOnce(targets_, IdIn<OutdialTargetId>(target, "id"));
}

void Clients::Hear(Random& random, const Request& request, int status_code,
                   const std::string& data) {
  if (status_code == 503) {
    // It may have been carried out. What is harmless when it is done twice is asked for again; for
    // who may be dialled twice, the lease runs out.
    const bool is_harmless = request.reported_call.has_value() ||
                             request.operation == Operation::kDeleteTarget ||
                             request.operation == Operation::kUpdateCall;
    if (is_harmless && random.PerMille(700)) {
      Request again = request;
      again.effect.reset();
      again.reply.reset();
      again.deliveries = 0;
      again.is_heard = false;
      again_.push_back(std::move(again));
    }
    return;
  }
  const auto json = wire::ParseJson(data);
  if (status_code != 200 || !json.ok()) return;
  const auto learn_time = [&](const Json& entity) {
    absl::Time time;
    std::string error;
    if (entity.contains("tm_create") &&
        absl::ParseTime(absl::RFC3339_full, entity["tm_create"].get<std::string>(), &time,
                        &error)) {
      AddOnce(times_, time);
    }
  };
  if (json->is_object()) learn_time(*json);
  switch (request.operation) {
    case Operation::kCreateOutdial:
      Learn(IdIn<OutdialId>(*json, "id"));
      break;
    case Operation::kListOutdials:
      for (const Json& outdial : *json) Learn(IdIn<OutdialId>(outdial, "id"));
      break;
    case Operation::kCreateTarget:
      LearnTarget(*json);
      break;
    case Operation::kListTargets:
      for (const Json& target : *json) LearnTarget(target);
      break;
    case Operation::kAvailable:
      HearAvailable(request, *json);
      break;
    case Operation::kStartCall:
      attempts_.push_back({.target = request.target_id});
      break;
    case Operation::kClaim:
      for (const Json& target : *json) {
        LearnTarget(target);
        const auto call = IdIn<OutdialTargetCallId>(target, "outdialtargetcall_id");
        AddOnce(calls_, call);
        attempts_.push_back({.target = IdIn<OutdialTargetId>(target, "id"), .call = call});
      }
      break;
    case Operation::kListCallsOfTarget:
      HearCalls(request, *json);
      break;
    default:
      break;
  }
}

void Clients::HearAvailable(const Request& request, const Json& targets) {
  for (const Json& target : targets) {
    LearnTarget(target);
    for (std::size_t i = 0; i < kSlotCount; ++i) {
      const std::string slot = std::to_string(i);
      if (target["destination_" + slot].is_null()) continue;
      if (target["try_count_" + slot].get<std::int64_t>() >= request.thresholds[i]) continue;
      candidates_.push_back(
          {.target = IdIn<OutdialTargetId>(target, "id"), .destination_index = i});
      break;
    }
  }
  // What was available a while ago says little.
  while (candidates_.size() > 4) candidates_.pop_front();
}

void Clients::HearCalls(const Request& request, const Json& calls) {
  for (const Json& call : calls) {
    const auto id = IdIn<OutdialTargetCallId>(call, "id");
    AddOnce(calls_, id);
    if (call["status"] != "progressing") continue;
    for (Attempt& attempt : attempts_) {
      if (attempt.target == request.target_id && !attempt.call.has_value()) attempt.call = id;
    }
  }
}

}  // namespace outdial::simulation
