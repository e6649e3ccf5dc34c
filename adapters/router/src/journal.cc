#include "journal.h"

#include "outdial/entities/error.h"

namespace outdial::router {

absl::StatusOr<wire::ReplyEnvelope> ReplyIn(const JournalEntry& entry,
                                            const JournalIdentity& identity) {
  if (entry.fingerprint != identity.fingerprint) {
    return MakeError(Reason::kIdempotencyKeyReused,
                     "This idempotency key was used with another request.");
  }
  auto reply = wire::ParseReplyEnvelope(entry.reply);
  if (!reply.ok()) return MakeError(Reason::kInternal, "A journaled reply could not be read.");
  return reply;
}

std::optional<absl::StatusOr<wire::ReplyEnvelope>> FindEarlierReply(
    Services& services, const JournalIdentity& identity) {
  const auto entry = services.journal.Find(identity.key);
  if (!entry.ok()) return entry.status();
  if (!entry->has_value()) return std::nullopt;
  return ReplyIn(**entry, identity);
}

}  // namespace outdial::router
