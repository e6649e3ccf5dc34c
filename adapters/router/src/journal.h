// How requests are written down, and found again.
#ifndef OUTDIAL_ADAPTERS_ROUTER_SRC_JOURNAL_H_
#define OUTDIAL_ADAPTERS_ROUTER_SRC_JOURNAL_H_

#include <optional>
#include <string>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "outdial/ports/request_journal.h"
#include "outdial/services/services.h"
#include "outdial/wire/envelope.h"
#include "reply_data.h"

namespace outdial::router {

// Where a changing request is written down with its reply.
struct JournalIdentity {
  std::string key;
  std::string fingerprint;
  bool first_delivery;                                          // as in the entry
  std::optional<absl::Time> replaced_tm_create = std::nullopt;  // as in the entry
};

// What writes the journal entry of a request with this result; empty where there is none to write.
// `identity` must outlive it.
template <typename Result>
JournalRecorder<Result> RecorderOf(const std::optional<JournalIdentity>& identity) {
  if (!identity.has_value()) return nullptr;
  return [&journal = *identity](const Result& result) {
    const wire::ReplyEnvelope reply{.data = ReplyData(result)};
    return JournalEntry{.key = journal.key,
                        .fingerprint = journal.fingerprint,
                        .reply = wire::DumpReplyEnvelope(reply),
                        .tm_create = {},
                        .first_delivery = journal.first_delivery,
                        .replaced_tm_create = journal.replaced_tm_create};
  };
}

// The reply that is in the entry of an earlier delivery of a request. Errors:
// IDEMPOTENCY_KEY_REUSED, INTERNAL.
absl::StatusOr<wire::ReplyEnvelope> ReplyIn(const JournalEntry& entry,
                                            const JournalIdentity& identity);

// The reply to an earlier delivery of a request; nullopt where there was none. Errors: those of
// ReplyIn and of the journal.
std::optional<absl::StatusOr<wire::ReplyEnvelope>> FindEarlierReply(
    Services& services, const JournalIdentity& identity);

}  // namespace outdial::router

#endif  // OUTDIAL_ADAPTERS_ROUTER_SRC_JOURNAL_H_
