// What the tests of the SQLite adapter have in common.
#ifndef OUTDIAL_TESTS_INTEGRATION_SQLITE_SQLITE_FILE_H_
#define OUTDIAL_TESTS_INTEGRATION_SQLITE_SQLITE_FILE_H_

#include <memory>
#include <stdexcept>
#include <string>
#include <utility>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "outdial/entities/error.h"
#include "outdial/ports/cache.h"
#include "outdial/services/services.h"
#include "outdial/sqlite/database.h"
#include "outdial/system/random_id_source.h"
#include "outdial/system/system_clock.h"
#include "support/raw_sqlite.h"

namespace outdial {

using test::RawSqlite;

template <typename Value>
Value Must(absl::StatusOr<Value> value) {
  if (!value.ok()) throw std::runtime_error(value.status().ToString());
  return *std::move(value);
}
inline void Must(const absl::Status& status) {
  if (!status.ok()) throw std::runtime_error(status.ToString());
}

// "OK", or the reason of the error.
inline std::string Outcome(const absl::Status& status) {
  return status.ok() ? "OK" : std::string(ReasonName(GetReason(status)));
}

// A database with services on it.
class SqliteServices {
 public:
  explicit SqliteServices(const sqlite::Settings& settings)
      : database(Must(sqlite::Open(settings))), services(*database, cache_, clock_, ids_) {}

  OutdialTarget CreateTarget(OutdialId outdial_id) {
    NewOutdialTarget values;
    Address::Fields address;
    address.type = "tel";
    address.target = "+15551230001";
    values.destinations[0] = Address::FromStorage(address);
    return Must(services.targets.Create(outdial_id, values));
  }

 private:
  NoCache cache_;
  system::SystemClock clock_;
  system::RandomIdSource ids_;

 public:
  const std::unique_ptr<Database> database;
  Services services;
};

}  // namespace outdial

#endif  // OUTDIAL_TESTS_INTEGRATION_SQLITE_SQLITE_FILE_H_
