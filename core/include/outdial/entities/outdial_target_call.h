// One attempt to reach a target.
#ifndef OUTDIAL_ENTITIES_OUTDIAL_TARGET_CALL_H_
#define OUTDIAL_ENTITIES_OUTDIAL_TARGET_CALL_H_

#include <cstdint>
#include <optional>
#include <string_view>
#include <utility>

#include "absl/time/time.h"
#include "outdial/entities/address.h"
#include "outdial/entities/outdial.h"
#include "outdial/entities/outdial_target.h"
#include "outdial/entities/slot.h"
#include "outdial/entities/uuid.h"

namespace outdial {

// Whether an attempt goes on.
enum class TargetCallStatus {
  kProgressing,  // it is open
  kDone,         // it is over
};

// "progressing", "done". A value that is no enumerator stops the program.
std::string_view TargetCallStatusName(TargetCallStatus status);

// Reads a stored status; "processing" means progressing, any other word done.
TargetCallStatus TargetCallStatusFromStorage(std::string_view word);

// What `reference_id` refers to.
enum class ReferenceType {
  kNone,  // nothing
  kCall,  // a call, which somebody else keeps
};

// "none", "call". A value that is no enumerator stops the program.
std::string_view ReferenceTypeName(ReferenceType type);

// nullopt for any other word.
std::optional<ReferenceType> ParseReferenceType(std::string_view word);

// What a caller may say about an attempt. What is nullopt stays as it is. Nobody checks that
// there is what these ids name.
struct OutdialTargetCallUpdate {
  std::optional<ActiveflowId> activeflow_id{};    // the flow that handles the attempt; nil: none
  std::optional<ReferenceType> reference_type{};  // what `reference_id` refers to
  std::optional<ReferenceId> reference_id{};      // the call that was made; nil: none yet
};

// One attempt to reach a target at one of its destinations. It is open (progressing) from the start
// of the attempt until its target is reported on, deleted, or its lease runs out. Not thread-safe;
// nothing here blocks.
class OutdialTargetCall {
 public:
  // All there is to it, for repositories and for the forms it is sent in.
  struct Fields {
    OutdialTargetCallId id;  // never changes

    // Of whom the attempt is. Customer and campaign are those that the outdial had when it began:
    CustomerId customer_id;
    CampaignId campaign_id;
    OutdialId outdial_id;
    OutdialTargetId outdial_target_id;

    // What callers say about it, as in OutdialTargetCallUpdate; at first nil and kNone:
    ActiveflowId activeflow_id;
    ReferenceType reference_type = ReferenceType::kNone;
    ReferenceId reference_id;

    TargetCallStatus status = TargetCallStatus::kProgressing;  // whether it is open

    // What was dialled, and the how many-th try of that it was, as when it began:
    std::optional<Address> destination;
    DestinationIndex destination_index;
    std::int32_t try_count = 0;

    std::optional<absl::Time> tm_create;  // when it began; nullopt where a stored row has none
    std::optional<absl::Time> tm_update;  // of the last change; nullopt: there was none
    std::optional<absl::Time> tm_delete;  // nullopt: it is not deleted

    friend bool operator==(const Fields&, const Fields&) = default;
  };

  // The attempt that `target` has just started (OutdialTarget::StartCall) at `index`.
  OutdialTargetCall(OutdialTargetCallId id, const Outdial& outdial, const OutdialTarget& target,
                    DestinationIndex index, absl::Time now);

  // A call as it was stored.
  explicit OutdialTargetCall(Fields fields) : fields_(std::move(fields)) {}

  // What it holds, and parts of that. It is open until End is called.
  const Fields& fields() const { return fields_; }
  OutdialTargetCallId id() const { return fields_.id; }
  bool open() const { return fields_.status == TargetCallStatus::kProgressing; }

  // The time of the last change, which tells an older copy from a newer one.
  absl::Time version() const;

  // Takes what `update` names; the rest stays as it is. A reference type that is no enumerator
  // stops the program.
  void Update(const OutdialTargetCallUpdate& update, absl::Time now);

  // The attempt is over.
  void End(absl::Time now);

  friend bool operator==(const OutdialTargetCall&, const OutdialTargetCall&) = default;

 private:
  Fields fields_;
};

}  // namespace outdial

#endif  // OUTDIAL_ENTITIES_OUTDIAL_TARGET_CALL_H_
