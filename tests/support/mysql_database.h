// Databases with the tables of this version, on the MariaDB of this run.
#ifndef OUTDIAL_TESTS_SUPPORT_MYSQL_DATABASE_H_
#define OUTDIAL_TESTS_SUPPORT_MYSQL_DATABASE_H_

#include <memory>
#include <string>
#include <vector>

#include "outdial/mysql/settings.h"
#include "support/servers.h"

namespace outdial::test {

// A migrated database without rows, for this object alone. Making its tables takes half a second,
// so databases stay until the server stops, and are used again: one that no process holds is
// emptied. Used by one thread. Throws std::runtime_error.
class EmptyMysqlDatabase {
 public:
  EmptyMysqlDatabase();

  // In the Go driver's form, with the parameters that deployments have.
  const std::string& dsn() const { return dsn_; }
  mysql::Settings settings() const;

  // As DatabaseConnection, on a connection that lives as long as the object.
  std::vector<DatabaseConnection::Row> Query(const std::string& sql) {
    return connection_->Query(sql);
  }

 private:
  std::string dsn_;
  std::unique_ptr<DatabaseConnection> connection_;  // holds the lock
};

// What ParseDsn reads, which must be one.
mysql::Settings SettingsOf(const std::string& dsn);

}  // namespace outdial::test

#endif  // OUTDIAL_TESTS_SUPPORT_MYSQL_DATABASE_H_
