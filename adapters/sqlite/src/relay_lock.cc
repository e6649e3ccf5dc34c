#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <memory>
#include <string>
#include <utility>

#include "connection.h"
#include "outdial/entities/error.h"
#include "outdial/sqlite/database.h"

namespace outdial::sqlite {
namespace {

absl::Status Unavailable() {
  return MakeError(Reason::kDatabaseUnavailable,
                   "The file beside the database that its relays lock cannot be used.");
}

class FileRelayLock final : public RelayLock {
 public:
  explicit FileRelayLock(std::string path) : path_(std::move(path)) {}
  ~FileRelayLock() override { FileRelayLock::Release(); }

  FileRelayLock(const FileRelayLock&) = delete;
  FileRelayLock& operator=(const FileRelayLock&) = delete;

  absl::StatusOr<bool> TryHold() override {
    if (file_ >= 0 && !IsInPlace()) Release();
    if (file_ >= 0) return true;
    file_ = ::open(path_.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    if (file_ < 0) return Unavailable();
    const bool locked = ::flock(file_, LOCK_EX | LOCK_NB) == 0;
    const bool held_by_another = !locked && errno == EWOULDBLOCK;
    if (locked && IsInPlace()) return true;
    Release();
    if (held_by_another) return false;
    return Unavailable();
  }

  void Release() override {
    if (file_ >= 0) ::close(file_);
    file_ = -1;
  }

 private:
  // A file that was removed, or moved away, locks nobody out.
  bool IsInPlace() const {
    struct stat open {};
    struct stat named {};
    return ::fstat(file_, &open) == 0 && ::stat(path_.c_str(), &named) == 0 &&
           open.st_dev == named.st_dev && open.st_ino == named.st_ino;
  }

  const std::string path_;
  int file_ = -1;  // open where the lock is held
};

// Nobody else can reach a database in memory.
class UncontestedRelayLock final : public RelayLock {
 public:
  absl::StatusOr<bool> TryHold() override { return true; }
  void Release() override {}
};

}  // namespace

std::unique_ptr<RelayLock> OpenRelayLock(const Settings& settings) {
  CheckSettings(settings);
  if (settings.path == kMemoryPath) return std::make_unique<UncontestedRelayLock>();
  return std::make_unique<FileRelayLock>(settings.path + "-relay");
}

}  // namespace outdial::sqlite
