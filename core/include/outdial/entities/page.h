// A page of a list, newest first.
// Values and pure functions: many threads may read a value at once, and nothing here blocks.
#ifndef OUTDIAL_ENTITIES_PAGE_H_
#define OUTDIAL_ENTITIES_PAGE_H_

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

#include "absl/status/statusor.h"
#include "absl/time/time.h"

namespace outdial {

// How many rows a caller gets who does not say, and at most:
inline constexpr std::size_t kDefaultListSize = 100;
inline constexpr std::size_t kMaxListSize = 1000;

// How many rows a caller gets who asks for `requested`: absent or 0 means kDefaultListSize, more
// than kMaxListSize means kMaxListSize. Error: INVALID_NUMBER, naming `field`, for a negative one.
absl::StatusOr<std::size_t> ListSize(std::string_view field, std::optional<std::int64_t> requested);

// Which rows of a list are asked for: the newest `size` of those created strictly before `before`
// (of all, without it). The services take a size of more than kMaxListSize for kMaxListSize, and
// return nothing for 0. Rows that were created in the same microsecond stay together: see the
// repositories.
struct Page {
  std::size_t size = kDefaultListSize;  // at most so many, but for the last microsecond
  std::optional<absl::Time> before{};   // of `tm_create`; nullopt: from the newest on
};

}  // namespace outdial

#endif  // OUTDIAL_ENTITIES_PAGE_H_
