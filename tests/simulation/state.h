// Everything that is in a database at one moment.
#ifndef OUTDIAL_TESTS_SIMULATION_STATE_H_
#define OUTDIAL_TESTS_SIMULATION_STATE_H_

#include <cstddef>
#include <map>
#include <optional>
#include <vector>

#include "outdial/entities/availability.h"
#include "outdial/entities/outdial.h"
#include "outdial/entities/outdial_target.h"
#include "outdial/entities/outdial_target_call.h"
#include "outdial/entities/uuid.h"
#include "outdial/ports/database.h"

namespace outdial::simulation {

struct State {
  std::map<OutdialId, Outdial> outdials;
  std::map<OutdialTargetId, OutdialTarget> targets;
  std::map<OutdialTargetCallId, OutdialTargetCall> calls;

  const Outdial* Find(OutdialId id) const;
  const OutdialTarget* Find(OutdialTargetId id) const;
  const OutdialTargetCall* Find(OutdialTargetCallId id) const;

  const OutdialTargetCall* OpenCallOf(OutdialTargetId id) const;

  // As the services promise them, in the plainest way.
  std::vector<OutdialTarget> Available(OutdialId outdial_id, const TryThresholds& thresholds,
                                       std::size_t limit) const;
  std::vector<OutdialTarget> LiveTargetsOf(OutdialId outdial_id) const;
  std::vector<OutdialTargetCall> CallsOf(OutdialTargetId id) const;
};

// `before` tells which targets there were: lists show the live ones only.
State ReadState(Database& database, const State& before);

}  // namespace outdial::simulation

#endif  // OUTDIAL_TESTS_SIMULATION_STATE_H_
