// Times, from text and to text.
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <optional>
#include <string>

#include "absl/time/time.h"
#include "fuzz.h"
#include "outdial/entities/timestamp.h"

namespace {

// Any time of the years 0 to 9999 survives being written and read.
void CheckWritten(absl::Time time) {
  const std::string text = outdial::FormatTimestamp(time);
  OUTDIAL_FUZZ_CHECK(text.size() == std::string("2026-01-15T09:30:00.000000Z").size());
  const std::optional<absl::Time> again = outdial::ParseTimestamp(text);
  OUTDIAL_FUZZ_CHECK(again.has_value());
  OUTDIAL_FUZZ_CHECK(*again == time);
  OUTDIAL_FUZZ_CHECK(outdial::FormatTimestamp(*again) == text);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (const auto time = outdial::ParseTimestamp(outdial::fuzz::ToText(data, size))) {
    OUTDIAL_FUZZ_CHECK(outdial::TruncateToMicroseconds(*time) == *time);
    CheckWritten(*time);
  }
  std::int64_t micros = 0;
  if (size >= sizeof micros) {
    std::memcpy(&micros, data, sizeof micros);
    constexpr std::int64_t kFirst = -62'167'219'200'000'000;  // 0000-01-01T00:00:00Z
    constexpr std::int64_t kEnd = 253'402'300'800'000'000;    // 10000-01-01T00:00:00Z
    const std::int64_t range = kEnd - kFirst;
    CheckWritten(absl::FromUnixMicros(kFirst + (micros % range + range) % range));
  }
  return 0;
}
