// Deliberate bugs: what the simulator must find.
#ifndef OUTDIAL_TESTS_SIMULATION_SABOTAGE_H_
#define OUTDIAL_TESTS_SIMULATION_SABOTAGE_H_

#include <array>
#include <cstddef>
#include <memory>
#include <optional>
#include <string_view>
#include <utility>
#include <vector>

#include "outdial/ports/cache.h"
#include "outdial/ports/database.h"
#include "outdial/ports/event_publisher.h"

namespace outdial::simulation {

enum class Bug {
  kNone,
  kNoIdleCheck,           // a target that is being dialled looks idle
  kEventAfterCommit,      // an event is written in a transaction of its own
  kEventLost,             // now and then no event is written
  kCachePutBeforeCommit,  // the cache holds what may never be committed
  kCacheNotTold,          // the cache does not know that a change is coming
  kJournalNotWritten,     // a request that comes again has its effect again
  kJournalNotRead,
  kCommitLost,         // now and then a change is answered and not made
  kThresholdsIgnored,  // whoever has been tried often enough is dialled again
  kAvailableOutOfOrder,
  kLeaseRunsOutEarly,
  kLeaseNeverRunsOut,
  kTryNotCounted,
  kCallLeftOpen,  // a report does not end the call
  kDeletedComesBack,
  kEventNotPublished,  // now and then
  kEventsOutOfOrder,
};

// Every one but kNone, with the name that --bug takes.
inline constexpr std::array<std::pair<Bug, std::string_view>, 17> kBugs = {{
    {Bug::kNoIdleCheck, "no-idle-check"},
    {Bug::kEventAfterCommit, "event-after-commit"},
    {Bug::kEventLost, "event-lost"},
    {Bug::kCachePutBeforeCommit, "cache-put-before-commit"},
    {Bug::kCacheNotTold, "cache-not-told"},
    {Bug::kJournalNotWritten, "journal-not-written"},
    {Bug::kJournalNotRead, "journal-not-read"},
    {Bug::kCommitLost, "commit-lost"},
    {Bug::kThresholdsIgnored, "thresholds-ignored"},
    {Bug::kAvailableOutOfOrder, "available-out-of-order"},
    {Bug::kLeaseRunsOutEarly, "lease-runs-out-early"},
    {Bug::kLeaseNeverRunsOut, "lease-never-runs-out"},
    {Bug::kTryNotCounted, "try-not-counted"},
    {Bug::kCallLeftOpen, "call-left-open"},
    {Bug::kDeletedComesBack, "deleted-comes-back"},
    {Bug::kEventNotPublished, "event-not-published"},
    {Bug::kEventsOutOfOrder, "events-out-of-order"},
}};

// Passes everything on, but for the bug. All must outlive it.
class SabotagedDatabase final : public Database {
 public:
  SabotagedDatabase(Database& database, Bug bug) : database_(database), bug_(bug) {}

  absl::Status Read(absl::FunctionRef<absl::Status(const UnitOfWork&)> body) override;
  absl::Status Write(absl::FunctionRef<absl::Status(UnitOfWork&)> body) override;
  absl::Status Ping() override { return database_.Ping(); }

 private:
  Database& database_;
  const Bug bug_;
  std::size_t writes_ = 0;
  std::size_t appends_ = 0;
};

class SabotagedCache final : public Cache {
 public:
  SabotagedCache(Cache& cache, Bug bug) : cache_(cache), bug_(bug) {}

  std::optional<Outdial> GetOutdial(OutdialId id) override { return cache_.GetOutdial(id); }
  std::optional<OutdialTarget> GetOutdialTarget(OutdialTargetId id) override {
    return cache_.GetOutdialTarget(id);
  }
  std::optional<OutdialTargetCall> GetOutdialTargetCall(OutdialTargetCallId id) override {
    return cache_.GetOutdialTargetCall(id);
  }
  CacheTicket Ticket() override { return cache_.Ticket(); }
  void Expect(const CacheCopies& next, absl::Span<const OutdialTargetCall> replaced) override;
  void Put(const CacheCopies& committed, CacheTicket ticket) override {
    cache_.Put(committed, ticket);
  }
  void Fill(const CacheCopies& read, CacheTicket ticket) override { cache_.Fill(read, ticket); }

 private:
  Cache& cache_;
  const Bug bug_;
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
