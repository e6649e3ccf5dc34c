// OutdialTargetCallService, on a database.
#include <optional>
#include <string>
#include <vector>

#include "absl/time/time.h"
#include "contract/suite/database_test.h"
#include "contract/suite/values.h"
#include "outdial/entities/outdial_target_call.h"
#include "support/catch.h"

namespace outdial::contract {
namespace {

using Calls = std::vector<OutdialTargetCall>;

// A target with a call that is done and an open one.
class CallServiceTest : public ServicesTest {
 public:
  CallServiceTest() {
    Must(services().targets.Progress(target_.id(), {}, std::nullopt));
    Must(services().targets.Report(target_.id(), TargetStatus::kIdle, std::nullopt));
    Must(services().targets.Progress(target_.id(), {}, std::nullopt));
    TakeEventTypes();
  }

  OutdialTargetCallService& calls() { return services().calls; }
  Calls CallsOfTarget() { return Must(calls().ListOfTarget(target_.id(), {})); }

 protected:
  const Outdial outdial_ = CreateOutdial();
  const OutdialTarget target_ = CreateTarget(outdial_.id());
};

TEST_CASE_METHOD(CallServiceTest, "call service: lists the calls of a target, newest first",
                 "[contract][services]") {
  const Calls all = CallsOfTarget();
  REQUIRE(all.size() == 2);
  CHECK(all[0].open());
  CHECK_FALSE(all[1].open());
  CHECK(*all[0].fields().tm_create > *all[1].fields().tm_create);
  CHECK(Must(calls().ListOfTarget(target_.id(), {.size = 1, .before = std::nullopt})) ==
        Calls{all[0]});
  CHECK(Must(calls().ListOfTarget(
            target_.id(), {.size = 9, .before = all[0].fields().tm_create})) == Calls{all[1]});

  SECTION("of a deleted one too") {
    Must(services().targets.Delete(target_.id()));
    CHECK(CallsOfTarget().size() == 2);
  }
  SECTION("of one without calls") {
    const OutdialTarget other = CreateTarget(outdial_.id());
    CHECK(Must(calls().ListOfTarget(other.id(), {})).empty());
  }
  SECTION("but not of one that is unknown") {
    CHECK(Outcome(calls().ListOfTarget(IdOf<OutdialTargetId>(0xeeee), {})) ==
          "OUTDIAL_TARGET_NOT_FOUND");
  }
}

TEST_CASE_METHOD(CallServiceTest, "call service: lists by filter, and by one at least",
                 "[contract][services]") {
  const Outdial other = CreateOutdial();
  const OutdialTarget target_of_other = CreateTarget(other.id());
  Must(services().targets.Progress(target_of_other.id(), {}, std::nullopt));
  CHECK(Outcome(calls().List({}, {})) == "FILTER_REQUIRED");
  CHECK(Must(calls().List({.outdial_id = outdial_.id()}, {})) == CallsOfTarget());
  CHECK(Must(calls().List({.customer_id = outdial_.fields().customer_id}, {})).size() == 3);
  CHECK(Must(calls().List({.campaign_id = IdOf<CampaignId>(77)}, {})).empty());
}

TEST_CASE_METHOD(CallServiceTest, "call service: what is unknown is not found",
                 "[contract][services]") {
  const auto unknown = IdOf<OutdialTargetCallId>(0xeeee);
  CHECK(Outcome(calls().Get(unknown)) == "OUTDIAL_TARGET_CALL_NOT_FOUND");
  CHECK(Outcome(calls().Update(unknown, {})) == "OUTDIAL_TARGET_CALL_NOT_FOUND");
}

TEST_CASE_METHOD(CallServiceTest, "call service: keeps what callers say about a call",
                 "[contract][services]") {
  const OutdialTargetCall before = CallsOfTarget()[0];
  const OutdialTarget target = Must(services().targets.Get(target_.id()));
  OutdialTargetCall::Fields expected = before.fields();
  const auto update = [&](const OutdialTargetCallUpdate& values) {
    clock().Advance(absl::Seconds(1));
    expected.tm_update = clock().Now();
    CHECK(Must(calls().Update(before.id(), values)) == OutdialTargetCall(expected));
    CHECK(Must(calls().Get(before.id())) == OutdialTargetCall(expected));
  };
  expected.activeflow_id = IdOf<ActiveflowId>(51);
  update({.activeflow_id = expected.activeflow_id,
          .reference_type = std::nullopt,
          .reference_id = std::nullopt});
  expected.reference_type = ReferenceType::kCall;
  expected.reference_id = IdOf<ReferenceId>(52);
  update({.activeflow_id = std::nullopt,
          .reference_type = expected.reference_type,
          .reference_id = expected.reference_id});
  update({});

  CHECK(Must(calls().List({.activeflow_id = IdOf<ActiveflowId>(51)}, {})) ==
        Calls{OutdialTargetCall(expected)});
  CHECK(Must(calls().List({.reference_id = IdOf<ReferenceId>(52)}, {})) ==
        Calls{OutdialTargetCall(expected)});
  expected.activeflow_id = ActiveflowId();
  update({.activeflow_id = ActiveflowId(),
          .reference_type = std::nullopt,
          .reference_id = std::nullopt});
  CHECK(Must(calls().List({.activeflow_id = IdOf<ActiveflowId>(51)}, {})).empty());

  // Neither the target nor anybody else hears of it.
  CHECK(Must(services().targets.Get(target_.id())) == target);
  CHECK(TakeEventTypes().empty());
}

TEST_CASE_METHOD(CallServiceTest, "call service: what was said outlives the call",
                 "[contract][services]") {
  const OutdialTargetCall open = CallsOfTarget()[0];
  Must(calls().Update(open.id(), {.activeflow_id = IdOf<ActiveflowId>(51),
                                  .reference_type = ReferenceType::kCall,
                                  .reference_id = IdOf<ReferenceId>(52)}));
  Must(services().targets.Report(target_.id(), TargetStatus::kDone, open.id()));
  const OutdialTargetCall ended = Must(calls().Get(open.id()));
  CHECK_FALSE(ended.open());
  CHECK(ended.fields().activeflow_id == IdOf<ActiveflowId>(51));
  CHECK(ended.fields().reference_id == IdOf<ReferenceId>(52));
  clock().Advance(absl::Seconds(1));
  const OutdialTargetCall updated =
      Must(calls().Update(open.id(), {.activeflow_id = IdOf<ActiveflowId>(61),
                                      .reference_type = std::nullopt,
                                      .reference_id = std::nullopt}));
  CHECK_FALSE(updated.open());
  CHECK(updated.fields().activeflow_id == IdOf<ActiveflowId>(61));
}

}  // namespace
}  // namespace outdial::contract
