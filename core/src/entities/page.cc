#include "outdial/entities/page.h"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "outdial/entities/error.h"

namespace outdial {

absl::StatusOr<std::size_t> ListSize(std::string_view field,
                                     std::optional<std::int64_t> requested) {
  const std::int64_t size = requested.value_or(0);
  if (size < 0) {
    return MakeError(Reason::kInvalidNumber,
                     absl::StrCat("The ", std::string(field), " must not be negative."), field);
  }
  if (size == 0) return kDefaultListSize;
  return static_cast<std::size_t>(std::min<std::int64_t>(size, kMaxListSize));
}

}  // namespace outdial
