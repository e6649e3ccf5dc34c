// Everything that is in a database at one moment.
#ifndef OUTDIAL_TESTS_SIMULATION_STATE_H_
#define OUTDIAL_TESTS_SIMULATION_STATE_H_

#include <map>
#include <vector>

#include "outdial/entities/outdial.h"
#include "outdial/entities/outdial_target.h"
#include "outdial/entities/outdial_target_call.h"
#include "outdial/entities/uuid.h"
#include "outdial/ports/database.h"
#include "outdial/ports/event_outbox.h"

namespace outdial::simulation {

struct State {
  std::map<OutdialId, Outdial> outdials{};
  std::map<OutdialTargetId, OutdialTarget> targets{};
  std::map<OutdialTargetCallId, OutdialTargetCall> calls{};
  std::vector<OutboxEntry> waiting{};
};

// `before` tells which targets there were: lists show the live ones only.
State ReadState(Database& database, const State& before);

}  // namespace outdial::simulation

#endif  // OUTDIAL_TESTS_SIMULATION_STATE_H_
