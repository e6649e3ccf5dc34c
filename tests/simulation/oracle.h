// Compares what the daemons do with what the model says.
#ifndef OUTDIAL_TESTS_SIMULATION_ORACLE_H_
#define OUTDIAL_TESTS_SIMULATION_ORACLE_H_

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "model.h"
#include "outdial/entities/event.h"
#include "outdial/entities/uuid.h"
#include "outdial/ports/database.h"
#include "outdial/wire/envelope.h"
#include "request.h"
#include "state.h"

namespace outdial::simulation {

// How a request is to be answered: refused for a reason, or with what it asks for.
struct Verdict {
  std::optional<std::string> refusal{};
  std::string data{};
};

// The counts that a daemon may answer kProgress with.
struct Count {
  ModelProgress progress{};
  ClockRange clock{};  // while it was made
};
using Counts = std::map<OutdialId, std::vector<Count>>;

// A delivery of a request, while a daemon is at it.
struct Handling {
  Request& request;
  const Counts& counts;                  // the daemon's
  bool had_failure = false;              // of a port
  std::optional<Verdict> verdict{};      // as of its last transaction
  std::vector<Verdict> of_the_moment{};  // what a cache may have answered since it began
};

// Knows what there must be, and which events and answers go with it. Its functions throw Violation.
class Oracle {
 public:
  // `database` is read while nothing interferes; it must outlive the oracle.
  Oracle(const ModelSettings& settings, Database& database)
      : model_(settings), database_(database) {}

  // When a delivery begins, and each time that something is committed meanwhile.
  void Look(Handling& handling) const;

  // After each transaction of a delivery that was not committed, whether it reads or was to change
  // something.
  void HasRead(Handling& handling) const;
  void HasNotCommitted(Handling& handling) const;

  // After each commit, by who made it. `created` are the times at which the daemon has created
  // something so far: each is another one.
  void CommittedRequest(Request& request, const ClockRange& clock, std::set<absl::Time>& created);
  void CommittedReclaim(std::size_t limit, const ClockRange& clock);
  // Events may go that are among the published ones.
  void CommittedRelay(const std::vector<Event>& published);
  // Entries of the journal may go that these requests have left.
  void CommittedJournal(const std::vector<std::string>& keys);

  // After each delivery whose reply reaches the client, or may.
  void Answered(const Handling& handling, const ClockRange& clock,
                const wire::ReplyEnvelope& reply);

  ModelProgress ProgressOf(OutdialId id) const { return model_.ProgressOf(id); }
  const Model& model() const { return model_; }

  // Whether a request that is delivered again finds its answer.
  bool IsJournaled(const Request& request) const { return journal_.contains(request.key); }

  // Whether the effect of a request is announced.
  bool HasEvents(const Request& request) const { return announced_by_.contains(&request); }

  // At the end: what was published, with repetitions.
  void CheckPublished(const std::vector<Event>& events) const;

  // Whether anybody may be brought back yet.
  bool HasLeases() const;

  // Whether the journal holds what it must, and nothing that it must not.
  void CheckJournal();

 private:
  struct JournalRecord {
    const Request* request;
    std::string answer;
  };

  Verdict Judge(const Request& request) const;
  void Compare();
  void RecordEvents(const std::string& by);
  void CheckEntry(const std::string& key);
  void CheckProgress(const Handling& handling, const ClockRange& clock,
                     const std::string& data) const;

  Model model_;
  Database& database_;
  State found_;
  std::map<std::int64_t, std::string> waiting_;  // events, by their sequence
  std::int64_t last_sequence_ = 0;
  std::map<std::string, JournalRecord> journal_;  // by key
  std::set<std::string> forgotten_keys_;
  std::set<const Request*> announced_by_;
  std::size_t published_ = 0;  // how many events were looked at
  std::set<std::string> published_texts_;
  std::map<Uuid, std::vector<std::string>> announced_;  // the events of each entity, in order
};

}  // namespace outdial::simulation

#endif  // OUTDIAL_TESTS_SIMULATION_ORACLE_H_
