// What clients ask for: as they mean it, and as it is sent.
#ifndef OUTDIAL_TESTS_SIMULATION_REQUEST_H_
#define OUTDIAL_TESTS_SIMULATION_REQUEST_H_

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "absl/time/time.h"
#include "outdial/entities/slot.h"
#include "outdial/entities/uuid.h"

namespace outdial::simulation {

enum class Operation {
  kCreateOutdial,
  kListOutdials,
  kGetOutdial,
  kUpdateOutdial,
  kUpdateCampaign,
  kUpdateData,
  kDeleteOutdial,
  kCreateTarget,
  kImportTargets,
  kListTargets,
  kAvailable,
  kProgress,  // how far the dialling of an outdial is
  kClaim,
  kGetTarget,
  kDeleteTarget,
  kStartCall,  // POST …/progressing
  kRenew,
  kReport,
  kListCallsOfTarget,
  kListCalls,
  kGetCall,
  kUpdateCall,
};

bool Changes(Operation operation);

// Where somebody can be reached. Other parts of an address are not used here.
struct Destination {
  std::string type{};
  std::string target{};

  friend bool operator==(const Destination&, const Destination&) = default;
};

using Destinations = std::array<std::optional<Destination>, kSlotCount>;
using Thresholds = std::array<std::int64_t, kSlotCount>;

// A target as a client gives it.
struct Party {
  std::string name{};
  std::string detail{};
  std::string data{};
  Destinations destinations{};
  bool is_malformed = false;  // its name is sent as a number
};

// What an operation has no use for stays as it is here.
struct Request {
  Operation operation = Operation::kCreateOutdial;
  std::size_t number = 0;  // sent along in a key that the service ignores

  // Its identity. Over HTTP it is an Idempotency-Key, which the client sends again itself; over the
  // queue the broker says whether it delivers again.
  std::string key{};
  bool over_http = false;

  // The path.
  OutdialId outdial_id{};
  OutdialTargetId target_id{};
  OutdialTargetCallId call_id{};

  // The outdial's own values, or filters of lists: those that are set are sent.
  std::optional<std::string> customer_id{};
  std::optional<std::string> campaign_id{};
  std::optional<std::string> name{};
  std::optional<std::string> detail{};
  std::optional<std::string> data{};
  std::optional<bool> deleted{};
  std::optional<OutdialId> of_outdial{};
  std::optional<std::string> activeflow_id{};
  std::optional<std::string> reference_id{};
  std::optional<std::string> reference_type{};
  bool has_unknown_filter = false;
  std::size_t page_size = 0;
  std::optional<absl::Time> page_before{};
  bool in_body = false;  // where both places will do; else in the query

  // Targets to add.
  std::vector<Party> parties{};
  std::string on_duplicate{};
  std::string region{};

  // Whom to dial.
  Thresholds thresholds{};
  std::size_t limit = 0;
  std::int64_t destination_index = 0;
  std::optional<std::int64_t> lease_seconds{};

  // What became of it.
  std::string status{};
  std::optional<OutdialTargetCallId> reported_call{};

  // As it is sent. Written by Compose.
  std::string method{};
  std::string uri{};
  std::string body{};

  // What the daemons have made of it so far.
  std::optional<std::string> effect{};  // the answer that was committed with its effect
  std::optional<std::string> reply{};   // the `data` of the first 200
  std::size_t deliveries = 0;
  bool is_heard = false;  // its client has an answer

  std::string ToString() const { return method + " " + uri + " " + body + " (" + key + ")"; }
};

// Writes down how the request is sent.
void Compose(Request& request);

}  // namespace outdial::simulation

#endif  // OUTDIAL_TESTS_SIMULATION_REQUEST_H_
