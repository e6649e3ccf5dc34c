#include "support/mysql_database.h"

#include <cstdlib>
#include <stdexcept>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "outdial/mysql/database.h"

namespace outdial::test {
namespace {

constexpr int kMaxDatabases = 1000;

int SharedPort() {
  const char* const port = std::getenv(kMariadbPortVariable);
  if (port == nullptr) {
    throw std::runtime_error(std::string(kMariadbPortVariable) +
                             " is not set: run this with tests/with-servers.sh");
  }
  return std::stoi(port);
}

}  // namespace

mysql::Settings SettingsOf(const std::string& dsn) {
  const absl::StatusOr<mysql::Settings> settings = mysql::ParseDsn(dsn);
  if (!settings.ok()) throw std::runtime_error(settings.status().ToString());
  return *settings;
}

EmptyMysqlDatabase::EmptyMysqlDatabase() {
  const int port = SharedPort();
  connection_ = std::make_unique<DatabaseConnection>(port, "");
  std::string name;
  for (int i = 0; name.empty() && i < kMaxDatabases; ++i) {
    const std::string candidate = "outdial_empty_" + std::to_string(i);
    if (Query("select get_lock('" + candidate + "', 0)")[0][0] == "1") name = candidate;
  }
  if (name.empty()) throw std::runtime_error("too many databases are in use");
  Query("create database if not exists " + name + " character set utf8mb4");
  Query("use " + name);
  dsn_ = std::string(kMariadbUser) + ":" + kMariadbPassword +
         "@tcp(127.0.0.1:" + std::to_string(port) + ")/" + name +
         "?charset=utf8mb4&parseTime=true&loc=UTC";
  if (const absl::Status status = mysql::Migrate(settings()); !status.ok()) {
    throw std::runtime_error(status.ToString());
  }
  for (const char* table :
       {"outdial_outdials", "outdial_outdialtargets", "outdial_outdialtargetcalls",
        "outdial_destination_keys", "outdial_event_outbox", "outdial_request_journal"}) {
    Query(std::string("delete from ") + table);
  }
}

mysql::Settings EmptyMysqlDatabase::settings() const { return SettingsOf(dsn_); }

}  // namespace outdial::test
