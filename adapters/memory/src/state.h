// Everything that a database holds.
#ifndef OUTDIAL_MEMORY_SRC_STATE_H_
#define OUTDIAL_MEMORY_SRC_STATE_H_

#include <cstdint>
#include <optional>
#include <shared_mutex>
#include <string>

#include "absl/container/btree_set.h"
#include "absl/container/flat_hash_map.h"
#include "absl/time/time.h"
#include "list_index.h"
#include "outdial/entities/destination_key.h"
#include "outdial/entities/outdial.h"
#include "outdial/entities/outdial_target.h"
#include "outdial/entities/outdial_target_call.h"
#include "outdial/entities/uuid.h"
#include "outdial/memory/database.h"
#include "outdial/ports/event_outbox.h"
#include "outdial/ports/request_journal.h"
#include "ready_index.h"
#include "table.h"

namespace outdial::memory {

struct OutdialIndex {
  ListIndex list;

  void Update(const Outdial* before, const Outdial* after);
};

// Where a destination is.
struct KeyPlace {
  OutdialId outdial_id;
  DestinationKey key;
  OutdialTargetId target_id;

  friend auto operator<=>(const KeyPlace&, const KeyPlace&) = default;
};

struct TargetIndex {
  ListIndexes<OutdialId> live;
  ReadyIndex ready;
  absl::btree_set<TargetTime> leases;  // of calls in progress, by end
  absl::btree_set<KeyPlace> keys;      // of live ones

  void Update(const OutdialTarget* before, const OutdialTarget* after);
};

struct CallIndex {
  ListIndexes<OutdialTargetId> by_target;
  absl::flat_hash_map<OutdialTargetId, OutdialTargetCallId> open;

  void Update(const OutdialTargetCall* before, const OutdialTargetCall* after);
};

struct OutboxIndex {
  absl::btree_set<std::int64_t> sequences;

  void Update(const OutboxEntry* before, const OutboxEntry* after);
};

struct JournalAge {
  absl::Time tm_create;
  std::string key;

  friend bool operator<(const JournalAge& a, const JournalAge& b) {
    if (a.tm_create != b.tm_create) return a.tm_create < b.tm_create;
    return a.key < b.key;
  }
};

struct JournalIndex {
  absl::btree_set<JournalAge> by_age;

  void Update(const JournalEntry* before, const JournalEntry* after);
};

using OutdialTable = Table<OutdialId, Outdial, OutdialIndex>;
using TargetTable = Table<OutdialTargetId, OutdialTarget, TargetIndex>;
using CallTable = Table<OutdialTargetCallId, OutdialTargetCall, CallIndex>;
using OutboxTable = Table<std::int64_t, OutboxEntry, OutboxIndex>;
using JournalTable = Table<std::string, JournalEntry, JournalIndex>;

struct DatabaseState {
  std::shared_mutex mutex;  // Held by transactions: shared by those that read.

  OutdialTable outdials;
  TargetTable targets;
  CallTable calls;
  OutboxTable outbox;
  JournalTable journal;
  // Not rolled back: a number that was taken is never given to another event.
  std::int64_t next_sequence = 1;
};

}  // namespace outdial::memory

#endif  // OUTDIAL_MEMORY_SRC_STATE_H_
