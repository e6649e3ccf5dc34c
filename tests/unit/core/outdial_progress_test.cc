#include "outdial/entities/outdial_progress.h"

#include <cstddef>
#include <cstdint>
#include <vector>

#include "contract/suite/values.h"
#include "rapidcheck.h"
#include "support/catch.h"

namespace outdial {
namespace {

const auto kOutdialId = contract::IdOf<OutdialId>(1);
const TryCounts kOnce = {1, std::nullopt, std::nullopt, std::nullopt, std::nullopt};

TEST_CASE("An idle target counts with its set slots, and any with the tries of all of them") {
  OutdialTarget::Fields fields = contract::TargetFields(1, kOutdialId);
  fields.slots = {Slot{contract::Tel("+1"), 3}, Slot{std::nullopt, 7}, Slot{}, Slot{}, Slot{}};
  fields.status = TargetStatus::kIdle;
  CHECK(GroupOf(OutdialTarget(fields)) ==
        TargetGroup{TargetStatus::kIdle, Signature(fields.slots), 1, {0, 7, 0, 0, 0}});
  for (const auto status : {TargetStatus::kProgressing, TargetStatus::kDone}) {
    fields.status = status;
    CHECK(GroupOf(OutdialTarget(fields)) ==
          TargetGroup{status, Signature(TryCounts{3, 7, 0, 0, 0}), 1});
  }
}

TEST_CASE("Nobody and nothing makes a progress of zeros") {
  const OutdialProgress progress =
      ProgressOf({.outdial_id = kOutdialId, .tm_count = contract::At(9)}, {1, 1, 1, 1, 1});
  CHECK(progress == OutdialProgress{.outdial_id = kOutdialId, .tm_count = contract::At(9)});
}

TEST_CASE("A progress adds up what was counted, under any thresholds") {
  const OutdialCount count{
      .outdial_id = kOutdialId,
      .groups = {{TargetStatus::kIdle, Signature(kOnce), 5},
                 {TargetStatus::kIdle, Signature(TryCounts{2, 0}), 7},
                 {TargetStatus::kIdle, Signature(kOnce), 1, {0, 0, 8, 0, 0}},
                 {TargetStatus::kIdle, Signature(), 2},
                 {TargetStatus::kProgressing, Signature(TryCounts{1, 0, 0, 0, 4}), 3},
                 {TargetStatus::kDone, Signature(TryCounts{2, 1, 0, 0, 0}), 2'000'000'000}},
      .calls = {.made = 9, .open = 4, .first = contract::At(1), .last = contract::At(2)},
      .tm_count = contract::At(9)};
  OutdialProgress progress = ProgressOf(count, {2, 0, 0, 0, 0});
  CHECK(progress.idle == 15);
  CHECK(progress.progressing == 3);
  CHECK(progress.done == 2'000'000'000);
  CHECK(progress.dialable == 6);
  CHECK(progress.exhausted == 9);
  CHECK(progress.tries[0] == 6 + 14 + 3 + 4'000'000'000);
  CHECK(progress.tries[1] == 2'000'000'000);
  CHECK(progress.tries[4] == 12);
  CHECK(progress.tries[2] == 8);
  CHECK(progress.calls == count.calls);
  CHECK(ProgressOf(count, {0, 1, 0, 0, 0}).dialable == 7);
  CHECK(ProgressOf(count, {}).exhausted == 15);
}

TEST_CASE("A progress is what counting one by one says") {
  CHECK(rc::check([] {
    std::vector<OutdialTarget> targets;
    OutdialCount count{.outdial_id = kOutdialId};
    TryThresholds thresholds{};
    for (std::int64_t& threshold : thresholds) threshold = *rc::gen::inRange(-1, 4);
    OutdialProgress expected{.outdial_id = kOutdialId};
    const auto size = *rc::gen::inRange<std::uint64_t>(0, 30);
    for (std::uint64_t number = 0; number < size; ++number) {
      OutdialTarget::Fields fields = contract::TargetFields(number, kOutdialId);
      fields.status =
          *rc::gen::element(TargetStatus::kIdle, TargetStatus::kProgressing, TargetStatus::kDone);
      bool eligible = false;
      for (std::size_t i = 0; i < kSlotCount; ++i) {
        Slot& slot = fields.slots[i];
        slot = {.address = *rc::gen::arbitrary<bool>() ? contract::Tel("+1") : std::nullopt,
                .try_count = *rc::gen::inRange(-1, 4)};
        expected.tries[i] += slot.try_count;
        eligible |=
            slot.address.has_value() && thresholds[i] >= 0 && slot.try_count < thresholds[i];
      }
      switch (fields.status) {
        case TargetStatus::kIdle:
          ++expected.idle;
          ++(eligible ? expected.dialable : expected.exhausted);
          break;
        case TargetStatus::kProgressing:
          ++expected.progressing;
          break;
        case TargetStatus::kDone:
          ++expected.done;
          break;
      }
      count.groups.push_back(GroupOf(OutdialTarget(fields)));
    }
    RC_ASSERT(ProgressOf(count, thresholds) == expected);
  }));
}

}  // namespace
}  // namespace outdial
