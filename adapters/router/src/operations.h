// Every operation of the service: where it is found, and what it does.
#ifndef OUTDIAL_ADAPTERS_ROUTER_SRC_OPERATIONS_H_
#define OUTDIAL_ADAPTERS_ROUTER_SRC_OPERATIONS_H_

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "arguments.h"
#include "journal.h"
#include "outdial/entities/target_import.h"
#include "outdial/entities/uuid.h"
#include "outdial/services/services.h"

namespace outdial::router {

// One call of an operation.
struct Call {
  Services& services;
  Uuid id;  // of the path; nil where it has none
  Arguments& arguments;
  const std::optional<JournalIdentity>& journal;
};

// Where an operation finds its arguments.
enum class Input { kBody, kRequiredBody, kQueryAndBody };

// Returns the `data` of the reply, as JSON text.
using Handler = absl::StatusOr<std::string> (*)(const Call& call);

struct MethodSpec {
  std::string_view method;
  Input input;
  Handler handler;

  bool changes() const { return method != "GET"; }
};

struct PathSpec {
  std::string_view pattern;  // "/v1/outdials/{id}"
  std::string_view label;    // in the metrics: "/outdials/<outdial-id>"
  std::vector<MethodSpec> methods;
};

const std::vector<PathSpec>& Paths();

// How rows are imported, whatever brings them.
struct ImportSettings {
  OnDuplicate on_duplicate = OnDuplicate::kSkip;
  std::string region{};
};

// Errors, which `arguments` remembers: INVALID_ON_DUPLICATE, INVALID_REGION, WRONG_TYPE.
ImportSettings ReadImportSettings(const Services& services, Arguments& arguments);

}  // namespace outdial::router

#endif  // OUTDIAL_ADAPTERS_ROUTER_SRC_OPERATIONS_H_
