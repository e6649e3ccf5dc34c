// The port to the journal that gives a request one effect, however often it is delivered.
#ifndef OUTDIAL_PORTS_REQUEST_JOURNAL_H_
#define OUTDIAL_PORTS_REQUEST_JOURNAL_H_

#include <cstddef>
#include <functional>
#include <optional>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "absl/types/span.h"

namespace outdial {

// How long the key and the fingerprint of an entry are at most:
inline constexpr std::size_t kMaxJournalKeyBytes = 255;
inline constexpr std::size_t kMaxJournalFingerprintBytes = 64;

// A request that has had its effect, and what it was answered.
struct JournalEntry {
  // The request's identity: at most kMaxJournalKeyBytes printable ASCII characters.
  std::string key{};
  // Tells whether a later request with this key is the same one: at most
  // kMaxJournalFingerprintBytes such characters.
  std::string fingerprint{};
  // What the driving adapter answers when the request comes again: valid UTF-8 without NUL, opaque
  // here.
  std::string reply{};
  absl::Time tm_create{};  // when the request had its effect
  // Whether the transport knows that the request had not been delivered before.
  bool first_delivery = false;
  // Set by Insert: whether a first delivery's entry took the place of another one's, which may come
  // again and is answered with this one then.
  bool is_shared = false;
  // Given to Insert, and not kept: the `tm_create` of an entry with the same key that is known to
  // be another request's. nullopt: of none is that known.
  std::optional<absl::Time> replaced_tm_create = std::nullopt;

  friend bool operator==(const JournalEntry&, const JournalEntry&) = default;
};

// What a driving adapter gives to a changing operation to have its request journaled: called inside
// of the transaction with the result, it returns the entry that is committed with the change
// (`tm_create` is filled in by the service). Must have no effect of its own: a transaction may run
// more than once. An entry whose key or fingerprint is too long, or holds something else than
// printable ASCII, makes the operation fail with TEXT_TOO_LONG or TEXT_NOT_STORABLE, which names
// the field (`key`, `fingerprint`), and nothing is changed. An empty function: no journal.
template <typename Result>
using JournalRecorder = std::function<JournalEntry(const Result&)>;

// Reached through a UnitOfWork, which owns it and says what holds for all repositories
// (threads, blocking, lifetime, DATABASE_UNAVAILABLE and INTERNAL errors).
class RequestJournal {
 public:
  virtual ~RequestJournal() = default;

  // nullopt where there is none, as for a key that is longer than any.
  virtual absl::StatusOr<std::optional<JournalEntry>> Find(const std::string& key) const = 0;

  // Where the key exists there are two cases. Two first deliveries are two requests that look
  // alike, because their sender does not number them, and so are two of which the caller says it by
  // `replaced_tm_create`: the new entry takes the place of the old one. It is a first delivery's,
  // and shared, where both are. Otherwise the same request has had its effect in another
  // transaction, and nothing is changed. Error: REQUEST_ALREADY_JOURNALED.
  virtual absl::Status Insert(const JournalEntry& entry) = 0;

  // Removes the entries of first deliveries that do not come again. Left alone is what may belong
  // to another request too: entries that are shared or no first delivery's. Keys that are not there
  // are ignored.
  virtual absl::Status Remove(absl::Span<const std::string> keys) = 0;

  // Removes up to `limit` entries older than `before`; returns how many it removed.
  virtual absl::StatusOr<std::size_t> RemoveOlderThan(absl::Time before, std::size_t limit) = 0;
};

}  // namespace outdial

#endif  // OUTDIAL_PORTS_REQUEST_JOURNAL_H_
