// The query of a URI.
#ifndef OUTDIAL_ADAPTERS_ROUTER_SRC_QUERY_H_
#define OUTDIAL_ADAPTERS_ROUTER_SRC_QUERY_H_

#include <functional>
#include <map>
#include <string>
#include <string_view>

#include "absl/status/statusor.h"

namespace outdial::router {

// Decoded values by decoded keys: valid UTF-8 without NUL.
using Query = std::map<std::string, std::string, std::less<>>;

// Reads "a=1&b=two+words%21", what follows the question mark of a URI. Error: INVALID_QUERY, naming
// the key, for a malformed escape, for what is not valid text, and for a key that comes twice.
absl::StatusOr<Query> ParseQuery(std::string_view text);

}  // namespace outdial::router

#endif  // OUTDIAL_ADAPTERS_ROUTER_SRC_QUERY_H_
