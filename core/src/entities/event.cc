#include "outdial/entities/event.h"

#include <array>
#include <cstddef>
#include <optional>
#include <string_view>
#include <variant>

#include "outdial/entities/misuse.h"

namespace outdial {
namespace {

constexpr std::array<std::string_view, 7> kNames = {
    "outdial_created",        "outdial_updated",       "outdial_deleted",
    "outdialtarget_created",  "outdialtarget_updated", "outdialtarget_deleted",
    "outdialtargets_imported"};
static_assert(kNames.size() == static_cast<std::size_t>(EventType::kOutdialTargetsImported) + 1);

}  // namespace

std::string_view EventTypeName(EventType type) { return EntryOf(kNames, type, "EventType"); }

std::optional<EventType> ParseEventType(std::string_view word) {
  for (std::size_t i = 0; i < kNames.size(); ++i) {
    if (kNames[i] == word) return static_cast<EventType>(i);
  }
  return std::nullopt;
}

Uuid EntityIdOf(const Event& event) {
  return std::visit([](const auto& entity) { return entity.id().uuid(); }, event.entity);
}

}  // namespace outdial
