#include "outdial/entities/target_import.h"

#include <array>

#include "outdial/entities/misuse.h"

namespace outdial {
namespace {

constexpr std::array<std::string_view, 3> kNames = {"skip", "refuse", "allow"};
static_assert(kNames.size() == static_cast<std::size_t>(OnDuplicate::kAllow) + 1);

}  // namespace

std::string_view OnDuplicateName(OnDuplicate on_duplicate) {
  return EntryOf(kNames, on_duplicate, "OnDuplicate");
}

std::optional<OnDuplicate> ParseOnDuplicate(std::string_view word) {
  for (std::size_t i = 0; i < kNames.size(); ++i) {
    if (kNames[i] == word) return static_cast<OnDuplicate>(i);
  }
  return std::nullopt;
}

}  // namespace outdial
