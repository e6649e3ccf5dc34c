#include "outdial/entities/misuse.h"

#include <cstdio>
#include <cstdlib>
#include <string_view>

namespace outdial {

void StopAtMisuse(std::string_view mistake) {
  std::fprintf(stderr, "outdial: %.*s\n", static_cast<int>(mistake.size()), mistake.data());
  std::abort();
}

}  // namespace outdial
