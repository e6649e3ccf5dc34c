// URIs with their queries, through the router. The first byte of an input chooses the method.
#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "fuzz.h"
#include "world.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  constexpr std::array<std::string_view, 5> kMethods = {"GET", "POST", "PUT", "DELETE", "PATCH"};
  static outdial::fuzz::World& world = *new outdial::fuzz::World;
  if (size == 0) return 0;
  world.Check(kMethods[data[0] % kMethods.size()], outdial::fuzz::ToText(data + 1, size - 1), "");
  return 0;
}
