// What runs inside of the server, where nothing comes between a comparison and a write.
#ifndef OUTDIAL_REDIS_SRC_SCRIPTS_H_
#define OUTDIAL_REDIS_SRC_SCRIPTS_H_

#include <array>
#include <cstddef>
#include <string>

namespace outdial::redis {

enum class Script { kExpect, kWithdraw, kPut };

inline constexpr std::array<Script, 3> kScripts = {Script::kExpect, Script::kWithdraw,
                                                   Script::kPut};

// kExpect
//   KEYS: the keys of n copies, the n keys of their expected versions, and any other keys.
//   ARGV: n versions.
//   Writes the versions down for a day where they are not older than what is expected already, and
//   deletes the copies that are older, and the other keys. Returns nothing of use.
//
// kWithdraw
//   KEYS: the keys of n expected versions.
//   ARGV: n versions.
//   Where they are still what is expected, they are so for a minute. Returns nothing of use.
//
// kPut
//   KEYS: the key of the era; then for each copy its key, that of its expected version, and those
//         of its references.
//   ARGV: the era in which the copies are new; then for each copy its version, its text, and how
//         many references it has.
//   Writes each copy, and its references with it, unless a newer one is there or expected. In
//   another era it does what kExpect does instead. What is expected and not newer is so for a
//   minute. Returns whether the era is this one: 1 or 0.
//
// Versions are times as FormatTimestamp writes them, which compare as text.
const std::string& SourceOf(Script script);

}  // namespace outdial::redis

#endif  // OUTDIAL_REDIS_SRC_SCRIPTS_H_
