#include "clients.h"

#include <array>
#include <string>
#include <utility>

namespace outdial::simulation {
namespace {

constexpr std::size_t kMaxOutdials = 3;
constexpr std::size_t kMaxTargets = 16;

std::string Lease(Random& random) {
  return "\"lease_seconds\":" + std::to_string(random.Below(4) * 10);
}

// Fills in the query of `available`, or the body of `claim`.
void DrawThresholds(Random& random, Request& request) {
  request.thresholds.fill(0);
  request.limit = 1 + random.Below(4);
  for (std::size_t i = 0; i < 2; ++i) {
    request.thresholds[i] = static_cast<std::int64_t>(random.Below(4));
  }
}

std::string Numbers(const Request& request, const char* quote, const char* is, const char* next) {
  std::string text;
  for (std::size_t i = 0; i < 2; ++i) {
    text += std::string(quote) + "try_count_" + std::to_string(i) + quote + is +
            std::to_string(request.thresholds[i]) + next;
  }
  return text + quote + "limit" + quote + is + std::to_string(request.limit);
}

Operation DrawOperation(Random& random, const State& state) {
  if (state.outdials.empty()) return Operation::kCreateOutdial;
  if (state.outdials.size() < kMaxOutdials && random.PerMille(50)) {
    return Operation::kCreateOutdial;
  }
  if (state.targets.size() < kMaxTargets && random.PerMille(200)) return Operation::kCreateTarget;
  constexpr std::array kOfLists = {Operation::kUpdateOutdial, Operation::kGetOutdial,
                                   Operation::kListTargets,   Operation::kAvailable,
                                   Operation::kAvailable,     Operation::kClaim,
                                   Operation::kClaim,         Operation::kClaim};
  constexpr std::array kOfTargets = {
      Operation::kGetTarget, Operation::kProgress, Operation::kProgress,
      Operation::kProgress,  Operation::kRenew,    Operation::kReport,
      Operation::kReport,    Operation::kReport,   Operation::kListCalls};
  if (random.PerMille(15)) return Operation::kDeleteOutdial;
  if (state.targets.empty() || random.PerMille(400)) return random.Of(kOfLists);
  if (random.PerMille(40)) return Operation::kDeleteTarget;
  if (!state.calls.empty() && random.PerMille(40)) return Operation::kUpdateCall;
  return random.Of(kOfTargets);
}

bool IsAboutOutdial(Operation operation) {
  switch (operation) {
    case Operation::kUpdateOutdial:
    case Operation::kDeleteOutdial:
    case Operation::kGetOutdial:
    case Operation::kCreateTarget:
    case Operation::kListTargets:
    case Operation::kAvailable:
    case Operation::kClaim:
      return true;
    default:
      return false;
  }
}

}  // namespace

Request Clients::Draw(Random& random, const State& state) {
  Request request{.operation = DrawOperation(random, state),
                  .key = "request-" + std::to_string(++drawn_)};
  std::string uri;
  if (IsAboutOutdial(request.operation)) {
    request.outdial_id = random.Of(state.outdials).first;
    uri = "/v1/outdials/" + request.outdial_id.ToString();
  } else if (request.operation == Operation::kUpdateCall) {
    request.call_id = random.Of(state.calls).first;
    uri = "/v1/outdialtargetcalls/" + request.call_id.ToString();
  } else if (request.operation != Operation::kCreateOutdial) {
    request.target_id = random.Of(state.targets).first;
    uri = "/v1/outdialtargets/" + request.target_id.ToString();
  }
  const auto set = [&](const char* method, const std::string& path, std::string body = {}) {
    request.method = method;
    request.uri = path;
    request.body = std::move(body);
  };
  const std::string number = std::to_string(drawn_);
  // A caller that knows which call it made says so.
  const auto call_of_target = [&]() -> std::string {
    const OutdialTargetCall* const open = state.OpenCallOf(request.target_id);
    if (open == nullptr || random.PerMille(300)) return "";
    request.call_id = open->id();
    return ",\"outdialtargetcall_id\":\"" + open->id().ToString() + "\"";
  };
  switch (request.operation) {
    case Operation::kCreateOutdial:
      set("POST", "/v1/outdials", R"({"name":"list )" + number + "\"}");
      break;
    case Operation::kUpdateOutdial:
      set("PUT", uri, R"({"name":"list )" + number + "\"}");
      break;
    case Operation::kDeleteOutdial:
    case Operation::kDeleteTarget:
      set("DELETE", uri);
      break;
    case Operation::kGetOutdial:
    case Operation::kGetTarget:
      set("GET", uri);
      break;
    case Operation::kCreateTarget: {
      std::string destinations;
      for (const char* slot : {"0", "1"}) {
        if (random.PerMille(600)) {
          destinations +=
              std::string(",\"destination_") + slot + R"(":{"type":"tel","target":"+15551230001"})";
        }
      }
      set("POST", uri + "/targets", R"({"name":"party )" + number + "\"" + destinations + "}");
      break;
    }
    case Operation::kListTargets:
      set("GET", uri + "/targets");
      break;
    case Operation::kAvailable:
      DrawThresholds(random, request);
      set("GET", uri + "/available?" + Numbers(request, "", "=", "&"));
      break;
    case Operation::kClaim:
      DrawThresholds(random, request);
      set("POST", uri + "/claim",
          "{" + Numbers(request, "\"", ":", ",") + "," + Lease(random) + "}");
      break;
    case Operation::kProgress:
      request.destination = random.Below(2);
      set("POST", uri + "/progressing",
          "{\"destination_index\":" + std::to_string(request.destination) + "," + Lease(random) +
              "}");
      break;
    case Operation::kRenew:
      set("POST", uri + "/renew", "{" + Lease(random) + call_of_target() + "}");
      break;
    case Operation::kReport:
      set("PUT", uri + "/status",
          std::string(random.PerMille(700) ? R"({"status":"idle")" : R"({"status":"done")") +
              call_of_target() + "}");
      break;
    case Operation::kListCalls:
      set("GET", uri + "/calls");
      break;
    case Operation::kUpdateCall:
      set("PUT", uri, R"({"reference_type":"call"})");
      break;
  }
  return request;
}

}  // namespace outdial::simulation
