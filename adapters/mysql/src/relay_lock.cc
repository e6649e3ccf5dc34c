#include <memory>
#include <utility>

#include "columns.h"
#include "connection.h"
#include "outdial/entities/error.h"
#include "outdial/mysql/database.h"

namespace outdial::mysql {
namespace {

// Takes the lock where this connection does not hold it already: the server counts how often one
// was taken.
struct HoldLock final : Statement {
  explicit HoldLock(soci::session& session)
      : Statement(session,
                  "select if(is_used_lock(concat('outdial_relay_', md5(database())))"
                  " <=> connection_id(), 1,"
                  " get_lock(concat('outdial_relay_', md5(database())), 0)),"
                  " @@global.read_only not in ('0', 'OFF')") {
    Into(held);
    Into(read_only);
    Bind();
  }

  IntegerColumn held;
  IntegerColumn read_only;
};

struct ReleaseLock final : Statement {
  explicit ReleaseLock(soci::session& session)
      : Statement(session, "do release_lock(concat('outdial_relay_', md5(database())))") {
    Bind();
  }
};

class MysqlRelayLock final : public RelayLock {
 public:
  explicit MysqlRelayLock(const Settings& settings) : settings_(settings) {}
  ~MysqlRelayLock() override { MysqlRelayLock::Release(); }

  MysqlRelayLock(const MysqlRelayLock&) = delete;
  MysqlRelayLock& operator=(const MysqlRelayLock&) = delete;

  absl::StatusOr<bool> TryHold() override {
    if (connection_ == nullptr) {
      auto connection = Connection::Open(settings_, Connection::Purpose::kServing);
      if (!connection.ok()) return connection.status();
      connection_ = *std::move(connection);
    }
    absl::StatusOr<bool> held = connection_->Run([this]() -> absl::StatusOr<bool> {
      HoldLock hold(connection_->session());
      hold.FetchOne();
      // The others' lock is that of the server that is written.
      if (hold.read_only.value() == 1) {
        return MakeError(Reason::kDatabaseUnavailable, "The database may not be written.");
      }
      return hold.held.value() == 1;
    });
    // A connection that failed may still be open on the server, lock and all, until it is closed.
    if (!held.ok()) connection_ = nullptr;
    return held;
  }

  // Not by closing the connection alone: the server notices that some time later.
  void Release() override {
    if (connection_ == nullptr) return;
    const absl::Status status = connection_->Run([this]() -> absl::Status {
      ReleaseLock(connection_->session()).Execute();
      return absl::OkStatus();
    });
    if (!status.ok()) connection_ = nullptr;
  }

 private:
  const Settings settings_;
  std::unique_ptr<Connection> connection_;
};

}  // namespace

std::unique_ptr<RelayLock> OpenRelayLock(const Settings& settings) {
  CheckSettings(settings);
  return std::make_unique<MysqlRelayLock>(settings);
}

}  // namespace outdial::mysql
