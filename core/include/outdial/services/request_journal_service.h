// What driving adapters ask of the request journal.
#ifndef OUTDIAL_SERVICES_REQUEST_JOURNAL_SERVICE_H_
#define OUTDIAL_SERVICES_REQUEST_JOURNAL_SERVICE_H_

#include <cstddef>
#include <optional>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "absl/types/span.h"
#include "outdial/entities/use_counted.h"
#include "outdial/ports/request_journal.h"
#include "outdial/services/service_ports.h"

namespace outdial {

// How long an entry is kept that nobody removed.
inline constexpr absl::Duration kJournalRetention = absl::Hours(24);

// Finds and removes the entries that changing operations wrote through their JournalRecorder.
// Thread-safe; blocks on the database. Errors: DATABASE_UNAVAILABLE, INTERNAL.
class RequestJournalService : public UseCounted {
 public:
  // The ports must outlive the service: the first that does not stops the program.
  explicit RequestJournalService(const ServicePorts& ports)
      : UseCounted("RequestJournalService"), ports_(ports) {}

  // As RequestJournal::Find.
  absl::StatusOr<std::optional<JournalEntry>> Find(const std::string& key);

  // As RequestJournal::Remove.
  absl::Status Remove(absl::Span<const std::string> keys);

  // Removes up to `limit` entries older than kJournalRetention; returns how many. To be called
  // every minute or so.
  absl::StatusOr<std::size_t> RemoveExpired(std::size_t limit);

 private:
  ServicePorts ports_;
};

}  // namespace outdial

#endif  // OUTDIAL_SERVICES_REQUEST_JOURNAL_SERVICE_H_
