// The address of a Redis server.
#include <cstddef>
#include <cstdint>
#include <string>

#include "fuzz.h"
#include "outdial/redis/address.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using outdial::redis::ParseAddress;
  const auto address = ParseAddress(outdial::fuzz::ToText(data, size));
  if (!address.ok()) return 0;
  OUTDIAL_FUZZ_CHECK(!address->host.empty());
  OUTDIAL_FUZZ_CHECK(address->port > 0);
  // It can be written so that the same is read.
  const bool ipv6 = address->host.find(':') != std::string::npos;
  const std::string host = ipv6 ? "[" + address->host + "]" : address->host;
  const auto again = ParseAddress(host + ":" + std::to_string(address->port));
  OUTDIAL_FUZZ_CHECK(again.ok());
  OUTDIAL_FUZZ_CHECK(*again == *address);
  return 0;
}
