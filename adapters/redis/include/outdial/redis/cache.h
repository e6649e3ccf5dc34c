// The cache on a Redis server.
#ifndef OUTDIAL_REDIS_CACHE_H_
#define OUTDIAL_REDIS_CACHE_H_

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "absl/time/time.h"
#include "absl/types/span.h"
#include "outdial/entities/outdial.h"
#include "outdial/entities/outdial_target.h"
#include "outdial/entities/outdial_target_call.h"
#include "outdial/entities/uuid.h"
#include "outdial/ports/cache.h"
#include "outdial/redis/address.h"

namespace outdial::redis {

// Which Redis, and how to talk to it. A database below 0, a number of connections that is none of 1
// to 65,536, or a timeout, back-off or outage that is not more than zero or more than 24 hours,
// stops the program.
struct Settings {
  Address address{};       // of the server
  std::string password{};  // empty: none is sent
  int database = 0;        // its number
  // As many as threads use the cache at the same time. A thread that finds all of them
  // in use waits for `timeout`.
  std::size_t connections = 8;
  // For making a connection, and for each step of sending and receiving.
  absl::Duration timeout = absl::Milliseconds(10);
  // While the server is away it is asked for less and less often, at most this far apart.
  absl::Duration max_backoff = absl::Seconds(2);
  // How many keys are remembered that could not be written. Beyond it all our keys are deleted
  // when the server is back.
  std::size_t max_overdue = 10'000;
  // All our keys are deleted before the server is used for the first time: for a process whose
  // predecessor may have died with keys that it could not write.
  bool forget_at_start = false;
  // So are they after the server could not be used for longer than this: others may have died
  // meanwhile. While nothing else is asked of it, the server is asked whether it is there, a few
  // times in this time. May also be absl::InfiniteDuration(): they are never deleted for that.
  absl::Duration long_outage = absl::Seconds(1);
};

// Counted since the cache was made.
struct Stats {
  // Of the entities of one kind.
  struct Reads {
    std::uint64_t hits = 0;    // that returned a copy
    std::uint64_t misses = 0;  // that did not, also because the server could not be asked
  };
  // By kind of entity:
  Reads outdials{};
  Reads targets{};
  Reads calls{};

  std::uint64_t round_trips = 0;          // each carries one command or more; pings do not count
  std::uint64_t errors = 0;               // round trips and connections that failed
  std::uint64_t connection_attempts = 0;  // also those that failed
  std::uint64_t reconnects = 0;           // how often the server was used again after a failure
  bool online = false;                    // whether the server is used now
  std::size_t overdue = 0;                // keys that could not be written; they are to be deleted
};

// Keeps copies under the keys that VoIPBIN's services share, as the entity's JSON, for 24 hours:
//
//   `outdial:<id>`  `outdialtarget:<id>`  `outdialtargetcall:<id>`
//   `outdialtargetcall_activeflowid:<id>`  `outdialtargetcall_referenceid:<id>`
//
// Others may read and write them with plain GET and SET. What is not an entity's JSON is a miss.
// Nobody else has a use for keys that begin with `outdial-manager:`. The expected version of an
// entity is below `outdial-manager:expected:`, for 24 hours, and for a minute once it is put,
// filled in or withdrawn. `outdial-manager:era` is a random number that a server has for as long as
// it forgets nothing: the tickets. `outdial-manager:cleaned-run` is the `run_id` of the server (see
// INFO) that copies belong to.
//
// A Get is one command. Expect, Withdraw, Put and Fill are one round trip each, in which scripts
// compare versions where the copies are, so that no order of the steps of several processes puts an
// older copy over a newer one; nor does a command that its sender has given up waiting for.
//
// The server may go and come back at any time. One failure is enough for it not to be used any
// more: then nothing waits for it, reads are misses, and keys that could not be written are
// remembered. A thread of the cache asks for the server again (at once, then later and later) and
// first deletes what is overdue. That nothing waits for the server is so from the first moment on:
// this thread makes the first connections too. It writes one line to the log where the server
// cannot be reached, and one where it can again. What is overdue when the process ends is known to
// nobody then: a line in the log says so, where the process is not killed. So who runs for long
// forgets all copies, whoever wrote them, at its start and after a long outage: page by page, and
// until then its reads are misses.
//
// A server that starts may bring back what it saved long before, and a replica that takes the place
// of its master may not know the last changes. So whoever is the first to find another `run_id`
// than that of the copies forgets all of them; the others need not, unless they come meanwhile. A
// server that does not tell its `run_id` (INFO is forbidden) is taken for another one whenever its
// connections were lost: each process forgets all copies then, and its first connections count as
// `forget_at_start` says.
//
// One server, or one that answers at a time: connections of one process must not reach several that
// have keys of their own, as behind a balancer. A Redis Cluster is not supported.
//
// Thread-safe. The destructor waits for the thread: for `timeout`, for a second where it is just
// deleting all our keys, or as long as the system takes to look a name up.
class Cache final : public outdial::Cache {
 public:
  // Does not wait for the server: a thread of the cache makes the first connections.
  explicit Cache(const Settings& settings);
  ~Cache() override;

  Cache(const Cache&) = delete;
  Cache& operator=(const Cache&) = delete;

  std::optional<Outdial> GetOutdial(OutdialId id) override;
  std::optional<OutdialTarget> GetOutdialTarget(OutdialTargetId id) override;
  std::optional<OutdialTargetCall> GetOutdialTargetCall(OutdialTargetCallId id) override;
  CacheTicket Ticket() override;
  void Expect(const CacheCopies& next, absl::Span<const OutdialTargetCall> replaced) override;
  void Withdraw(const CacheCopies& next) override;
  void Put(const CacheCopies& committed, CacheTicket ticket) override;
  void Fill(const CacheCopies& read, CacheTicket ticket) override;

  // Waits for the server to be used; false where it is not after `timeout`, 24 hours at most. For
  // programs that end before its thread has connected: all else does without the server until then.
  bool WaitUntilOnline(absl::Duration timeout) const;

  // Waits until nothing is overdue; false where something is after `timeout`, 24 hours at most, of
  // which others may read old copies. For programs that end: what is overdue is forgotten with the
  // cache.
  bool WaitUntilMadeUp(absl::Duration timeout) const;

  // Does not block.
  Stats stats() const;

 private:
  struct State;

  const std::unique_ptr<State> state_;
};

}  // namespace outdial::redis

#endif  // OUTDIAL_REDIS_CACHE_H_
