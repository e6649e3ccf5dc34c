// A list of parties to dial.
#ifndef OUTDIAL_ENTITIES_OUTDIAL_H_
#define OUTDIAL_ENTITIES_OUTDIAL_H_

#include <optional>
#include <utility>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "outdial/entities/text.h"
#include "outdial/entities/uuid.h"

namespace outdial {

// What a caller gives to create an outdial.
struct NewOutdial {
  // Whose it is, and what for; nil: nobody's, nothing. Nobody checks that there is such a one:
  CustomerId customer_id{};
  CampaignId campaign_id{};

  // For people; may be empty:
  Name name{};
  Text detail{};

  Text data{};  // for programs: kept and given back as it is; may be empty
};

// A dialling list that belongs to a customer and a campaign. Changes go through its methods, which
// keep its rules: a deleted outdial does not change, and each change moves `tm_update` forward by a
// microsecond at least. Not thread-safe; nothing here blocks.
class Outdial {
 public:
  // All there is to it, for repositories and for the forms it is sent in.
  struct Fields {
    OutdialId id;  // never changes

    // As NewOutdial says:
    CustomerId customer_id;
    CampaignId campaign_id;
    Name name;
    Text detail;
    Text data;

    std::optional<absl::Time> tm_create;  // never changes; nullopt where a stored row has none
    std::optional<absl::Time> tm_update;  // of the last change; nullopt: there was none
    std::optional<absl::Time> tm_delete;  // nullopt: it is live

    friend bool operator==(const Fields&, const Fields&) = default;
  };

  // A new outdial; `now` becomes its `tm_create`, and it has no `tm_update`.
  Outdial(OutdialId id, NewOutdial values, absl::Time now);

  // An outdial as it was stored.
  explicit Outdial(Fields fields) : fields_(std::move(fields)) {}

  // What it holds, and parts of that. A deleted one has a `tm_delete`.
  const Fields& fields() const { return fields_; }
  OutdialId id() const { return fields_.id; }
  bool deleted() const { return fields_.tm_delete.has_value(); }

  // The time of the last change, which tells an older copy from a newer one.
  absl::Time version() const;

  // Each of these changes one aspect. Error: OUTDIAL_NOT_FOUND where the outdial is deleted.
  absl::Status UpdateBasicInfo(Name name, Text detail, absl::Time now);
  absl::Status UpdateCampaign(CampaignId campaign_id, absl::Time now);
  absl::Status UpdateData(Text data, absl::Time now);

  // Deletes it softly. False, and nothing changes, where it is deleted already.
  bool Delete(absl::Time now);

  friend bool operator==(const Outdial&, const Outdial&) = default;

 private:
  absl::Status CheckLive() const;

  Fields fields_;
};

}  // namespace outdial

#endif  // OUTDIAL_ENTITIES_OUTDIAL_H_
