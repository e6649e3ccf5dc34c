// OutdialService, on a database.
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "contract/suite/database_test.h"
#include "contract/suite/values.h"
#include "outdial/entities/event.h"
#include "outdial/entities/outdial.h"
#include "support/catch.h"

namespace outdial::contract {
namespace {

using Types = std::vector<std::string>;

const auto kUnknown = IdOf<OutdialId>(0xeeee);

TEST_CASE_METHOD(ServicesTest, "outdial service: creates an outdial", "[contract][services]") {
  const Outdial outdial = CreateOutdial();
  const auto& fields = outdial.fields();
  CHECK_FALSE(fields.id.is_nil());
  CHECK(fields.customer_id == IdOf<CustomerId>(1'000'000));
  CHECK(fields.campaign_id == IdOf<CampaignId>(2'000'000));
  CHECK(fields.name.value() == "spring");
  CHECK(fields.detail.value() == "first list");
  CHECK(fields.data.value() == R"({"k": 1})");
  CHECK(fields.tm_create == clock().Now());
  CHECK(fields.tm_update == std::nullopt);
  CHECK(fields.tm_delete == std::nullopt);
  CHECK(Must(services().outdials.Get(outdial.id())) == outdial);
  CHECK((WaitingEvents() == std::vector<Event>{{EventType::kOutdialCreated, outdial}}));
}

TEST_CASE_METHOD(ServicesTest, "outdial service: what it creates is newer than what it created",
                 "[contract][services]") {
  absl::Time last = absl::InfinitePast();
  for (int i = 0; i < 5; ++i) {
    if (i == 2) clock().Advance(-absl::Hours(1));
    const Outdial outdial = CreateOutdial();
    CHECK(*outdial.fields().tm_create >= last + absl::Microseconds(1));
    const OutdialTarget target = CreateTarget(outdial.id());
    CHECK(*target.fields().tm_create >= *outdial.fields().tm_create + absl::Microseconds(1));
    last = *target.fields().tm_create;
  }
}

TEST_CASE_METHOD(ServicesTest, "outdial service: an unknown outdial is OUTDIAL_NOT_FOUND",
                 "[contract][services]") {
  CreateOutdial();
  TakeEventTypes();
  OutdialService& outdials = services().outdials;
  CHECK(Outcome(outdials.Get(kUnknown)) == "OUTDIAL_NOT_FOUND");
  CHECK(Outcome(outdials.UpdateBasicInfo(kUnknown, {}, {})) == "OUTDIAL_NOT_FOUND");
  CHECK(Outcome(outdials.UpdateCampaign(kUnknown, {})) == "OUTDIAL_NOT_FOUND");
  CHECK(Outcome(outdials.UpdateData(kUnknown, {})) == "OUTDIAL_NOT_FOUND");
  CHECK(Outcome(outdials.Delete(kUnknown)) == "OUTDIAL_NOT_FOUND");
  CHECK(TakeEventTypes().empty());
}

TEST_CASE_METHOD(ServicesTest, "outdial service: lists the live ones, newest first",
                 "[contract][services]") {
  const Outdial first = CreateOutdial();
  const Outdial second = CreateOutdial();
  const Outdial third = Must(services().outdials.Create({.customer_id = IdOf<CustomerId>(7),
                                                         .campaign_id = {},
                                                         .name = {},
                                                         .detail = {},
                                                         .data = {}}));
  const Outdial deleted = Must(services().outdials.Delete(second.id()));
  using Outdials = std::vector<Outdial>;
  CHECK(Must(services().outdials.List({}, {})) == Outdials{third, first});
  CHECK(Must(services().outdials.List({}, {.size = 1, .before = std::nullopt})) == Outdials{third});
  CHECK(Must(services().outdials.List({}, {.size = 9, .before = third.fields().tm_create})) ==
        Outdials{first});
  OutdialFilter filter;
  filter.customer_id = IdOf<CustomerId>(7);
  CHECK(Must(services().outdials.List(filter, {})) == Outdials{third});
  filter = OutdialFilter();
  filter.deleted = true;
  CHECK(Must(services().outdials.List(filter, {})) == Outdials{deleted});
}

TEST_CASE_METHOD(ServicesTest, "outdial service: changes one aspect at a time",
                 "[contract][services]") {
  const Outdial outdial = CreateOutdial();
  CreateOutdial();
  TakeEventTypes();
  clock().Advance(absl::Seconds(1));
  Outdial::Fields expected = outdial.fields();
  absl::StatusOr<Outdial> changed;
  SECTION("name and detail") {
    expected.name = NameOf("summer");
    expected.detail = TextOf("");
    changed = services().outdials.UpdateBasicInfo(outdial.id(), expected.name, expected.detail);
  }
  SECTION("campaign") {
    expected.campaign_id = IdOf<CampaignId>(77);
    changed = services().outdials.UpdateCampaign(outdial.id(), expected.campaign_id);
  }
  SECTION("data") {
    expected.data = TextOf("plain text");
    changed = services().outdials.UpdateData(outdial.id(), expected.data);
  }
  SECTION("also to the same value") {
    changed = services().outdials.UpdateData(outdial.id(), expected.data);
  }
  expected.tm_update = clock().Now();
  CHECK(Must(changed) == Outdial(expected));
  CHECK(Must(services().outdials.Get(outdial.id())) == Outdial(expected));
  CHECK((WaitingEvents() == std::vector<Event>{{EventType::kOutdialUpdated, Outdial(expected)}}));
}

TEST_CASE_METHOD(ServicesTest, "outdial service: each change is newer than the one before",
                 "[contract][services]") {
  const Outdial outdial = CreateOutdial();
  absl::Time last = *outdial.fields().tm_create;
  for (int i = 0; i < 4; ++i) {
    clock().Advance(-absl::Minutes(1));
    const Outdial changed = Must(services().outdials.UpdateData(outdial.id(), {}));
    CHECK(*changed.fields().tm_update > last);
    last = *changed.fields().tm_update;
    // Another process, which knows nothing of the times that were given out.
    Restart({});
  }
}

TEST_CASE_METHOD(ServicesTest, "outdial service: deletes softly, once", "[contract][services]") {
  const Outdial outdial = CreateOutdial();
  TakeEventTypes();
  clock().Advance(absl::Seconds(1));
  Outdial::Fields expected = outdial.fields();
  expected.tm_update = expected.tm_delete = clock().Now();
  CHECK(Must(services().outdials.Delete(outdial.id())) == Outdial(expected));
  CHECK((WaitingEvents() == std::vector<Event>{{EventType::kOutdialDeleted, Outdial(expected)}}));
  TakeEventTypes();

  clock().Advance(absl::Seconds(1));
  CHECK(Must(services().outdials.Delete(outdial.id())) == Outdial(expected));
  CHECK(Must(services().outdials.Get(outdial.id())) == Outdial(expected));
  CHECK(Outcome(services().outdials.UpdateBasicInfo(outdial.id(), {}, {})) == "OUTDIAL_NOT_FOUND");
  CHECK(Outcome(services().outdials.UpdateCampaign(outdial.id(), {})) == "OUTDIAL_NOT_FOUND");
  CHECK(Outcome(services().outdials.UpdateData(outdial.id(), {})) == "OUTDIAL_NOT_FOUND");
  CHECK(Must(services().outdials.Get(outdial.id())) == Outdial(expected));
  CHECK(TakeEventTypes().empty());
}

TEST_CASE_METHOD(ServicesTest, "outdial service: a deleted outdial's targets live on",
                 "[contract][services]") {
  const Outdial outdial = CreateOutdial();
  const OutdialTarget target = CreateTarget(outdial.id());
  const OutdialTarget busy = CreateTarget(outdial.id());
  Must(services().targets.Progress(busy.id(), {}, std::nullopt));
  Must(services().outdials.Delete(outdial.id()));
  TakeEventTypes();
  OutdialTargetService& targets = services().targets;

  SECTION("to be read, reported on and deleted") {
    CHECK(Must(targets.Get(target.id())) == target);
    CHECK(Must(targets.List(outdial.id(), {})).size() == 2);
    CHECK(Must(targets.Renew(busy.id(), std::nullopt, std::nullopt)).status() ==
          TargetStatus::kProgressing);
    CHECK(Must(targets.Report(busy.id(), TargetStatus::kDone, std::nullopt)).status() ==
          TargetStatus::kDone);
    CHECK(Must(targets.Delete(target.id())).deleted());
    CHECK(TakeEventTypes() == Types{"outdialtarget_updated", "outdialtarget_deleted"});
  }
  SECTION("but none is available, claimed, begun or added") {
    CHECK(Outcome(targets.Available(outdial.id(), {9}, 10)) == "OUTDIAL_NOT_FOUND");
    CHECK(Outcome(targets.Claim(outdial.id(), {9}, 10, std::nullopt)) == "OUTDIAL_NOT_FOUND");
    CHECK(Outcome(targets.Progress(target.id(), {}, std::nullopt)) == "OUTDIAL_NOT_FOUND");
    CHECK(Outcome(targets.Create(outdial.id(), TargetWith({Tel("+1")}))) == "OUTDIAL_NOT_FOUND");
    CHECK(Must(targets.Get(target.id())) == target);
    CHECK(TakeEventTypes().empty());
  }
}

}  // namespace
}  // namespace outdial::contract
