#include "oracle.h"

#include <algorithm>
#include <array>
#include <utility>
#include <variant>

#include "outdial/entities/claimed_target.h"
#include "outdial/wire/entity_json.h"

namespace outdial::simulation {
namespace {

using wire::DumpJson;
using wire::Json;
using wire::ToJson;

[[noreturn]] void Fail(const std::string& what) { throw Violation(what); }

void Require(bool condition, const std::string& what) {
  if (!condition) Fail(what);
}

std::string TextOf(const Event& event) { return DumpJson(ToJson(event)); }

Uuid IdOf(const Event& event) {
  return std::visit([](const auto& entity) { return entity.id().uuid(); }, event.entity);
}

int TriesOf(const OutdialTarget& target) {
  int tries = 0;
  for (const Slot& slot : target.fields().slots) tries += slot.try_count;
  return tries;
}

// What is there while a target is progressing, and its tries.
void CheckTargets(const State& state) {
  struct Calls {
    int open = 0;
    std::array<int, kSlotCount> made{};
  };
  std::map<OutdialTargetId, Calls> calls;
  for (const auto& [id, call] : state.calls) {
    Calls& of_target = calls[call.fields().outdial_target_id];
    if (call.open()) ++of_target.open;
    ++of_target.made.at(call.fields().destination_index.value());
  }
  for (const auto& [id, target] : state.targets) {
    const Calls& of_target = calls[id];
    const bool in_call = target.status() == TargetStatus::kProgressing && !target.deleted();
    Require(of_target.open == (in_call ? 1 : 0),
            id.ToString() + (in_call ? " is progressing" : " is not progressing") + " and has " +
                std::to_string(of_target.open) + " open calls");
    for (std::size_t i = 0; i < kSlotCount; ++i) {
      Require(target.fields().slots[i].try_count == of_target.made[i],
              id.ToString() + " was not tried as often as there are calls");
    }
  }
}

bool IsRead(Operation operation) {
  switch (operation) {
    case Operation::kGetOutdial:
    case Operation::kGetTarget:
    case Operation::kListTargets:
    case Operation::kAvailable:
    case Operation::kListCalls:
      return true;
    default:
      return false;
  }
}

// The answer to a request that made `state`, or found it done.
Json ExpectedAnswer(const Request& request, const State& state) {
  switch (request.operation) {
    case Operation::kUpdateOutdial:
    case Operation::kDeleteOutdial:
    case Operation::kGetOutdial:
      return ToJson(*state.Find(request.outdial_id));
    case Operation::kGetTarget:
    case Operation::kProgress:
    case Operation::kRenew:
    case Operation::kReport:
    case Operation::kDeleteTarget:
      return ToJson(*state.Find(request.target_id));
    case Operation::kUpdateCall:
      return ToJson(*state.Find(request.call_id));
    case Operation::kListTargets:
      return ToJson(state.LiveTargetsOf(request.outdial_id));
    case Operation::kAvailable:
      return ToJson(state.Available(request.outdial_id, request.thresholds, request.limit));
    case Operation::kListCalls:
      return ToJson(state.CallsOf(request.target_id));
    default:
      Fail("no answer is expected");
  }
}

bool HasSubject(const Request& request, const State& state) {
  return (request.outdial_id.is_nil() || state.Find(request.outdial_id) != nullptr) &&
         (request.target_id.is_nil() || state.Find(request.target_id) != nullptr) &&
         (request.call_id.is_nil() || state.Find(request.call_id) != nullptr);
}

// What a claim answered, from the state that it made.
Json ClaimedIn(const State& state, const std::vector<OutdialTargetId>& ids) {
  Json claimed = Json::array();
  for (const OutdialTargetId id : ids) {
    const OutdialTarget& target = *state.Find(id);
    const OutdialTargetCall& call = *state.OpenCallOf(id);
    claimed.push_back(ToJson(ClaimedTarget{.target = target,
                                           .destination_index = call.fields().destination_index,
                                           .call_id = call.id(),
                                           .lease_until = target.fields().lease_until}));
  }
  return claimed;
}

}  // namespace

void Oracle::Committed(State state, const std::vector<OutboxEntry>& recorded, const Committer& by) {
  const State& before = now();
  const Changes changes = Compare(before, state, by);
  CheckTargets(state);
  if (by.request != nullptr && by.request->operation == Operation::kClaim) {
    CheckClaim(before, changes, *by.request);
  }
  states_.push_back(std::make_shared<const State>(std::move(state)));
  RecordEvents(changes, recorded);
  if (changes.empty() || by.request == nullptr) return;
  Require(!by.request->effect.has_value(), "two effects of one request: " + by.request->ToString());
  by.request->effect = version();
}

Oracle::Changes Oracle::Compare(const State& before, const State& after,
                                const Committer& by) const {
  Changes changes;
  for (const auto& [id, outdial] : before.outdials) {
    Require(after.outdials.contains(id), "a list is gone");
  }
  for (const auto& [id, target] : before.targets) {
    Require(after.targets.contains(id), "a target is gone");
  }
  for (const auto& [id, call] : before.calls) {
    Require(after.calls.contains(id), "a call is gone");
  }
  for (const auto& [id, outdial] : after.outdials) {
    const Outdial* const was = before.Find(id);
    if (was != nullptr && *was == outdial) continue;
    changes.outdials.push_back(id);
    EventType type = EventType::kOutdialCreated;
    if (was != nullptr) {
      Require(!was->deleted(), "a deleted list has changed");
      Require(was->version() < outdial.version(), "a list is older than before");
      type = outdial.deleted() ? EventType::kOutdialDeleted : EventType::kOutdialUpdated;
    }
    changes.events.push_back({type, outdial});
  }
  for (const auto& [id, target] : after.targets) {
    const OutdialTarget* const was = before.Find(id);
    if (was != nullptr && *was == target) continue;
    changes.targets.push_back(id);
    EventType type = EventType::kOutdialTargetCreated;
    if (was != nullptr) {
      CompareTarget(before, *was, target, by);
      if (was->version() == target.version()) continue;  // a new lease
      type = target.deleted() && !was->deleted() ? EventType::kOutdialTargetDeleted
                                                 : EventType::kOutdialTargetUpdated;
    }
    changes.events.push_back({type, target});
  }
  for (const auto& [id, call] : after.calls) {
    const OutdialTargetCall* const was = before.Find(id);
    if (was != nullptr && *was == call) continue;
    changes.calls.push_back(id);
    Require(was == nullptr || was->open() || !call.open(), "a call was opened again");
  }
  return changes;
}

void Oracle::CompareTarget(const State& before, const OutdialTarget& was, const OutdialTarget& is,
                           const Committer& by) const {
  const std::string name = is.id().ToString();
  const bool is_new_lease = DumpJson(ToJson(was)) == DumpJson(ToJson(is));
  Require(is_new_lease || was.version() < is.version(), name + " is older than before");
  Require(!was.deleted() || was.fields().tm_delete == is.fields().tm_delete,
          name + " was deleted and came back");
  const bool is_won =
      was.status() != TargetStatus::kProgressing && is.status() == TargetStatus::kProgressing;
  Require(TriesOf(is) == TriesOf(was) + (is_won ? 1 : 0), name + " has a wrong number of tries");
  if (is_won) {
    Require(was.ready(), name + " was dialled and was not ready");
    Require(!before.Find(is.outdial_id())->deleted(), name + " was dialled in a deleted list");
    Require(by.request != nullptr && (by.request->operation == Operation::kProgress ||
                                      by.request->operation == Operation::kClaim),
            name + " was dialled by nobody");
  }
  if (by.request == nullptr) {
    Require(was.fields().lease_until.has_value() && *was.fields().lease_until <= by.latest,
            name + " was taken from its caller before its lease had run out");
  }
}

void Oracle::CheckClaim(const State& before, const Changes& changes, const Request& claim) const {
  std::vector<OutdialTargetId> first;
  for (const auto& target : before.Available(claim.outdial_id, claim.thresholds, claim.limit)) {
    first.push_back(target.id());
  }
  std::sort(first.begin(), first.end());
  Require(changes.targets.empty() || changes.targets == first,
          "a claim took others than the first");
}

void Oracle::RecordEvents(const Changes& changes, const std::vector<OutboxEntry>& recorded) {
  std::vector<std::string> expected;
  for (const Event& event : changes.events) expected.push_back(TextOf(event));
  std::vector<std::string> found;
  for (const OutboxEntry& entry : recorded) {
    found.push_back(TextOf(entry.event));
    announced_[IdOf(entry.event)].push_back(found.back());
  }
  std::sort(expected.begin(), expected.end());
  std::sort(found.begin(), found.end());
  Require(expected == found, "a commit has other events than changes");
}

void Oracle::Answered(Request& request, bool had_effect, const wire::ReplyEnvelope& reply) {
  const std::string name = request.ToString();
  const auto data = wire::ParseJson(reply.data);
  Require(data.ok(), name + " has an answer that is no JSON");
  if (reply.status_code == 200) {
    if (IsRead(request.operation)) {
      CheckRead(request, *data);
      return;
    }
    if (request.answer.has_value()) {
      Require(request.answer == reply.data, name + " has two answers");
    }
    request.answer = reply.data;
    CheckChange(request, *data);
    return;
  }
  if (reply.status_code == 503) return;
  Require(reply.status_code < 500, name + " is answered " + reply.data);
  Require(!had_effect, name + " is refused and has an effect");
  CheckRefusal(request, (*data)["reason"].get<std::string>());
}

bool Oracle::Sometimes(const Request& request,
                       const std::function<bool(const State&)>& condition) const {
  for (std::size_t i = *request.first_seen; i < states_.size(); ++i) {
    if (condition(*states_[i])) return true;
  }
  return false;
}

void Oracle::CheckChange(const Request& request, const Json& data) const {
  const std::string name = request.ToString() + " is answered " + DumpJson(data);
  if (!request.effect.has_value()) {
    if (request.operation == Operation::kClaim) {
      Require(data.empty(), name + ", and claimed nobody");
      return;
    }
    // Deleting what is deleted changes nothing, nor does a lease that ends when the old one does.
    Require(request.operation == Operation::kDeleteOutdial ||
                request.operation == Operation::kDeleteTarget ||
                request.operation == Operation::kRenew,
            name + ", and had no effect");
    Require(Sometimes(request,
                      [&](const State& state) { return ExpectedAnswer(request, state) == data; }),
            name + ", which it never was");
    return;
  }
  const State& made = *states_[*request.effect];
  const State& before = *states_[*request.effect - 1];
  switch (request.operation) {
    case Operation::kCreateOutdial:
    case Operation::kCreateTarget: {
      const std::string id = data["id"].get<std::string>();
      Json expected;
      if (request.operation == Operation::kCreateOutdial) {
        const auto outdial_id = *OutdialId::Parse(id);
        Require(before.Find(outdial_id) == nullptr && made.Find(outdial_id) != nullptr, name);
        expected = ToJson(*made.Find(outdial_id));
      } else {
        const auto target_id = *OutdialTargetId::Parse(id);
        Require(before.Find(target_id) == nullptr && made.Find(target_id) != nullptr, name);
        expected = ToJson(*made.Find(target_id));
      }
      Require(expected == data, name + ", and created something else");
      return;
    }
    case Operation::kClaim: {
      std::vector<OutdialTargetId> ids;
      for (const auto& target :
           before.Available(request.outdial_id, request.thresholds, request.limit)) {
        ids.push_back(target.id());
      }
      Require(ClaimedIn(made, ids) == data, name + ", and claimed something else");
      return;
    }
    default:
      Require(ExpectedAnswer(request, made) == data, name + ", and made something else");
  }
}

void Oracle::CheckRead(const Request& request, const Json& data) const {
  // Lists come from the database.
  const bool may_be_old = reads_may_be_old_ && (request.operation == Operation::kGetOutdial ||
                                                request.operation == Operation::kGetTarget);
  Request asked = request;
  if (may_be_old) asked.first_seen = 0;
  Require(Sometimes(asked,
                    [&](const State& state) {
                      return HasSubject(request, state) && ExpectedAnswer(request, state) == data;
                    }),
          request.ToString() + " is answered " + DumpJson(data) + ", which it was not");
}

void Oracle::CheckRefusal(const Request& request, const std::string& reason) const {
  const auto sometimes = [&](const std::function<bool(const State&)>& condition) {
    Require(Sometimes(request, condition),
            request.ToString() + " is refused for " + reason + ", which it was not");
  };
  const auto target_of = [&](const State& state) -> const OutdialTarget& {
    return *state.Find(request.target_id);
  };
  const auto outdial_of = [&](const State& state) -> const Outdial& {
    return *state.Find(request.outdial_id.is_nil() ? target_of(state).outdial_id()
                                                   : request.outdial_id);
  };
  if (reason == "OUTDIAL_NOT_FOUND") {
    sometimes([&](const State& state) { return outdial_of(state).deleted(); });
  } else if (reason == "OUTDIAL_TARGET_NOT_FOUND") {
    sometimes([&](const State& state) { return target_of(state).deleted(); });
  } else if (reason == "OUTDIAL_TARGET_NOT_IDLE") {
    sometimes([&](const State& state) { return target_of(state).status() != TargetStatus::kIdle; });
  } else if (reason == "DESTINATION_NOT_SET") {
    sometimes([&](const State& state) {
      return !target_of(state).fields().slots[request.destination].address.has_value();
    });
  } else if (reason == "OUTDIAL_TARGET_NOT_PROGRESSING") {
    sometimes([&](const State& state) {
      return target_of(state).status() != TargetStatus::kProgressing;
    });
  } else if (reason == "OUTDIAL_TARGET_CALL_NOT_OPEN") {
    sometimes([&](const State& state) {
      const OutdialTargetCall* const open = state.OpenCallOf(request.target_id);
      return open == nullptr || open->id() != request.call_id;
    });
  } else {
    Fail(request.ToString() + " is refused for " + reason);
  }
}

void Oracle::CheckPublished(const std::vector<Event>& events) const {
  std::map<Uuid, std::vector<std::string>> published;
  for (const Event& event : events) {
    std::vector<std::string>& of_entity = published[IdOf(event)];
    const std::string text = TextOf(event);
    if (std::find(of_entity.begin(), of_entity.end(), text) == of_entity.end()) {
      of_entity.push_back(text);
    }
  }
  Require(published == announced_,
          "other events were published than recorded, or in another order");
}

void Oracle::CheckNobodyForgotten() const {
  for (const auto& [id, target] : now().targets) {
    Require(!target.fields().lease_until.has_value(), id.ToString() + " is forgotten");
  }
}

}  // namespace outdial::simulation
