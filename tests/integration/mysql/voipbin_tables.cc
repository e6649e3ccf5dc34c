#include "integration/mysql/voipbin_tables.h"

#include <algorithm>

namespace outdial {

std::string SqlOf(const Uuid& uuid) {
  std::string text = uuid.ToString();
  text.erase(std::remove(text.begin(), text.end(), '-'), text.end());
  return "x'" + text + "'";
}

void CreateVoipbinTables(test::TestDatabase& database) {
  database.Query("alter database " + database.name() + " character set latin1");
  database.Query(
      "create table outdial_outdials (id binary(16), customer_id binary(16),"
      " campaign_id binary(16), name varchar(255), detail text, data text, tm_create datetime(6),"
      " tm_update datetime(6), tm_delete datetime(6), primary key (id))");
  database.Query("create index idx_outdials_customerid on outdial_outdials (customer_id)");
  database.Query("create index idx_outdials_campaign_id on outdial_outdials (campaign_id)");
  database.Query(
      "create table outdial_outdialtargets (id binary(16), outdial_id binary(16),"
      " name varchar(255), detail text, data text, status varchar(255), destination_0 json,"
      " destination_1 json, destination_2 json, destination_3 json, destination_4 json,"
      " try_count_0 integer, try_count_1 integer, try_count_2 integer, try_count_3 integer,"
      " try_count_4 integer, tm_create datetime(6), tm_update datetime(6), tm_delete datetime(6),"
      " primary key (id))");
  database.Query(
      "create index idx_outdialtargets_outdial_id on outdial_outdialtargets"
      " (outdial_id)");
  database.Query(
      "create table outdial_outdialtargetcalls (id binary(16), customer_id binary(16),"
      " campaign_id binary(16), outdial_id binary(16), outdial_target_id binary(16),"
      " activeflow_id binary(16), reference_type varchar(255), reference_id binary(16),"
      " status varchar(255), destination json, destination_index integer, try_count integer,"
      " tm_create datetime(6), tm_update datetime(6), tm_delete datetime(6), primary key (id))");
  for (const char* column :
       {"customer_id", "campaign_id", "outdial_target_id", "activeflow_id", "reference_id"}) {
    database.Query(std::string("create index idx_outdialtargetcalls_") + column +
                   " on outdial_outdialtargetcalls (" + column + ")");
  }
}

void GoService::CreateOutdial(OutdialId id) {
  Run("insert into outdial_outdials (id, customer_id, campaign_id, name, detail, data, tm_create,"
      " tm_update, tm_delete) values (" +
      SqlOf(id.uuid()) +
      ", x'00000000000000000000000000000000', x'00000000000000000000000000000000', 'go', '', '{}',"
      " utc_timestamp(6), null, null)");
}

void GoService::CreateTarget(OutdialTargetId id, OutdialId outdial_id,
                             const std::string& destination_0, const std::string& destination_1) {
  Run("insert into outdial_outdialtargets (id, outdial_id, name, detail, data, status,"
      " destination_0, destination_1, destination_2, destination_3, destination_4, try_count_0,"
      " try_count_1, try_count_2, try_count_3, try_count_4, tm_create, tm_update, tm_delete)"
      " select " +
      SqlOf(id.uuid()) + ", " + SqlOf(outdial_id.uuid()) + ", 'go', '', '', 'idle', '" +
      destination_0 + "', '" + destination_1 +
      "', 'null', 'null', 'null', 0, 0, 0, 0, 0, utc_timestamp(6), utc_timestamp(6), null");
}

void GoService::Progress(OutdialTargetId id) {
  Run("update outdial_outdialtargets set try_count_0 = try_count_0 + 1, status = 'progressing',"
      " tm_update = utc_timestamp(6) where id = " +
      SqlOf(id.uuid()));
}

void GoService::UpdateStatus(OutdialTargetId id, const std::string& status) {
  Run("update outdial_outdialtargets set status = '" + status +
      "', tm_update = utc_timestamp(6) where id = " + SqlOf(id.uuid()));
}

void GoService::DeleteTarget(OutdialTargetId id) {
  Run("update outdial_outdialtargets set tm_update = utc_timestamp(6),"
      " tm_delete = utc_timestamp(6) where id = " +
      SqlOf(id.uuid()));
}

std::string GoService::Column(OutdialTargetId id, const std::string& column) {
  const auto rows = connection_.Query(
      "select " + column + " from outdial_outdialtargets where id = " + SqlOf(id.uuid()));
  return rows.at(0).at(0).value_or("NULL");
}

}  // namespace outdial
