#include "outdial/wire/json.h"

#include <cstddef>
#include <exception>
#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "outdial/entities/error.h"

namespace outdial::wire {
namespace {

// Builds a value from the events of nlohmann's parser. Its own builder knows no limit of nesting,
// and looks each key of an object up among all that came before it, which takes half a minute for a
// mebibyte of short keys.
class Builder {
 public:
  using number_integer_t = Json::number_integer_t;
  using number_unsigned_t = Json::number_unsigned_t;
  using number_float_t = Json::number_float_t;
  using string_t = Json::string_t;
  using binary_t = Json::binary_t;

  Builder(Json& root, std::size_t max_values) : root_(root), values_left_(max_values) {}

  bool too_deep() const { return too_deep_; }
  bool too_many() const { return too_many_; }

  // The parser calls these; false ends the parsing.
  bool null() { return Add(nullptr); }
  bool boolean(bool value) { return Add(value); }
  bool number_integer(number_integer_t value) { return Add(value); }
  bool number_unsigned(number_unsigned_t value) { return Add(value); }
  bool number_float(number_float_t value, const string_t& /*text*/) { return Add(value); }
  bool string(string_t& value) { return Add(std::move(value)); }
  bool binary(binary_t& value) { return Add(std::move(value)); }

  bool start_object(std::size_t /*size*/) { return Open(Json::value_t::object); }
  bool start_array(std::size_t /*size*/) { return Open(Json::value_t::array); }
  bool end_object() { return Close(); }
  bool end_array() { return Close(); }

  bool key(string_t& key) {
    Container& object = open_.back();
    // The last of several values of one key counts.
    const auto [found, is_new] = object.positions.try_emplace(key, object.values.size());
    object.next = found->second;
    if (is_new) {
      object.keys.push_back(std::move(key));
      object.values.emplace_back();
    }
    return true;
  }

  bool parse_error(std::size_t /*position*/, const string_t& /*token*/,
                   const nlohmann::detail::exception& /*error*/) {
    return false;
  }

 private:
  // An array or an object whose end has not come yet.
  struct Container {
    explicit Container(Json::value_t container_type) : type(container_type) {}

    Json Finish() && {
      if (type == Json::value_t::array) return std::move(values);
      Json::object_t members;
      // An ordered_json copies all of its members when it grows.
      members.reserve(keys.size());
      for (std::size_t i = 0; i < keys.size(); ++i) {
        members.emplace_back(std::move(keys[i]), std::move(values[i]));
      }
      return members;
    }

    Json::value_t type;
    Json::array_t values;
    std::vector<std::string> keys;                 // of an object's values
    std::map<std::string, std::size_t> positions;  // of the keys
    std::size_t next = 0;                          // where an object's next value belongs
  };

  bool Add(Json value) {
    too_many_ = values_left_ == 0;
    if (too_many_) return false;
    --values_left_;
    if (open_.empty()) {
      root_ = std::move(value);
    } else if (Container& container = open_.back(); container.type == Json::value_t::array) {
      container.values.push_back(std::move(value));
    } else {
      container.values[container.next] = std::move(value);
    }
    return true;
  }

  bool Open(Json::value_t type) {
    too_deep_ = open_.size() == kMaxNesting;
    if (!too_deep_) open_.emplace_back(type);
    return !too_deep_;
  }

  bool Close() {
    Json value = std::move(open_.back()).Finish();
    open_.pop_back();
    return Add(std::move(value));
  }

  Json& root_;
  std::size_t values_left_;
  std::vector<Container> open_;
  bool too_deep_ = false;
  bool too_many_ = false;
};

}  // namespace

absl::StatusOr<Json> ParseJson(std::string_view text, std::size_t max_values) {
  // The parser takes a NUL for the end of the text.
  if (text.find('\0') != std::string_view::npos) {
    return MakeError(Reason::kBodyNotJson, "The body is not valid JSON: it contains a NUL byte.");
  }
  try {
    Json value;
    Builder builder(value, max_values);
    if (Json::sax_parse(text.begin(), text.end(), &builder)) return value;
    if (builder.too_deep()) {
      return MakeError(Reason::kBodyTooDeep, absl::StrCat("The body is nested deeper than ",
                                                          kMaxNesting, " arrays and objects."));
    }
    if (builder.too_many()) {
      return MakeError(Reason::kBodyTooLarge,
                       absl::StrCat("The body holds more than ", max_values, " JSON values."));
    }
    return MakeError(Reason::kBodyNotJson, "The body is not valid JSON.");
  } catch (const std::exception&) {
    return MakeError(Reason::kInternal, "The body could not be read.");
  }
}

std::string DumpJson(const Json& value) {
  constexpr int kCompact = -1;
  return value.dump(kCompact, ' ', /*ensure_ascii=*/false, Json::error_handler_t::replace);
}

}  // namespace outdial::wire
