#include "state.h"

#include <stdexcept>

#include "absl/status/status.h"
#include "outdial/entities/page.h"

namespace outdial::simulation {
namespace {

constexpr Page kAll{.size = kMaxListSize};
constexpr std::size_t kAllEvents = 100'000;

template <typename Listed, typename Entities>
void Add(const Listed& listed, Entities& entities) {
  for (const auto& entity : listed.value()) entities.emplace(entity.id(), entity);
}

}  // namespace

State ReadState(Database& database, const State& before) {
  State state;
  const absl::Status status = database.Read([&](const UnitOfWork& work) {
    for (const bool deleted : {false, true}) {
      Add(work.outdials().List({.deleted = deleted}, kAll), state.outdials);
    }
    for (const auto& [id, outdial] : state.outdials) {
      Add(work.targets().List(id, kAll), state.targets);
      Add(work.calls().List({.outdial_id = id}, kAll), state.calls);
    }
    for (const auto& [id, target] : before.targets) {
      if (state.targets.contains(id)) continue;
      const auto deleted = work.targets().Get(id);
      if (deleted.ok()) state.targets.emplace(id, *deleted);
    }
    state.waiting = work.outbox().Peek(kAllEvents).value();
    return absl::OkStatus();
  });
  if (!status.ok()) throw std::logic_error("the state cannot be read");
  return state;
}

}  // namespace outdial::simulation
