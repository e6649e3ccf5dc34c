// Points in time as the wire and the tables hold them: UTC, whole microseconds.
// Pure functions: any thread may call them at any time, and none blocks.
#ifndef OUTDIAL_ENTITIES_TIMESTAMP_H_
#define OUTDIAL_ENTITIES_TIMESTAMP_H_

#include <optional>
#include <string>
#include <string_view>

#include "absl/time/time.h"

namespace outdial {

// The resolution of every stored time.
inline constexpr absl::Duration kTimestampResolution = absl::Microseconds(1);

// `time` without what is finer than a microsecond.
absl::Time TruncateToMicroseconds(absl::Time time);

// RFC 3339 in UTC with six fractional digits: "2026-01-15T09:30:00.000000Z". For years 0 to 9999.
std::string FormatTimestamp(absl::Time time);

// Reads RFC 3339 with none to nine fractional digits (digits after the sixth are dropped), with `T`
// or a space, with `Z`, with an offset ("+09:00"), or with neither (UTC). nullopt for anything
// else, also for a day that does not exist, and where the year is, in UTC, none of 0 to 9999.
std::optional<absl::Time> ParseTimestamp(std::string_view text);

// When a change made at `now` counts as made: `now`, or one microsecond after the last change,
// whichever is later. So that the changes of one entity strictly increase, also where clocks
// disagree or step back.
absl::Time NextVersion(absl::Time last_change, absl::Time now);

}  // namespace outdial

#endif  // OUTDIAL_ENTITIES_TIMESTAMP_H_
