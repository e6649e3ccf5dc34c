#include "outdial/entities/misuse.h"

#include <cstddef>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <string_view>

#include "absl/strings/str_cat.h"
#include "absl/time/time.h"

namespace outdial {

void StopAtMisuse(std::string_view mistake) {
  std::fprintf(stderr, "outdial: %.*s\n", static_cast<int>(mistake.size()), mistake.data());
  std::abort();
}

void CheckCountSetting(std::string_view setting, std::size_t count) {
  if (count >= 1 && count <= kMaxCountSetting) return;
  StopAtMisuse(absl::StrCat(std::string(setting), " is ", count, ": it must be from 1 to ",
                            kMaxCountSetting));
}

void CheckTimeoutSetting(std::string_view setting, absl::Duration timeout, ZeroTimeout zero) {
  const bool long_enough = zero == ZeroTimeout::kAllowed ? timeout >= absl::ZeroDuration()
                                                         : timeout > absl::ZeroDuration();
  if (long_enough && timeout <= kMaxTimeoutSetting) return;
  StopAtMisuse(absl::StrCat(std::string(setting), " is ", absl::FormatDuration(timeout),
                            zero == ZeroTimeout::kAllowed ? ": it must be from 0 to "
                                                          : ": it must be more than 0 and at most ",
                            absl::FormatDuration(kMaxTimeoutSetting)));
}

}  // namespace outdial
