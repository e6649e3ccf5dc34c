// What tells whether two destinations are the same one.
// Values: many threads may read one at once, and nothing here blocks.
#ifndef OUTDIAL_ENTITIES_DESTINATION_KEY_H_
#define OUTDIAL_ENTITIES_DESTINATION_KEY_H_

#include <compare>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "outdial/entities/address.h"
#include "outdial/entities/outdial_target.h"

namespace outdial {

// What an address is known by: two addresses with the same key are the same destination, in
// whatever notation. The key of a telephone number (type `tel`) leaves out white space, hyphens,
// dots, slashes, parentheses and marks of the direction of writing; that of any other address is
// its type and target as they are. Names and details make no difference. A key is stored, and never
// changes its form. Immutable.
class DestinationKey {
 public:
  // The most that a key holds, in bytes; what would be longer ends with a hash of what it lacks.
  static constexpr std::size_t kMaxBytes = 128;

  // nullopt for an address without a target, which nobody can call.
  static std::optional<DestinationKey> Of(const Address& address);

  // Of a target whom nobody can call, because no address of it has a target: two that are alike in
  // name, detail, data and addresses have the same key. So rows without a destination are added
  // once too, where a file is sent again.
  static DestinationKey OfNobody(const OutdialTarget& target);

  // For repositories: a key that is stored.
  static DestinationKey FromStorage(std::string value) { return DestinationKey(std::move(value)); }

  // Valid UTF-8.
  const std::string& value() const { return value_; }

  // The same on every machine and in every version, so that it can be stored.
  std::uint64_t StableHash() const;

  friend auto operator<=>(const DestinationKey&, const DestinationKey&) = default;

  template <typename H>
  friend H AbslHashValue(H state, const DestinationKey& key) {
    return H::combine(std::move(state), key.value_);
  }

 private:
  explicit DestinationKey(std::string value) : value_(std::move(value)) {}

  std::string value_;
};

// The keys of a target's destinations, each once, in order; one at least (see OfNobody).
std::vector<DestinationKey> DestinationKeysOf(const OutdialTarget& target);

}  // namespace outdial

#endif  // OUTDIAL_ENTITIES_DESTINATION_KEY_H_
