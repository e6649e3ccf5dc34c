#include "outdial/wire/entity_json.h"

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "outdial/entities/error.h"
#include "outdial/entities/timestamp.h"
#include "support/catch.h"

namespace outdial::wire {
namespace {

constexpr char kOutdial[] =
    R"({"id":"ee393330-964f-494d-9225-898ef59a2bfb","customer_id":"5e4a0680-804e-11ec-8477-2fea5968d85b","campaign_id":"00000000-0000-0000-0000-000000000000","name":"spring","detail":"first list","data":"{\"k\": 1}","tm_create":"2026-11-22T15:10:13.700743Z","tm_update":null,"tm_delete":null})";

constexpr char kTarget[] =
    R"({"id":"493a2be8-ac60-4417-8c89-4bac07ce68a1","outdial_id":"ee393330-964f-494d-9225-898ef59a2bfb","name":"Ann","detail":"d","data":"","status":"progressing","destination_0":{"type":"tel","target":"+15551230001","target_name":"mobile"},"destination_1":null,"destination_2":{"type":"sip","target":"sip:ann@example.com","name":"n","detail":"x"},"destination_3":null,"destination_4":null,"try_count_0":0,"try_count_1":7,"try_count_2":1,"try_count_3":0,"try_count_4":-2,"tm_create":"2026-11-22T15:10:13.892155Z","tm_update":"2026-11-22T15:10:14.000000Z","tm_delete":"2026-11-22T15:10:14.085432Z"})";

constexpr char kCall[] =
    R"({"id":"00000000-0000-4000-8000-000000000003","customer_id":"5e4a0680-804e-11ec-8477-2fea5968d85b","campaign_id":"6e4a0680-804e-11ec-8477-2fea5968d85b","outdial_id":"ee393330-964f-494d-9225-898ef59a2bfb","outdial_target_id":"493a2be8-ac60-4417-8c89-4bac07ce68a1","activeflow_id":"00000000-0000-0000-0000-000000000000","reference_type":"call","reference_id":"00000000-0000-4000-8000-000000000009","status":"done","destination":{"type":"tel","target":"+15551230001"},"destination_index":4,"try_count":3,"tm_create":"2026-11-22T15:10:13.892155Z","tm_update":null,"tm_delete":null})";

Json Parse(std::string_view text) {
  auto json = ParseJson(text);
  REQUIRE(json.ok());
  return *std::move(json);
}

template <typename Id>
Id IdOf(std::string_view text) {
  return Id::Parse(text).value();
}

absl::Time Time(std::string_view text) { return ParseTimestamp(text).value(); }

std::optional<Address> Tel(const std::string& target, const std::string& target_name = "") {
  return Address::FromStorage(
      {.type = "tel", .target = target, .target_name = target_name, .name = "", .detail = ""});
}

Outdial AnOutdial() {
  return Outdial({.id = IdOf<OutdialId>("ee393330-964f-494d-9225-898ef59a2bfb"),
                  .customer_id = IdOf<CustomerId>("5e4a0680-804e-11ec-8477-2fea5968d85b"),
                  .campaign_id = {},
                  .name = Name::FromStorage("spring"),
                  .detail = Text::FromStorage("first list"),
                  .data = Text::FromStorage(R"({"k": 1})"),
                  .tm_create = Time("2026-11-22T15:10:13.700743Z"),
                  .tm_update = std::nullopt,
                  .tm_delete = std::nullopt});
}

OutdialTarget ATarget() {
  OutdialTarget::Fields fields;
  fields.id = IdOf<OutdialTargetId>("493a2be8-ac60-4417-8c89-4bac07ce68a1");
  fields.outdial_id = IdOf<OutdialId>("ee393330-964f-494d-9225-898ef59a2bfb");
  fields.name = Name::FromStorage("Ann");
  fields.detail = Text::FromStorage("d");
  fields.status = TargetStatus::kProgressing;
  fields.slots[0].address = Tel("+15551230001", "mobile");
  fields.slots[1].try_count = 7;
  fields.slots[2] = {Address::FromStorage({.type = "sip",
                                           .target = "sip:ann@example.com",
                                           .target_name = "",
                                           .name = "n",
                                           .detail = "x"}),
                     1};
  fields.slots[4].try_count = -2;
  fields.tm_create = Time("2026-11-22T15:10:13.892155Z");
  fields.tm_update = Time("2026-11-22T15:10:14Z");
  fields.tm_delete = Time("2026-11-22T15:10:14.085432Z");
  return OutdialTarget(fields);
}

OutdialTargetCall ACall() {
  OutdialTargetCall::Fields fields;
  fields.id = IdOf<OutdialTargetCallId>("00000000-0000-4000-8000-000000000003");
  fields.customer_id = IdOf<CustomerId>("5e4a0680-804e-11ec-8477-2fea5968d85b");
  fields.campaign_id = IdOf<CampaignId>("6e4a0680-804e-11ec-8477-2fea5968d85b");
  fields.outdial_id = IdOf<OutdialId>("ee393330-964f-494d-9225-898ef59a2bfb");
  fields.outdial_target_id = IdOf<OutdialTargetId>("493a2be8-ac60-4417-8c89-4bac07ce68a1");
  fields.reference_type = ReferenceType::kCall;
  fields.reference_id = IdOf<ReferenceId>("00000000-0000-4000-8000-000000000009");
  fields.status = TargetCallStatus::kDone;
  fields.destination = Tel("+15551230001");
  fields.destination_index = DestinationIndex::Create(4).value();
  fields.try_count = 3;
  fields.tm_create = Time("2026-11-22T15:10:13.892155Z");
  return OutdialTargetCall(fields);
}

template <typename Value>
std::string WrongFieldOf(const absl::StatusOr<Value>& result) {
  REQUIRE_FALSE(result.ok());
  CHECK(GetReason(result.status()) == Reason::kWrongType);
  return GetField(result.status());
}

TEST_CASE("entities are written to the byte") {
  CHECK(DumpJson(ToJson(AnOutdial())) == kOutdial);
  CHECK(DumpJson(ToJson(ATarget())) == kTarget);
  CHECK(DumpJson(ToJson(ACall())) == kCall);
  CHECK(DumpJson(ToJson(std::vector<Outdial>())) == "[]");
  CHECK(DumpJson(ToJson(std::vector<Outdial>{AnOutdial(), AnOutdial()})) ==
        std::string("[") + kOutdial + "," + kOutdial + "]");
}

TEST_CASE("entities are read back as they were") {
  CHECK(OutdialFromJson(Parse(kOutdial)).value() == AnOutdial());
  CHECK(OutdialTargetFromJson(Parse(kTarget)).value() == ATarget());
  CHECK(OutdialTargetCallFromJson(Parse(kCall)).value() == ACall());
}

TEST_CASE("the lease of a target is not sent") {
  OutdialTarget::Fields fields = ATarget().fields();
  fields.lease_until = Time("2026-11-22T16:00:00Z");
  CHECK(DumpJson(ToJson(OutdialTarget(fields))) == kTarget);
}

TEST_CASE("a claimed target has three keys more") {
  ClaimedTarget claimed{
      .target = ATarget(),
      .destination_index = DestinationIndex::Create(2).value(),
      .call_id = IdOf<OutdialTargetCallId>("00000000-0000-4000-8000-000000000003"),
      .lease_until = Time("2026-11-22T15:11:00.5Z")};
  std::string expected = kTarget;
  expected.pop_back();
  expected +=
      R"(,"destination_index":2,"outdialtargetcall_id":"00000000-0000-4000-8000-000000000003","lease_until":)";
  CHECK(DumpJson(ToJson(claimed)) == expected + R"("2026-11-22T15:11:00.500000Z"})");
  claimed.lease_until = std::nullopt;
  CHECK(DumpJson(ToJson(claimed)) == expected + "null}");
}

TEST_CASE("events are written to the byte and read back") {
  const Event created{EventType::kOutdialCreated, AnOutdial()};
  const std::string created_text =
      std::string(
          R"({"type":"outdial_created","publisher":"outdial-manager","data_type":"application/json","data":)") +
      kOutdial + "}";
  CHECK(DumpJson(ToJson(created)) == created_text);
  CHECK(EventFromJson(Parse(created_text)).value() == created);

  const Event deleted{EventType::kOutdialTargetDeleted, ATarget()};
  const std::string deleted_text =
      std::string(
          R"({"type":"outdialtarget_deleted","publisher":"outdial-manager","data_type":"application/json","data":)") +
      kTarget + "}";
  CHECK(DumpJson(ToJson(deleted)) == deleted_text);
  CHECK(EventFromJson(Parse(deleted_text)).value() == deleted);

  const Event imported{
      EventType::kOutdialTargetsImported,
      TargetsImported{.outdial_id = IdOf<OutdialId>("00000000-0000-4000-8000-000000000001"),
                      .counts = {.created = 3, .skipped = 2, .refused = 1},
                      .tm_create_first = Time("2026-11-22T15:11:00Z"),
                      .tm_create_last = Time("2026-11-22T15:11:01Z")}};
  const std::string imported_text =
      R"({"type":"outdialtargets_imported","publisher":"outdial-manager",)"
      R"("data_type":"application/json","data":{"outdial_id":"00000000-0000-4000-8000-000000000001",)"
      R"("created":3,"skipped":2,"refused":1,"tm_create_first":"2026-11-22T15:11:00.000000Z",)"
      R"("tm_create_last":"2026-11-22T15:11:01.000000Z"}})";
  CHECK(DumpJson(ToJson(imported)) == imported_text);
  CHECK(EventFromJson(Parse(imported_text)).value() == imported);

  CHECK(WrongFieldOf(EventFromJson(Parse(R"({"type":"outdial_lost","data":{}})"))) == "type");
  CHECK(WrongFieldOf(EventFromJson(Parse(R"({"data":{}})"))) == "type");
  CHECK(WrongFieldOf(EventFromJson(Parse(R"({"type":"outdial_created","data":{"name":1}})"))) ==
        "name");
  CHECK(WrongFieldOf(EventFromJson(Parse(R"({"type":"outdial_created"})"))) == "");
}

TEST_CASE("an address has the keys that are not empty") {
  CHECK(DumpJson(ToJson(std::optional<Address>())) == "null");
  CHECK(DumpJson(ToJson(Tel("+1"))) == R"({"type":"tel","target":"+1"})");
  CHECK(DumpJson(ToJson(Address::FromStorage(
            {.type = "", .target = "", .target_name = "b", .name = "c", .detail = "d"}))) ==
        R"({"target_name":"b","name":"c","detail":"d"})");

  for (const char* unset : {"null", "{}", R"({"type":"","target":null})", R"({"colour":"red"})"}) {
    INFO(unset);
    CHECK(AddressFromJson("a", Parse(unset)).value() == std::nullopt);
  }
  CHECK(AddressFromJson("a", Parse(R"({"target":"+1","colour":5,"type":"tel"})")).value() ==
        Tel("+1"));
  CHECK(AddressFromJson("a", Parse(R"({"type":"telepathy"})")).value()->type() == "telepathy");
  CHECK(WrongFieldOf(AddressFromJson("a", Parse("[]"))) == "a");
  CHECK(WrongFieldOf(AddressFromJson("a", Parse(R"({"detail":5})"))) == "a.detail");
}

TEST_CASE("what the service before this one wrote is understood") {
  // Missing keys and nulls.
  CHECK(OutdialFromJson(Parse("{}")).value() == Outdial(Outdial::Fields{}));
  CHECK(OutdialFromJson(Parse(R"({"id":null,"name":null,"tm_create":null})")).value() ==
        Outdial(Outdial::Fields{}));
  CHECK(OutdialTargetCallFromJson(Parse("{}")).value().open() == false);

  // Its way of writing times: fractions without zeros at the end, and 9999 for one that is not set.
  const Outdial outdial =
      OutdialFromJson(
          Parse(
              R"({"tm_create":"2026-01-15T09:30:00.5Z","tm_update":"2026-01-15 09:30:00.000001","tm_delete":"9999-01-01 00:00:00.000000"})"))
          .value();
  CHECK(outdial.fields().tm_create == Time("2026-01-15T09:30:00.500000Z"));
  CHECK(outdial.fields().tm_update == Time("2026-01-15T09:30:00.000001Z"));
  CHECK(outdial.fields().tm_delete == std::nullopt);

  // Old words, and a destination in its two ways of not being set.
  const auto target = [](const std::string& status) {
    return OutdialTargetFromJson(
               Parse(R"({"destination_0":{},"destination_1":null,"status":")" + status + "\"}"))
        .value();
  };
  CHECK(target("processing").status() == TargetStatus::kProgressing);
  CHECK(target("whatever").status() == TargetStatus::kDone);
  CHECK(target("idle").fields().slots == Slots());
  CHECK(OutdialTargetCallFromJson(Parse(R"({"reference_type":"chat","destination_index":77})"))
            .value()
            .fields()
            .reference_type == ReferenceType::kNone);
}

TEST_CASE("what is no entity is refused by the name of its field") {
  CHECK(WrongFieldOf(OutdialFromJson(Parse("[]"))) == "");
  CHECK(WrongFieldOf(OutdialFromJson(Parse(R"("text")"))) == "");
  CHECK(WrongFieldOf(OutdialFromJson(Parse(R"({"id":"x"})"))) == "id");
  CHECK(WrongFieldOf(OutdialFromJson(Parse(R"({"id":5})"))) == "id");
  CHECK(WrongFieldOf(OutdialFromJson(Parse(R"({"name":5,"detail":5})"))) == "name");
  CHECK(WrongFieldOf(OutdialFromJson(Parse(R"({"tm_create":"today"})"))) == "tm_create");
  CHECK(WrongFieldOf(OutdialFromJson(Parse(R"({"tm_delete":0})"))) == "tm_delete");
  CHECK(WrongFieldOf(OutdialTargetFromJson(Parse(R"({"try_count_3":"1"})"))) == "try_count_3");
  CHECK(WrongFieldOf(OutdialTargetFromJson(Parse(R"({"try_count_3":1.0})"))) == "try_count_3");
  CHECK(WrongFieldOf(OutdialTargetFromJson(Parse(R"({"try_count_3":2147483648})"))) ==
        "try_count_3");
  CHECK(WrongFieldOf(OutdialTargetFromJson(Parse(R"({"try_count_3":18446744073709551615})"))) ==
        "try_count_3");
  CHECK(WrongFieldOf(OutdialTargetFromJson(Parse(R"({"destination_1":"tel:+1"})"))) ==
        "destination_1");
  CHECK(WrongFieldOf(OutdialTargetFromJson(Parse(R"({"destination_1":{"name":[]}})"))) ==
        "destination_1.name");
  CHECK(WrongFieldOf(OutdialTargetCallFromJson(Parse(R"({"destination":1})"))) == "destination");
}

TEST_CASE("text of a damaged row is sent as valid JSON") {
  Outdial::Fields fields = AnOutdial().fields();
  fields.name = Name::FromStorage("a\xff");
  const std::string text = DumpJson(ToJson(Outdial(fields)));
  CHECK(OutdialFromJson(Parse(text)).value().fields().name.value() == "a\xef\xbf\xbd");
}

}  // namespace
}  // namespace outdial::wire
