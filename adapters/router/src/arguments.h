// What a request says besides its method and path.
#ifndef OUTDIAL_ADAPTERS_ROUTER_SRC_ARGUMENTS_H_
#define OUTDIAL_ADAPTERS_ROUTER_SRC_ARGUMENTS_H_

#include <cstdint>
#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "outdial/entities/error.h"
#include "outdial/entities/page.h"
#include "outdial/wire/json.h"
#include "query.h"

namespace outdial::router {

// Reads the members of a request's body and the values of its query, one after another, and
// remembers what was wrong first. Where both name a key the body wins. nullopt: the key is in
// neither (a null and an empty query value count as that), or its value is wrong.
class Arguments {
 public:
  // `body` is an object, or null where there is none.
  Arguments(wire::Json body, Query query) : body_(std::move(body)), query_(std::move(query)) {}

  // The first error. Each names the key.
  const absl::Status& status() const { return status_; }

  // Error: WRONG_TYPE.
  std::optional<std::string> FindString(std::string_view key);

  // In the query "true" or "false"; in the body these or a boolean. Error: WRONG_TYPE.
  std::optional<bool> FindBoolean(std::string_view key);

  // In the query decimal digits. Errors: WRONG_TYPE for what is no integer in the body,
  // INVALID_NUMBER for what is none in the query, and for one that 64 bits do not hold.
  std::optional<std::int64_t> FindInteger(std::string_view key);

  // From the body; null where it is not there. Error: WRONG_TYPE, also where it is not there.
  const wire::Json* FindList(std::string_view key);

  // Null where there is none.
  const wire::Json& body() const { return body_; }

  // `page_size` and `page_token`. Errors: WRONG_TYPE, INVALID_NUMBER, INVALID_PAGE_TOKEN.
  Page ReadPage();

  // A Name or a Text. Errors: WRONG_TYPE, and those of CheckText.
  template <typename Text>
  std::optional<Text> FindText(std::string_view key) {
    std::optional<std::string> value = FindString(key);
    if (!value.has_value()) return std::nullopt;
    return Take(Text::Create(key, *std::move(value)));
  }

  // Errors: WRONG_TYPE, INVALID_UUID.
  template <typename Id>
  std::optional<Id> FindId(std::string_view key) {
    const std::optional<std::string> value = FindString(key);
    if (!value.has_value()) return std::nullopt;
    const std::optional<Id> id = Id::Parse(*value);
    if (!id.has_value()) Fail(Reason::kInvalidUuid, key, "must be a UUID");
    return id;
  }

  // The value of `result`; where it has none, its error counts as one of ours.
  template <typename Value>
  std::optional<Value> Take(absl::StatusOr<Value> result) {
    if (result.ok()) return *std::move(result);
    Remember(result.status());
    return std::nullopt;
  }

  // The same for what was only checked.
  void Check(const absl::Status& status) {
    if (!status.ok()) Remember(status);
  }

  // Says what is wrong with the value of `key`: "must be a UUID".
  void Fail(Reason reason, std::string_view key, std::string_view problem);

  // Error: UNKNOWN_FILTER, for any key besides these and those of a page.
  void AllowOnly(std::initializer_list<std::string_view> keys);

 private:
  void Remember(const absl::Status& error);
  const wire::Json* FindInBody(std::string_view key) const;
  const std::string* FindInQuery(std::string_view key) const;

  wire::Json body_;
  Query query_;
  absl::Status status_;
};

}  // namespace outdial::router

#endif  // OUTDIAL_ADAPTERS_ROUTER_SRC_ARGUMENTS_H_
