#include "connection.h"

#include <sys/socket.h>

#include <algorithm>
#include <cstdint>
#include <string_view>

#include "absl/strings/str_cat.h"
#include "absl/time/time.h"
#include "outdial/entities/error.h"
#include "soci/mysql/soci-mysql.h"

namespace outdial::mysql {
namespace {

// The server's word on a statement comes before the client gives up.
constexpr absl::Duration kLongestMigrationStatement = absl::Hours(24);

std::int64_t WholeSeconds(absl::Duration duration) {
  return std::max<std::int64_t>(1, absl::ToInt64Seconds(absl::Ceil(duration, absl::Seconds(1))));
}

// A value of SOCI's connection string, in which any character may stand.
std::string Quoted(std::string_view value) {
  std::string quoted = "'";
  for (const char c : value) {
    if (c == '\'' || c == '\\') quoted += '\\';
    quoted += c;
  }
  return quoted + "'";
}

std::string ConnectString(const Settings& settings, Connection::Purpose purpose) {
  const absl::Duration read_timeout = purpose == Connection::Purpose::kMigrating
                                          ? kLongestMigrationStatement
                                          : settings.read_timeout;
  std::string text = absl::StrCat("charset=utf8mb4 user=", Quoted(settings.user),
                                  " db=", Quoted(settings.database),
                                  " connect_timeout=", WholeSeconds(settings.connect_timeout),
                                  " read_timeout=", WholeSeconds(read_timeout),
                                  " write_timeout=", WholeSeconds(settings.write_timeout));
  if (!settings.password.empty()) absl::StrAppend(&text, " password=", Quoted(settings.password));
  if (!settings.unix_socket.empty()) {
    // The client library takes a socket for this host only.
    absl::StrAppend(&text, " host=localhost unix_socket=", Quoted(settings.unix_socket));
    return text;
  }
  // To the client library "localhost" means a socket, whatever the port.
  const std::string host = settings.host == "localhost" ? "127.0.0.1" : settings.host;
  if (settings.tls == Tls::kOff) {
    absl::StrAppend(&text, " host=", Quoted(host), " port=", settings.port);
    return text;
  }
  // SOCI knows nothing of these options. MariaDB's client library takes them, with the host, in the
  // place of a host; another one would take all of it for a name that nobody has.
  const char* const options =
      settings.tls == Tls::kVerified ? "ssl-verify-server-cert=1" : "ssl-enforce=1";
  absl::StrAppend(&text,
                  " host=", Quoted(absl::StrCat(options, ";port=", settings.port, ";host=", host)));
  return text;
}

MYSQL* HandleOf(soci::session& session) {
  return static_cast<soci::mysql_session_backend*>(session.get_backend())->conn_;
}

bool IsMariadb(soci::session& session) {
  const std::string_view version = mysql_get_server_info(HandleOf(session));
  return version.find("MariaDB") != std::string_view::npos;
}

std::string SessionSettings(const Settings& settings, Connection::Purpose purpose, bool mariadb) {
  std::string sql = absl::StrCat(
      "set names utf8mb4, time_zone = '+00:00', autocommit = 0,"
      " sql_mode = 'STRICT_ALL_TABLES,NO_ENGINE_SUBSTITUTION',"
      " innodb_lock_wait_timeout = ",
      WholeSeconds(settings.timeout / 2));
  const bool limited = purpose == Connection::Purpose::kServing;
  if (limited) {
    absl::StrAppend(&sql, ", wait_timeout = ", WholeSeconds(settings.idle_timeout));
    // MySQL has none.
    if (mariadb) {
      absl::StrAppend(&sql,
                      ", idle_transaction_timeout = ", WholeSeconds(settings.idle_timeout / 2));
    }
  } else {
    // Whoever waits to alter a table makes everybody else wait for that table.
    absl::StrAppend(&sql, ", lock_wait_timeout = 5");
  }
  if (mariadb) {
    absl::StrAppend(
        &sql, ", max_statement_time = ", limited ? absl::ToDoubleSeconds(settings.timeout) : 0.0);
  } else {
    absl::StrAppend(
        &sql, ", max_execution_time = ", limited ? absl::ToInt64Milliseconds(settings.timeout) : 0);
  }
  return sql;
}

}  // namespace

absl::StatusOr<std::unique_ptr<Connection>> Connection::Open(const Settings& settings,
                                                             Purpose purpose) {
  try {
    return std::unique_ptr<Connection>(new Connection(settings, purpose));
  } catch (const std::exception& exception) {
    return ToStatus(exception);
  }
}

Connection::Connection(const Settings& settings, Purpose purpose)
    : session_(soci::mysql, ConnectString(settings, purpose)),
      socket_(mysql_get_socket(HandleOf(session_))) {
  // The client library is content with a server that cannot.
  if (settings.tls == Tls::kUnverified && settings.unix_socket.empty() &&
      mysql_get_ssl_cipher(HandleOf(session_)) == nullptr) {
    throw soci::mysql_soci_error("not encrypted", CR_SSL_CONNECTION_ERROR);
  }
  session_ << SessionSettings(settings, purpose, IsMariadb(session_));
}

void Connection::Interrupt() { ::shutdown(socket_, SHUT_RDWR); }

// A transaction begins with its first statement: this is no statement of it.
void Connection::Prepare(Access access) {
  if (access_ == access) return;
  access_ = std::nullopt;
  // `read committed` where it writes: locks of rows only, which others can pass over.
  session_ << (access == Access::kReadOnly
                   ? "set session transaction isolation level repeatable read, read only"
                   : "set session transaction isolation level read committed, read write");
  access_ = access;
}

absl::Status Connection::Transact(Access access, absl::FunctionRef<absl::Status()> body) {
  may_try_again_ = false;
  absl::Status status = Run([&]() -> absl::Status {
    Prepare(access);
    return absl::OkStatus();
  });
  try {
    if (status.ok()) status = body();
  } catch (...) {
    Rollback();
    throw;
  }
  if (status.ok()) {
    committing_ = true;
    status = Run([this]() -> absl::Status {
      session_ << "commit";
      return absl::OkStatus();
    });
    committing_ = false;
  }
  if (!status.ok()) Rollback();
  if (!lost_) proven_ = true;
  return status;
}

void Connection::Rollback() {
  failure_ = absl::OkStatus();
  if (lost_) return;
  try {
    session_ << "rollback";
  } catch (const std::exception&) {
    lost_ = true;
  }
}

absl::Status Connection::Fail(const std::exception& exception) {
  absl::Status status = ToStatus(exception);
  const Failure failure = FailureOf(exception);
  if (failure == Failure::kStatement) return status;
  failure_ = status;
  lost_ = failure == Failure::kConnection || failure == Failure::kServer;
  // Where the answer to a commit is lost, nobody knows whether it was made. A connection that is
  // new has led to the server that there is.
  may_try_again_ = failure == Failure::kPassing ||
                   (lost_ && !committing_ && (failure != Failure::kServer || proven_));
  return status;
}

}  // namespace outdial::mysql
