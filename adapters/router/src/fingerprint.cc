#include "outdial/router/fingerprint.h"

#include <openssl/evp.h>

#include <string>
#include <string_view>

#include "absl/status/statusor.h"
#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "outdial/entities/error.h"

namespace outdial::router {

absl::StatusOr<std::string> Fingerprint(std::initializer_list<std::string_view> parts) {
  // The lengths say where one part ends.
  std::string text;
  for (const std::string_view part : parts) absl::StrAppend(&text, part.size(), " ");
  for (const std::string_view part : parts) text.append(part);

  std::string digest(EVP_MAX_MD_SIZE, '\0');
  unsigned int size = 0;
  if (EVP_Digest(text.data(), text.size(), reinterpret_cast<unsigned char*>(digest.data()), &size,
                 EVP_sha256(), nullptr) != 1) {
    return MakeError(Reason::kInternal, "The digest of a request could not be computed.");
  }
  digest.resize(size);
  return absl::BytesToHexString(digest);
}

}  // namespace outdial::router
