// OutdialTargetCallRepository.
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "contract/suite/database_test.h"
#include "contract/suite/values.h"
#include "outdial/entities/page.h"
#include "support/catch.h"

namespace outdial::contract {
namespace {

const auto kTargetId = IdOf<OutdialTargetId>(1'000);
const auto kOtherTargetId = IdOf<OutdialTargetId>(1'001);

class CallRepositoryTest : public DatabaseTest {
 public:
  // Two targets, for locks guard rows that are there.
  CallRepositoryTest() {
    Write([](UnitOfWork& work) {
      return work.targets().Insert({{OutdialTarget(TargetFields(1'000, IdOf<OutdialId>(1))),
                                     OutdialTarget(TargetFields(1'001, IdOf<OutdialId>(1)))}});
    });
  }

  std::string Insert(const std::vector<OutdialTargetCall::Fields>& all) {
    const std::vector<OutdialTargetCall> calls(all.begin(), all.end());
    return OutcomeOfWrite([&](UnitOfWork& work) { return work.calls().Insert(calls); });
  }

  OutdialTargetCall Get(OutdialTargetCallId id) {
    return Read([&](const UnitOfWork& work) { return work.calls().Get(id); });
  }

  std::vector<OutdialTargetCallId> List(const OutdialTargetCallFilter& filter,
                                        const Page& page = {}) {
    return IdsOf(Read([&](const UnitOfWork& work) { return work.calls().List(filter, page); }));
  }

  std::optional<OutdialTargetCall> FindOpen(OutdialTargetId target_id) {
    return WriteResult([&](UnitOfWork& work) -> absl::StatusOr<std::optional<OutdialTargetCall>> {
      if (auto got = work.targets().GetForUpdate(target_id); !got.ok()) return got.status();
      return work.calls().FindOpen(target_id);
    });
  }
};

std::vector<OutdialTargetCallId> Ids(const std::vector<std::uint64_t>& numbers) {
  std::vector<OutdialTargetCallId> ids;
  for (const std::uint64_t number : numbers) ids.push_back(IdOf<OutdialTargetCallId>(number));
  return ids;
}

OutdialTargetCall::Fields OpenFields(std::uint64_t number, OutdialTargetId target_id) {
  OutdialTargetCall::Fields fields = CallFields(number, target_id);
  fields.status = TargetCallStatus::kProgressing;
  return fields;
}

TEST_CASE_METHOD(CallRepositoryTest, "calls: come back as they were inserted",
                 "[contract][calls]") {
  OutdialTargetCall::Fields fields = CallFields(1, kTargetId);
  SECTION("with every field set") {
    fields.status = TargetCallStatus::kProgressing;
    fields.tm_delete = At(99);
  }
  SECTION("with nothing set but the id") {
    fields = OutdialTargetCall::Fields();
    fields.id = IdOf<OutdialTargetCallId>(1);
  }
  SECTION("with a difficult destination") {
    const std::string text = "\U0001F4DE '\"\\ \u00e9";
    fields.destination = Address::FromStorage({text, text, text, text, text});
  }
  REQUIRE(Insert({CallFields(2, kTargetId), fields, CallFields(3, kTargetId)}) == "OK");
  CHECK(Get(fields.id) == OutdialTargetCall(fields));
  CHECK(WriteResult([&](UnitOfWork& work) { return work.calls().GetForUpdate(fields.id); }) ==
        OutdialTargetCall(fields));
}

TEST_CASE_METHOD(CallRepositoryTest,
                 "calls: one that is not there is OUTDIAL_TARGET_CALL_NOT_FOUND",
                 "[contract][calls]") {
  REQUIRE(Insert({CallFields(1, kTargetId)}) == "OK");
  const auto id = IdOf<OutdialTargetCallId>(2);
  CHECK(OutcomeOfRead([&](const UnitOfWork& work) { return work.calls().Get(id).status(); }) ==
        "OUTDIAL_TARGET_CALL_NOT_FOUND");
  CHECK(OutcomeOfWrite([&](UnitOfWork& work) { return work.calls().GetForUpdate(id).status(); }) ==
        "OUTDIAL_TARGET_CALL_NOT_FOUND");
}

TEST_CASE_METHOD(CallRepositoryTest, "calls: an id can be inserted once", "[contract][calls]") {
  REQUIRE(Insert({CallFields(1, kTargetId)}) == "OK");
  OutdialTargetCall::Fields other = CallFields(1, kOtherTargetId);
  CHECK(Insert({CallFields(2, kTargetId), other}) == "INTERNAL");
  CHECK(Get(other.id) == OutdialTargetCall(CallFields(1, kTargetId)));
  CHECK(List({.outdial_target_id = kTargetId}) == Ids({1}));
}

TEST_CASE_METHOD(CallRepositoryTest, "calls: Update writes all that can change",
                 "[contract][calls]") {
  REQUIRE(Insert({OpenFields(1, kTargetId), CallFields(2, kTargetId)}) == "OK");
  OutdialTargetCall::Fields changed = CallFields(1, kTargetId);
  changed.activeflow_id = ActiveflowId();
  changed.reference_type = ReferenceType::kNone;
  changed.reference_id = IdOf<ReferenceId>(74);
  changed.tm_update = At(76);
  changed.tm_delete = At(77);
  Write([&](UnitOfWork& work) -> absl::Status {
    if (auto got = work.calls().GetForUpdate(changed.id); !got.ok()) return got.status();
    return work.calls().Update(OutdialTargetCall(changed));
  });
  CHECK(Get(changed.id) == OutdialTargetCall(changed));
  CHECK(Get(IdOf<OutdialTargetCallId>(2)) == OutdialTargetCall(CallFields(2, kTargetId)));
}

TEST_CASE_METHOD(CallRepositoryTest, "calls: a target has one open call at most",
                 "[contract][calls]") {
  CHECK_FALSE(FindOpen(kTargetId).has_value());
  REQUIRE(Insert({CallFields(1, kTargetId), OpenFields(2, kTargetId), CallFields(3, kTargetId),
                  OpenFields(4, kOtherTargetId)}) == "OK");
  CHECK(FindOpen(kTargetId) == OutdialTargetCall(OpenFields(2, kTargetId)));
  CHECK(FindOpen(kOtherTargetId) == OutdialTargetCall(OpenFields(4, kOtherTargetId)));

  SECTION("so that another is refused") {
    CHECK(Insert({OpenFields(5, kTargetId)}) == "INTERNAL");
    CHECK(FindOpen(kTargetId)->id() == IdOf<OutdialTargetCallId>(2));
  }
  SECTION("also where both come at the same time") {
    const auto third = IdOf<OutdialTargetId>(1'002);
    CHECK(Insert({OpenFields(5, third), OpenFields(6, third)}) == "INTERNAL");
    CHECK(List({.outdial_target_id = third}).empty());
  }
  SECTION("and the next one can begin when it has ended") {
    Write([](UnitOfWork& work) -> absl::Status {
      if (auto got = work.targets().GetForUpdate(kTargetId); !got.ok()) return got.status();
      auto open = work.calls().FindOpen(kTargetId);
      if (!open.ok()) return open.status();
      (*open)->End(At(100));
      return work.calls().Update(**open);
    });
    CHECK_FALSE(FindOpen(kTargetId).has_value());
    CHECK(Insert({OpenFields(5, kTargetId)}) == "OK");
    CHECK(FindOpen(kTargetId)->id() == IdOf<OutdialTargetCallId>(5));
  }
}

TEST_CASE_METHOD(CallRepositoryTest, "calls: every filter selects those that equal it",
                 "[contract][calls]") {
  OutdialTargetCall::Fields wanted = CallFields(2, kOtherTargetId);
  wanted.customer_id = IdOf<CustomerId>(21);
  wanted.campaign_id = IdOf<CampaignId>(22);
  wanted.outdial_id = IdOf<OutdialId>(23);
  wanted.activeflow_id = IdOf<ActiveflowId>(24);
  wanted.reference_id = IdOf<ReferenceId>(25);
  REQUIRE(Insert({CallFields(1, kTargetId), wanted, CallFields(3, kTargetId)}) == "OK");

  OutdialTargetCallFilter filter;
  SECTION("customer_id") { filter.customer_id = wanted.customer_id; }
  SECTION("campaign_id") { filter.campaign_id = wanted.campaign_id; }
  SECTION("outdial_id") { filter.outdial_id = wanted.outdial_id; }
  SECTION("outdial_target_id") { filter.outdial_target_id = wanted.outdial_target_id; }
  SECTION("activeflow_id") { filter.activeflow_id = wanted.activeflow_id; }
  SECTION("reference_id") { filter.reference_id = wanted.reference_id; }
  SECTION("all of them") {
    filter = {.customer_id = wanted.customer_id,
              .campaign_id = wanted.campaign_id,
              .outdial_id = wanted.outdial_id,
              .outdial_target_id = wanted.outdial_target_id,
              .activeflow_id = wanted.activeflow_id,
              .reference_id = wanted.reference_id};
  }
  CHECK(List(filter) == Ids({2}));
}

TEST_CASE_METHOD(CallRepositoryTest, "calls: filters select those that equal all of them",
                 "[contract][calls]") {
  OutdialTargetCall::Fields other = CallFields(2, kOtherTargetId);
  other.reference_id = IdOf<ReferenceId>(25);
  REQUIRE(Insert({CallFields(1, kTargetId), other}) == "OK");
  CHECK(List({.outdial_target_id = kOtherTargetId}) == Ids({2}));
  CHECK(List({.outdial_target_id = kTargetId, .reference_id = other.reference_id}).empty());
  CHECK(List({.customer_id = IdOf<CustomerId>(99)}).empty());
}

TEST_CASE_METHOD(CallRepositoryTest, "calls: are listed newest first, in whole microseconds",
                 "[contract][calls]") {
  const auto created = [](std::uint64_t number, std::optional<absl::Time> tm_create,
                          OutdialTargetId target_id = kTargetId) {
    OutdialTargetCall::Fields fields = CallFields(number, target_id);
    fields.tm_create = tm_create;
    return fields;
  };
  constexpr std::uint64_t kHigh = 0xf0'00'00'00'00'00;
  REQUIRE(Insert({created(5, At(10)), created(kHigh, At(20)), created(2, At(20)),
                  created(3, At(30)), created(9, std::nullopt), created(8, std::nullopt),
                  created(1, At(20)), created(7, At(20), kOtherTargetId)}) == "OK");
  const OutdialTargetCallFilter of_target{.outdial_target_id = kTargetId};
  const OutdialTargetCallFilter of_customer{.customer_id = IdOf<CustomerId>(1'000'000)};
  CHECK(List(of_target) == Ids({3, 1, 2, kHigh, 5, 8, 9}));
  CHECK(List(of_customer) == Ids({3, 1, 2, 7, kHigh, 5, 8, 9}));
  CHECK(List(of_target, {.size = 1, .before = std::nullopt}) == Ids({3}));
  CHECK(List(of_target, {.size = 2, .before = std::nullopt}) == Ids({3, 1, 2, kHigh}));
  CHECK(List(of_target, {.size = 1, .before = At(30)}) == Ids({1, 2, kHigh}));
  CHECK(List(of_customer, {.size = 2, .before = At(30)}) == Ids({1, 2, 7, kHigh}));
  CHECK(List(of_target, {.size = 1, .before = At(20)}) == Ids({5}));
}

TEST_CASE_METHOD(CallRepositoryTest, "calls: a page grows by 1000 rows at most",
                 "[contract][calls]") {
  std::vector<OutdialTargetCall::Fields> all;
  std::vector<std::uint64_t> numbers;
  for (std::uint64_t number = 1; number <= kMaxListSize + 5; ++number) {
    all.push_back(CallFields(number, kTargetId));
    all.back().tm_create = At(1);
    numbers.push_back(number);
  }
  REQUIRE(Insert(all) == "OK");
  numbers.resize(kMaxListSize + 1);
  CHECK(List({.outdial_target_id = kTargetId}, {.size = 1, .before = std::nullopt}) ==
        Ids(numbers));
}

TEST_CASE_METHOD(CallRepositoryTest, "calls: those of an outdial are counted",
                 "[contract][calls]") {
  const auto outdial_id = CallFields(1, kTargetId).outdial_id;
  const auto count = [&](OutdialId id) {
    return Read([&](const UnitOfWork& work) { return work.calls().Count(id); });
  };
  CHECK(count(outdial_id) == CallCount{});

  OutdialTargetCall::Fields first = CallFields(5, kTargetId);
  first.outdial_id = outdial_id;
  REQUIRE(Insert({first}) == "OK");
  CHECK(count(outdial_id) == CallCount{.made = 1, .open = 0, .first = At(5), .last = At(5)});

  OutdialTargetCall::Fields last = CallFields(9, kOtherTargetId);
  last.outdial_id = outdial_id;
  last.status = TargetCallStatus::kProgressing;
  OutdialTargetCall::Fields between = CallFields(7, kTargetId);
  between.outdial_id = outdial_id;
  OutdialTargetCall::Fields never = CallFields(3, kTargetId);
  never.outdial_id = outdial_id;
  never.tm_create = std::nullopt;
  const auto other_outdial_id = IdOf<OutdialId>(0xeeee);
  OutdialTargetCall::Fields other = CallFields(1, kTargetId);
  other.outdial_id = other_outdial_id;
  OutdialTargetCall::Fields other_last = CallFields(11, kTargetId);
  other_last.outdial_id = other_outdial_id;
  REQUIRE(Insert({last, between, never, other, other_last}) == "OK");
  CHECK(count(outdial_id) == CallCount{.made = 4, .open = 1, .first = At(5), .last = At(9)});
  CHECK(count(other_outdial_id) == CallCount{.made = 2, .open = 0, .first = At(1), .last = At(11)});
  Write([&](UnitOfWork& work) -> absl::Status {
    if (auto got = work.calls().GetForUpdate(last.id); !got.ok()) return got.status();
    last.status = TargetCallStatus::kDone;
    return work.calls().Update(OutdialTargetCall(last));
  });
  CHECK(count(outdial_id).open == 0);
}

}  // namespace
}  // namespace outdial::contract
