// Outdials, targets and target calls keep their own rules.
#include <cstdint>
#include <limits>
#include <optional>
#include <string>
#include <string_view>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "outdial/entities/error.h"
#include "outdial/entities/event.h"
#include "outdial/entities/outdial.h"
#include "outdial/entities/outdial_target.h"
#include "outdial/entities/outdial_target_call.h"
#include "support/catch.h"

namespace outdial {
namespace {

const absl::Time kThen = absl::FromUnixMicros(1'000'000);
const absl::Time kNow = absl::FromUnixMicros(2'000'000);
constexpr absl::Duration kMicrosecond = absl::Microseconds(1);

OutdialId SomeOutdialId() { return *OutdialId::Parse("ee393330-964f-494d-9225-898ef59a2bfb"); }
OutdialTargetId SomeTargetId() {
  return *OutdialTargetId::Parse("493a2be8-ac60-4417-8c89-4bac07ce68a1");
}
OutdialTargetCallId SomeCallId() {
  return *OutdialTargetCallId::Parse("193a2be8-ac60-4417-8c89-4bac07ce68a1");
}

Name NameOf(std::string value) { return *Name::Create("name", std::move(value)); }
Text TextOf(std::string value) { return *Text::Create("text", std::move(value)); }

Outdial SomeOutdial() {
  return Outdial(SomeOutdialId(),
                 {.customer_id = *CustomerId::Parse("5e4a0680-804e-11ec-8477-2fea5968d85b"),
                  .campaign_id = *CampaignId::Parse("6e4a0680-804e-11ec-8477-2fea5968d85b"),
                  .name = NameOf("spring"),
                  .detail = TextOf("first list"),
                  .data = TextOf("{}")},
                 kThen);
}

DestinationIndex Index(std::int64_t value) { return *DestinationIndex::Create(value); }

// Has destinations 1 and 3.
OutdialTarget SomeTarget() {
  NewOutdialTarget values{.name = NameOf("Ann"), .detail = {}, .data = {}, .destinations = {}};
  values.destinations[1] = Address::FromStorage({.type = "tel", .target = "+15551230001"});
  values.destinations[3] = Address::FromStorage({.type = "sip", .target = "sip:ann@example.com"});
  return OutdialTarget(SomeTargetId(), SomeOutdialId(), std::move(values), kThen);
}

OutdialTarget ProgressingTarget(std::optional<absl::Time> lease_until = std::nullopt) {
  OutdialTarget target = SomeTarget();
  REQUIRE(target.StartCall(Index(1), lease_until, kNow).ok());
  return target;
}

TEST_CASE("A new outdial was never updated") {
  const Outdial outdial = SomeOutdial();
  CHECK(outdial.fields().tm_create == kThen);
  CHECK_FALSE(outdial.fields().tm_update.has_value());
  CHECK_FALSE(outdial.deleted());
  CHECK(outdial.version() == kThen);
}

TEST_CASE("Each update of an outdial changes its own fields and the time") {
  const Outdial before = SomeOutdial();
  Outdial::Fields expected = before.fields();
  expected.tm_update = kNow;
  Outdial outdial = before;

  SECTION("basic info") {
    REQUIRE(outdial.UpdateBasicInfo(NameOf("summer"), TextOf(""), kNow).ok());
    expected.name = NameOf("summer");
    expected.detail = {};
  }
  SECTION("campaign") {
    expected.campaign_id = *CampaignId::Parse("7e4a0680-804e-11ec-8477-2fea5968d85b");
    REQUIRE(outdial.UpdateCampaign(expected.campaign_id, kNow).ok());
  }
  SECTION("data") {
    REQUIRE(outdial.UpdateData(TextOf("plain text"), kNow).ok());
    expected.data = TextOf("plain text");
  }
  CHECK(outdial.fields() == expected);
}

TEST_CASE("A deleted outdial does not change") {
  Outdial outdial = SomeOutdial();
  REQUIRE(outdial.Delete(kNow));
  const Outdial deleted = outdial;
  CHECK(deleted.fields().tm_delete == kNow);
  CHECK(deleted.fields().tm_update == kNow);

  CHECK_FALSE(outdial.Delete(kNow + absl::Seconds(1)));
  CHECK(GetReason(outdial.UpdateBasicInfo({}, {}, kNow)) == Reason::kOutdialNotFound);
  CHECK(GetReason(outdial.UpdateCampaign({}, kNow)) == Reason::kOutdialNotFound);
  CHECK(GetReason(outdial.UpdateData({}, kNow)) == Reason::kOutdialNotFound);
  CHECK(outdial == deleted);
}

TEST_CASE("Times of an entity strictly increase, also when the clock does not") {
  Outdial outdial = SomeOutdial();
  REQUIRE(outdial.UpdateData({}, kThen).ok());
  CHECK(outdial.version() == kThen + kMicrosecond);
  REQUIRE(outdial.Delete(kThen - absl::Hours(1)));
  CHECK(outdial.version() == kThen + 2 * kMicrosecond);

  OutdialTarget target = SomeTarget();
  REQUIRE(target.StartCall(Index(1), std::nullopt, kThen).ok());
  CHECK(target.version() == kThen + kMicrosecond);
  REQUIRE(target.Report(TargetStatus::kIdle, kThen).ok());
  CHECK(target.version() == kThen + 2 * kMicrosecond);
  REQUIRE(target.Delete(kThen));
  CHECK(target.version() == kThen + 3 * kMicrosecond);
}

TEST_CASE("A new target was never tried") {
  const OutdialTarget target = SomeTarget();
  CHECK(target.status() == TargetStatus::kIdle);
  CHECK(target.ready());
  CHECK(target.fields().tm_update == target.fields().tm_create);
  for (const Slot& slot : target.fields().slots) CHECK(slot.try_count == 0);
}

TEST_CASE("Starting a call raises one try count") {
  OutdialTarget::Fields expected = SomeTarget().fields();
  expected.status = TargetStatus::kProgressing;
  expected.slots[1].try_count = 1;
  expected.lease_until = kNow + absl::Minutes(1);
  expected.tm_update = kNow;
  CHECK(ProgressingTarget(kNow + absl::Minutes(1)).fields() == expected);
}

TEST_CASE("A call that cannot start changes nothing") {
  OutdialTarget target = SomeTarget();
  Reason reason = Reason::kInternal;
  std::int64_t index = 1;

  SECTION("no destination there") {
    index = 0;
    reason = Reason::kDestinationNotSet;
  }
  SECTION("being dialled already") {
    target = ProgressingTarget();
    reason = Reason::kOutdialTargetNotIdle;
  }
  SECTION("done") {
    REQUIRE(target.Report(TargetStatus::kDone, kNow).ok());
    reason = Reason::kOutdialTargetNotIdle;
  }
  SECTION("deleted") {
    REQUIRE(target.Delete(kNow));
    reason = Reason::kOutdialTargetNotFound;
  }
  SECTION("the count is at its end") {
    OutdialTarget::Fields fields = target.fields();
    fields.slots[1].try_count = std::numeric_limits<std::int32_t>::max();
    target = OutdialTarget(fields);
    reason = Reason::kTryCountAtMaximum;
  }
  const OutdialTarget before = target;
  CHECK(GetReason(target.StartCall(Index(index), std::nullopt, kNow)) == reason);
  CHECK(target == before);
}

TEST_CASE("A report ends the lease, whatever the status was") {
  for (OutdialTarget target : {SomeTarget(), ProgressingTarget(kNow)}) {
    for (const TargetStatus status : {TargetStatus::kIdle, TargetStatus::kDone}) {
      const absl::Time before = target.version();
      REQUIRE(target.Report(status, kNow).ok());
      CHECK(target.status() == status);
      CHECK_FALSE(target.fields().lease_until.has_value());
      CHECK(target.version() > before);
    }
  }
}

TEST_CASE("A call may outlive its target") {
  OutdialTarget target = ProgressingTarget(kNow + absl::Minutes(1));
  REQUIRE(target.Delete(kNow));
  CHECK(target.status() == TargetStatus::kProgressing);
  CHECK_FALSE(target.fields().lease_until.has_value());
  CHECK_FALSE(target.ready());
  REQUIRE(target.Report(TargetStatus::kDone, kNow).ok());
  CHECK(target.deleted());
  CHECK(target.status() == TargetStatus::kDone);
}

TEST_CASE("Nobody reports that a call starts") {
  OutdialTarget target = SomeTarget();
  const absl::Status status = target.Report(TargetStatus::kProgressing, kNow);
  CHECK(GetReason(status) == Reason::kInvalidStatus);
  CHECK(GetField(status) == "status");
  CHECK(target == SomeTarget());
}

TEST_CASE("Only a call in progress has its lease renewed") {
  OutdialTarget target = ProgressingTarget(kNow);
  const absl::Time version = target.version();
  REQUIRE(target.Renew(kNow + absl::Minutes(5)).ok());
  CHECK(target.fields().lease_until == kNow + absl::Minutes(5));
  CHECK(target.version() == version);

  OutdialTarget idle = SomeTarget();
  CHECK(GetReason(idle.Renew(kNow)) == Reason::kOutdialTargetNotProgressing);
  REQUIRE(target.Delete(kNow));
  CHECK(GetReason(target.Renew(kNow)) == Reason::kOutdialTargetNotFound);
}

TEST_CASE("A lease runs out at its end") {
  const OutdialTarget target = ProgressingTarget(kNow + absl::Minutes(1));
  CHECK_FALSE(target.LeaseExpired(kNow + absl::Minutes(1) - kMicrosecond));
  CHECK(target.LeaseExpired(kNow + absl::Minutes(1)));
  CHECK_FALSE(ProgressingTarget().LeaseExpired(absl::InfiniteFuture()));
}

TEST_CASE("The oldest target is dialled first, then the lowest id") {
  const auto target = [](std::string_view id, std::optional<absl::Time> tm_update) {
    OutdialTarget::Fields fields = SomeTarget().fields();
    fields.id = *OutdialTargetId::Parse(id);
    fields.tm_update = tm_update;
    return OutdialTarget(fields);
  };
  const OutdialTarget never = target("f0000000-0000-4000-8000-000000000000", std::nullopt);
  const OutdialTarget then_1 = target("10000000-0000-4000-8000-000000000000", kThen);
  const OutdialTarget then_2 = target("20000000-0000-4000-8000-000000000000", kThen);
  const OutdialTarget now = target("00000000-0000-4000-8000-000000000000", kNow);
  CHECK(DialledBefore(never, then_1));
  CHECK(DialledBefore(then_1, then_2));
  CHECK(DialledBefore(then_2, now));
  CHECK_FALSE(DialledBefore(now, never));
  CHECK_FALSE(DialledBefore(then_1, then_1));
}

TEST_CASE("A target call tells of the attempt that was started") {
  const OutdialTarget target = ProgressingTarget();
  const OutdialTargetCall call(SomeCallId(), SomeOutdial(), target, Index(1), kNow);
  const OutdialTargetCall::Fields expected{
      .id = SomeCallId(),
      .customer_id = SomeOutdial().fields().customer_id,
      .campaign_id = SomeOutdial().fields().campaign_id,
      .outdial_id = SomeOutdialId(),
      .outdial_target_id = SomeTargetId(),
      .activeflow_id = {},
      .reference_type = ReferenceType::kNone,
      .reference_id = {},
      .status = TargetCallStatus::kProgressing,
      .destination = Address::FromStorage({.type = "tel", .target = "+15551230001"}),
      .destination_index = Index(1),
      .try_count = 1,
      .tm_create = kNow,
      .tm_update = std::nullopt,
      .tm_delete = std::nullopt,
  };
  CHECK(call.fields() == expected);
  CHECK(call.open());
}

TEST_CASE("An update of a target call changes what is given") {
  OutdialTargetCall call(SomeCallId(), SomeOutdial(), ProgressingTarget(), Index(1), kNow);
  const auto activeflow = *ActiveflowId::Parse("aaaaaaaa-804e-11ec-8477-2fea5968d85b");
  const auto reference = *ReferenceId::Parse("bbbbbbbb-804e-11ec-8477-2fea5968d85b");
  OutdialTargetCall::Fields expected = call.fields();

  expected.activeflow_id = activeflow;
  expected.tm_update = kNow + kMicrosecond;
  call.Update({.activeflow_id = activeflow, .reference_type = {}, .reference_id = {}}, kNow);
  CHECK(call.fields() == expected);

  expected.reference_type = ReferenceType::kCall;
  expected.reference_id = reference;
  expected.tm_update = kNow + 2 * kMicrosecond;
  call.Update(
      {.activeflow_id = {}, .reference_type = ReferenceType::kCall, .reference_id = reference},
      kNow);
  CHECK(call.fields() == expected);

  expected.status = TargetCallStatus::kDone;
  expected.tm_update = kNow + 3 * kMicrosecond;
  call.End(kNow);
  CHECK(call.fields() == expected);
  CHECK_FALSE(call.open());
}

TEST_CASE("Words of statuses are read and written") {
  for (const TargetStatus status :
       {TargetStatus::kIdle, TargetStatus::kProgressing, TargetStatus::kDone}) {
    CHECK(ParseTargetStatus(TargetStatusName(status)) == status);
    CHECK(TargetStatusFromStorage(TargetStatusName(status)) == status);
  }
  CHECK(TargetStatusName(TargetStatus::kProgressing) == "progressing");
  CHECK(ParseTargetStatus("processing") == TargetStatus::kProgressing);
  for (const std::string_view word : {"", "Idle", "busy", "done "}) {
    CHECK_FALSE(ParseTargetStatus(word).has_value());
    CHECK(TargetStatusFromStorage(word) == TargetStatus::kDone);
  }

  CHECK(TargetCallStatusName(TargetCallStatus::kProgressing) == "progressing");
  CHECK(TargetCallStatusName(TargetCallStatus::kDone) == "done");
  CHECK(TargetCallStatusFromStorage("processing") == TargetCallStatus::kProgressing);
  CHECK(TargetCallStatusFromStorage("progressing") == TargetCallStatus::kProgressing);
  CHECK(TargetCallStatusFromStorage("anything") == TargetCallStatus::kDone);

  CHECK(ParseReferenceType(ReferenceTypeName(ReferenceType::kNone)) == ReferenceType::kNone);
  CHECK(ParseReferenceType("call") == ReferenceType::kCall);
  CHECK_FALSE(ParseReferenceType("").has_value());
}

TEST_CASE("Words of event types are read and written") {
  CHECK(EventTypeName(EventType::kOutdialCreated) == "outdial_created");
  CHECK(EventTypeName(EventType::kOutdialTargetDeleted) == "outdialtarget_deleted");
  for (int i = 0; i <= static_cast<int>(EventType::kOutdialTargetsImported); ++i) {
    const auto type = static_cast<EventType>(i);
    CHECK(ParseEventType(EventTypeName(type)) == type);
  }
  CHECK_FALSE(ParseEventType("outdialtarget_exploded").has_value());
}

}  // namespace
}  // namespace outdial
