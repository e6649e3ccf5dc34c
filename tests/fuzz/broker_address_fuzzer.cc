// Addresses of brokers. What is refused is refused with a message that holds nothing of it.
#include <cstddef>
#include <cstdint>
#include <string>

#include "absl/status/status.h"
#include "fuzz.h"
#include "outdial/rabbitmq/address.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const std::string kMarker = "#7!";
  const std::string text(outdial::fuzz::ToText(data, size));
  const auto address = outdial::rabbitmq::ParseAddress(text);
  if (!address.ok()) {
    OUTDIAL_FUZZ_CHECK(absl::IsInvalidArgument(address.status()));
    OUTDIAL_FUZZ_CHECK(!address.status().message().empty());
  } else {
    OUTDIAL_FUZZ_CHECK(address->port > 0 && address->port < 65536);
    OUTDIAL_FUZZ_CHECK(!address->host.empty());
    for (const std::string* part :
         {&address->host, &address->user, &address->password, &address->virtual_host}) {
      OUTDIAL_FUZZ_CHECK(part->find('\0') == std::string::npos);
    }
  }
  const auto refused = outdial::rabbitmq::ParseAddress("amqp://" + kMarker + ":x" + text + kMarker);
  if (!refused.ok()) {
    OUTDIAL_FUZZ_CHECK(std::string(refused.status().message()).find(kMarker) == std::string::npos);
  }
  return 0;
}
