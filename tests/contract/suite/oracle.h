// What the services must answer, found in the slowest and plainest way.
#ifndef OUTDIAL_TESTS_CONTRACT_SUITE_ORACLE_H_
#define OUTDIAL_TESTS_CONTRACT_SUITE_ORACLE_H_

#include <cstddef>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "absl/time/time.h"
#include "outdial/entities/availability.h"
#include "outdial/entities/event.h"
#include "outdial/entities/outdial.h"
#include "outdial/entities/outdial_target.h"
#include "outdial/entities/outdial_target_call.h"
#include "outdial/entities/page.h"
#include "outdial/ports/outdial_repository.h"
#include "outdial/ports/outdial_target_call_repository.h"

namespace outdial::contract {

// All there is, in vectors that are searched from end to end. Written from the text of the contract
// alone: entities serve as records here, none of their rules are used. Rows are never removed.
class Oracle {
 public:
  std::vector<Outdial::Fields> outdials;
  std::vector<OutdialTarget::Fields> targets;
  std::vector<OutdialTargetCall::Fields> calls;
  std::vector<Event> events;  // all that must be announced, in order
  std::set<std::string> journal;

  // Null where there is none. Pointers are good until the next row is added.
  Outdial::Fields* FindOutdial(OutdialId id);
  OutdialTarget::Fields* FindTarget(OutdialTargetId id);
  OutdialTargetCall::Fields* FindCall(OutdialTargetCallId id);
  OutdialTargetCall::Fields* OpenCallOf(OutdialTargetId id);

  // The outcome of an operation: "OK" or a reason. They tell, and change nothing.
  std::string OutcomeOfChange(OutdialId id);  // of a live outdial
  std::string OutcomeOfUse(OutdialId id);     // adding to it, asking what is available
  std::string OutcomeOfProgress(OutdialTargetId id, std::size_t index);
  std::string OutcomeOfRenew(OutdialTargetId id, std::optional<OutdialTargetCallId> call_id);
  std::string OutcomeOfReport(OutdialTargetId id, TargetStatus status,
                              std::optional<OutdialTargetCallId> call_id);

  std::vector<Outdial> ListOutdials(const OutdialFilter& filter, const Page& page) const;
  std::vector<OutdialTarget> ListTargets(OutdialId outdial_id, const Page& page) const;
  std::vector<OutdialTargetCall> ListCalls(const OutdialTargetCallFilter& filter,
                                           const Page& page) const;

  // A target that may be dialled, and the lowest destination that it may be dialled at.
  struct AvailableTarget {
    OutdialTargetId id;
    std::size_t index;
  };
  std::vector<AvailableTarget> Available(OutdialId outdial_id, const TryThresholds& thresholds,
                                         std::size_t limit) const;

  // Whose lease has run out by `now`, the longest first.
  std::vector<OutdialTargetId> LeaseExpired(absl::Time now, std::size_t limit) const;
};

}  // namespace outdial::contract

#endif  // OUTDIAL_TESTS_CONTRACT_SUITE_ORACLE_H_
