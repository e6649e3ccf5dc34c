// UUIDs, from text and to text.
#include <algorithm>
#include <cctype>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>

#include "fuzz.h"
#include "outdial/entities/uuid.h"

namespace {

using outdial::Uuid;

std::string ToLower(std::string text) {
  std::transform(text.begin(), text.end(), text.begin(),
                 [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return text;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string text(outdial::fuzz::ToText(data, size));
  if (const std::optional<Uuid> uuid = Uuid::Parse(text)) {
    OUTDIAL_FUZZ_CHECK(uuid->ToString() == ToLower(text));
  }
  Uuid::Bytes bytes{};
  if (size >= bytes.size()) {
    std::copy_n(data, bytes.size(), bytes.begin());
    OUTDIAL_FUZZ_CHECK(Uuid::Parse(Uuid(bytes).ToString()) == Uuid(bytes));
    const std::string version4 = Uuid::Version4(bytes).ToString();
    OUTDIAL_FUZZ_CHECK(version4[14] == '4');
    OUTDIAL_FUZZ_CHECK(std::string("89ab").find(version4[19]) != std::string::npos);
  }
  return 0;
}
