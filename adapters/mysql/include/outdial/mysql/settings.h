// How a MySQL or MariaDB server is reached.
// Values: many threads may read one at once, and nothing here blocks.
#ifndef OUTDIAL_MYSQL_SETTINGS_H_
#define OUTDIAL_MYSQL_SETTINGS_H_

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "absl/status/statusor.h"
#include "absl/time/time.h"

namespace outdial::mysql {

// Whether connections over TCP are encrypted.
enum class Tls {
  kOff,         // never
  kPreferred,   // where the server can; its certificate is not checked
  kUnverified,  // always; its certificate is not checked
  kVerified,    // always; its certificate must be the host's, by an authority that OpenSSL trusts
};

// A database, and the limits of what is done with it. Durations of connections are rounded up to
// whole seconds. A number of connections that is none of 1 to 65,536, or a timeout that is not more
// than zero or more than 24 hours, stops the program when the database, or its relay lock, is
// opened.
struct Settings {
  std::string host{"127.0.0.1"};  // a name or an address
  std::uint16_t port = 3306;      // of TCP
  std::string unix_socket{};      // its path; where it is not empty, host and port do not count

  // Who we are to the server. Without a password none is sent:
  std::string user{};
  std::string password{};

  std::string database{};  // must exist
  Tls tls = Tls::kOff;     // of TCP

  // How long the making of a connection may take.
  absl::Duration connect_timeout = absl::Seconds(2);
  // How long a server may be silent in the middle of an answer, and how long it may take nothing,
  // before the connection counts as lost:
  absl::Duration read_timeout = absl::Seconds(3);
  absl::Duration write_timeout = absl::Seconds(3);

  // How long one statement may take on the server, and how long a call waits for a free connection.
  // Half of it, at least a second, is how long a statement waits for a lock. A transaction that
  // failed for a reason that passes (a deadlock, a lost connection) is not tried again once the
  // whole call has taken this long.
  absl::Duration timeout = absl::Seconds(2);

  // How long one statement of Database::ReadLong may take, at least `timeout`.
  absl::Duration long_timeout = absl::Seconds(30);

  // How long the server keeps a session that says nothing, and, if it is a MariaDB, half as long in
  // the middle of a transaction: what a host held that has died, or is cut off, is free then. Whole
  // seconds. A connection that nobody used for almost as long is not used again.
  absl::Duration idle_timeout = absl::Seconds(60);

  // How many connections are open at most, beside the two of Database::ReadLong. Each
  // is opened when it is first needed.
  std::size_t max_connections = 12;

  // How many events may wait in the outbox, before changes are refused with OUTBOX_FULL.
  std::size_t outbox_limit = 1'000'000;
};

// Reads the form of the Go driver,
//   [user[:password]@][tcp[(host[:port])]|unix(/path)]/database[?name=value&…]
// with a user or an address, in which user and password are taken as they are and may hold any
// character (a user no colon), or
//   mysql://[user[:password]@]host[:port]/database[?name=value&…]
// in which they are percent-encoded where they would be misread.
//
// Of the parameters, `timeout`, `readTimeout` and `writeTimeout` ("5s", "500ms", 0: the default),
// `tls` (true, false, skip-verify, preferred) and `loc` (UTC or empty) count. All others are
// accepted and ignored: sessions always have UTC and utf8mb4, whatever `parseTime`, `charset` and
// `collation` say.
//
// Error: InvalidArgument, whose message completes a sentence that begins with the name of the
// setting ("must be …"); it never holds a part of `dsn`.
absl::StatusOr<Settings> ParseDsn(std::string_view dsn);

}  // namespace outdial::mysql

#endif  // OUTDIAL_MYSQL_SETTINGS_H_
