// One party of an outdial.
#ifndef OUTDIAL_ENTITIES_OUTDIAL_TARGET_H_
#define OUTDIAL_ENTITIES_OUTDIAL_TARGET_H_

#include <optional>
#include <string_view>
#include <tuple>
#include <utility>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "outdial/entities/address.h"
#include "outdial/entities/slot.h"
#include "outdial/entities/text.h"
#include "outdial/entities/uuid.h"

namespace outdial {

// Where the dialling of a target is.
enum class TargetStatus {
  kIdle,         // it may be dialled
  kProgressing,  // it is being dialled
  kDone,         // it is not dialled any more
};

// "idle", "progressing", "done". A value that is no enumerator stops the program.
std::string_view TargetStatusName(TargetStatus status);

// Reads a status; "processing" means progressing. nullopt for any other word.
std::optional<TargetStatus> ParseTargetStatus(std::string_view word);

// Reads a stored status: a word that is none of ours (the service before this one stored any text)
// counts as done.
TargetStatus TargetStatusFromStorage(std::string_view word);

// What a caller gives to create a target.
struct NewOutdialTarget {
  // For people; may be empty:
  Name name{};
  Text detail{};

  Text data{};  // for programs: kept and given back as it is; may be empty
  PerSlot<std::optional<Address>> destinations{};  // Claim tries lower slots first; may be none
};

// A party with up to five destinations. Changes go through its methods, which keep its rules; each
// moves `tm_update` forward by a microsecond at least, except Renew, which changes nothing that
// others see. Not thread-safe; nothing here blocks.
class OutdialTarget {
 public:
  // All there is to it, for repositories and for the forms it is sent in.
  struct Fields {
    // What never changes, as NewOutdialTarget says:
    OutdialTargetId id;
    OutdialId outdial_id;
    Name name;
    Text detail;
    Text data;

    TargetStatus status = TargetStatus::kIdle;  // of a deleted one: what it was then, or a report
    Slots slots;  // the destinations, which never change, and how often each was tried
    // When the lease of the call in progress runs out. Not part of what is sent. Set only while
    // progressing.
    std::optional<absl::Time> lease_until;
    std::optional<absl::Time> tm_create;  // never changes; nullopt where a stored row has none
    std::optional<absl::Time> tm_update;  // of the last change; nullopt counts as oldest
    std::optional<absl::Time> tm_delete;  // nullopt: it is live

    friend bool operator==(const Fields&, const Fields&) = default;
  };

  // A new, idle target. Its `tm_update` equals its `tm_create`: clients read that as "never tried".
  OutdialTarget(OutdialTargetId id, OutdialId outdial_id, NewOutdialTarget values, absl::Time now);

  // A target as it was stored.
  explicit OutdialTarget(Fields fields) : fields_(std::move(fields)) {}

  // What it holds, and parts of that. A deleted one has a `tm_delete`.
  const Fields& fields() const { return fields_; }
  OutdialTargetId id() const { return fields_.id; }
  OutdialId outdial_id() const { return fields_.outdial_id; }
  TargetStatus status() const { return fields_.status; }
  const Slot& slot(DestinationIndex index) const { return fields_.slots[index.value()]; }
  bool deleted() const { return fields_.tm_delete.has_value(); }

  // Whether it may be dialled at all: idle and not deleted.
  bool ready() const { return fields_.status == TargetStatus::kIdle && !deleted(); }

  // The time of the last change, which tells an older copy from a newer one.
  absl::Time version() const;

  // What a version stands for: everything but the lease, which Renew changes without a new one.
  OutdialTarget WithoutLease() const;

  // Idle to progressing: one more try of the destination, until `lease_until` (nullopt: for as long
  // as it takes). Errors, in this order: OUTDIAL_TARGET_NOT_FOUND (deleted), DESTINATION_NOT_SET,
  // OUTDIAL_TARGET_NOT_IDLE, TRY_COUNT_AT_MAXIMUM.
  absl::Status StartCall(DestinationIndex index, std::optional<absl::Time> lease_until,
                         absl::Time now);

  // Gives the call in progress a new lease. Errors: OUTDIAL_TARGET_NOT_FOUND (deleted),
  // OUTDIAL_TARGET_NOT_PROGRESSING.
  absl::Status Renew(std::optional<absl::Time> lease_until);

  // The outcome of a call, or a decision of the caller: the target becomes idle or done, whatever
  // it was, also where it is deleted (a call may outlive it). Error: INVALID_STATUS for
  // kProgressing. A value that is no enumerator stops the program.
  absl::Status Report(TargetStatus status, absl::Time now);

  // Whether the lease of the call in progress has run out by `now`.
  bool LeaseExpired(absl::Time now) const;

  // Deletes it softly; its status stays, its lease ends. False, and nothing changes, where it is
  // deleted already.
  bool Delete(absl::Time now);

  friend bool operator==(const OutdialTarget&, const OutdialTarget&) = default;

 private:
  Fields fields_;
};

// The order in which ready targets are dialled: oldest `tm_update` first (not set counts as
// oldest), then by id.
bool DialledBefore(const OutdialTarget& a, const OutdialTarget& b);

// A place among targets that are in the order in which they were created (not set counts as oldest,
// the same time goes by id): right after the target that has these values. Default-constructed:
// before all of them.
struct CreationPlace {
  // Of the target that it is right after:
  std::optional<absl::Time> tm_create{};
  OutdialTargetId id{};

  // The place right after `target`.
  static CreationPlace Of(const OutdialTarget& target) {
    return {target.fields().tm_create, target.id()};
  }

  friend bool operator==(const CreationPlace&, const CreationPlace&) = default;
  friend bool operator<(const CreationPlace& a, const CreationPlace& b) {
    return std::tie(a.tm_create, a.id) < std::tie(b.tm_create, b.id);
  }
};

}  // namespace outdial

#endif  // OUTDIAL_ENTITIES_OUTDIAL_TARGET_H_
