// The end of a program that uses this library wrongly.
#ifndef OUTDIAL_ENTITIES_MISUSE_H_
#define OUTDIAL_ENTITIES_MISUSE_H_

#include <array>
#include <cstddef>
#include <string>
#include <string_view>

#include "absl/time/time.h"

namespace outdial {

// Writes "outdial: " and the mistake to standard error, and aborts. For mistakes of the program
// that no error can make up for: whatever came next would be undefined. What a request or a user
// can bring about is never one of them. Any thread may call it, and the checks below, which do not
// block.
[[noreturn]] void StopAtMisuse(std::string_view mistake);

// The most that a setting may say of how many there are, and of how long something takes:
inline constexpr std::size_t kMaxCountSetting = 65'536;
inline constexpr absl::Duration kMaxTimeoutSetting = absl::Hours(24);

// Whether a timeout may be zero, which means not to wait.
enum class ZeroTimeout {
  kRefused,  // it stops the program
  kAllowed,  // it may
};

// Stop at a setting that is out of range, which `setting` names ("redis::Settings::timeout"). A
// count is 1 to kMaxCountSetting; a timeout is more than zero, where that is not allowed too, and
// kMaxTimeoutSetting at most.
void CheckCountSetting(std::string_view setting, std::size_t count);
void CheckTimeoutSetting(std::string_view setting, absl::Duration timeout,
                         ZeroTimeout zero = ZeroTimeout::kRefused);

// Stops at a value that is no enumerator, as a cast can make it, of the enumeration that `name`
// names and whose last one is `last`.
template <typename Enumerator>
void CheckEnumerator(Enumerator value, Enumerator last, std::string_view name) {
  if (static_cast<std::size_t>(value) <= static_cast<std::size_t>(last)) return;
  StopAtMisuse(std::string(name) + " has no such value");
}

// What `table` holds for an enumerator; stops as CheckEnumerator does.
template <typename Entry, std::size_t kSize, typename Enumerator>
const Entry& EntryOf(const std::array<Entry, kSize>& table, Enumerator value,
                     std::string_view name) {
  CheckEnumerator(value, static_cast<Enumerator>(kSize - 1), name);
  return table[static_cast<std::size_t>(value)];
}

}  // namespace outdial

#endif  // OUTDIAL_ENTITIES_MISUSE_H_
