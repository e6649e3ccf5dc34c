// What tells one request from another.
#ifndef OUTDIAL_ADAPTERS_ROUTER_SRC_FINGERPRINT_H_
#define OUTDIAL_ADAPTERS_ROUTER_SRC_FINGERPRINT_H_

#include <string>
#include <string_view>

#include "absl/status/statusor.h"

namespace outdial::router {

// A SHA-256 of all three, as 64 hexadecimal digits. Error: INTERNAL.
absl::StatusOr<std::string> Fingerprint(std::string_view method, std::string_view uri,
                                        std::string_view body);

}  // namespace outdial::router

#endif  // OUTDIAL_ADAPTERS_ROUTER_SRC_FINGERPRINT_H_
