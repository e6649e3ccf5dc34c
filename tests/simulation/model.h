// What the service must do, in the plainest way: computed from the requests alone.
#ifndef OUTDIAL_TESTS_SIMULATION_MODEL_H_
#define OUTDIAL_TESTS_SIMULATION_MODEL_H_

#include <array>
#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "absl/time/time.h"
#include "outdial/entities/uuid.h"
#include "request.h"
#include "state.h"

namespace outdial::simulation {

struct ModelOutdial {
  OutdialId id{};
  std::string customer_id{};
  std::string campaign_id{};
  std::string name{};
  std::string detail{};
  std::string data{};
  absl::Time created{};
  std::optional<absl::Time> updated{};
  std::optional<absl::Time> deleted{};
};

struct ModelTarget {
  OutdialTargetId id{};
  OutdialId outdial_id{};
  std::string name{};
  std::string detail{};
  std::string data{};
  std::string status = "idle";
  Destinations destinations{};
  std::array<int, kSlotCount> tries{};
  std::optional<absl::Time> lease{};
  absl::Time created{};
  absl::Time updated{};
  std::optional<absl::Time> deleted{};
};

struct ModelCall {
  OutdialTargetCallId id{};
  std::string customer_id{};
  std::string campaign_id{};
  OutdialId outdial_id{};
  OutdialTargetId target_id{};
  std::string activeflow_id{};
  std::string reference_type = "none";
  std::string reference_id{};
  bool open = true;
  Destination destination{};
  std::size_t destination_index = 0;
  int try_count = 0;
  absl::Time created{};
  std::optional<absl::Time> updated{};
};

// The JSON that each of these is sent as.
std::string TextOf(const ModelOutdial& outdial);
std::string TextOf(const ModelTarget& target);
std::string TextOf(const ModelCall& call);

// Whether a row of the database is as the model has it.
bool Matches(const ModelOutdial& expected, const Outdial& found);
bool Matches(const ModelTarget& expected, const OutdialTarget& found);
bool Matches(const ModelCall& expected, const OutdialTargetCall& found);

// What the clock of a daemon has shown while it was at something.
struct ClockRange {
  absl::Time earliest{};
  absl::Time latest{};
  // What the daemon may have counted up to, because its clock has stepped back since.
  absl::Time highest{};
};

// Chance and time: what a change got from them stands in the database after its commit. The model
// takes it from there, where it is one that the change could get.
struct Drawn {
  const State& found;
  ClockRange clock{};
};

// How far the dialling of an outdial was at some time.
struct ModelProgress {
  OutdialId outdial_id{};
  std::vector<ModelTarget> live{};
  int calls_made = 0;
  int calls_open = 0;
  std::optional<absl::Time> first_call{};
  std::optional<absl::Time> last_call{};
};

// What becomes of a row of an import.
struct RowFate {
  std::string result{};  // "created", "skipped", "refused"
  std::string reason{};
  std::string field{};
  // Whose destination it has: that of a target, or of an earlier row.
  std::optional<OutdialTargetId> existing_target{};
  std::optional<std::size_t> existing_row{};
  Party party{};  // as it is added
};

struct ModelSettings {
  bool record_events = true;
  std::int64_t default_lease_seconds = 0;
  std::size_t outbox_limit = 0;
};

// Everything that there is, and what becomes of it. Functions throw Violation where the database
// holds what chance cannot have drawn.
class Model {
 public:
  explicit Model(const ModelSettings& settings) : settings_(settings) {}

  const std::map<OutdialId, ModelOutdial>& outdials() const { return outdials_; }
  const std::map<OutdialTargetId, ModelTarget>& targets() const { return targets_; }
  const std::map<OutdialTargetCallId, ModelCall>& calls() const { return calls_; }

  // Why a request would be refused now; nullopt: it would not. `waiting` events are in the outbox.
  std::optional<std::string> Refusal(const Request& request, std::size_t waiting) const;

  // What a request that reads is answered now, unless it is refused. Not of kProgress.
  std::string Read(const Request& request) const;

  // Makes the change that a request asks for, which is not refused, and returns the answer.
  std::string Apply(const Request& request, const Drawn& drawn);

  // Makes idle what has a lease that has run out at the latest time of `drawn`.
  void Reclaim(std::size_t limit, const Drawn& drawn);

  // The events of the last change, as they are published, in no order.
  const std::vector<std::string>& events() const { return events_; }

  // What the last change has created, in the order of creation.
  const std::vector<absl::Time>& created() const { return created_; }

  ModelProgress ProgressOf(OutdialId id) const;
  static std::string TextOf(const ModelProgress& progress, const Thresholds& thresholds,
                            absl::Time counted);

 private:
  // Null where there is none.
  const ModelOutdial* FindOutdial(OutdialId id) const;
  const ModelOutdial* FindLiveOutdial(OutdialId id) const;
  const ModelTarget* FindTarget(OutdialTargetId id) const;
  const ModelCall* FindCall(OutdialTargetCallId id) const;
  const ModelCall* OpenCallOf(OutdialTargetId id) const;

  std::vector<const ModelTarget*> Available(OutdialId id, const Thresholds& thresholds,
                                            std::size_t limit) const;
  std::size_t EventsOf(const Request& request) const;

  std::string ApplyToOutdial(const Request& request, const Drawn& drawn);
  std::string ApplyToTarget(const Request& request, const Drawn& drawn);
  std::string CreateOutdial(const Request& request, const Drawn& drawn);
  std::string CreateTarget(const Request& request, const Drawn& drawn);
  std::string Import(const Request& request, const Drawn& drawn);
  std::string Claim(const Request& request, const Drawn& drawn);
  std::string UpdateCall(const Request& request, const Drawn& drawn);
  const ModelCall& StartCall(ModelTarget& target, std::size_t index,
                             const std::optional<std::int64_t>& lease_seconds, const Drawn& drawn);
  void GiveLease(ModelTarget& target, const std::optional<std::int64_t>& lease_seconds,
                 const Drawn& drawn) const;
  void EndCall(const ModelTarget& target, const Drawn& drawn);
  void Announce(const std::string& type, const std::string& data);
  std::vector<RowFate> FatesOf(const Request& import) const;
  ModelTarget& Add(const OutdialTarget& found, OutdialId outdial_id, const Party& party,
                   const Drawn& drawn);

  const ModelSettings settings_;
  std::map<OutdialId, ModelOutdial> outdials_;
  std::map<OutdialTargetId, ModelTarget> targets_;
  std::map<OutdialTargetCallId, ModelCall> calls_;
  std::vector<std::string> events_;
  std::vector<absl::Time> created_;
};

}  // namespace outdial::simulation

#endif  // OUTDIAL_TESTS_SIMULATION_MODEL_H_
