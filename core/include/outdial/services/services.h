// All services of a process, put together.
#ifndef OUTDIAL_SERVICES_SERVICES_H_
#define OUTDIAL_SERVICES_SERVICES_H_

#include "outdial/entities/use_counted.h"
#include "outdial/ports/cache.h"
#include "outdial/ports/clock.h"
#include "outdial/ports/database.h"
#include "outdial/ports/id_source.h"
#include "outdial/ports/number_normalizer.h"
#include "outdial/services/outdial_progress_service.h"
#include "outdial/services/outdial_service.h"
#include "outdial/services/outdial_target_call_service.h"
#include "outdial/services/outdial_target_service.h"
#include "outdial/services/request_journal_service.h"
#include "outdial/services/service_ports.h"
#include "outdial/services/target_import_service.h"
#include "outdial/services/timestamp_source.h"

namespace outdial {

// The services on one set of ports, which must outlive them: a port that does not stops the
// program. Thread-safe, as each service is; their functions block on the database. Neither copied
// nor moved.
class Services : public UseCounted {
 public:
  // Without `numbers` (null) no region of telephone numbers is known. A default lease that is out
  // of its range stops the program.
  Services(Database& database, Cache& cache, Clock& clock, IdSource& ids,
           const ServiceSettings& settings = {}, NumberNormalizer* numbers = nullptr)
      : UseCounted("Services"),
        timestamps_(clock),
        ports_{database, cache, clock, ids, timestamps_},
        outdials(ports_, settings),
        targets(ports_, settings),
        imports(ports_, settings, numbers),
        calls(ports_),
        progress(ports_, outdials),
        journal(ports_) {}

  Services(const Services&) = delete;
  Services& operator=(const Services&) = delete;

 private:
  TimestampSource timestamps_;
  ServicePorts ports_;

 public:
  // What can be done with each; they live as long as this:
  OutdialService outdials;
  OutdialTargetService targets;
  TargetImportService imports;
  OutdialTargetCallService calls;
  OutdialProgressService progress;
  RequestJournalService journal;
};

}  // namespace outdial

#endif  // OUTDIAL_SERVICES_SERVICES_H_
