// OutdialTargetService, on a database.
#include <algorithm>
#include <atomic>
#include <cstddef>
#include <limits>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "contract/suite/database_test.h"
#include "contract/suite/values.h"
#include "outdial/entities/claimed_target.h"
#include "outdial/entities/event.h"
#include "outdial/entities/outdial_target.h"
#include "support/catch.h"

namespace outdial::contract {
namespace {

using Types = std::vector<std::string>;
using Targets = std::vector<OutdialTarget>;

const auto kUnknown = IdOf<OutdialTargetId>(0xeeee);
const auto kUnknownOutdial = IdOf<OutdialId>(0xeeee);
const auto kUnknownCall = IdOf<OutdialTargetCallId>(0xeeee);

DestinationIndex Index(std::int64_t value) { return Must(DestinationIndex::Create(value)); }

// A list with nobody on it; the targets that a test case makes have destinations 0, 1 and 3.
class TargetServiceTest : public ServicesTest {
 public:
  OutdialTargetService& targets() { return services().targets; }

  OutdialTarget Create() { return CreateTarget(outdial_.id()); }
  // What is stored, of which the service tells all but the lease.
  OutdialTarget Get(OutdialTargetId id) {
    OutdialTarget stored = Read([&](const UnitOfWork& work) { return work.targets().Get(id); });
    CHECK(Must(targets().Get(id)) == stored.WithoutLease());
    return stored;
  }
  std::vector<OutdialTargetCall> CallsOf(OutdialTargetId id) {
    return Must(services().calls.ListOfTarget(id, {}));
  }
  OutdialTarget Progress(OutdialTargetId id, std::optional<absl::Duration> lease = std::nullopt) {
    return Must(targets().Progress(id, DestinationIndex(), lease));
  }
  std::vector<ClaimedTarget> Claim(const TryThresholds& thresholds, std::size_t limit,
                                   std::optional<absl::Duration> lease = std::nullopt) {
    return Must(targets().Claim(outdial_.id(), thresholds, limit, lease));
  }
  Targets Available(const TryThresholds& thresholds, std::size_t limit = 100) {
    return Must(targets().Available(outdial_.id(), thresholds, limit));
  }

 protected:
  const Outdial outdial_ = CreateOutdial();
};

TEST_CASE_METHOD(TargetServiceTest, "target service: creates an idle target that was never tried",
                 "[contract][services]") {
  TakeEventTypes();
  NewOutdialTarget values = TargetWith({Tel("+1"), std::nullopt, Tel("+3")});
  values.name = NameOf("Ann");
  values.detail = TextOf("d");
  values.data = TextOf("{}");
  clock().Advance(absl::Seconds(1));
  const OutdialTarget target = Must(targets().Create(outdial_.id(), values));

  OutdialTarget::Fields expected{.id = target.id(),
                                 .outdial_id = outdial_.id(),
                                 .name = values.name,
                                 .detail = values.detail,
                                 .data = values.data,
                                 .status = TargetStatus::kIdle,
                                 .slots = {},
                                 .lease_until = std::nullopt,
                                 .tm_create = clock().Now(),
                                 .tm_update = clock().Now(),
                                 .tm_delete = std::nullopt};
  expected.slots[0].address = Tel("+1");
  expected.slots[2].address = Tel("+3");
  CHECK_FALSE(target.id().is_nil());
  CHECK(target == OutdialTarget(expected));
  CHECK(Get(target.id()) == target);
  CHECK((WaitingEvents() == std::vector<Event>{{EventType::kOutdialTargetCreated, target}}));
  CHECK(CallsOf(target.id()).empty());
}

TEST_CASE_METHOD(TargetServiceTest, "target service: what is unknown is not found",
                 "[contract][services]") {
  Create();
  TakeEventTypes();
  const std::string target_not_found = "OUTDIAL_TARGET_NOT_FOUND";
  CHECK(Outcome(targets().Get(kUnknown)) == target_not_found);
  CHECK(Outcome(targets().Progress(kUnknown, {}, std::nullopt)) == target_not_found);
  CHECK(Outcome(targets().Renew(kUnknown, std::nullopt, std::nullopt)) == target_not_found);
  CHECK(Outcome(targets().Report(kUnknown, TargetStatus::kIdle, std::nullopt)) == target_not_found);
  CHECK(Outcome(targets().Report(kUnknown, TargetStatus::kIdle, kUnknownCall)) == target_not_found);
  CHECK(Outcome(targets().Delete(kUnknown)) == target_not_found);
  const std::string outdial_not_found = "OUTDIAL_NOT_FOUND";
  CHECK(Outcome(targets().Create(kUnknownOutdial, {})) == outdial_not_found);
  CHECK(Outcome(targets().List(kUnknownOutdial, {})) == outdial_not_found);
  CHECK(Outcome(targets().Available(kUnknownOutdial, {1}, 1)) == outdial_not_found);
  CHECK(Outcome(targets().Claim(kUnknownOutdial, {1}, 1, std::nullopt)) == outdial_not_found);
  CHECK(TakeEventTypes().empty());
}

TEST_CASE_METHOD(TargetServiceTest, "target service: lists the live ones, newest first",
                 "[contract][services]") {
  const OutdialTarget first = Create();
  const OutdialTarget second = Create();
  const OutdialTarget third = Create();
  const Outdial other = CreateOutdial();
  CreateTarget(other.id());
  Must(targets().Delete(second.id()));
  CHECK(Must(targets().List(outdial_.id(), {})) == Targets{third, first});
  CHECK(Must(targets().List(outdial_.id(), {.size = 1, .before = std::nullopt})) == Targets{third});
  CHECK(Must(targets().List(outdial_.id(), {.size = 1, .before = third.fields().tm_create})) ==
        Targets{first});
}

TEST_CASE_METHOD(TargetServiceTest, "target service: a list holds no more than kMaxListSize",
                 "[contract][services]") {
  std::vector<absl::StatusOr<NewOutdialTarget>> rows(kMaxListSize + 1, TargetWith({Tel("+1")}));
  Must(services().imports.Import(outdial_.id(), std::move(rows), OnDuplicate::kAllow));
  const TryThresholds once = {1};
  for (const std::size_t size : {kMaxListSize + 1, std::numeric_limits<std::size_t>::max()}) {
    CHECK(Must(targets().List(outdial_.id(), {.size = size})).size() == kMaxListSize);
    CHECK(Available(once, size).size() == kMaxListSize);
  }
  CHECK(Must(targets().List(outdial_.id(), {.size = 0})).empty());
  CHECK(Available(once, 0).empty());
  CHECK(Claim(once, 0).empty());
  CHECK(Claim(once, std::numeric_limits<std::size_t>::max()).size() == kMaxListSize);
  CHECK(Claim(once, std::numeric_limits<std::size_t>::max()).size() == 1);
}

TEST_CASE_METHOD(TargetServiceTest, "target service: those are available who were tried too seldom",
                 "[contract][services]") {
  const OutdialTarget first = Create();
  const OutdialTarget second = Create();
  const OutdialTarget third = Create();
  CreateTarget(CreateOutdial().id());
  TakeEventTypes();
  CHECK(Available({1, 0, 0, 0, 0}) == Targets{first, second, third});
  CHECK(Available({1, 0, 0, 0, 0}, 2) == Targets{first, second});
  CHECK(Available({0, 0, 0, 0, 0}).empty());
  CHECK(Available({0, 0, 9, 0, 9}).empty());  // nobody has these destinations
  CHECK(Available({-1, 0, 9, 1, 9}).size() == 3);
  CHECK(TakeEventTypes().empty());

  Progress(first.id());
  CHECK(Available({9, 9, 9, 9, 9}) == Targets{second, third});
  const OutdialTarget tried = Must(targets().Report(first.id(), TargetStatus::kIdle, std::nullopt));
  // It was touched last, so its turn comes last.
  CHECK(Available({9, 9, 9, 9, 9}) == Targets{second, third, tried});
  CHECK(Available({1, 0, 0, 0, 0}) == Targets{second, third});
  CHECK(Available({1, 1, 0, 0, 0}) == Targets{second, third, tried});
  Must(targets().Report(second.id(), TargetStatus::kDone, std::nullopt));
  Must(targets().Delete(third.id()));
  CHECK(Available({9, 9, 9, 9, 9}) == Targets{tried});
}

TEST_CASE_METHOD(TargetServiceTest, "target service: Progress begins a call",
                 "[contract][services]") {
  const OutdialTarget target = Create();
  Create();
  TakeEventTypes();
  clock().Advance(absl::Seconds(1));
  const OutdialTarget begun = Must(targets().Progress(target.id(), Index(3), std::nullopt));

  OutdialTarget::Fields expected = target.fields();
  expected.status = TargetStatus::kProgressing;
  expected.slots[3].try_count = 1;
  expected.tm_update = clock().Now();
  CHECK(begun == OutdialTarget(expected));
  CHECK(Get(target.id()) == begun);
  CHECK((WaitingEvents() == std::vector<Event>{{EventType::kOutdialTargetUpdated, begun}}));

  const std::vector<OutdialTargetCall> calls = CallsOf(target.id());
  REQUIRE(calls.size() == 1);
  CHECK_FALSE(calls[0].id().is_nil());
  CHECK(calls[0] ==
        OutdialTargetCall(OutdialTargetCall::Fields{.id = calls[0].id(),
                                                    .customer_id = outdial_.fields().customer_id,
                                                    .campaign_id = outdial_.fields().campaign_id,
                                                    .outdial_id = outdial_.id(),
                                                    .outdial_target_id = target.id(),
                                                    .activeflow_id = {},
                                                    .reference_type = ReferenceType::kNone,
                                                    .reference_id = {},
                                                    .status = TargetCallStatus::kProgressing,
                                                    .destination = Tel("+15551230003"),
                                                    .destination_index = Index(3),
                                                    .try_count = 1,
                                                    .tm_create = clock().Now(),
                                                    .tm_update = std::nullopt,
                                                    .tm_delete = std::nullopt}));
}

TEST_CASE_METHOD(TargetServiceTest, "target service: Progress counts each try",
                 "[contract][services]") {
  const OutdialTarget target = Create();
  for (const std::int64_t index : {1, 0, 1, 1}) {
    Must(targets().Progress(target.id(), Index(index), std::nullopt));
    Must(targets().Report(target.id(), TargetStatus::kIdle, std::nullopt));
  }
  const OutdialTarget tried = Get(target.id());
  CHECK(tried.slot(Index(0)).try_count == 1);
  CHECK(tried.slot(Index(1)).try_count == 3);
  CHECK(tried.slot(Index(3)).try_count == 0);
  const std::vector<OutdialTargetCall> calls = CallsOf(target.id());
  REQUIRE(calls.size() == 4);
  CHECK(calls[0].fields().try_count == 3);
  CHECK(calls[1].fields().try_count == 2);
  CHECK(calls[2].fields().destination_index == Index(0));
  CHECK(calls[3].fields().try_count == 1);
}

TEST_CASE_METHOD(TargetServiceTest, "target service: Progress refuses what cannot be dialled",
                 "[contract][services]") {
  const OutdialTarget target = Create();
  std::string expected;
  DestinationIndex index;
  SECTION("a target that is being dialled") {
    Progress(target.id());
    expected = "OUTDIAL_TARGET_NOT_IDLE";
  }
  SECTION("a target that is done") {
    Must(targets().Report(target.id(), TargetStatus::kDone, std::nullopt));
    expected = "OUTDIAL_TARGET_NOT_IDLE";
  }
  SECTION("a deleted target") {
    Must(targets().Delete(target.id()));
    expected = "OUTDIAL_TARGET_NOT_FOUND";
  }
  SECTION("a destination that is not set") {
    index = Index(2);
    expected = "DESTINATION_NOT_SET";
  }
  SECTION("a destination that was tried as often as can be counted") {
    OutdialTarget::Fields fields = target.fields();
    fields.slots[0].try_count = std::numeric_limits<std::int32_t>::max();
    Write([&](UnitOfWork& work) -> absl::Status {
      if (auto got = work.targets().GetForUpdate(target.id()); !got.ok()) return got.status();
      return work.targets().Update({{OutdialTarget(fields)}});
    });
    expected = "TRY_COUNT_AT_MAXIMUM";
  }
  const OutdialTarget before = Get(target.id());
  const std::vector<OutdialTargetCall> calls = CallsOf(target.id());
  TakeEventTypes();
  CHECK(Outcome(targets().Progress(target.id(), index, std::nullopt)) == expected);
  CHECK(Get(target.id()) == before);
  CHECK(CallsOf(target.id()) == calls);
  CHECK(TakeEventTypes().empty());
}

TEST_CASE_METHOD(TargetServiceTest, "target service: Claim begins a call with each it returns",
                 "[contract][services]") {
  const OutdialTarget first = Create();
  const OutdialTarget second = Create();
  const OutdialTarget third = Create();
  Must(targets().Progress(first.id(), Index(0), std::nullopt));
  const OutdialTarget tried = Must(targets().Report(first.id(), TargetStatus::kIdle, std::nullopt));
  TakeEventTypes();
  clock().Advance(absl::Seconds(1));

  // The first one's destination 0 is used up; the others are tried there.
  const std::vector<ClaimedTarget> claimed = Claim({1, 1, 1, 1, 1}, 5, absl::Seconds(30));
  REQUIRE(claimed.size() == 3);
  const std::vector<std::pair<OutdialTarget, DestinationIndex>> expected = {
      {second, Index(0)}, {third, Index(0)}, {tried, Index(1)}};
  std::vector<Event> events;
  absl::Time last = clock().Now() - absl::Microseconds(1);
  for (std::size_t i = 0; i < expected.size(); ++i) {
    CAPTURE(i);
    const auto& [target, index] = expected[i];
    OutdialTarget::Fields fields = target.fields();
    fields.status = TargetStatus::kProgressing;
    ++fields.slots[index.value()].try_count;
    fields.lease_until = clock().Now() + absl::Seconds(30);
    fields.tm_update = claimed[i].target.fields().tm_update;
    CHECK(claimed[i].target == OutdialTarget(fields));
    CHECK(*fields.tm_update > last);
    last = *fields.tm_update;
    CHECK(claimed[i].destination_index == index);
    CHECK(claimed[i].lease_until == fields.lease_until);
    CHECK(Get(target.id()) == claimed[i].target);

    const OutdialTargetCall call = Must(services().calls.Get(claimed[i].call_id));
    CHECK(call.open());
    CHECK(call == CallsOf(target.id()).front());
    CHECK(call.fields().destination == target.slot(index).address);
    CHECK(call.fields().destination_index == index);
    CHECK(call.fields().try_count == fields.slots[index.value()].try_count);
    CHECK(call.fields().customer_id == outdial_.fields().customer_id);
    CHECK(call.fields().campaign_id == outdial_.fields().campaign_id);
    events.push_back(AsSent({EventType::kOutdialTargetUpdated, claimed[i].target}));
  }
  CHECK(WaitingEvents() == events);
  CHECK(Claim({9, 9, 9, 9, 9}, 5).empty());
}

TEST_CASE_METHOD(TargetServiceTest, "target service: Claim returns as many as asked for at most",
                 "[contract][services]") {
  for (int i = 0; i < 5; ++i) Create();
  TakeEventTypes();
  CHECK(Claim({1}, 2).size() == 2);
  CHECK(Available({9, 9, 9, 9, 9}).size() == 3);
  CHECK(Claim({0, 0, 9}, 2).empty());
  CHECK(Claim({1}, 9).size() == 3);
  CHECK(Claim({1}, 9).empty());
  CHECK(TakeEventTypes().size() == 5);
}

TEST_CASE_METHOD(TargetServiceTest, "target service: a claim without a lease has none",
                 "[contract][services]") {
  Create();
  std::optional<absl::Duration> lease;
  SECTION("where none is the default") {}
  SECTION("where it asks for none") {
    Restart({.record_events = true, .default_lease = absl::Seconds(5)});
    lease = absl::ZeroDuration();
  }
  const ClaimedTarget claimed = Claim({1}, 1, lease).front();
  CHECK(claimed.lease_until == std::nullopt);
  CHECK(claimed.target.fields().lease_until == std::nullopt);
  clock().Advance(absl::Hours(24 * 365));
  CHECK(Must(targets().ReclaimExpiredLeases(10)) == 0);
}

TEST_CASE_METHOD(TargetServiceTest, "target service: Report ends the open call",
                 "[contract][services]") {
  const OutdialTarget target = Create();
  const OutdialTarget begun = Progress(target.id(), absl::Seconds(5));
  const OutdialTargetCall call = CallsOf(target.id()).front();
  TakeEventTypes();
  clock().Advance(absl::Seconds(1));
  const TargetStatus status = GENERATE(TargetStatus::kIdle, TargetStatus::kDone);
  std::optional<OutdialTargetCallId> call_id;
  SECTION("without naming it") {}
  SECTION("naming it") { call_id = call.id(); }
  const OutdialTarget reported = Must(targets().Report(target.id(), status, call_id));

  OutdialTarget::Fields expected = begun.fields();
  expected.status = status;
  expected.lease_until = std::nullopt;
  expected.tm_update = clock().Now();
  CHECK(reported == OutdialTarget(expected));
  CHECK(Get(target.id()) == reported);
  OutdialTargetCall::Fields ended = call.fields();
  ended.status = TargetCallStatus::kDone;
  ended.tm_update = clock().Now();
  CHECK(CallsOf(target.id()) == std::vector<OutdialTargetCall>{OutdialTargetCall(ended)});
  CHECK((WaitingEvents() == std::vector<Event>{{EventType::kOutdialTargetUpdated, reported}}));
}

TEST_CASE_METHOD(TargetServiceTest, "target service: Report is a change where nothing is open too",
                 "[contract][services]") {
  const OutdialTarget target = Create();
  TakeEventTypes();
  absl::Time last = *target.fields().tm_update;
  for (const TargetStatus status :
       {TargetStatus::kIdle, TargetStatus::kDone, TargetStatus::kDone, TargetStatus::kIdle}) {
    const OutdialTarget reported = Must(targets().Report(target.id(), status, std::nullopt));
    CHECK(reported.status() == status);
    CHECK(*reported.fields().tm_update > last);
    last = *reported.fields().tm_update;
    CHECK(TakeEventTypes() == Types{"outdialtarget_updated"});
  }
  CHECK(CallsOf(target.id()).empty());
}

TEST_CASE_METHOD(TargetServiceTest, "target service: Report does not begin a call",
                 "[contract][services]") {
  const OutdialTarget target = Create();
  TakeEventTypes();
  CHECK(Outcome(targets().Report(target.id(), TargetStatus::kProgressing, std::nullopt)) ==
        "INVALID_STATUS");
  CHECK(Get(target.id()) == target);
  CHECK(TakeEventTypes().empty());
}

TEST_CASE_METHOD(TargetServiceTest,
                 "target service: Report refuses a call that is not the open one",
                 "[contract][services]") {
  const OutdialTarget target = Create();
  Progress(target.id());
  const OutdialTargetCallId old_call = CallsOf(target.id()).front().id();
  Must(targets().Report(target.id(), TargetStatus::kIdle, old_call));
  const OutdialTarget other = Create();
  Progress(other.id());
  const OutdialTargetCallId call_of_other = CallsOf(other.id()).front().id();

  SECTION("while another one is") { Progress(target.id()); }
  SECTION("while none is") {}
  const OutdialTarget before = Get(target.id());
  const std::vector<OutdialTargetCall> calls = CallsOf(target.id());
  TakeEventTypes();
  for (const OutdialTargetCallId call : {old_call, call_of_other, kUnknownCall}) {
    CHECK(Outcome(targets().Report(target.id(), TargetStatus::kDone, call)) ==
          "OUTDIAL_TARGET_CALL_NOT_OPEN");
  }
  CHECK(Get(target.id()) == before);
  CHECK(CallsOf(target.id()) == calls);
  CHECK(CallsOf(other.id()).front().open());
  CHECK(TakeEventTypes().empty());
}

TEST_CASE_METHOD(TargetServiceTest, "target service: Report works on a deleted target",
                 "[contract][services]") {
  const OutdialTarget target = Create();
  Progress(target.id());
  const OutdialTargetCallId call = CallsOf(target.id()).front().id();
  const OutdialTarget other = Create();
  Progress(other.id());
  const OutdialTargetCallId call_of_other = CallsOf(other.id()).front().id();
  const OutdialTarget deleted = Must(targets().Delete(target.id()));
  TakeEventTypes();

  CHECK(Outcome(targets().Report(target.id(), TargetStatus::kDone, call_of_other)) ==
        "OUTDIAL_TARGET_CALL_NOT_OPEN");
  CHECK(Outcome(targets().Report(target.id(), TargetStatus::kDone, kUnknownCall)) ==
        "OUTDIAL_TARGET_CALL_NOT_OPEN");
  CHECK(TakeEventTypes().empty());

  std::optional<OutdialTargetCallId> call_id;
  SECTION("without naming a call") {}
  SECTION("naming one of its calls") { call_id = call; }
  const OutdialTarget reported = Must(targets().Report(target.id(), TargetStatus::kDone, call_id));
  CHECK(reported.status() == TargetStatus::kDone);
  CHECK(reported.fields().tm_delete == deleted.fields().tm_delete);
  CHECK(*reported.fields().tm_update > *deleted.fields().tm_update);
  CHECK(TakeEventTypes() == Types{"outdialtarget_updated"});
}

TEST_CASE_METHOD(TargetServiceTest, "target service: Renew gives the open call a new lease",
                 "[contract][services]") {
  const OutdialTarget target = Create();
  const OutdialTarget begun = Progress(target.id(), absl::Seconds(5));
  CHECK(begun.fields().lease_until == clock().Now() + absl::Seconds(5));
  const OutdialTargetCall call = CallsOf(target.id()).front();
  TakeEventTypes();
  clock().Advance(absl::Seconds(3));
  std::optional<OutdialTargetCallId> call_id;
  SECTION("without naming it") {}
  SECTION("naming it") { call_id = call.id(); }
  const OutdialTarget renewed = Must(targets().Renew(target.id(), absl::Seconds(7), call_id));

  // Nothing else changes, not even tm_update.
  OutdialTarget::Fields expected = begun.fields();
  expected.lease_until = clock().Now() + absl::Seconds(7);
  CHECK(renewed == OutdialTarget(expected));
  CHECK(Get(target.id()) == renewed);
  CHECK(CallsOf(target.id()) == std::vector<OutdialTargetCall>{call});
  CHECK(TakeEventTypes().empty());

  clock().Advance(absl::Seconds(6));
  CHECK(Must(targets().ReclaimExpiredLeases(10)) == 0);
  clock().Advance(absl::Seconds(1));
  CHECK(Must(targets().ReclaimExpiredLeases(10)) == 1);
}

TEST_CASE_METHOD(TargetServiceTest,
                 "target service: Renew can take the lease away, or use the default",
                 "[contract][services]") {
  Restart({.record_events = true, .default_lease = absl::Seconds(9)});
  const OutdialTarget target = Create();
  CHECK(Progress(target.id()).fields().lease_until == clock().Now() + absl::Seconds(9));
  CHECK(
      Must(targets().Renew(target.id(), absl::ZeroDuration(), std::nullopt)).fields().lease_until ==
      std::nullopt);
  clock().Advance(absl::Hours(1));
  CHECK(Must(targets().ReclaimExpiredLeases(10)) == 0);
  CHECK(Must(targets().Renew(target.id(), std::nullopt, std::nullopt)).fields().lease_until ==
        clock().Now() + absl::Seconds(9));
}

TEST_CASE_METHOD(TargetServiceTest, "target service: Renew refuses where nothing is to be renewed",
                 "[contract][services]") {
  const OutdialTarget target = Create();
  std::string expected = "OUTDIAL_TARGET_NOT_PROGRESSING";
  std::optional<OutdialTargetCallId> call_id;
  SECTION("an idle target") {}
  SECTION("a target that is done") {
    Must(targets().Report(target.id(), TargetStatus::kDone, std::nullopt));
  }
  SECTION("a deleted target") {
    Progress(target.id());
    Must(targets().Delete(target.id()));
    expected = "OUTDIAL_TARGET_NOT_FOUND";
  }
  SECTION("an old call of a target in progress") {
    Progress(target.id());
    call_id = CallsOf(target.id()).front().id();
    Must(targets().Report(target.id(), TargetStatus::kIdle, std::nullopt));
    Progress(target.id());
    expected = "OUTDIAL_TARGET_CALL_NOT_OPEN";
  }
  SECTION("an unknown call") {
    Progress(target.id());
    call_id = kUnknownCall;
    expected = "OUTDIAL_TARGET_CALL_NOT_OPEN";
  }
  const OutdialTarget before = Get(target.id());
  TakeEventTypes();
  CHECK(Outcome(targets().Renew(target.id(), absl::Seconds(9), call_id)) == expected);
  CHECK(Get(target.id()) == before);
  CHECK(TakeEventTypes().empty());
}

TEST_CASE_METHOD(TargetServiceTest, "target service: deletes softly, once, and ends the open call",
                 "[contract][services]") {
  const OutdialTarget target = Create();
  bool in_progress = false;
  SECTION("an idle target") {}
  SECTION("a target in progress") {
    Progress(target.id(), absl::Seconds(5));
    in_progress = true;
  }
  TakeEventTypes();
  clock().Advance(absl::Seconds(1));
  OutdialTarget::Fields expected = Get(target.id()).fields();
  expected.lease_until = std::nullopt;
  expected.tm_update = expected.tm_delete = clock().Now();
  const OutdialTarget deleted = Must(targets().Delete(target.id()));
  CHECK(deleted == OutdialTarget(expected));
  CHECK((WaitingEvents() == std::vector<Event>{{EventType::kOutdialTargetDeleted, deleted}}));
  TakeEventTypes();
  const std::vector<OutdialTargetCall> calls = CallsOf(target.id());
  REQUIRE(calls.size() == (in_progress ? 1 : 0));
  for (const OutdialTargetCall& call : calls) {
    CHECK_FALSE(call.open());
    CHECK(call.fields().tm_update == clock().Now());
  }

  clock().Advance(absl::Seconds(10));
  CHECK(Must(targets().Delete(target.id())) == deleted);
  CHECK(Get(target.id()) == deleted);
  CHECK(CallsOf(target.id()) == calls);
  CHECK(Must(targets().ReclaimExpiredLeases(10)) == 0);
  CHECK(TakeEventTypes().empty());
}

TEST_CASE_METHOD(TargetServiceTest, "target service: brings back whose lease has run out, once",
                 "[contract][services]") {
  const OutdialTarget early = Create();
  const OutdialTarget late = Create();
  const OutdialTarget forever = Create();
  const OutdialTarget reported = Create();
  Progress(late.id(), absl::Seconds(20));
  const OutdialTarget begun = Progress(early.id(), absl::Seconds(10));
  Progress(forever.id());
  Progress(reported.id(), absl::Seconds(10));
  Must(targets().Report(reported.id(), TargetStatus::kDone, std::nullopt));
  TakeEventTypes();

  clock().Advance(absl::Seconds(10) - absl::Microseconds(1));
  CHECK(Must(targets().ReclaimExpiredLeases(10)) == 0);
  CHECK(TakeEventTypes().empty());
  clock().Advance(absl::Microseconds(1));
  CHECK(Must(targets().ReclaimExpiredLeases(10)) == 1);

  OutdialTarget::Fields expected = begun.fields();
  expected.status = TargetStatus::kIdle;
  expected.lease_until = std::nullopt;
  expected.tm_update = Get(early.id()).fields().tm_update;
  CHECK(*expected.tm_update >= clock().Now());
  CHECK(*expected.tm_update < clock().Now() + absl::Milliseconds(1));
  CHECK(Get(early.id()) == OutdialTarget(expected));
  CHECK_FALSE(CallsOf(early.id()).front().open());
  CHECK(CallsOf(early.id()).front().fields().tm_update == expected.tm_update);
  CHECK((WaitingEvents() ==
         std::vector<Event>{{EventType::kOutdialTargetUpdated, OutdialTarget(expected)}}));
  TakeEventTypes();

  CHECK(Must(targets().ReclaimExpiredLeases(10)) == 0);
  CHECK(Get(late.id()).status() == TargetStatus::kProgressing);
  CHECK(CallsOf(late.id()).front().open());
  clock().Advance(absl::Seconds(10));
  CHECK(Must(targets().ReclaimExpiredLeases(10)) == 1);
  CHECK(Get(late.id()).status() == TargetStatus::kIdle);
  clock().Advance(absl::Hours(1'000));
  CHECK(Must(targets().ReclaimExpiredLeases(10)) == 0);
  CHECK(Get(forever.id()).status() == TargetStatus::kProgressing);
  CHECK(Get(reported.id()).status() == TargetStatus::kDone);
}

TEST_CASE_METHOD(TargetServiceTest, "target service: brings back as many as asked for at most",
                 "[contract][services]") {
  for (int i = 0; i < 5; ++i) Create();
  CHECK(Claim({1}, 5, absl::Seconds(1)).size() == 5);
  TakeEventTypes();
  clock().Advance(absl::Seconds(2));
  CHECK(Must(targets().ReclaimExpiredLeases(0)) == 0);
  CHECK(Must(targets().ReclaimExpiredLeases(2)) == 2);
  CHECK(Must(targets().ReclaimExpiredLeases(2)) == 2);
  CHECK(Must(targets().ReclaimExpiredLeases(2)) == 1);
  CHECK(Must(targets().ReclaimExpiredLeases(2)) == 0);
  CHECK(TakeEventTypes() == Types(5, "outdialtarget_updated"));
  CHECK(Available({9}).size() == 5);
}

TEST_CASE_METHOD(TargetServiceTest,
                 "target service: who comes too late cannot end another's attempt",
                 "[contract][services]") {
  Create();
  const ClaimedTarget slow = Claim({9}, 1, absl::Seconds(1)).front();
  clock().Advance(absl::Seconds(2));
  CHECK(Must(targets().ReclaimExpiredLeases(10)) == 1);
  const ClaimedTarget next = Claim({9}, 1, absl::Seconds(60)).front();
  CHECK(next.target.id() == slow.target.id());
  CHECK(next.call_id != slow.call_id);
  CHECK(Outcome(targets().Report(slow.target.id(), TargetStatus::kDone, slow.call_id)) ==
        "OUTDIAL_TARGET_CALL_NOT_OPEN");
  CHECK(Outcome(targets().Renew(slow.target.id(), absl::Seconds(9), slow.call_id)) ==
        "OUTDIAL_TARGET_CALL_NOT_OPEN");
  CHECK(Get(next.target.id()) == next.target);
  CHECK(Must(targets().Report(next.target.id(), TargetStatus::kDone, next.call_id)).status() ==
        TargetStatus::kDone);
}

TEST_CASE_METHOD(TargetServiceTest, "target service: callers that claim at once share nothing",
                 "[contract][services][concurrency]") {
  constexpr std::size_t kTargets = 120;
  for (std::size_t i = 0; i < kTargets; ++i) Create();

  std::mutex mutex;
  std::vector<OutdialTargetId> claimed;
  std::set<OutdialTargetCallId> calls;
  std::vector<std::string> failures;
  RunInParallel(4, [&](int thread) {
    while (true) {
      std::vector<ClaimedTarget> mine;
      const absl::Status status = RetryWhileBusy([&] {
        auto result =
            targets().Claim(outdial_.id(), {1}, static_cast<std::size_t>(thread) + 1, std::nullopt);
        if (result.ok()) mine = *std::move(result);
        return result.status();
      });
      const std::lock_guard lock(mutex);
      if (!status.ok()) failures.push_back(Outcome(status));
      if (mine.empty()) return;
      for (const ClaimedTarget& target : mine) {
        claimed.push_back(target.target.id());
        calls.insert(target.call_id);
      }
    }
  });
  CHECK(failures.empty());
  CHECK(claimed.size() == kTargets);
  CHECK(std::set(claimed.begin(), claimed.end()).size() == kTargets);
  CHECK(calls.size() == kTargets);
}

TEST_CASE_METHOD(TargetServiceTest, "target service: of many who dial the same target one wins",
                 "[contract][services][concurrency]") {
  constexpr int kThreads = 4;
  for (int round = 0; round < 10; ++round) {
    const OutdialTarget target = Create();
    std::atomic<int> won = 0;
    std::atomic<int> refused = 0;
    RunInParallel(kThreads, [&](int) {
      const absl::Status status = RetryWhileBusy(
          [&] { return targets().Progress(target.id(), {}, std::nullopt).status(); });
      if (status.ok()) ++won;
      if (Outcome(status) == "OUTDIAL_TARGET_NOT_IDLE") ++refused;
    });
    CHECK(won == 1);
    CHECK(refused == kThreads - 1);
    CHECK(Get(target.id()).slot({}).try_count == 1);
    CHECK(CallsOf(target.id()).size() == 1);
  }
}

TEST_CASE_METHOD(TargetServiceTest, "target service: many who reclaim bring each back once",
                 "[contract][services][concurrency]") {
  constexpr std::size_t kTargets = 60;
  for (std::size_t i = 0; i < kTargets; ++i) Create();
  CHECK(Claim({1}, kTargets, absl::Seconds(1)).size() == kTargets);
  TakeEventTypes();
  clock().Advance(absl::Seconds(2));
  std::atomic<std::size_t> reclaimed = 0;
  std::atomic<int> failures = 0;
  RunInParallel(4, [&](int) {
    std::size_t last = 1;
    while (last > 0) {
      const absl::Status status = RetryWhileBusy([&] {
        const auto count = targets().ReclaimExpiredLeases(7);
        last = count.value_or(0);
        return count.status();
      });
      if (!status.ok()) ++failures;
      reclaimed += last;
    }
  });
  CHECK(failures == 0);
  CHECK(reclaimed == kTargets);
  CHECK(TakeEventTypes().size() == kTargets);
}

}  // namespace
}  // namespace outdial::contract
