// What the fuzzers share.
#ifndef OUTDIAL_TESTS_FUZZ_FUZZ_H_
#define OUTDIAL_TESTS_FUZZ_FUZZ_H_

#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <string_view>

#include "absl/status/statusor.h"
#include "outdial/entities/error.h"
#include "outdial/wire/json.h"

// Ends the run, with the input saved, where `condition` does not hold.
#define OUTDIAL_FUZZ_CHECK(condition)                                                     \
  do {                                                                                    \
    if (!(condition)) {                                                                   \
      std::fprintf(stderr, "%s:%d: does not hold: %s\n", __FILE__, __LINE__, #condition); \
      std::abort();                                                                       \
    }                                                                                     \
  } while (false)

namespace outdial::fuzz {

inline std::string_view ToText(const std::uint8_t* data, std::size_t size) {
  return {reinterpret_cast<const char*>(data), size};
}

// Parses `text`, whose value must survive being written and read; what is refused must be so for a
// reason of the parser's.
inline absl::StatusOr<wire::Json> CheckJson(std::string_view text) {
  auto json = wire::ParseJson(text);
  if (!json.ok()) {
    const Reason reason = GetReason(json.status());
    OUTDIAL_FUZZ_CHECK(reason == Reason::kBodyNotJson || reason == Reason::kBodyTooDeep);
    return json;
  }
  const std::string written = wire::DumpJson(*json);
  const auto again = wire::ParseJson(written);
  OUTDIAL_FUZZ_CHECK(again.ok());
  OUTDIAL_FUZZ_CHECK(*again == *json);
  OUTDIAL_FUZZ_CHECK(wire::DumpJson(*again) == written);
  return json;
}

// An entity that is read from any JSON must be read from its own JSON as the same one; what is
// refused must be so because of a type. `from_json` reads and `to_json` writes it.
template <typename FromJson, typename ToJson>
void CheckEntity(std::string_view text, FromJson from_json, ToJson to_json) {
  const auto json = CheckJson(text);
  if (!json.ok()) return;
  const auto entity = from_json(*json);
  if (!entity.ok()) {
    OUTDIAL_FUZZ_CHECK(GetReason(entity.status()) == Reason::kWrongType);
    return;
  }
  const std::string written = wire::DumpJson(to_json(*entity));
  const auto read = wire::ParseJson(written);
  OUTDIAL_FUZZ_CHECK(read.ok());
  const auto again = from_json(*read);
  OUTDIAL_FUZZ_CHECK(again.ok());
  OUTDIAL_FUZZ_CHECK(*again == *entity);
  OUTDIAL_FUZZ_CHECK(wire::DumpJson(to_json(*again)) == written);
}

}  // namespace outdial::fuzz

#endif  // OUTDIAL_TESTS_FUZZ_FUZZ_H_
