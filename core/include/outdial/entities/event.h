// What is announced when an outdial or a target changed.
#ifndef OUTDIAL_ENTITIES_EVENT_H_
#define OUTDIAL_ENTITIES_EVENT_H_

#include <optional>
#include <string_view>
#include <variant>

#include "outdial/entities/outdial.h"
#include "outdial/entities/outdial_target.h"

namespace outdial {

enum class EventType {
  kOutdialCreated,
  kOutdialUpdated,
  kOutdialDeleted,
  kOutdialTargetCreated,
  kOutdialTargetUpdated,
  kOutdialTargetDeleted,
};

// "outdial_created", …, "outdialtarget_deleted".
std::string_view EventTypeName(EventType type);

// nullopt for any other word.
std::optional<EventType> ParseEventType(std::string_view word);

// A change and the entity as it was right after it.
struct Event {
  EventType type;
  std::variant<Outdial, OutdialTarget> entity;

  friend bool operator==(const Event&, const Event&) = default;
};

}  // namespace outdial

#endif  // OUTDIAL_ENTITIES_EVENT_H_
