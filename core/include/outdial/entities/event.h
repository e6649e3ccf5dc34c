// What is announced when an outdial or a target changed.
// Values and pure functions: many threads may read a value at once, and nothing here blocks.
#ifndef OUTDIAL_ENTITIES_EVENT_H_
#define OUTDIAL_ENTITIES_EVENT_H_

#include <optional>
#include <string_view>
#include <variant>

#include "outdial/entities/outdial.h"
#include "outdial/entities/outdial_target.h"
#include "outdial/entities/target_import.h"
#include "outdial/entities/uuid.h"

namespace outdial {

// What has happened, and to what.
enum class EventType {
  // The entity of such an event is an Outdial:
  kOutdialCreated,
  kOutdialUpdated,
  kOutdialDeleted,

  // The entity of such an event is an OutdialTarget:
  kOutdialTargetCreated,
  kOutdialTargetUpdated,
  kOutdialTargetDeleted,

  // The entity of such an event is a TargetsImported:
  kOutdialTargetsImported,
};

// "outdial_created", …, "outdialtargets_imported".
std::string_view EventTypeName(EventType type);

// nullopt for any other word.
std::optional<EventType> ParseEventType(std::string_view word);

// A change and the entity as it was right after it; or, for kOutdialTargetsImported, what became of
// the rows of an import.
struct Event {
  EventType type;                                                // what has happened
  std::variant<Outdial, OutdialTarget, TargetsImported> entity;  // of the kind that `type` says

  friend bool operator==(const Event&, const Event&) = default;
};

// The id of the event's entity; that of an import is its outdial's.
Uuid EntityIdOf(const Event& event);

}  // namespace outdial

#endif  // OUTDIAL_ENTITIES_EVENT_H_
