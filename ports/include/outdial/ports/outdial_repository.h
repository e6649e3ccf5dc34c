// The port to the outdials.
#ifndef OUTDIAL_PORTS_OUTDIAL_REPOSITORY_H_
#define OUTDIAL_PORTS_OUTDIAL_REPOSITORY_H_

#include <optional>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "outdial/entities/outdial.h"
#include "outdial/entities/page.h"
#include "outdial/entities/text.h"
#include "outdial/entities/uuid.h"

namespace outdial {

// Which outdials are listed: those that equal every value that is set. Texts compare byte for byte.
struct OutdialFilter {
  // nullopt: any value:
  std::optional<OutdialId> id{};
  std::optional<CustomerId> customer_id{};
  std::optional<CampaignId> campaign_id{};
  std::optional<Name> name{};
  std::optional<Text> detail{};
  std::optional<Text> data{};

  bool deleted = false;  // true: the deleted ones only; false: the live ones only
};

// Outdials as one transaction sees them; reached through a UnitOfWork, which owns it and says what
// holds for all repositories (threads, blocking, lifetime, DATABASE_UNAVAILABLE and INTERNAL
// errors).
class OutdialRepository {
 public:
  virtual ~OutdialRepository() = default;

  // Also a deleted one. Error: OUTDIAL_NOT_FOUND.
  virtual absl::StatusOr<Outdial> Get(OutdialId id) const = 0;

  // Newest `tm_create` first, then by id. A page does not end between outdials that were created in
  // the same microsecond: it holds `page.size` rows, plus up to kMaxListSize more that share the
  // last one's `tm_create`. Error: REPLY_TOO_LARGE where the texts of a page of more than one row
  // would hold more than kMaxResultBytes; one of one row ends before those of its `tm_create` that
  // do not fit behind it.
  virtual absl::StatusOr<std::vector<Outdial>> List(const OutdialFilter& filter,
                                                    const Page& page) const = 0;

  // As Get; nobody else changes the outdial until the transaction ends.
  virtual absl::StatusOr<Outdial> GetForUpdate(OutdialId id) = 0;

  // As Get; nobody changes the outdial until the transaction ends, others may do the same at the
  // same time.
  virtual absl::StatusOr<Outdial> GetForShare(OutdialId id) = 0;

  // Adds a new one. Errors: INTERNAL where the id exists; TEXT_NOT_STORABLE and TEXT_TOO_LONG where
  // the database cannot hold a text.
  virtual absl::Status Insert(const Outdial& outdial) = 0;

  // Writes all fields that can change of one that exists; the caller got it from GetForUpdate in
  // this transaction. Errors: TEXT_NOT_STORABLE and TEXT_TOO_LONG as Insert.
  virtual absl::Status Update(const Outdial& outdial) = 0;
};

}  // namespace outdial

#endif  // OUTDIAL_PORTS_OUTDIAL_REPOSITORY_H_
