// Those who use the service.
#ifndef OUTDIAL_TESTS_SIMULATION_CLIENTS_H_
#define OUTDIAL_TESTS_SIMULATION_CLIENTS_H_

#include <cstddef>
#include <deque>
#include <optional>
#include <string>
#include <vector>

#include "absl/time/time.h"
#include "outdial/entities/uuid.h"
#include "outdial/wire/json.h"
#include "random.h"
#include "request.h"

namespace outdial::simulation {

// Creators, importers, dialers by `available` and `progressing`, dialers by `claim`, reporters,
// deleters and listers. They know what they were answered, and nothing else: they dial whom they
// have won, report with the call that they were told, and ask again where they cannot know what
// became of what they asked for.
class Clients {
 public:
  // What one of them asks for next.
  Request Next(Random& random);

  // An answer has reached the client who asked.
  void Hear(Random& random, const Request& request, int status_code, const std::string& data);

 private:
  // Somebody whom a client may dial.
  struct Candidate {
    OutdialTargetId target{};
    std::size_t destination_index = 0;
  };
  // Somebody whom a client has won.
  struct Attempt {
    OutdialTargetId target{};
    std::optional<OutdialTargetCallId> call{};  // where it knows which one it made
  };

  Operation Choose(Random& random) const;
  Request NewRequest(Operation operation);
  Request Finish(Random& random, Request request);
  Request Dial(Random& random);
  Request FollowUp(Random& random);
  Request Ask(Random& random);
  void Learn(OutdialId id);
  void LearnTarget(const wire::Json& target);
  void HearAvailable(const Request& request, const wire::Json& targets);
  void HearCalls(const Request& request, const wire::Json& calls);

  std::size_t asked_ = 0;
  std::size_t new_outdials_ = 0;  // how many were asked for
  std::size_t new_targets_ = 0;
  std::optional<std::string> last_http_key_;
  std::vector<OutdialId> outdials_;
  std::vector<OutdialTargetId> targets_;
  std::vector<OutdialTargetCallId> calls_;
  std::vector<absl::Time> times_;  // of creation, for pages
  std::deque<Candidate> candidates_;
  std::vector<Attempt> attempts_;
  std::deque<Attempt> past_attempts_;  // reported on, or lost
  std::deque<Request> again_;          // what is to be asked again
};

}  // namespace outdial::simulation

#endif  // OUTDIAL_TESTS_SIMULATION_CLIENTS_H_
