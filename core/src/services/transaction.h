// What the services' transactions have in common.
#ifndef OUTDIAL_CORE_SRC_SERVICES_TRANSACTION_H_
#define OUTDIAL_CORE_SRC_SERVICES_TRANSACTION_H_

#include <algorithm>
#include <cstddef>
#include <optional>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

#include "absl/functional/function_ref.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "absl/types/span.h"
#include "outdial/entities/error.h"
#include "outdial/entities/outdial.h"
#include "outdial/entities/outdial_target.h"
#include "outdial/entities/outdial_target_call.h"
#include "outdial/entities/page.h"
#include "outdial/ports/cache.h"
#include "outdial/ports/database.h"
#include "outdial/ports/request_journal.h"
#include "outdial/services/service_ports.h"

namespace outdial {

// What a service says until a transaction has run.
inline absl::Status TransactionDidNotRun() {
  return MakeError(Reason::kInternal, "The request could not be carried out.");
}

// Runs `body`, which returns an absl::StatusOr, in a reading transaction; returns its last result.
template <typename Body>
std::invoke_result_t<Body&, const UnitOfWork&> ReadResult(Database& database, Body body) {
  std::invoke_result_t<Body&, const UnitOfWork&> result = TransactionDidNotRun();
  absl::Status status = database.Read([&](const UnitOfWork& work) {
    result = body(work);
    return result.status();
  });
  if (!status.ok()) return status;
  return result;
}

// As ReadResult, in a writing transaction; `database` may be a CachedWrite.
template <typename Writer, typename Body>
std::invoke_result_t<Body&, UnitOfWork&> WriteResult(Writer& database, Body body) {
  std::invoke_result_t<Body&, UnitOfWork&> result = TransactionDidNotRun();
  absl::Status status = database.Write([&](UnitOfWork& work) {
    result = body(work);
    return result.status();
  });
  if (!status.ok()) return status;
  return result;
}

// A transaction that changes what the cache may have copies of.
class CachedWrite {
 public:
  explicit CachedWrite(const ServicePorts& ports)
      : database_(ports.database), cache_(ports.cache), ticket_(cache_.Ticket()) {}

  Database& database() { return database_; }

  // See Database. What `body` expects is withdrawn where it is known not to be committed.
  absl::Status Write(absl::FunctionRef<absl::Status(UnitOfWork&)> body) {
    bool commits = false;
    absl::Status status = database_.Write([&](UnitOfWork& work) {
      Withdraw();  // an earlier run was rolled back
      absl::Status result = body(work);
      commits = result.ok();
      return result;
    });
    const bool may_be_committed =
        status.ok() || (commits && GetReason(status) == Reason::kDatabaseUnavailable);
    if (!may_be_committed) Withdraw();
    return status;
  }

  // See Cache. Once in a run of the transaction, as late as can be.
  void Expect(const CacheCopies& next, absl::Span<const OutdialTargetCall> replaced) {
    outdials_.assign(next.outdials.begin(), next.outdials.end());
    targets_.assign(next.targets.begin(), next.targets.end());
    calls_.assign(next.calls.begin(), next.calls.end());
    cache_.Expect(next, replaced);
  }

  // After the commit.
  void Put(const CacheCopies& committed) { cache_.Put(committed, ticket_); }

 private:
  void Withdraw() {
    if (outdials_.empty() && targets_.empty() && calls_.empty()) return;
    cache_.Withdraw({.outdials = outdials_, .targets = targets_, .calls = calls_});
    outdials_.clear();
    targets_.clear();
    calls_.clear();
  }

  Database& database_;
  Cache& cache_;
  const CacheTicket ticket_;
  // What is expected:
  std::vector<Outdial> outdials_;
  std::vector<OutdialTarget> targets_;
  std::vector<OutdialTargetCall> calls_;
};

// Errors: TEXT_TOO_LONG, TEXT_NOT_STORABLE.
inline absl::Status CheckJournalText(std::string_view field, std::string_view text,
                                     std::size_t max_bytes) {
  if (text.size() > max_bytes) {
    return MakeError(Reason::kTextTooLong, "The identity of the request is too long to be kept.",
                     field);
  }
  const auto is_printable = [](char c) { return c >= ' ' && c <= '~'; };
  if (std::all_of(text.begin(), text.end(), is_printable)) return absl::OkStatus();
  return MakeError(Reason::kTextNotStorable,
                   "The identity of the request holds more than printable ASCII characters.",
                   field);
}

// The journal entry of a request that may have one: written with its change, and where the answer
// to the commit is lost, a witness of it.
template <typename Result>
class Journaling {
 public:
  // `recorder` must outlive it.
  explicit Journaling(const JournalRecorder<Result>& recorder) : recorder_(recorder) {}

  // As the last step of a transaction.
  absl::Status Write(UnitOfWork& work, const Result& result, absl::Time now) {
    if (!recorder_) return absl::OkStatus();
    JournalEntry entry = recorder_(result);
    if (absl::Status status = CheckJournalText("key", entry.key, kMaxJournalKeyBytes);
        !status.ok()) {
      return status;
    }
    if (absl::Status status =
            CheckJournalText("fingerprint", entry.fingerprint, kMaxJournalFingerprintBytes);
        !status.ok()) {
      return status;
    }
    entry.tm_create = now;
    entry_ = std::move(entry);
    return work.journal().Insert(*entry_);
  }

  // What became of a transaction that ended with `status`: OK too where its entry is there though
  // the database did not say that it had committed.
  absl::Status Outcome(Database& database, absl::Status status) const {
    if (!entry_.has_value() || GetReason(status) != Reason::kDatabaseUnavailable) return status;
    const auto found = ReadResult(
        database, [&](const UnitOfWork& work) { return work.journal().Find(entry_->key); });
    const bool committed = found.ok() && found->has_value() &&
                           (*found)->tm_create == entry_->tm_create &&
                           (*found)->reply == entry_->reply;
    return committed ? absl::OkStatus() : status;
  }

 private:
  const JournalRecorder<Result>& recorder_;
  std::optional<JournalEntry> entry_;  // that of the last run
};

// As WriteResult, for a body that ends with Journaling::Write.
template <typename Body, typename Result>
std::invoke_result_t<Body&, UnitOfWork&> WriteResult(CachedWrite& write,
                                                     const Journaling<Result>& journaling,
                                                     Body body) {
  std::invoke_result_t<Body&, UnitOfWork&> result = TransactionDidNotRun();
  absl::Status status = journaling.Outcome(write.database(), write.Write([&](UnitOfWork& work) {
    result = body(work);
    return result.status();
  }));
  if (!status.ok()) return status;
  return result;
}

// What callers ask for, within the limit of a list.
inline std::size_t WithinLimit(std::size_t size) { return std::min(size, kMaxListSize); }
inline Page WithinLimit(const Page& page) {
  return {.size = WithinLimit(page.size), .before = page.before};
}

// To be called once a transaction that announces something is committed.
inline void TellOfEvents(const ServiceSettings& settings) {
  if (settings.record_events && settings.on_events_recorded) settings.on_events_recorded();
}

// The outdial, where it is not deleted. Error: OUTDIAL_NOT_FOUND.
inline absl::StatusOr<Outdial> OnlyLive(absl::StatusOr<Outdial> outdial) {
  if (outdial.ok() && outdial->deleted()) {
    return MakeError(Reason::kOutdialNotFound, "The outdial was not found: it is deleted.");
  }
  return outdial;
}

}  // namespace outdial

#endif  // OUTDIAL_CORE_SRC_SERVICES_TRANSACTION_H_
