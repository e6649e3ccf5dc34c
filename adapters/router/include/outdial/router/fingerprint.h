// What tells one request from another.
// A pure function: any thread may call it at any time, and it does not block.
#ifndef OUTDIAL_ROUTER_FINGERPRINT_H_
#define OUTDIAL_ROUTER_FINGERPRINT_H_

#include <initializer_list>
#include <string>
#include <string_view>

#include "absl/status/statusor.h"

namespace outdial::router {

// A SHA-256 of all parts, each with its length, as 64 hexadecimal digits. Error: INTERNAL.
absl::StatusOr<std::string> Fingerprint(std::initializer_list<std::string_view> parts);

}  // namespace outdial::router

#endif  // OUTDIAL_ROUTER_FINGERPRINT_H_
