// Deliberate bugs: what the simulator must find.
#ifndef OUTDIAL_TESTS_SIMULATION_SABOTAGE_H_
#define OUTDIAL_TESTS_SIMULATION_SABOTAGE_H_

#include <array>
#include <cstddef>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "outdial/entities/uuid.h"
#include "outdial/ports/cache.h"
#include "outdial/ports/database.h"
#include "outdial/ports/event_publisher.h"
#include "request.h"

namespace outdial::simulation {

enum class Bug {
  kNone,
  kCrash,  // the program ends

  // Who may be dialled.
  kNoIdleCheck,        // a target that is being dialled looks idle
  kThresholdsIgnored,  // whoever has been tried often enough is dialled again
  kAvailableOutOfOrder,
  kClaimTakesMore,
  kClaimInDeletedList,

  // Tries and calls.
  kTryNotCounted,
  kWrongSlotCounted,
  kDoneStoredAsIdle,
  kCallLeftOpen,  // a report does not end the call
  kCallNotRecorded,
  kCallIdIgnored,  // a late report ends somebody else's attempt
  kCallUpdateLost,

  // Leases.
  kLeaseIgnored,
  kLeaseTooLong,
  kLeaseRunsOutEarly,
  kLeaseNeverRunsOut,
  kRenewDoesNothing,
  kLeaseKept,  // by a target that is no longer progressing

  // What is stored, listed and answered.
  kCommitLost,  // now and then a change is answered and not made
  kDeleteDoesNothing,
  kDeletedComesBack,
  kDetailLost,
  kFilterIgnored,
  kPageRepeatsRow,
  kReplyFromStaleCopy,
  kVersionStandsStill,

  // Imports and progress.
  kDuplicateAdded,
  kRowLost,
  kGroupNotCounted,
  kCountsKeptTooLong,

  // Events.
  kEventAfterCommit,  // an event is written in a transaction of its own
  kEventLost,         // now and then no event is written
  kEventTwice,
  kEventOfWrongType,
  kEventNotPublished,  // now and then
  kEventsOutOfOrder,

  // The cache.
  kCachePutBeforeCommit,  // the cache holds what may never be committed
  kCacheNotTold,          // the cache does not know that a change is coming
  kCacheKeepsOlder,       // the cache takes an older copy for a newer one

  // The journal.
  kJournalNotWritten,  // a request that comes again has its effect again
  kJournalNotRead,
  kJournalHoldsWrongReply,
  kJournalCleanedTooEarly,
  kJournalNotCleaned,
};

// Every one but kNone and kCrash, with the name that --bug takes.
inline constexpr std::array kBugs = std::to_array<std::pair<Bug, std::string_view>>({
    {Bug::kNoIdleCheck, "no-idle-check"},
    {Bug::kThresholdsIgnored, "thresholds-ignored"},
    {Bug::kAvailableOutOfOrder, "available-out-of-order"},
    {Bug::kClaimTakesMore, "claim-takes-more"},
    {Bug::kClaimInDeletedList, "claim-in-deleted-list"},
    {Bug::kTryNotCounted, "try-not-counted"},
    {Bug::kWrongSlotCounted, "wrong-slot-counted"},
    {Bug::kDoneStoredAsIdle, "done-stored-as-idle"},
    {Bug::kCallLeftOpen, "call-left-open"},
    {Bug::kCallNotRecorded, "call-not-recorded"},
    {Bug::kCallIdIgnored, "call-id-ignored"},
    {Bug::kCallUpdateLost, "call-update-lost"},
    {Bug::kLeaseIgnored, "lease-ignored"},
    {Bug::kLeaseTooLong, "lease-too-long"},
    {Bug::kLeaseRunsOutEarly, "lease-runs-out-early"},
    {Bug::kLeaseNeverRunsOut, "lease-never-runs-out"},
    {Bug::kRenewDoesNothing, "renew-does-nothing"},
    {Bug::kLeaseKept, "lease-kept"},
    {Bug::kCommitLost, "commit-lost"},
    {Bug::kDeleteDoesNothing, "delete-does-nothing"},
    {Bug::kDeletedComesBack, "deleted-comes-back"},
    {Bug::kDetailLost, "detail-lost"},
    {Bug::kFilterIgnored, "filter-ignored"},
    {Bug::kPageRepeatsRow, "page-repeats-row"},
    {Bug::kReplyFromStaleCopy, "reply-from-stale-copy"},
    {Bug::kVersionStandsStill, "version-stands-still"},
    {Bug::kDuplicateAdded, "duplicate-added"},
    {Bug::kRowLost, "row-lost"},
    {Bug::kGroupNotCounted, "group-not-counted"},
    {Bug::kCountsKeptTooLong, "counts-kept-too-long"},
    {Bug::kEventAfterCommit, "event-after-commit"},
    {Bug::kEventLost, "event-lost"},
    {Bug::kEventTwice, "event-twice"},
    {Bug::kEventOfWrongType, "event-of-wrong-type"},
    {Bug::kEventNotPublished, "event-not-published"},
    {Bug::kEventsOutOfOrder, "events-out-of-order"},
    {Bug::kCachePutBeforeCommit, "cache-put-before-commit"},
    {Bug::kCacheNotTold, "cache-not-told"},
    {Bug::kCacheKeepsOlder, "cache-keeps-older"},
    {Bug::kJournalNotWritten, "journal-not-written"},
    {Bug::kJournalNotRead, "journal-not-read"},
    {Bug::kJournalHoldsWrongReply, "journal-holds-wrong-reply"},
    {Bug::kJournalCleanedTooEarly, "journal-cleaned-too-early"},
    {Bug::kJournalNotCleaned, "journal-not-cleaned"},
});

inline constexpr std::string_view kCrashName = "crash";

// What a service with the bug takes a request for.
Request Misread(const Request& request, Bug bug);

// Answers as a service with the bug does.
class SabotagedReplies {
 public:
  explicit SabotagedReplies(Bug bug) : bug_(bug) {}

  std::string Answer(const Request& request, const std::string& data);

 private:
  const Bug bug_;
  std::map<std::string, std::string> last_;  // by entity
};

// Passes everything on, but for the bug. All must outlive it.
class SabotagedDatabase final : public Database {
 public:
  SabotagedDatabase(Database& database, Bug bug) : database_(database), bug_(bug) {}

  absl::Status Read(absl::FunctionRef<absl::Status(const UnitOfWork&)> body) override;
  absl::Status Write(absl::FunctionRef<absl::Status(UnitOfWork&)> body) override;
  absl::Status Ping() override { return database_.Ping(); }

  // The outdial whose targets were counted last, once.
  std::optional<OutdialId> TakeCounted() { return std::exchange(counted_, std::nullopt); }

 private:
  Database& database_;
  const Bug bug_;
  std::size_t writes_ = 0;
  std::size_t appends_ = 0;
  std::optional<OutdialId> counted_;
  std::map<OutdialId, std::vector<TargetGroup>> first_counts_;
};

class SabotagedCache final : public Cache {
 public:
  SabotagedCache(Cache& cache, Bug bug) : cache_(cache), bug_(bug) {}

  std::optional<Outdial> GetOutdial(OutdialId id) override { return cache_.GetOutdial(id); }
  std::optional<OutdialTarget> GetOutdialTarget(OutdialTargetId id) override;
  std::optional<OutdialTargetCall> GetOutdialTargetCall(OutdialTargetCallId id) override {
    return cache_.GetOutdialTargetCall(id);
  }
  CacheTicket Ticket() override { return cache_.Ticket(); }
  void Expect(const CacheCopies& next, absl::Span<const OutdialTargetCall> replaced) override;
  void Withdraw(const CacheCopies& next) override { cache_.Withdraw(next); }
  void Put(const CacheCopies& committed, CacheTicket ticket) override;
  void Fill(const CacheCopies& read, CacheTicket ticket) override;

 private:
  Cache& cache_;
  const Bug bug_;
  std::map<OutdialTargetId, OutdialTarget> copies_;  // with the bug only
};

class SabotagedPublisher final : public EventPublisher {
 public:
  SabotagedPublisher(EventPublisher& publisher, Bug bug) : publisher_(publisher), bug_(bug) {}

  absl::Status Publish(absl::Span<const Event> events) override;

 private:
  EventPublisher& publisher_;
  const Bug bug_;
  std::size_t batches_ = 0;
};

}  // namespace outdial::simulation

#endif  // OUTDIAL_TESTS_SIMULATION_SABOTAGE_H_
