// The services on a MySQL database, as the programs assemble them.
#ifndef OUTDIAL_TESTS_INTEGRATION_MYSQL_MYSQL_SERVICES_H_
#define OUTDIAL_TESTS_INTEGRATION_MYSQL_MYSQL_SERVICES_H_

#include <memory>

#include "contract/suite/values.h"
#include "outdial/mysql/database.h"
#include "outdial/ports/cache.h"
#include "outdial/services/services.h"
#include "outdial/system/random_id_source.h"
#include "outdial/system/system_clock.h"

namespace outdial {

struct MysqlServices {
  explicit MysqlServices(const mysql::Settings& settings) : database(mysql::Open(settings)) {}

  Outdial CreateOutdial() { return contract::Must(services.outdials.Create({})); }
  // With one destination.
  OutdialTarget CreateTarget(OutdialId outdial_id) {
    return contract::Must(
        services.targets.Create(outdial_id, contract::TargetWith({contract::Tel("+1")})));
  }

  const std::unique_ptr<mysql::Database> database;
  NoCache cache;
  system::SystemClock clock;
  system::RandomIdSource ids;
  Services services{
      *database, cache, clock, ids, {.record_events = true, .default_lease = absl::ZeroDuration()}};
};

}  // namespace outdial

#endif  // OUTDIAL_TESTS_INTEGRATION_MYSQL_MYSQL_SERVICES_H_
