// What the services' transactions have in common.
#ifndef OUTDIAL_CORE_SRC_SERVICES_TRANSACTION_H_
#define OUTDIAL_CORE_SRC_SERVICES_TRANSACTION_H_

#include <algorithm>
#include <cstddef>
#include <string_view>
#include <type_traits>
#include <utility>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "outdial/entities/error.h"
#include "outdial/entities/outdial.h"
#include "outdial/entities/page.h"
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

// As ReadResult, in a writing transaction.
template <typename Body>
std::invoke_result_t<Body&, UnitOfWork&> WriteResult(Database& database, Body body) {
  std::invoke_result_t<Body&, UnitOfWork&> result = TransactionDidNotRun();
  absl::Status status = database.Write([&](UnitOfWork& work) {
    result = body(work);
    return result.status();
  });
  if (!status.ok()) return status;
  return result;
}

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

// Writes the journal entry of a request with this result, where it is to be journaled.
template <typename Result>
absl::Status WriteJournal(UnitOfWork& work, const JournalRecorder<Result>& recorder,
                          const Result& result, absl::Time now) {
  if (!recorder) return absl::OkStatus();
  JournalEntry entry = recorder(result);
  if (absl::Status status = CheckJournalText("key", entry.key, kMaxJournalKeyBytes); !status.ok()) {
    return status;
  }
  if (absl::Status status =
          CheckJournalText("fingerprint", entry.fingerprint, kMaxJournalFingerprintBytes);
      !status.ok()) {
    return status;
  }
  entry.tm_create = now;
  return work.journal().Insert(entry);
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
