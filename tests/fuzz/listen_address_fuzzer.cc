// The address that a server listens on.
#include <dlfcn.h>
#include <netdb.h>

#include <cstddef>
#include <cstdint>
#include <string>

#include "fuzz.h"
#include "outdial/http/listen_address.h"

// No name server is asked for what a fuzzer makes up.
extern "C" int getaddrinfo(const char* host, const char* service, const addrinfo* hints,
                           addrinfo** results) {
  static const auto real =
      reinterpret_cast<decltype(&getaddrinfo)>(::dlsym(RTLD_NEXT, "getaddrinfo"));
  addrinfo numeric = *hints;
  numeric.ai_flags |= AI_NUMERICHOST;
  return real(host, service, &numeric, results);
}

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using outdial::http::ListenAddress;
  const auto address = ListenAddress::Resolve(outdial::fuzz::ToText(data, size));
  if (!address.ok()) {
    OUTDIAL_FUZZ_CHECK(absl::IsInvalidArgument(address.status()) ||
                       absl::IsNotFound(address.status()));
    return 0;
  }
  OUTDIAL_FUZZ_CHECK(address->port() >= 0 && address->port() <= 65'535);
  OUTDIAL_FUZZ_CHECK(outdial::http::CheckExposure(*address, "token").ok());
  OUTDIAL_FUZZ_CHECK(outdial::http::CheckExposure(*address, "").ok() == address->IsLoopback());
  // As it is written it is read as the same.
  const auto again = ListenAddress::Resolve(address->ToString());
  OUTDIAL_FUZZ_CHECK(again.ok());
  OUTDIAL_FUZZ_CHECK(again->ToString() == address->ToString());
  OUTDIAL_FUZZ_CHECK(again->IsLoopback() == address->IsLoopback());
  return 0;
}
