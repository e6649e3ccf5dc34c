// A UUID as a value, and one strong type for each kind of id.
#ifndef OUTDIAL_ENTITIES_UUID_H_
#define OUTDIAL_ENTITIES_UUID_H_

#include <array>
#include <compare>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

namespace outdial {

// Sixteen bytes. Default-constructed it is the nil UUID, which means "not set". Immutable,
// thread-safe; nothing here blocks.
class Uuid {
 public:
  // In the order in which they are written.
  using Bytes = std::array<std::uint8_t, 16>;

  constexpr Uuid() = default;
  // Takes any bytes: of no certain version.
  explicit constexpr Uuid(const Bytes& bytes) : bytes_(bytes) {}

  // Makes a version 4 UUID (RFC 9562) from 16 random bytes: six of the 128 bits are overwritten.
  static Uuid Version4(Bytes random_bytes);

  // Reads the canonical form, 8-4-4-4-12 hexadecimal digits of either case; nullopt for anything
  // else.
  static std::optional<Uuid> Parse(std::string_view text);

  // The canonical form in lower case, 36 characters.
  std::string ToString() const;

  // Whether it is not set, and what it consists of.
  constexpr bool is_nil() const { return *this == Uuid(); }
  constexpr const Bytes& bytes() const { return bytes_; }

  friend constexpr auto operator<=>(const Uuid&, const Uuid&) = default;

  template <typename H>
  friend H AbslHashValue(H state, const Uuid& uuid) {
    return H::combine(std::move(state), uuid.bytes_);
  }

 private:
  Bytes bytes_{};
};

// A UUID that names one kind of thing: an OutdialId does not compile where an OutdialTargetId is
// due.
template <typename Tag>
class Id {
 public:
  constexpr Id() = default;
  // Takes any UUID for one of such a thing.
  explicit constexpr Id(const Uuid& uuid) : uuid_(uuid) {}

  // As Uuid::Parse.
  static std::optional<Id> Parse(std::string_view text) {
    const std::optional<Uuid> uuid = Uuid::Parse(text);
    if (!uuid.has_value()) return std::nullopt;
    return Id(*uuid);
  }

  // As those of Uuid, and the id without its kind.
  std::string ToString() const { return uuid_.ToString(); }
  constexpr bool is_nil() const { return uuid_.is_nil(); }
  constexpr const Uuid& uuid() const { return uuid_; }

  friend constexpr auto operator<=>(const Id&, const Id&) = default;

  template <typename H>
  friend H AbslHashValue(H state, const Id& id) {
    return H::combine(std::move(state), id.uuid_);
  }

 private:
  Uuid uuid_;
};

// The ids of what is kept here:
using OutdialId = Id<struct OutdialTag>;
using OutdialTargetId = Id<struct OutdialTargetTag>;
using OutdialTargetCallId = Id<struct OutdialTargetCallTag>;

// The ids of what others keep; nobody here checks that there is such a one:
using CustomerId = Id<struct CustomerTag>;
using CampaignId = Id<struct CampaignTag>;
using ActiveflowId = Id<struct ActiveflowTag>;
using ReferenceId = Id<struct ReferenceTag>;

}  // namespace outdial

#endif  // OUTDIAL_ENTITIES_UUID_H_
