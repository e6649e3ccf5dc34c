#include "sabotage.h"

#include <algorithm>
#include <limits>
#include <map>
#include <optional>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"

namespace outdial::simulation {
namespace {

// How often those bugs show that show now and then.
constexpr std::size_t kNowAndThen = 10;

TryThresholds Thresholds(const TryThresholds& thresholds, Bug bug) {
  if (bug != Bug::kThresholdsIgnored) return thresholds;
  TryThresholds none = thresholds;
  for (std::int64_t& threshold : none) threshold = std::numeric_limits<std::int64_t>::max();
  return none;
}

// What transactions of one database have in common.
struct Context {
  Bug bug;
  std::size_t& appends;
  std::optional<OutdialId>& counted;
  std::map<OutdialId, std::vector<TargetGroup>>& first_counts;
  std::vector<Event>& late_events;
};

class Outdials final : public OutdialRepository {
 public:
  Outdials(OutdialRepository& outdials, const Context& context)
      : outdials_(outdials), context_(context) {}

  absl::StatusOr<Outdial> Get(OutdialId id) const override { return outdials_.Get(id); }
  absl::StatusOr<std::vector<Outdial>> List(const OutdialFilter& filter,
                                            const Page& page) const override {
    if (context_.bug != Bug::kFilterIgnored) return outdials_.List(filter, page);
    OutdialFilter wider = filter;
    wider.campaign_id.reset();
    return outdials_.List(wider, page);
  }
  absl::StatusOr<Outdial> GetForUpdate(OutdialId id) override { return outdials_.GetForUpdate(id); }
  absl::StatusOr<Outdial> GetForShare(OutdialId id) override {
    auto outdial = outdials_.GetForShare(id);
    if (!outdial.ok() || context_.bug != Bug::kClaimInDeletedList) return outdial;
    Outdial::Fields fields = outdial->fields();
    fields.tm_delete.reset();
    return Outdial(std::move(fields));
  }
  absl::Status Insert(const Outdial& outdial) override { return outdials_.Insert(outdial); }
  absl::Status Update(const Outdial& outdial) override {
    if (outdial.deleted() && context_.bug == Bug::kDeleteDoesNothing) return absl::OkStatus();
    if (context_.bug != Bug::kDetailLost) return outdials_.Update(outdial);
    Outdial::Fields fields = outdial.fields();
    fields.detail = Text();
    return outdials_.Update(Outdial(std::move(fields)));
  }

 private:
  OutdialRepository& outdials_;
  const Context& context_;
};

class Targets final : public OutdialTargetRepository {
 public:
  Targets(OutdialTargetRepository& targets, const Context& context)
      : targets_(targets), context_(context) {}

  absl::StatusOr<OutdialTarget> Get(OutdialTargetId id) const override { return targets_.Get(id); }
  absl::StatusOr<std::vector<OutdialTarget>> List(OutdialId outdial_id,
                                                  const Page& page) const override {
    if (context_.bug != Bug::kPageRepeatsRow || !page.before.has_value()) {
      return targets_.List(outdial_id, page);
    }
    return targets_.List(outdial_id,
                         {.size = page.size, .before = *page.before + absl::Microseconds(1)});
  }
  absl::StatusOr<std::vector<OutdialTarget>> FindAvailable(OutdialId outdial_id,
                                                           const TryThresholds& thresholds,
                                                           std::size_t limit) const override {
    auto found = targets_.FindAvailable(outdial_id, Thresholds(thresholds, context_.bug), limit);
    if (found.ok() && context_.bug == Bug::kAvailableOutOfOrder) {
      std::reverse(found->begin(), found->end());
    }
    return found;
  }
  absl::StatusOr<OutdialTarget> GetForUpdate(OutdialTargetId id) override {
    auto target = targets_.GetForUpdate(id);
    if (!target.ok() || context_.bug != Bug::kNoIdleCheck) return target;
    OutdialTarget::Fields fields = target->fields();
    fields.status = TargetStatus::kIdle;
    return OutdialTarget(std::move(fields));
  }
  absl::StatusOr<std::vector<OutdialTarget>> LockAvailable(OutdialId outdial_id,
                                                           const TryThresholds& thresholds,
                                                           std::size_t limit) override {
    if (context_.bug == Bug::kClaimTakesMore) ++limit;
    return targets_.LockAvailable(outdial_id, Thresholds(thresholds, context_.bug), limit);
  }
  absl::StatusOr<std::vector<OutdialTarget>> LockLeaseExpired(absl::Time now,
                                                              std::size_t limit) override {
    if (context_.bug == Bug::kLeaseNeverRunsOut) return std::vector<OutdialTarget>();
    if (context_.bug == Bug::kLeaseRunsOutEarly) now += absl::Seconds(10);
    return targets_.LockLeaseExpired(now, limit);
  }
  absl::StatusOr<std::vector<TakenDestination>> FindTaken(
      OutdialId outdial_id, absl::Span<const DestinationKey> keys) const override {
    if (context_.bug == Bug::kDuplicateAdded) return std::vector<TakenDestination>();
    return targets_.FindTaken(outdial_id, keys);
  }
  absl::StatusOr<std::vector<OutdialTarget>> ListOldest(OutdialId outdial_id,
                                                        const CreationPlace& after,
                                                        std::size_t limit) const override {
    return targets_.ListOldest(outdial_id, after, limit);
  }
  absl::StatusOr<std::vector<TargetGroup>> CountGroups(OutdialId outdial_id) const override {
    auto groups = targets_.CountGroups(outdial_id);
    if (!groups.ok()) return groups;
    context_.counted = outdial_id;
    if (context_.bug == Bug::kGroupNotCounted && !groups->empty()) groups->pop_back();
    if (context_.bug != Bug::kCountsKeptTooLong) return groups;
    return context_.first_counts.try_emplace(outdial_id, *groups).first->second;
  }
  absl::StatusOr<std::size_t> RegisterKeys(OutdialId outdial_id, std::size_t limit) override {
    return targets_.RegisterKeys(outdial_id, limit);
  }
  absl::StatusOr<std::size_t> RegisterKeysOfAny(std::size_t limit) override {
    return targets_.RegisterKeysOfAny(limit);
  }
  absl::Status Insert(absl::Span<const OutdialTarget> targets) override {
    if (context_.bug == Bug::kRowLost && targets.size() > 1) targets.remove_suffix(1);
    return targets_.Insert(targets);
  }
  absl::Status Update(absl::Span<const OutdialTarget> targets) override {
    if (context_.bug == Bug::kNone) return targets_.Update(targets);
    std::vector<OutdialTarget> written;
    for (const OutdialTarget& target : targets) {
      const auto before = targets_.GetForUpdate(target.id());
      if (!before.ok()) return before.status();
      if (auto spoiled = Spoiled(*before, target)) written.push_back(*std::move(spoiled));
    }
    return targets_.Update(written);
  }

 private:
  // What is written instead; nullopt: nothing.
  std::optional<OutdialTarget> Spoiled(const OutdialTarget& before,
                                       const OutdialTarget& after) const {
    const OutdialTarget::Fields& old = before.fields();
    OutdialTarget::Fields fields = after.fields();
    const bool is_renewed = before.version() == after.version();
    switch (context_.bug) {
      case Bug::kDeletedComesBack:
        if (fields.status == TargetStatus::kDone) fields.tm_delete = std::nullopt;
        break;
      case Bug::kDeleteDoesNothing:
        if (!before.deleted() && after.deleted()) return std::nullopt;
        break;
      case Bug::kDoneStoredAsIdle:
        if (fields.status == TargetStatus::kDone) fields.status = TargetStatus::kIdle;
        break;
      case Bug::kTryNotCounted:
        fields.slots[1].try_count = old.slots[1].try_count;
        break;
      case Bug::kWrongSlotCounted:
        if (fields.slots[1].try_count > old.slots[1].try_count) {
          --fields.slots[1].try_count;
          ++fields.slots[0].try_count;
        }
        break;
      case Bug::kLeaseIgnored:
        fields.lease_until = std::nullopt;
        break;
      case Bug::kLeaseTooLong:
        if (fields.lease_until.has_value()) *fields.lease_until += absl::Seconds(1);
        break;
      case Bug::kLeaseKept:
        if (fields.status != TargetStatus::kProgressing) fields.lease_until = old.lease_until;
        break;
      case Bug::kRenewDoesNothing:
        if (is_renewed) return std::nullopt;
        break;
      case Bug::kVersionStandsStill:
        if (fields.status == TargetStatus::kDone && old.status == TargetStatus::kDone) {
          fields.tm_update = old.tm_update;
        }
        break;
      default:
        break;
    }
    return OutdialTarget(std::move(fields));
  }

  OutdialTargetRepository& targets_;
  const Context& context_;
};

class Calls final : public OutdialTargetCallRepository {
 public:
  Calls(OutdialTargetCallRepository& calls, const Context& context)
      : calls_(calls), context_(context) {}

  absl::StatusOr<OutdialTargetCall> Get(OutdialTargetCallId id) const override {
    return calls_.Get(id);
  }
  absl::StatusOr<std::vector<OutdialTargetCall>> List(const OutdialTargetCallFilter& filter,
                                                      const Page& page) const override {
    return calls_.List(filter, page);
  }
  absl::StatusOr<CallCount> Count(OutdialId outdial_id) const override {
    return calls_.Count(outdial_id);
  }
  absl::StatusOr<OutdialTargetCall> GetForUpdate(OutdialTargetCallId id) override {
    return calls_.GetForUpdate(id);
  }
  absl::StatusOr<std::optional<OutdialTargetCall>> FindOpen(OutdialTargetId target_id) override {
    if (context_.bug == Bug::kCallLeftOpen) return std::nullopt;
    return calls_.FindOpen(target_id);
  }
  absl::Status Insert(absl::Span<const OutdialTargetCall> calls) override {
    if (context_.bug == Bug::kCallNotRecorded) return absl::OkStatus();
    return calls_.Insert(calls);
  }
  absl::Status Update(const OutdialTargetCall& call) override {
    if (context_.bug == Bug::kCallUpdateLost && call.open()) return absl::OkStatus();
    return calls_.Update(call);
  }

 private:
  OutdialTargetCallRepository& calls_;
  const Context& context_;
};

class Outbox final : public EventOutbox {
 public:
  Outbox(EventOutbox& outbox, const Context& context) : outbox_(outbox), context_(context) {}

  absl::StatusOr<std::vector<OutboxEntry>> Peek(std::size_t limit) const override {
    return outbox_.Peek(limit);
  }
  absl::StatusOr<std::size_t> Size() const override { return outbox_.Size(); }
  absl::Status Append(absl::Span<const Event> events) override {
    std::vector<Event> written(events.begin(), events.end());
    switch (context_.bug) {
      case Bug::kEventLost:
        if (++context_.appends % kNowAndThen == 0) return absl::OkStatus();
        break;
      case Bug::kEventAfterCommit:
        context_.late_events = std::move(written);
        return absl::OkStatus();
      case Bug::kEventTwice:
        if (++context_.appends % kNowAndThen == 0) written.push_back(written.front());
        break;
      case Bug::kEventOfWrongType:
        for (Event& event : written) {
          if (event.type == EventType::kOutdialTargetDeleted) {
            event.type = EventType::kOutdialTargetUpdated;
          }
        }
        break;
      default:
        break;
    }
    return outbox_.Append(written);
  }
  absl::Status Remove(absl::Span<const std::int64_t> sequences) override {
    return outbox_.Remove(sequences);
  }

 private:
  EventOutbox& outbox_;
  const Context& context_;
};

class Journal final : public RequestJournal {
 public:
  Journal(RequestJournal& journal, const Context& context) : journal_(journal), context_(context) {}

  absl::StatusOr<std::optional<JournalEntry>> Find(const std::string& key) const override {
    if (context_.bug == Bug::kJournalNotRead) return std::nullopt;
    return journal_.Find(key);
  }
  absl::Status Insert(const JournalEntry& entry) override {
    if (context_.bug == Bug::kJournalNotWritten) return absl::OkStatus();
    if (context_.bug == Bug::kJournalHoldsWrongReply) {
      JournalEntry wrong = entry;
      const std::size_t done = wrong.reply.find("\"done\"");
      if (done != std::string::npos) wrong.reply.replace(done, 6, "\"idle\"");
      return journal_.Insert(wrong);
    }
    const absl::Status status = journal_.Insert(entry);
    return context_.bug == Bug::kJournalNotRead ? absl::OkStatus() : status;
  }
  absl::Status Remove(absl::Span<const std::string> keys) override {
    if (context_.bug == Bug::kJournalNotCleaned) return absl::OkStatus();
    return journal_.Remove(keys);
  }
  absl::StatusOr<std::size_t> RemoveOlderThan(absl::Time before, std::size_t limit) override {
    if (context_.bug == Bug::kJournalCleanedTooEarly) before += absl::Hours(24);
    return journal_.RemoveOlderThan(before, limit);
  }

 private:
  RequestJournal& journal_;
  const Context& context_;
};

class Work final : public UnitOfWork {
 public:
  Work(UnitOfWork& work, const Context& context)
      : context_(context),
        outdials_(work.outdials(), context_),
        targets_(work.targets(), context_),
        calls_(work.calls(), context_),
        outbox_(work.outbox(), context_),
        journal_(work.journal(), context_) {}

  OutdialRepository& outdials() override { return outdials_; }
  OutdialTargetRepository& targets() override { return targets_; }
  OutdialTargetCallRepository& calls() override { return calls_; }
  EventOutbox& outbox() override { return outbox_; }
  RequestJournal& journal() override { return journal_; }

  const OutdialRepository& outdials() const override { return outdials_; }
  const OutdialTargetRepository& targets() const override { return targets_; }
  const OutdialTargetCallRepository& calls() const override { return calls_; }
  const EventOutbox& outbox() const override { return outbox_; }
  const RequestJournal& journal() const override { return journal_; }

 private:
  const Context context_;
  Outdials outdials_;
  Targets targets_;
  Calls calls_;
  Outbox outbox_;
  Journal journal_;
};

}  // namespace

Request Misread(const Request& request, Bug bug) {
  Request misread = request;
  if (bug == Bug::kCallIdIgnored) misread.reported_call.reset();
  if (misread.reported_call != request.reported_call) Compose(misread);
  return misread;
}

std::string SabotagedReplies::Answer(const Request& request, const std::string& data) {
  if (bug_ != Bug::kReplyFromStaleCopy || request.uri.find("outdials") == std::string::npos) {
    return data;
  }
  // The entity's id comes first.
  std::string& last = last_[data.substr(0, data.find(','))];
  const std::string stale = last.empty() ? data : last;
  last = data;
  return request.operation == Operation::kUpdateOutdial ? stale : data;
}

absl::Status SabotagedDatabase::Read(absl::FunctionRef<absl::Status(const UnitOfWork&)> body) {
  return database_.Read([&](const UnitOfWork& work) {
    std::vector<Event> late_events;
    // The body sees it as something that it cannot change.
    const Work sabotaged(const_cast<UnitOfWork&>(work),
                         {bug_, appends_, counted_, first_counts_, late_events});
    return body(sabotaged);
  });
}

absl::Status SabotagedDatabase::Write(absl::FunctionRef<absl::Status(UnitOfWork&)> body) {
  const bool loses = bug_ == Bug::kCommitLost && ++writes_ % kNowAndThen == 0;
  bool lost = false;
  std::vector<Event> late_events;
  absl::Status status = database_.Write([&](UnitOfWork& work) -> absl::Status {
    late_events.clear();
    Work sabotaged(work, {bug_, appends_, counted_, first_counts_, late_events});
    absl::Status result = body(sabotaged);
    lost = loses && result.ok();
    return lost ? absl::CancelledError("lost") : result;
  });
  if (lost) return absl::OkStatus();
  if (!status.ok() || late_events.empty()) return status;
  return database_.Write([&](UnitOfWork& work) { return work.outbox().Append(late_events); });
}

std::optional<OutdialTarget> SabotagedCache::GetOutdialTarget(OutdialTargetId id) {
  const auto copy = copies_.find(id);
  return copy == copies_.end() ? cache_.GetOutdialTarget(id) : std::optional(copy->second);
}

void SabotagedCache::Expect(const CacheCopies& next, absl::Span<const OutdialTargetCall> replaced) {
  if (bug_ == Bug::kCacheNotTold) return;
  cache_.Expect(next, replaced);
  if (bug_ == Bug::kCachePutBeforeCommit) cache_.Put(next, cache_.Ticket());
  for (const OutdialTarget& target : next.targets) copies_.erase(target.id());
}

void SabotagedCache::Put(const CacheCopies& committed, CacheTicket ticket) {
  cache_.Put(committed, ticket);
  if (bug_ != Bug::kCacheKeepsOlder) return;
  for (const OutdialTarget& target : committed.targets) {
    copies_.insert_or_assign(target.id(), target.WithoutLease());
  }
}

void SabotagedCache::Fill(const CacheCopies& read, CacheTicket ticket) {
  cache_.Fill(read, ticket);
  if (bug_ != Bug::kCacheKeepsOlder) return;
  for (const OutdialTarget& target : read.targets) {
    copies_.insert_or_assign(target.id(), target.WithoutLease());
  }
}

absl::Status SabotagedPublisher::Publish(absl::Span<const Event> events) {
  if (bug_ == Bug::kEventNotPublished && ++batches_ % kNowAndThen == 0) return absl::OkStatus();
  if (bug_ != Bug::kEventsOutOfOrder) return publisher_.Publish(events);
  std::vector<Event> reversed(events.begin(), events.end());
  std::reverse(reversed.begin(), reversed.end());
  return publisher_.Publish(reversed);
}

}  // namespace outdial::simulation
