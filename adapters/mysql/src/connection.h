// A connection to the server.
#ifndef OUTDIAL_ADAPTERS_MYSQL_SRC_CONNECTION_H_
#define OUTDIAL_ADAPTERS_MYSQL_SRC_CONNECTION_H_

#include <exception>
#include <memory>
#include <optional>
#include <type_traits>

#include "absl/functional/function_ref.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "errors.h"
#include "outdial/mysql/settings.h"
#include "soci/soci.h"

namespace outdial::mysql {

// Stops the program at settings that Settings forbids. Defined with the database.
void CheckSettings(const Settings& settings);

// Used by one thread at a time. Statements are not kept: SOCI puts them together in this process,
// and one that is kept would keep its result too.
class Connection {
 public:
  enum class Access { kReadOnly, kReadWrite };
  enum class Purpose {
    kServing,
    kMigrating,  // statements take as long as they need
  };

  // Connects, and gives the session UTC, utf8mb4, strictness and its limits.
  // Error: DATABASE_UNAVAILABLE.
  static absl::StatusOr<std::unique_ptr<Connection>> Open(const Settings& settings,
                                                          Purpose purpose);

  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;

  // Calls `body`, which may throw what SOCI throws, and returns its result. What it throws becomes
  // a status; unless the statement alone was refused, the transaction cannot go on then: everything
  // after it fails alike, the commit included.
  template <typename Body>
  std::invoke_result_t<Body&> Run(Body body) {
    if (!failure_.ok()) return failure_;
    try {
      return body();
    } catch (const std::exception& exception) {
      return Fail(exception);
    }
  }

  soci::session& session() { return session_; }

  // Runs `body` in a transaction: one that only reads sees one state. Rolls back where it fails or
  // throws. Returns what `body` returns, or why the transaction failed.
  absl::Status Transact(Access access, absl::FunctionRef<absl::Status()> body);

  // Has whatever waits for the server's answer fail, now and later. From any thread, as long as the
  // connection exists.
  void Interrupt();

  // Whether the last transaction failed for a reason that passes, and nothing of it was committed.
  bool may_try_again() const { return may_try_again_; }

  // Whether the connection is of no use any more.
  bool lost() const { return lost_; }

  // Whether it has been of use: a transaction has ended, and did not end the connection.
  bool proven() const { return proven_; }

  // How its transactions have been so far; nullopt: there was none.
  std::optional<Access> access() const { return access_; }

 private:
  Connection(const Settings& settings, Purpose purpose);

  void Prepare(Access access);
  absl::Status Fail(const std::exception& exception);
  void Rollback();

  soci::session session_;
  const int socket_;
  std::optional<Access> access_;
  bool committing_ = false;
  bool may_try_again_ = false;
  bool lost_ = false;
  bool proven_ = false;
  absl::Status failure_;  // of the transaction in hand
};

}  // namespace outdial::mysql

#endif  // OUTDIAL_ADAPTERS_MYSQL_SRC_CONNECTION_H_
