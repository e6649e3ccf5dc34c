// Where a target can be reached.
// Values: many threads may read one at once, and nothing here blocks.
#ifndef OUTDIAL_ENTITIES_ADDRESS_H_
#define OUTDIAL_ENTITIES_ADDRESS_H_

#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "absl/status/statusor.h"

namespace outdial {

// One way to reach somebody: a phone number, a SIP URI, … At least one of its fields is not empty:
// an address with nothing in it is one that is not set, and is spelled std::nullopt. Immutable.
class Address {
 public:
  // What an address is made from.
  struct Fields {
    std::string type{};         // "tel", "sip", "agent", …; a type that we do not know is kept
    std::string target{};       // "+15551230001", "sip:ann@example.com", …
    std::string target_name{};  // for people
    std::string name{};         // of the address itself, also for people
    std::string detail{};       // anything else that is to be kept with it

    friend bool operator==(const Fields&, const Fields&) = default;
  };

  // Checks the fields: type, target_name and name hold what a Name holds, target and detail what a
  // Text holds. nullopt when all are empty. `field` ("destination_0") prefixes the field that an
  // error names. Errors: TEXT_NOT_UTF8, TEXT_HAS_NUL, TEXT_TOO_LONG.
  static absl::StatusOr<std::optional<Address>> Create(std::string_view field, Fields fields);

  // For repositories: what is stored is taken as it is; nullopt when all fields are empty.
  static std::optional<Address> FromStorage(Fields fields);

  // What it holds, and parts of that. References live as long as the address.
  const Fields& fields() const { return fields_; }
  const std::string& type() const { return fields_.type; }
  const std::string& target() const { return fields_.target; }
  const std::string& target_name() const { return fields_.target_name; }
  const std::string& name() const { return fields_.name; }
  const std::string& detail() const { return fields_.detail; }

  friend bool operator==(const Address&, const Address&) = default;

 private:
  explicit Address(Fields fields) : fields_(std::move(fields)) {}

  Fields fields_;
};

}  // namespace outdial

#endif  // OUTDIAL_ENTITIES_ADDRESS_H_
