// The way to the server: connections, what to do while there are none, and what to make up for.
#ifndef OUTDIAL_REDIS_SRC_LINK_H_
#define OUTDIAL_REDIS_SRC_LINK_H_

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "absl/types/span.h"
#include "connection.h"
#include "outdial/redis/cache.h"

namespace outdial::redis {

inline constexpr std::string_view kExpectedPrefix = "outdial-manager:expected:";
inline constexpr std::string_view kEraKey = "outdial-manager:era";
inline constexpr std::string_view kCleanedRunKey = "outdial-manager:cleaned-run";

// A copy as the server holds it, or is to hold it.
struct StoredCopy {
  std::string key{};
  std::string version{};  // as FormatTimestamp writes it
  std::string text{};
  std::vector<std::string> references{};  // the other keys that it is found by
};

// Speaks in keys and texts, and knows nothing of entities. Thread-safe. Nothing fails and nothing
// but the destructor waits for a server that is away.
//
// It is online, or it is not. Offline, only its own thread speaks to the server: it waits, connects
// anew, makes up for what is overdue, and goes online when nothing is left. Whatever goes wrong
// takes it offline. Online, its thread sees to it that nothing goes wrong unnoticed.
class Link {
 public:
  explicit Link(const Settings& settings);
  ~Link();

  Link(const Link&) = delete;
  Link& operator=(const Link&) = delete;

  // nullopt also where the key holds no text.
  std::optional<std::string> Get(const std::string& key);

  // `copies` need neither text nor references. `other_keys` are deleted. Where this fails it waits
  // until it is made up for, for `timeout` at most.
  void Expect(absl::Span<const StoredCopy> copies, absl::Span<const std::string> other_keys);

  // `copies` need neither text nor references. What cannot be withdrawn stays expected.
  void Withdraw(absl::Span<const StoredCopy> copies);

  void Put(absl::Span<const StoredCopy> copies, std::uint64_t era);

  // As Put, but what cannot be written is not overdue.
  void Fill(absl::Span<const StoredCopy> copies, std::uint64_t era);

  // The era of the server as far as it is known; 0 where it is not.
  std::uint64_t era() const { return era_; }

  // See Cache.
  bool WaitUntilOnline(absl::Duration timeout) const;
  bool WaitUntilMadeUp(absl::Duration timeout) const;

  // All but the counts of reads.
  Stats stats() const;

 private:
  // A connection with the number of those that were made together.
  struct Lent {
    std::unique_ptr<Connection> connection{};
    std::uint64_t generation = 0;
  };
  // From a start of the server to its end.
  struct ServerRun {
    std::string id{};  // empty where the server does not tell
    // Somebody has deleted all that the server had when it started: it may have been old.
    bool is_clean = false;
  };
  // Versions by key. An empty version says that the key is to be deleted, whatever it holds.
  using Overdue = absl::flat_hash_map<std::string, std::string>;

  // Has `use` speak to the server, where that is online and a connection gets free in time. Returns
  // its result; an error takes the link offline.
  absl::Status Speak(const std::function<absl::Status(Connection&)>& use);
  absl::Status Store(absl::Span<const StoredCopy> copies, std::uint64_t era);
  Lent Borrow(absl::Duration timeout);
  void GiveBack(Lent lent, const absl::Status& result);
  void AddOverdue(absl::Span<const StoredCopy> copies, absl::Span<const std::string> other_keys);

  // On the link's own thread.
  void Keep();
  // Returns once the link is offline or to stop. With `lock` on mutex_.
  void WatchOver(std::unique_lock<std::mutex>& lock);
  void Ping();
  // Connects, makes up for what is overdue, and goes online.
  absl::Status Restore();
  absl::StatusOr<std::unique_ptr<Connection>> Connect();
  absl::Status MakeUp(Connection& connection, const Overdue& overdue);
  // Then the server's run `run_id` is clean; where that is empty, nobody is told so.
  absl::Status ForgetAll(Connection& connection, std::string_view run_id);
  absl::Status Set(Connection& connection, std::string_view key, std::string_view value);
  absl::StatusOr<ServerRun> AskRun(Connection& connection);
  bool Stopping() const;

  // Asks for the era, and begins one where the server has none.
  absl::Status LearnEra(Connection& connection);

  // With mutex_ held.
  bool NothingOverdue() const { return overdue_.empty() && !all_overdue_ && !making_up_; }
  void InsertOverdue(const std::string& key, const std::string& version);
  void GoOffline();
  // Takes the first `missing` connections of `fresh`.
  void GoOnline(std::vector<std::unique_ptr<Connection>> fresh, std::size_t missing);

  const Settings settings_;
  std::atomic<std::uint64_t> era_ = 0;
  std::atomic<std::uint64_t> round_trips_ = 0;
  std::atomic<std::uint64_t> errors_ = 0;
  std::atomic<std::uint64_t> connection_attempts_ = 0;
  std::atomic<std::uint64_t> reconnects_ = 0;

  mutable std::mutex mutex_;               // guards what follows
  mutable std::condition_variable freed_;  // a connection got idle, or the link on- or offline
  std::condition_variable changed_;        // the link went offline, or is to stop
  std::chrono::steady_clock::time_point last_heard_{};  // when the server answered
  std::vector<std::unique_ptr<Connection>> idle_;       // of this generation
  std::size_t open_ = 0;                                // of this generation, idle or lent
  std::uint64_t generation_ = 0;  // moves when a connection fails: the others are suspect
  bool online_ = false;
  bool was_online_ = false;
  bool stopping_ = false;
  Overdue overdue_;
  bool all_overdue_ = false;  // there were too many; overdue_ is empty
  bool making_up_ = false;    // some of it is in the hands of the thread
  bool to_forget_;            // all copies are to be deleted, for what others may have left

  std::thread thread_;  // last: it uses the others
};

}  // namespace outdial::redis

#endif  // OUTDIAL_REDIS_SRC_LINK_H_
