#include "errors.h"

#include <algorithm>
#include <string>
#include <string_view>

#include "absl/strings/str_cat.h"
#include "outdial/entities/error.h"
#include "soci/mysql/soci-mysql.h"

namespace outdial::mysql {
namespace {

// Those that the client's headers have no names for: the numbers are part of the protocol.
enum ServerError : unsigned {
  kDiskIsFull = 1021,
  kFileNotWritten = 1026,
  kStorageFailed = 1030,
  kOutOfMemory = 1037,
  kOutOfSortMemory = 1038,
  kTooManyConnections = 1040,
  kOutOfResources = 1041,
  kDatabaseAccessDenied = 1044,
  kAccessDenied = 1045,
  kClusterNotReady = 1047,
  kUnknownDatabase = 1049,
  kServerShutdown = 1053,
  kDuplicateKey = 1062,
  kTableIsFull = 1114,
  kHostIsBlocked = 1129,
  kHostNotPrivileged = 1130,
  kTableAccessDenied = 1142,
  kCommitFailed = 1180,
  kLockWaitTimeout = 1205,
  kTooManyUserConnections = 1203,
  kDeadlock = 1213,
  kUserLimitReached = 1226,
  kForbiddenByOption = 1290,
  kQueryInterrupted = 1317,
  kWrongValueForField = 1366,
  kDataTooLong = 1406,
  kReadOnlyMode = 1836,
  kConnectionKilled = 1927,
  kDuplicateKeyWithName = 1586,
  kStatementTimeoutMariadb = 1969,
  kStatementTimeoutMysql = 3024,
  kReplicationRefused = 3100,
  kReplicationRolledBack = 3101,
  kIdleDisconnectMysql = 4031,
};

// The client library's own errors.
constexpr unsigned kFirstClientError = 2000;
constexpr unsigned kLastClientError = 2999;

// 0 for what did not come from the server or the client library.
unsigned NumberOf(const std::exception& exception) {
  const auto* const error = dynamic_cast<const soci::mysql_soci_error*>(&exception);
  return error == nullptr ? 0 : error->err_num_;
}

bool IsClientError(unsigned number) {
  return number >= kFirstClientError && number <= kLastClientError;
}

std::string TextOf(const std::exception& exception) {
  return dynamic_cast<const soci::soci_error&>(exception).get_error_message();
}

// Whether the server takes no changes, as one that has become a replica does not.
bool IsReadOnly(const std::exception& exception) {
  const unsigned number = NumberOf(exception);
  // The option's name stands in the message in every language.
  return number == kReadOnlyMode ||
         (number == kForbiddenByOption && TextOf(exception).find("read-only") != std::string::npos);
}

absl::Status Unavailable(std::string_view message) {
  return MakeError(Reason::kDatabaseUnavailable, message);
}

// The column that a message such as "… for column `db`.`table`.`name` at row 1" ends with.
std::string ColumnIn(const std::exception& exception) {
  constexpr std::string_view kBefore = "for column ";
  std::string column = TextOf(exception);
  const std::size_t start = column.rfind(kBefore);
  if (start == std::string::npos) return "";
  column.erase(0, start + kBefore.size());
  column.erase(std::min(column.find(" at row"), column.size()));
  column.erase(0, column.rfind('.') + 1);
  column.erase(std::remove_if(column.begin(), column.end(),
                              [](char c) { return c == '`' || c == '\'' || c == '"'; }),
               column.end());
  return column;
}

// The texts that callers give. Anything else that does not fit is a mistake of ours.
bool IsCallersText(std::string_view column) {
  return column == "name" || column == "detail" || column == "data" ||
         column.starts_with("destination");
}

}  // namespace

Failure FailureOf(const std::exception& exception) {
  const unsigned number = NumberOf(exception);
  if (IsClientError(number)) return Failure::kConnection;
  if (number == kClusterNotReady || IsReadOnly(exception)) return Failure::kServer;
  switch (number) {
    case kServerShutdown:
    case kConnectionKilled:
    case kIdleDisconnectMysql:
      return Failure::kConnection;
    case kDeadlock:
    case kLockWaitTimeout:
      return Failure::kPassing;
    case kDuplicateKey:
    case kDuplicateKeyWithName:
    case kWrongValueForField:
    case kDataTooLong:
      return Failure::kStatement;
    default:
      return Failure::kOther;
  }
}

bool IsDuplicateKey(const std::exception& exception) {
  const unsigned number = NumberOf(exception);
  return number == kDuplicateKey || number == kDuplicateKeyWithName;
}

absl::Status ToStatus(const std::exception& exception) {
  const unsigned number = NumberOf(exception);
  if (number == CR_SSL_CONNECTION_ERROR) {
    return Unavailable("The connection to the database could not be encrypted as it has to be.");
  }
  if (IsClientError(number)) return Unavailable("The database cannot be reached.");
  switch (number) {
    case kDeadlock:
    case kLockWaitTimeout:
    case kStatementTimeoutMariadb:
    case kStatementTimeoutMysql:
      return Unavailable("The database is busy.");
    case kTooManyConnections:
    case kTooManyUserConnections:
    case kUserLimitReached:
    case kOutOfResources:
      return Unavailable("The database takes no more connections.");
    case kServerShutdown:
    case kConnectionKilled:
    case kIdleDisconnectMysql:
    case kQueryInterrupted:
      return Unavailable("The database ended the connection.");
    case kAccessDenied:
    case kDatabaseAccessDenied:
    case kTableAccessDenied:
    case kHostIsBlocked:
    case kHostNotPrivileged:
      return Unavailable("The database refuses the user, or what the user may do.");
    case kUnknownDatabase:
      return Unavailable("The server has no database of that name.");
    case kTableIsFull:
    case kDiskIsFull:
      return Unavailable("The database has no space left.");
    case kOutOfMemory:
    case kOutOfSortMemory:
      return Unavailable("The database has no memory left.");
    case kFileNotWritten:
    case kStorageFailed:
    case kCommitFailed:
      return Unavailable("The database could not read or write its files.");
    case kClusterNotReady:
    case kReplicationRefused:
    case kReplicationRolledBack:
      return Unavailable("The database's cluster is not ready.");
    case kForbiddenByOption:
    case kReadOnlyMode:
      return Unavailable("The database may not be written.");
    case kWrongValueForField:
    case kDataTooLong: {
      const std::string column = ColumnIn(exception);
      if (!IsCallersText(column)) break;
      if (number == kDataTooLong) {
        return MakeError(
            Reason::kTextTooLong,
            absl::StrCat("The field ", column, " is longer than the database can hold."), column);
      }
      return MakeError(
          Reason::kTextNotStorable,
          absl::StrCat("The field ", column, " holds a character that the database cannot store."),
          column);
    }
    default:
      break;
  }
  return MakeError(Reason::kInternal, "The database failed.");
}

}  // namespace outdial::mysql
