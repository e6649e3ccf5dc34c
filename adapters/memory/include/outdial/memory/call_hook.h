// The one place through which every call of the memory adapters passes.
#ifndef OUTDIAL_MEMORY_CALL_HOOK_H_
#define OUTDIAL_MEMORY_CALL_HOOK_H_

#include <cstddef>
#include <string_view>

#include "absl/status/status.h"
#include "outdial/entities/use_counted.h"

namespace outdial::memory {

// Every function of every port, and the commit of a transaction.
enum class Call {
  // Of Database; kDatabaseRead is ReadLong too, kDatabaseCommit the commit of a Write:
  kDatabaseRead,
  kDatabaseWrite,
  kDatabaseCommit,
  kDatabasePing,

  // Of OutdialRepository:
  kOutdialsGet,
  kOutdialsList,
  kOutdialsGetForUpdate,
  kOutdialsGetForShare,
  kOutdialsInsert,
  kOutdialsUpdate,

  // Of OutdialTargetRepository; kTargetsRegisterKeys is RegisterKeysOfAny too:
  kTargetsGet,
  kTargetsList,
  kTargetsListOldest,
  kTargetsFindAvailable,
  kTargetsFindTaken,
  kTargetsCountGroups,
  kTargetsGetForUpdate,
  kTargetsLockAvailable,
  kTargetsLockLeaseExpired,
  kTargetsRegisterKeys,
  kTargetsInsert,
  kTargetsUpdate,

  // Of OutdialTargetCallRepository:
  kCallsGet,
  kCallsList,
  kCallsCount,
  kCallsGetForUpdate,
  kCallsFindOpen,
  kCallsInsert,
  kCallsUpdate,

  // Of EventOutbox:
  kOutboxPeek,
  kOutboxSize,
  kOutboxAppend,
  kOutboxRemove,

  // Of RequestJournal:
  kJournalFind,
  kJournalInsert,
  kJournalRemove,
  kJournalRemoveOlderThan,

  // Of Cache; kCacheGet is each of its reads, kCachePut is Fill too:
  kCacheGet,
  kCacheExpect,
  kCachePut,

  // Of EventPublisher, Clock and IdSource:
  kPublisherPublish,
  kClockNow,
  kIdsNewUuid,
};

// How many enumerators Call has.
inline constexpr std::size_t kCallCount = static_cast<std::size_t>(Call::kIdsNewUuid) + 1;

// "database.Write", "targets.LockAvailable", "cache.Put", …
std::string_view CallName(Call call);

// Told of every port call before it has its effect and after. What it returns decides how the call
// ends, so that a test or a simulator can cut any call short:
//
//   - an error from Before: the call has no effect and returns that error;
//   - an error from After: the call had its effect, its answer is lost, the caller gets that error.
//
// Calls that cannot return an error do what their port says of a failure: see Cache. For those of
// Clock and IdSource the result of the hook makes no difference.
//
// A hook may also throw, to act out the death of a process: the exception passes through the
// adapter, a transaction that it leaves is rolled back, and everything can be used afterwards.
//
// Where it is called:
//   - kDatabaseRead, kDatabaseWrite, kDatabasePing, both times, and After of kDatabaseCommit: while
//     no transaction is open. So a hook may run transactions of its own there, for one to let
//     another client take a step in between.
//   - Before of kDatabaseCommit and the calls of repositories, outbox and journal: inside of their
//     transaction, which the hook must not nest another one into.
//   - Everything else: while the adapter holds no lock.
//
// The call that it is told of waits for it. Must be thread-safe where the adapters are used by
// several threads, and outlive them: one that does not stops the program.
class CallHook : public UseCounted {
 public:
  CallHook() : UseCounted("memory::CallHook") {}
  virtual ~CallHook() = default;

  // An error from here is what the call ends in.
  virtual absl::Status Before(Call call) = 0;

  // Also called where the call itself ends in an error; an error from here replaces it.
  virtual absl::Status After(Call call) = 0;
};

}  // namespace outdial::memory

#endif  // OUTDIAL_MEMORY_CALL_HOOK_H_
