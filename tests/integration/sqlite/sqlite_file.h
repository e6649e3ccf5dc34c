// What the tests of the SQLite adapter have in common.
#ifndef OUTDIAL_TESTS_INTEGRATION_SQLITE_SQLITE_FILE_H_
#define OUTDIAL_TESTS_INTEGRATION_SQLITE_SQLITE_FILE_H_

#include <sqlite3.h>

#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "outdial/entities/error.h"
#include "outdial/ports/cache.h"
#include "outdial/services/services.h"
#include "outdial/sqlite/database.h"
#include "outdial/system/random_id_source.h"
#include "outdial/system/system_clock.h"

namespace outdial {

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

// A connection that is not the adapter's.
class RawSqlite {
 public:
  explicit RawSqlite(const std::string& path) {
    if (sqlite3_open(path.c_str(), &handle_) != SQLITE_OK) throw std::runtime_error("open");
  }
  ~RawSqlite() { sqlite3_close(handle_); }
  RawSqlite(const RawSqlite&) = delete;
  RawSqlite& operator=(const RawSqlite&) = delete;

  // The last column of each row.
  std::vector<std::string> Run(const std::string& sql) {
    std::vector<std::string> values;
    const auto visit = [](void* out, int columns, char** row, char**) {
      const char* const value = row[columns - 1];
      static_cast<std::vector<std::string>*>(out)->emplace_back(value == nullptr ? "" : value);
      return 0;
    };
    if (sqlite3_exec(handle_, sql.c_str(), visit, &values, nullptr) != SQLITE_OK) {
      throw std::runtime_error(sqlite3_errmsg(handle_));
    }
    return values;
  }

 private:
  sqlite3* handle_ = nullptr;
};

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
