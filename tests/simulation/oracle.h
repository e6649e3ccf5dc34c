// What must be true, whatever happens.
#ifndef OUTDIAL_TESTS_SIMULATION_ORACLE_H_
#define OUTDIAL_TESTS_SIMULATION_ORACLE_H_

#include <cstddef>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <vector>

#include "absl/time/time.h"
#include "outdial/entities/availability.h"
#include "outdial/entities/event.h"
#include "outdial/entities/uuid.h"
#include "outdial/ports/event_outbox.h"
#include "outdial/wire/envelope.h"
#include "outdial/wire/json.h"
#include "state.h"

namespace outdial::simulation {

// Something was not as it must be.
class Violation : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

enum class Operation {
  kCreateOutdial,
  kUpdateOutdial,
  kDeleteOutdial,
  kGetOutdial,
  kCreateTarget,
  kGetTarget,
  kListTargets,
  kAvailable,
  kClaim,
  kProgress,
  kRenew,
  kReport,
  kDeleteTarget,
  kListCalls,
  kUpdateCall,
};

// What a client asks for, and what became of it so far.
struct Request {
  Operation operation = Operation::kCreateOutdial;
  std::string method{};
  std::string uri{};
  std::string body{};
  std::string key{};

  // What it is about, where it is about that.
  OutdialId outdial_id{};
  OutdialTargetId target_id{};
  OutdialTargetCallId call_id{};
  TryThresholds thresholds{};
  std::size_t limit = 0;
  std::size_t destination = 0;

  std::optional<std::size_t> first_seen{};  // which state there was when it was first delivered
  std::optional<std::size_t> effect{};      // which state it made
  std::optional<std::string> answer{};      // the first 200

  std::string ToString() const { return method + " " + uri + " " + body; }
};

// Who makes a commit.
struct Committer {
  Request* request = nullptr;                // null: the daemon itself, which brings leases back
  absl::Time latest = absl::InfinitePast();  // what its clock has shown at most
};

// Knows every state that there ever was, and which events and answers go with it. Its functions
// throw Violation.
class Oracle {
 public:
  const State& now() const { return *states_.back(); }
  std::size_t version() const { return states_.size() - 1; }

  // After each commit: the state that it left, and the events that wait and did not before.
  void Committed(State state, const std::vector<OutboxEntry>& recorded, const Committer& by);

  // After each delivery of a request whose reply may reach the client. `had_effect`: this delivery.
  void Answered(Request& request, bool had_effect, const wire::ReplyEnvelope& reply);

  // At the end: what was published, with repetitions.
  void CheckPublished(const std::vector<Event>& events) const;

  // At the end, when all leases have run out and nothing is under way.
  void CheckNobodyForgotten() const;

  // Whether a cache may hold what is older than the database: reads are compared with every state
  // that there was then, else with those that there were during the request.
  void ExpectOldReads() { reads_may_be_old_ = true; }

 private:
  struct Changes {
    std::vector<OutdialId> outdials{};
    std::vector<OutdialTargetId> targets{};
    std::vector<OutdialTargetCallId> calls{};
    std::vector<Event> events{};

    bool empty() const { return outdials.empty() && targets.empty() && calls.empty(); }
  };

  Changes Compare(const State& before, const State& after, const Committer& by) const;
  void CompareTarget(const State& before, const OutdialTarget& was, const OutdialTarget& is,
                     const Committer& by) const;
  void CheckClaim(const State& before, const Changes& changes, const Request& claim) const;
  void RecordEvents(const Changes& changes, const std::vector<OutboxEntry>& recorded);
  void CheckChange(const Request& request, const wire::Json& data) const;
  void CheckRead(const Request& request, const wire::Json& data) const;
  void CheckRefusal(const Request& request, const std::string& reason) const;
  // Whether it was so in one of the states since the request was first seen.
  bool Sometimes(const Request& request, const std::function<bool(const State&)>& condition) const;

  std::vector<std::shared_ptr<const State>> states_{std::make_shared<const State>()};
  std::map<Uuid, std::vector<std::string>> announced_;  // the events of each entity, in order
  bool reads_may_be_old_ = false;
};

}  // namespace outdial::simulation

#endif  // OUTDIAL_TESTS_SIMULATION_ORACLE_H_
