// What others do with the tables: the Go service that this one takes the place of.
#ifndef OUTDIAL_TESTS_INTEGRATION_MYSQL_VOIPBIN_TABLES_H_
#define OUTDIAL_TESTS_INTEGRATION_MYSQL_VOIPBIN_TABLES_H_

#include <string>

#include "outdial/entities/uuid.h"
#include "support/servers.h"

namespace outdial {

// Makes the tables as VoIPBIN's own migrations do. They name no character set: the database's is
// latin1, as it often is.
void CreateVoipbinTables(test::TestDatabase& database);

// The statements that the Go service sends. Times are those of the server, in microseconds.
class GoService {
 public:
  explicit GoService(test::DatabaseConnection& connection) : connection_(connection) {}

  void CreateOutdial(OutdialId id);
  // Idle, with these destinations; "null" is one that is not set, as it writes it.
  void CreateTarget(OutdialTargetId id, OutdialId outdial_id, const std::string& destination_0,
                    const std::string& destination_1 = "null");
  // Begins a call at destination 0.
  void Progress(OutdialTargetId id);
  void UpdateStatus(OutdialTargetId id, const std::string& status);
  void DeleteTarget(OutdialTargetId id);

  // One column of a target as it reads it; "NULL" for NULL.
  std::string Column(OutdialTargetId id, const std::string& column);

  void Run(const std::string& sql) { connection_.Query(sql); }

 private:
  test::DatabaseConnection& connection_;
};

// x'…'
std::string SqlOf(const Uuid& uuid);

}  // namespace outdial

#endif  // OUTDIAL_TESTS_INTEGRATION_MYSQL_VOIPBIN_TABLES_H_
