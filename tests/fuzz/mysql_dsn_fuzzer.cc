// DSNs of MySQL servers.
#include <cstddef>
#include <cstdint>
#include <string>

#include "absl/status/status.h"
#include "fuzz.h"
#include "outdial/mysql/settings.h"

namespace {

using outdial::mysql::ParseDsn;

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string text(outdial::fuzz::ToText(data, size));
  const auto settings = ParseDsn(text);
  if (settings.ok()) {
    OUTDIAL_FUZZ_CHECK(!settings->database.empty());
    OUTDIAL_FUZZ_CHECK(!settings->host.empty() && settings->port != 0);
    OUTDIAL_FUZZ_CHECK(settings->host.find(';') == std::string::npos);
    OUTDIAL_FUZZ_CHECK(settings->connect_timeout > absl::ZeroDuration());
    OUTDIAL_FUZZ_CHECK(settings->read_timeout > absl::ZeroDuration());
    OUTDIAL_FUZZ_CHECK(settings->write_timeout > absl::ZeroDuration());
  } else {
    OUTDIAL_FUZZ_CHECK(absl::IsInvalidArgument(settings.status()));
  }
  // Whatever a password holds that has no control character: it is taken as it is.
  for (const char c : text) {
    if (static_cast<unsigned char>(c) < 0x20 || c == 0x7f) return 0;
  }
  const auto with_password = ParseDsn("user:" + text + "@tcp(host:3307)/name?parseTime=true");
  OUTDIAL_FUZZ_CHECK(with_password.ok());
  OUTDIAL_FUZZ_CHECK(with_password->password == text && with_password->host == "host");
  return 0;
}
