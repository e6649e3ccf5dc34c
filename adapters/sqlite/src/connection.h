// A connection to the database, with its prepared statements.
#ifndef OUTDIAL_ADAPTERS_SQLITE_SRC_CONNECTION_H_
#define OUTDIAL_ADAPTERS_SQLITE_SRC_CONNECTION_H_

#include <exception>
#include <memory>
#include <string>
#include <type_traits>
#include <unordered_map>
#include <utility>

#include "absl/functional/function_ref.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "outdial/sql/statement.h"
#include "outdial/sqlite/database.h"
#include "soci/soci.h"

namespace outdial::sqlite {

inline constexpr char kMemoryPath[] = ":memory:";

// Stops the program at settings that Settings forbids. Defined with the database.
void CheckSettings(const Settings& settings);

// What an exception of SOCI's tells the caller: DATABASE_UNAVAILABLE or INTERNAL, with a message
// that says nothing of what is inside.
absl::Status ToStatus(const std::exception& exception);

// Used by one thread at a time.
class Connection {
 public:
  enum class Access { kReadOnly, kReadWrite };

  // Opens a database in memory or a file, which kReadWrite creates where it is missing. Errors: as
  // sqlite::Open.
  static absl::StatusOr<std::unique_ptr<Connection>> Open(const Settings& settings, Access access);

  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;

  // Calls `body`, which may throw what SOCI throws, and returns its result. What it throws becomes
  // a status; unless it was only a constraint that was violated, the transaction cannot go on then:
  // everything after it fails alike, the commit included.
  template <typename Body>
  std::invoke_result_t<Body&> Run(Body body) {
    if (!failure_.ok()) return failure_;
    try {
      return body();
    } catch (const std::exception& exception) {
      return Fail(exception);
    }
  }

  // The statement of this type, prepared when it is first asked for. Throws what SOCI throws.
  template <typename PreparedStatement>
  PreparedStatement& Get() {
    std::unique_ptr<sql::Statement>& statement = statements_[KeyOf<PreparedStatement>()];
    if (statement == nullptr) statement = std::make_unique<PreparedStatement>(session_);
    return static_cast<PreparedStatement&>(*statement);
  }

  // Destroys the statement of this type, and ends its query where that is open. Until then the
  // query holds the database's lock.
  template <typename PreparedStatement>
  void Forget() {
    statements_.erase(KeyOf<PreparedStatement>());
  }

  // For statements that are not worth keeping.
  soci::session& session() { return session_; }

  // Runs `body` in a transaction that only reads, or that holds the write lock from the start.
  // Rolls back where it fails or throws. Returns what `body` returns, or why the transaction
  // failed.
  absl::Status Transact(Access access, absl::FunctionRef<absl::Status()> body);

 private:
  // One for each type, also where two files have one of the same name, each for itself: compilers
  // differ in whether such types have the same std::type_info.
  template <typename PreparedStatement>
  static const void* KeyOf() {
    static const char key = 0;
    return &key;
  }

  Connection(const std::string& connect_string, const Settings& settings, Access access);

  absl::Status Fail(const std::exception& exception);
  void Rollback();

  soci::session session_;  // outlives the statements
  std::unordered_map<const void*, std::unique_ptr<sql::Statement>> statements_;
  absl::Status failure_;  // of the transaction in hand
};

}  // namespace outdial::sqlite

#endif  // OUTDIAL_ADAPTERS_SQLITE_SRC_CONNECTION_H_
