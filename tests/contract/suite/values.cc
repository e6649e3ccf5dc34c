#include "contract/suite/values.h"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <ostream>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "absl/time/civil_time.h"
#include "outdial/entities/error.h"
#include "outdial/entities/timestamp.h"

namespace outdial {
namespace {

std::string Show(const std::optional<absl::Time>& time) {
  return time.has_value() ? FormatTimestamp(*time) : "null";
}

template <typename Fields>
void ShowTimes(std::ostream& out, const Fields& fields) {
  out << " create=" << Show(fields.tm_create) << " update=" << Show(fields.tm_update)
      << " delete=" << Show(fields.tm_delete) << "}";
}

// Long texts are shown by their beginning and their size.
std::string Show(const std::string& text) {
  constexpr std::size_t kShown = 40;
  if (text.size() <= kShown) return "\"" + text + "\"";
  return "\"" + text.substr(0, kShown) + "…\"(" + std::to_string(text.size()) + ")";
}

void ShowTexts(std::ostream& out, const std::string& name, const std::string& detail,
               const std::string& data) {
  out << " name=" << Show(name) << " detail=" << Show(detail) << " data=" << Show(data);
}

}  // namespace

std::ostream& operator<<(std::ostream& out, const Uuid& uuid) { return out << uuid.ToString(); }

std::ostream& operator<<(std::ostream& out, const Outdial& outdial) {
  const auto& fields = outdial.fields();
  out << "outdial{" << fields.id << " customer=" << fields.customer_id
      << " campaign=" << fields.campaign_id;
  ShowTexts(out, fields.name.value(), fields.detail.value(), fields.data.value());
  ShowTimes(out, fields);
  return out;
}

std::ostream& operator<<(std::ostream& out, const OutdialTarget& target) {
  const auto& fields = target.fields();
  out << "target{" << fields.id << " outdial=" << fields.outdial_id << " "
      << TargetStatusName(fields.status) << " tries=[";
  for (const Slot& slot : fields.slots) {
    out << " " << slot.try_count << (slot.address.has_value() ? "" : "(not set)");
  }
  out << " ] lease=" << Show(fields.lease_until);
  ShowTexts(out, fields.name.value(), fields.detail.value(), fields.data.value());
  ShowTimes(out, fields);
  return out;
}

std::ostream& operator<<(std::ostream& out, const OutdialTargetCall& call) {
  const auto& fields = call.fields();
  out << "call{" << fields.id << " target=" << fields.outdial_target_id << " "
      << TargetCallStatusName(fields.status) << " index=" << fields.destination_index.value()
      << " try=" << fields.try_count << " reference=" << ReferenceTypeName(fields.reference_type)
      << ":" << fields.reference_id << " activeflow=" << fields.activeflow_id;
  ShowTimes(out, fields);
  return out;
}

std::ostream& operator<<(std::ostream& out, const ImportCounts& counts) {
  return out << counts.created << " created, " << counts.skipped << " skipped, " << counts.refused
             << " refused";
}

std::ostream& operator<<(std::ostream& out, const TargetsImported& imported) {
  return out << imported.outdial_id << " " << imported.counts << " "
             << absl::FormatTime(imported.tm_create_first) << " "
             << absl::FormatTime(imported.tm_create_last);
}

std::ostream& operator<<(std::ostream& out, const Event& event) {
  out << EventTypeName(event.type) << " ";
  std::visit([&](const auto& entity) { out << entity; }, event.entity);
  return out;
}

namespace contract {

Uuid UuidOf(std::uint64_t number) {
  Uuid::Bytes bytes{};
  // The first bytes, big-endian, before those that hold the version.
  for (std::size_t i = 0; i < 6; ++i) {
    bytes[5 - i] = static_cast<std::uint8_t>(number >> (8 * i));
  }
  return Uuid::Version4(bytes);
}

absl::Time At(std::int64_t microseconds) {
  static const absl::Time kStart =
      absl::FromCivil(absl::CivilMinute(2026, 1, 15, 9, 30), absl::UTCTimeZone());
  return kStart + absl::Microseconds(microseconds);
}

Name NameOf(std::string value) { return Name::FromStorage(std::move(value)); }
Text TextOf(std::string value) { return Text::FromStorage(std::move(value)); }

std::optional<Address> Tel(std::string number) {
  return Address::FromStorage(
      {.type = "tel", .target = std::move(number), .target_name = "", .name = "", .detail = ""});
}

Outdial::Fields OutdialFields(std::uint64_t number) {
  const std::string text = std::to_string(number);
  return {.id = IdOf<OutdialId>(number),
          .customer_id = IdOf<CustomerId>(1'000'000),
          .campaign_id = IdOf<CampaignId>(2'000'000),
          .name = NameOf("name " + text),
          .detail = TextOf("detail " + text),
          .data = TextOf(R"({"number": )" + text + "}"),
          .tm_create = At(static_cast<std::int64_t>(number)),
          .tm_update = At(static_cast<std::int64_t>(number) + 10),
          .tm_delete = std::nullopt};
}

OutdialTarget::Fields TargetFields(std::uint64_t number, OutdialId outdial_id) {
  const std::string text = std::to_string(number);
  OutdialTarget::Fields fields{.id = IdOf<OutdialTargetId>(number),
                               .outdial_id = outdial_id,
                               .name = NameOf("name " + text),
                               .detail = TextOf("detail " + text),
                               .data = TextOf("data " + text),
                               .status = TargetStatus::kIdle,
                               .slots = {},
                               .lease_until = std::nullopt,
                               .tm_create = At(static_cast<std::int64_t>(number)),
                               .tm_update = At(static_cast<std::int64_t>(number)),
                               .tm_delete = std::nullopt};
  fields.slots[0].address = Tel("+1555" + text);
  return fields;
}

OutdialTargetCall::Fields CallFields(std::uint64_t number, OutdialTargetId target_id) {
  return {.id = IdOf<OutdialTargetCallId>(number),
          .customer_id = IdOf<CustomerId>(1'000'000),
          .campaign_id = IdOf<CampaignId>(2'000'000),
          .outdial_id = IdOf<OutdialId>(3'000'000),
          .outdial_target_id = target_id,
          .activeflow_id = IdOf<ActiveflowId>(4'000'000),
          .reference_type = ReferenceType::kCall,
          .reference_id = IdOf<ReferenceId>(5'000'000),
          .status = TargetCallStatus::kDone,
          .destination = Tel("+1555" + std::to_string(number)),
          .destination_index = DestinationIndex::FromStorage(3),
          .try_count = 7,
          .tm_create = At(static_cast<std::int64_t>(number)),
          .tm_update = At(static_cast<std::int64_t>(number) + 10),
          .tm_delete = std::nullopt};
}

NewOutdialTarget TargetWith(std::vector<std::optional<Address>> destinations) {
  NewOutdialTarget values;
  REQUIRE(destinations.size() <= kSlotCount);
  for (std::size_t i = 0; i < destinations.size(); ++i) {
    values.destinations[i] = std::move(destinations[i]);
  }
  return values;
}

std::vector<std::string> DifficultTexts() {
  return {
      "",
      " leading and trailing ",
      "Zażółć gęślą jaźń",
      "電話番号 전화번호",
      "\U0001F4DE\U0001F469\u200D\U0001F4BB four bytes each",
      "caf\u00e9",   // one code point for the accented letter,
      "cafe\u0301",  // and two
      "'; DROP TABLE outdials; --",
      "\" OR \"\"=\"",
      "100% _under_ \\ back\\slash :name ?1 $1 @p",
      "{\"k\": [1, null, \"\\u00e9\"]}",
      "tab\t newline\n return\r bell\a escape\x1b",
      "NULL",
      "null",
      "9999-01-01 00:00:00.000000",
  };
}

Event AsSent(Event event) {
  if (auto* target = std::get_if<OutdialTarget>(&event.entity)) *target = target->WithoutLease();
  return event;
}

std::string Outcome(const absl::Status& status) {
  if (status.ok()) return "OK";
  return std::string(ReasonName(GetReason(status)));
}

}  // namespace contract
}  // namespace outdial
