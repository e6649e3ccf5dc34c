#include "oracle.h"

#include <algorithm>
#include <string>
#include <utility>
#include <variant>

#include "absl/status/status.h"
#include "outdial/wire/entity_json.h"
#include "outdial/wire/json.h"
#include "violation.h"

namespace outdial::simulation {
namespace {

using wire::DumpJson;
using wire::Json;

constexpr absl::Duration kMaxAgeOfCounts = absl::Seconds(5);

std::string EventText(const Event& event) { return DumpJson(wire::ToJson(event)); }

Uuid IdOf(const Event& event) {
  return std::visit([](const auto& entity) { return entity.id().uuid(); }, event.entity);
}

// Two daemons that import at the same time may announce the same.
void AddOnce(std::vector<std::string>& texts, const std::string& text) {
  if (std::find(texts.begin(), texts.end(), text) == texts.end()) texts.push_back(text);
}

// Whether a copy answers, which is nowhere as long as the database does not know of it.
bool IsCached(Operation operation) {
  return operation == Operation::kGetOutdial || operation == Operation::kGetTarget ||
         operation == Operation::kGetCall;
}

int StatusCodeOf(const std::string& reason) {
  if (reason.ends_with("_NOT_FOUND")) return 404;
  for (const char* const conflict : {"OUTDIAL_TARGET_NOT_IDLE", "OUTDIAL_TARGET_NOT_PROGRESSING",
                                     "OUTDIAL_TARGET_CALL_NOT_OPEN", "IDEMPOTENCY_KEY_REUSED"}) {
    if (reason == conflict) return 409;
  }
  return reason == "OUTBOX_FULL" ? 503 : 400;
}

// An answer without what the model does not know: how errors of rows are worded.
std::string Comparable(const Request& request, const std::string& data) {
  if (request.operation != Operation::kImportTargets) return data;
  auto json = wire::ParseJson(data);
  Require(json.ok() && json->contains("rows"), request.ToString() + " is answered " + data);
  for (Json& row : (*json)["rows"]) {
    Require(!row.value("message", "").empty(), "a row is refused without a word");
    row.erase("message");
  }
  return DumpJson(*json);
}

template <typename Expected, typename Found>
void CompareAll(const Expected& expected, const Found& found, const std::string& kind) {
  for (const auto& [id, entity] : expected) {
    const auto row = found.find(id);
    Require(row != found.end(), kind + " is gone: " + TextOf(entity));
    Require(Matches(entity, row->second), kind + " is " + DumpJson(wire::ToJson(row->second)) +
                                              " and should be " + TextOf(entity));
  }
  Require(expected.size() == found.size(), "there is " + kind + " that nobody asked for");
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

}  // namespace

Verdict Oracle::Judge(const Request& request) const {
  Verdict verdict{.refusal = model_.Refusal(request, waiting_.size())};
  if (!verdict.refusal.has_value() && !Changes(request.operation) &&
      request.operation != Operation::kProgress) {
    verdict.data = model_.Read(request);
  }
  return verdict;
}

void Oracle::Look(Handling& handling) const {
  if (!IsCached(handling.request.operation) && handling.request.operation != Operation::kProgress) {
    return;
  }
  handling.of_the_moment.push_back(Judge(handling.request));
}

void Oracle::HasRead(Handling& handling) const {
  const Request& request = handling.request;
  if (!Changes(request.operation)) {
    handling.verdict = Judge(request);
    return;
  }
  const auto earlier = journal_.find(request.key);
  if (earlier != journal_.end() && earlier->second.request != &request) {
    handling.verdict = Verdict{.refusal = "IDEMPOTENCY_KEY_REUSED"};
  }
}

void Oracle::HasNotCommitted(Handling& handling) const {
  handling.verdict = Judge(handling.request);
}

// Everything in the database, with the events that wait, after the model has made its change.
void Oracle::Compare() {
  CompareAll(model_.outdials(), found_.outdials, "an outdial");
  CompareAll(model_.targets(), found_.targets, "a target");
  CompareAll(model_.calls(), found_.calls, "a call");
  CheckTargets(found_);
}

void Oracle::CommittedRequest(Request& request, const ClockRange& clock,
                              std::set<absl::Time>& created) {
  const std::string name = request.ToString();
  found_ = ReadState(database_, found_);
  Require(Changes(request.operation), name + " changes something");
  Require(!request.effect.has_value(), name + " has two effects");
  const auto refusal = model_.Refusal(request, waiting_.size());
  Require(!refusal.has_value(), name + " is carried out in spite of " + refusal.value_or(""));
  const auto earlier = journal_.find(request.key);
  Require(earlier == journal_.end(), name + " has the key of another request");

  request.effect = model_.Apply(request, {.found = found_, .clock = clock});
  Compare();
  for (const absl::Time time : model_.created()) {
    Require(created.insert(time).second, name + " creates something at a time that was given out");
  }
  journal_.emplace(request.key, JournalRecord{.request = &request, .answer = *request.effect});
  RecordEvents(name);
  if (!model_.events().empty()) announced_by_.insert(&request);
  CheckEntry(request.key);
}

void Oracle::CommittedReclaim(std::size_t limit, const ClockRange& clock) {
  found_ = ReadState(database_, found_);
  model_.Reclaim(limit, {.found = found_, .clock = clock});
  Compare();
  RecordEvents("the end of a lease");
}

void Oracle::CommittedRelay(const std::vector<Event>& published) {
  found_ = ReadState(database_, found_);
  Compare();
  std::set<std::int64_t> left;
  for (const OutboxEntry& entry : found_.waiting) {
    Require(waiting_.contains(entry.sequence), "the relay adds an event");
    left.insert(entry.sequence);
  }
  for (; published_ < published.size(); ++published_) {
    published_texts_.insert(EventText(published[published_]));
  }
  for (auto waiting = waiting_.begin(); waiting != waiting_.end();) {
    if (left.contains(waiting->first)) {
      ++waiting;
      continue;
    }
    Require(published_texts_.contains(waiting->second),
            "an event is removed that is not published");
    waiting = waiting_.erase(waiting);
  }
}

void Oracle::CommittedJournal(const std::vector<std::string>& keys) {
  found_ = ReadState(database_, found_);
  Compare();
  for (const std::string& key : keys) {
    journal_.erase(key);
    forgotten_keys_.insert(key);
  }
  Require(found_.waiting.size() == waiting_.size(), "cleaning the journal changes the outbox");
  CheckJournal();
}

void Oracle::RecordEvents(const std::string& by) {
  std::vector<std::string> recorded;
  for (const OutboxEntry& entry : found_.waiting) {
    if (entry.sequence <= last_sequence_) continue;
    last_sequence_ = entry.sequence;
    recorded.push_back(EventText(entry.event));
    waiting_.emplace(entry.sequence, recorded.back());
    AddOnce(announced_[IdOf(entry.event)], recorded.back());
  }
  Require(found_.waiting.size() == waiting_.size(), by + " removes events");
  std::vector<std::string> expected = model_.events();
  std::sort(expected.begin(), expected.end());
  std::sort(recorded.begin(), recorded.end());
  Require(expected == recorded, by + " has other events than it should");
}

void Oracle::CheckEntry(const std::string& key) {
  std::optional<JournalEntry> entry;
  const absl::Status read = database_.Read([&](const UnitOfWork& work) {
    entry = work.journal().Find(key).value();
    return absl::OkStatus();
  });
  Require(read.ok(), "the journal cannot be read");
  const auto expected = journal_.find(key);
  if (expected == journal_.end()) {
    Require(!entry.has_value(), key + " is in the journal");
    return;
  }
  Require(entry.has_value(), key + " is not in the journal");
  const auto reply = wire::ParseReplyEnvelope(entry->reply);
  Require(reply.ok() && reply->status_code == 200 &&
              Comparable(*expected->second.request, reply->data) == expected->second.answer,
          key + " is in the journal with " + entry->reply);
}

void Oracle::CheckJournal() {
  for (const auto& [key, record] : journal_) CheckEntry(key);
  for (const std::string& key : forgotten_keys_) CheckEntry(key);
}

void Oracle::Answered(const Handling& handling, const ClockRange& clock,
                      const wire::ReplyEnvelope& reply) {
  Request& request = handling.request;
  const std::string name =
      request.ToString() + " is answered " + std::to_string(reply.status_code) + " " + reply.data;
  const auto json = wire::ParseJson(reply.data);
  Require(json.ok(), name + ", which is no JSON");
  const std::string reason =
      reply.status_code == 200 ? "" : json->value("reason", std::string("nothing"));
  if (reason == "DATABASE_UNAVAILABLE") {
    Require(handling.had_failure && reply.status_code == 503, name + ", and nothing has failed");
    return;
  }
  if (reply.status_code == 200) {
    // Where it is repeated, then to the byte.
    if (Changes(request.operation)) {
      Require(!request.reply.has_value() || request.reply == reply.data,
              name + ", and was answered " + request.reply.value_or(""));
      request.reply = reply.data;
    }
  } else {
    Require(reply.status_code == StatusCodeOf(reason), name + ", which has another code");
  }
  const auto is_right = [&](const Verdict& verdict) {
    return verdict.refusal.has_value() ? *verdict.refusal == reason
                                       : reason.empty() && verdict.data == reply.data;
  };
  if (request.effect.has_value()) {
    Require(reason.empty() && Comparable(request, reply.data) == *request.effect,
            name + ", and should be answered " + *request.effect);
    return;
  }
  if (Changes(request.operation)) {
    const Verdict verdict = handling.verdict.value_or(Judge(request));
    Require(!reason.empty(), name + ", and has no effect");
    Require(is_right(verdict), name + ", and should be " + verdict.refusal.value_or("carried out"));
    return;
  }
  if (request.operation == Operation::kProgress && reason.empty()) {
    Require(std::any_of(handling.of_the_moment.begin(), handling.of_the_moment.end(),
                        [](const Verdict& verdict) { return !verdict.refusal.has_value(); }),
            name + ", and should be refused");
    CheckProgress(handling, clock, reply.data);
    return;
  }
  if (IsCached(request.operation) || request.operation == Operation::kProgress) {
    Require(std::any_of(handling.of_the_moment.begin(), handling.of_the_moment.end(), is_right),
            name + ", and should be answered " +
                handling.of_the_moment.back().refusal.value_or(handling.of_the_moment.back().data));
    return;
  }
  const Verdict verdict = handling.verdict.value_or(Judge(request));
  Require(is_right(verdict),
          name + ", and should be answered " + verdict.refusal.value_or(verdict.data));
}

void Oracle::CheckProgress(const Handling& handling, const ClockRange& clock,
                           const std::string& data) const {
  const Request& request = handling.request;
  const auto counts = handling.counts.find(request.outdial_id);
  Require(counts != handling.counts.end(), request.ToString() + " is answered without a count");
  absl::Time counted;
  std::string error;
  const auto json = wire::ParseJson(data);
  Require(json.ok() &&
              absl::ParseTime(absl::RFC3339_full, json->value("tm_count", ""), &counted, &error),
          request.ToString() + " is answered " + data + ", which has no tm_count");
  Require(counted <= clock.latest,
          request.ToString() + " is answered " + data + ", which is of the future");
  std::string problem = "which was not counted";
  for (const Count& count : counts->second) {
    if (counted < count.clock.earliest || count.clock.latest < counted ||
        Model::TextOf(count.progress, request.thresholds, counted) != data) {
      continue;
    }
    // By the daemon's clock, which may have jumped meanwhile.
    const absl::Duration took = count.clock.latest - count.clock.earliest;
    if (clock.earliest - counted <= std::max(kMaxAgeOfCounts, 2 * took)) return;
    problem = "which is too old";
  }
  throw Violation(request.ToString() + " is answered " + data + ", " + problem);
}

void Oracle::CheckPublished(const std::vector<Event>& events) const {
  std::map<Uuid, std::vector<std::string>> published;
  for (const Event& event : events) AddOnce(published[IdOf(event)], EventText(event));
  Require(published == announced_,
          "other events were published than recorded, or in another order");
  Require(waiting_.empty(), "events are left that nobody publishes");
}

bool Oracle::HasLeases() const {
  return std::any_of(model_.targets().begin(), model_.targets().end(),
                     [](const auto& entry) { return entry.second.lease.has_value(); });
}

}  // namespace outdial::simulation
