// Reads the members of a JSON object one after another and remembers what was wrong first.
#ifndef OUTDIAL_ADAPTERS_WIRE_SRC_OBJECT_READER_H_
#define OUTDIAL_ADAPTERS_WIRE_SRC_OBJECT_READER_H_

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "outdial/entities/address.h"
#include "outdial/wire/json.h"

namespace outdial::wire {

// A member that is missing or null is an empty value; so is what could not be read.
class ObjectReader {
 public:
  // `path` is what errors call the value; empty for the whole body. `value` must outlive the
  // reader.
  ObjectReader(std::string_view path, const Json& value);

  // The first error, always WRONG_TYPE and naming the member.
  const absl::Status& status() const { return status_; }

  std::string ReadString(std::string_view key);
  std::int64_t ReadInteger(std::string_view key);
  std::int32_t ReadCount(std::string_view key);
  std::optional<absl::Time> ReadTime(std::string_view key);
  std::optional<Address> ReadAddress(std::string_view key);

  template <typename Id>
  Id ReadId(std::string_view key) {
    const Json* value = Find(key);
    if (value == nullptr) return Id();
    const std::optional<Id> id =
        value->is_string() ? Id::Parse(value->get_ref<const std::string&>()) : std::nullopt;
    if (!id.has_value()) Fail(key, "a UUID");
    return id.value_or(Id());
  }

  // The member itself; nullptr where it is missing or null.
  const Json* Find(std::string_view key) const;

  // Says that the member is not `expected` ("a string").
  void Fail(std::string_view key, std::string_view expected);

  // The value that was read, or the first error.
  template <typename Value>
  absl::StatusOr<Value> Result(Value value) const {
    if (!status_.ok()) return status_;
    return value;
  }

 private:
  std::string path_;
  const Json* object_ = nullptr;  // nullptr where the value is none
  absl::Status status_;
};

}  // namespace outdial::wire

#endif  // OUTDIAL_ADAPTERS_WIRE_SRC_OBJECT_READER_H_
