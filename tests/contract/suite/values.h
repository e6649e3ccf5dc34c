// Values that the test cases are made of, and what they say about answers.
#ifndef OUTDIAL_TESTS_CONTRACT_SUITE_VALUES_H_
#define OUTDIAL_TESTS_CONTRACT_SUITE_VALUES_H_

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <ostream>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "outdial/entities/address.h"
#include "outdial/entities/event.h"
#include "outdial/entities/outdial.h"
#include "outdial/entities/outdial_target.h"
#include "outdial/entities/outdial_target_call.h"
#include "outdial/entities/slot.h"
#include "outdial/entities/text.h"
#include "outdial/entities/uuid.h"
#include "support/catch.h"

namespace outdial {

// How Catch2 and RapidCheck show a value.
std::ostream& operator<<(std::ostream& out, const Uuid& uuid);
template <typename Tag>
std::ostream& operator<<(std::ostream& out, const Id<Tag>& id) {
  return out << id.uuid();
}
std::ostream& operator<<(std::ostream& out, const Outdial& outdial);
std::ostream& operator<<(std::ostream& out, const OutdialTarget& target);
std::ostream& operator<<(std::ostream& out, const OutdialTargetCall& call);
std::ostream& operator<<(std::ostream& out, const ImportCounts& counts);
std::ostream& operator<<(std::ostream& out, const TargetsImported& imported);
std::ostream& operator<<(std::ostream& out, const Event& event);

namespace contract {

// A version 4 UUID that is made of `number`, below 2^48; greater numbers make greater ids.
Uuid UuidOf(std::uint64_t number);

template <typename IdType>
IdType IdOf(std::uint64_t number) {
  return IdType(UuidOf(number));
}

// `microseconds` after a fixed time.
absl::Time At(std::int64_t microseconds);

// Values that are taken as they are.
Name NameOf(std::string value);
Text TextOf(std::string value);
std::optional<Address> Tel(std::string number);

// Entities with every field set, made of `number`, created At(number), live; change what matters.
Outdial::Fields OutdialFields(std::uint64_t number);
OutdialTarget::Fields TargetFields(std::uint64_t number, OutdialId outdial_id);
OutdialTargetCall::Fields CallFields(std::uint64_t number, OutdialTargetId target_id);

// A request to create a target that has these destinations, from slot 0 on.
NewOutdialTarget TargetWith(std::vector<std::optional<Address>> destinations);

// Texts that a database may get wrong.
std::vector<std::string> DifficultTexts();

// An event as it is sent: a target without its lease, which is not part of what is sent.
Event AsSent(Event event);

// "OK", or the error's reason ("OUTDIAL_NOT_FOUND").
std::string Outcome(const absl::Status& status);
template <typename Value>
std::string Outcome(const absl::StatusOr<Value>& result) {
  return Outcome(result.status());
}

// The value of a result that must not be an error.
template <typename Value>
Value Must(absl::StatusOr<Value> result) {
  REQUIRE(Outcome(result) == "OK");
  return *std::move(result);
}
inline void Must(const absl::Status& status) { REQUIRE(Outcome(status) == "OK"); }

// The ids of entities, in their order.
template <typename Entity>
auto IdsOf(const std::vector<Entity>& entities) {
  std::vector<decltype(entities.front().id())> ids;
  for (const Entity& entity : entities) ids.push_back(entity.id());
  return ids;
}

}  // namespace contract
}  // namespace outdial

#endif  // OUTDIAL_TESTS_CONTRACT_SUITE_VALUES_H_
