// What can be done with outdials.
#ifndef OUTDIAL_SERVICES_OUTDIAL_SERVICE_H_
#define OUTDIAL_SERVICES_OUTDIAL_SERVICE_H_

#include <vector>

#include "absl/functional/function_ref.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "outdial/entities/event.h"
#include "outdial/entities/outdial.h"
#include "outdial/entities/page.h"
#include "outdial/entities/text.h"
#include "outdial/entities/use_counted.h"
#include "outdial/entities/uuid.h"
#include "outdial/ports/database.h"
#include "outdial/ports/outdial_repository.h"
#include "outdial/ports/request_journal.h"
#include "outdial/services/service_ports.h"

namespace outdial {

// Creates, reads, changes and deletes outdials. Each change is one transaction with its event and,
// where the caller gives a JournalRecorder, the request's journal entry; the cache follows after
// the commit.
//
// Thread-safe. Functions block on the database. Besides the errors that they name, all return
// DATABASE_UNAVAILABLE and INTERNAL (see UnitOfWork); those that change something also return
// OUTBOX_FULL, TEXT_NOT_STORABLE and TEXT_TOO_LONG (a text that the database cannot hold, or a
// request's identity) and, where a JournalRecorder is given, REQUEST_ALREADY_JOURNALED; nothing is
// changed then. After DATABASE_UNAVAILABLE a change may have been made: its answer may be lost.
class OutdialService : public UseCounted {
 public:
  // The ports must outlive the service: the first that does not stops the program.
  OutdialService(const ServicePorts& ports, const ServiceSettings& settings)
      : UseCounted("OutdialService"), ports_(ports), settings_(settings) {}

  // A new one, with an id and times of its own.
  absl::StatusOr<Outdial> Create(NewOutdial values,
                                 const JournalRecorder<Outdial>& journal = nullptr);

  // Also a deleted one. Error: OUTDIAL_NOT_FOUND.
  absl::StatusOr<Outdial> Get(OutdialId id);

  // Newest first; see OutdialRepository::List. Error: REPLY_TOO_LARGE.
  absl::StatusOr<std::vector<Outdial>> List(const OutdialFilter& filter, const Page& page);

  // Error: OUTDIAL_NOT_FOUND, also for a deleted one.
  absl::StatusOr<Outdial> UpdateBasicInfo(OutdialId id, const Name& name, const Text& detail,
                                          const JournalRecorder<Outdial>& journal = nullptr);
  absl::StatusOr<Outdial> UpdateCampaign(OutdialId id, CampaignId campaign_id,
                                         const JournalRecorder<Outdial>& journal = nullptr);
  absl::StatusOr<Outdial> UpdateData(OutdialId id, const Text& data,
                                     const JournalRecorder<Outdial>& journal = nullptr);

  // Deletes it softly. A second delete changes nothing, announces nothing and returns the same. Its
  // targets stay: they can be read, reported on and deleted. Error: OUTDIAL_NOT_FOUND for an
  // unknown one.
  absl::StatusOr<Outdial> Delete(OutdialId id, const JournalRecorder<Outdial>& journal = nullptr);

 private:
  absl::StatusOr<Outdial> Update(OutdialId id, const JournalRecorder<Outdial>& journal,
                                 absl::FunctionRef<absl::Status(Outdial&, absl::Time)> change);

  ServicePorts ports_;
  ServiceSettings settings_;
};

}  // namespace outdial

#endif  // OUTDIAL_SERVICES_OUTDIAL_SERVICE_H_
