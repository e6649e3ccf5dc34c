#include "object_reader.h"

#include <cstdint>
#include <limits>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/time/civil_time.h"
#include "absl/time/time.h"
#include "outdial/entities/error.h"
#include "outdial/entities/timestamp.h"
#include "outdial/wire/entity_json.h"

namespace outdial::wire {
namespace {

absl::Status WrongType(const std::string& field, std::string_view expected) {
  const std::string what = field.empty() ? "The body" : absl::StrCat("The field ", field);
  return MakeError(Reason::kWrongType, absl::StrCat(what, " must be ", std::string(expected), "."),
                   field);
}

// How times that are not set were once written.
absl::Time NotSet() {
  static const absl::Time time =
      absl::FromCivil(absl::CivilSecond(9999, 1, 1), absl::UTCTimeZone());
  return time;
}

}  // namespace

ObjectReader::ObjectReader(std::string_view path, const Json& value) : path_(path) {
  if (value.is_object()) {
    object_ = &value;
  } else {
    status_ = WrongType(path_, "an object");
  }
}

const Json* ObjectReader::Find(std::string_view key) const {
  if (object_ == nullptr) return nullptr;
  const auto& members = object_->get_ref<const Json::object_t&>();
  for (const auto& [name, value] : members) {
    if (name == key) return value.is_null() ? nullptr : &value;
  }
  return nullptr;
}

void ObjectReader::Fail(std::string_view key, std::string_view expected) {
  if (!status_.ok()) return;
  const std::string field =
      path_.empty() ? std::string(key) : absl::StrCat(path_, ".", std::string(key));
  status_ = WrongType(field, expected);
}

std::string ObjectReader::ReadString(std::string_view key) {
  const Json* value = Find(key);
  if (value == nullptr) return {};
  if (value->is_string()) return value->get_ref<const std::string&>();
  Fail(key, "a string");
  return {};
}

std::int64_t ObjectReader::ReadInteger(std::string_view key) {
  const Json* value = Find(key);
  if (value == nullptr) return 0;
  const bool fits =
      value->is_number_integer() &&
      (!value->is_number_unsigned() ||
       value->get<std::uint64_t>() <= std::uint64_t{std::numeric_limits<std::int64_t>::max()});
  if (fits) return value->get<std::int64_t>();
  Fail(key, "an integer of 64 bits");
  return 0;
}

std::int32_t ObjectReader::ReadCount(std::string_view key) {
  const std::int64_t value = ReadInteger(key);
  if (std::in_range<std::int32_t>(value)) return static_cast<std::int32_t>(value);
  Fail(key, "an integer of 32 bits");
  return 0;
}

std::optional<absl::Time> ObjectReader::ReadTime(std::string_view key) {
  const Json* value = Find(key);
  if (value == nullptr) return std::nullopt;
  const std::optional<absl::Time> time =
      value->is_string() ? ParseTimestamp(value->get_ref<const std::string&>()) : std::nullopt;
  if (!time.has_value()) Fail(key, "a time");
  if (time == NotSet()) return std::nullopt;
  return time;
}

std::optional<Address> ObjectReader::ReadAddress(std::string_view key) {
  const Json* value = Find(key);
  if (value == nullptr) return std::nullopt;
  auto address = AddressFromJson(key, *value);
  if (address.ok()) return *std::move(address);
  if (status_.ok()) status_ = address.status();
  return std::nullopt;
}

}  // namespace outdial::wire
