#include "outdial/services/request_journal_service.h"

#include <cstddef>
#include <optional>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "absl/types/span.h"
#include "outdial/ports/database.h"
#include "outdial/ports/request_journal.h"
#include "transaction.h"

namespace outdial {

absl::StatusOr<std::optional<JournalEntry>> RequestJournalService::Find(const std::string& key) {
  return ReadResult(ports_.database,
                    [&](const UnitOfWork& work) { return work.journal().Find(key); });
}

absl::Status RequestJournalService::Remove(absl::Span<const std::string> keys) {
  return ports_.database.Write([&](UnitOfWork& work) { return work.journal().Remove(keys); });
}

absl::StatusOr<std::size_t> RequestJournalService::RemoveExpired(std::size_t limit) {
  return WriteResult(ports_.database, [&](UnitOfWork& work) {
    return work.journal().RemoveOlderThan(ports_.clock.Now() - kJournalRetention, limit);
  });
}

}  // namespace outdial
