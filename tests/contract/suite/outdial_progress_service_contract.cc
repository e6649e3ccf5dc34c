// OutdialProgressService, on a database: what dialling does to the numbers.
#include <array>
#include <cstdint>
#include <optional>
#include <string>

#include "absl/time/time.h"
#include "contract/suite/database_test.h"
#include "contract/suite/values.h"
#include "outdial/entities/outdial_progress.h"
#include "support/catch.h"

namespace outdial::contract {
namespace {

// A list; the targets that a test case makes have destinations 0, 1 and 3.
class ProgressTest : public ServicesTest {
 public:
  OutdialTargetService& targets() { return services().targets; }
  OutdialTarget Create() { return CreateTarget(outdial_.id()); }

  // Counted now.
  OutdialProgress Progress(const TryThresholds& thresholds) {
    clock().Advance(OutdialProgressService::kMaxAge + absl::Microseconds(1));
    return Must(services().progress.Get(outdial_.id(), thresholds));
  }

 protected:
  const Outdial outdial_ = CreateOutdial();
};

TEST_CASE_METHOD(ProgressTest, "progress: of a list without targets", "[contract][services]") {
  const OutdialProgress progress = Progress({1});
  CHECK(progress == OutdialProgress{.outdial_id = outdial_.id(), .tm_count = clock().Now()});
}

TEST_CASE_METHOD(ProgressTest, "progress: follows the dialling", "[contract][services]") {
  const OutdialTarget ann = Create();
  const OutdialTarget bob = Create();
  const OutdialTarget cleo = Create();
  CreateTarget(CreateOutdial().id());
  OutdialProgress expected{.outdial_id = outdial_.id(), .idle = 3, .dialable = 3};
  const auto check = [&](const TryThresholds& thresholds) {
    const OutdialProgress progress = Progress(thresholds);
    expected.tm_count = clock().Now();
    CHECK(progress == expected);
  };
  check({1});

  const absl::Time first_call = clock().Now() + absl::Seconds(1);
  clock().Set(first_call);
  Must(targets().Progress(ann.id(), {}, std::nullopt));
  expected.idle = expected.dialable = 2;
  expected.progressing = 1;
  expected.tries = {1, 0, 0, 0, 0};
  expected.calls = {.made = 1, .open = 1, .first = first_call, .last = first_call};
  check({1});
  Must(targets().Report(ann.id(), TargetStatus::kIdle, std::nullopt));
  expected.idle = 3;
  expected.progressing = 0;
  expected.exhausted = 1;
  expected.calls.open = 0;
  check({1, 0, 9, 0, 9});
  expected.dialable = 3;
  expected.exhausted = 0;
  check({1, 1, 0, 0, 0});
  check({2});

  const absl::Time last_call = clock().Now() + absl::Seconds(1);
  clock().Set(last_call);
  CHECK(Must(targets().Claim(outdial_.id(), {0, 0, 0, 5, 0}, 2, std::nullopt)).size() == 2);
  expected.idle = expected.dialable = 1;
  expected.progressing = 2;
  expected.tries = {1, 0, 0, 2, 0};
  // The times of one process strictly increase.
  expected.calls.made = 3;
  expected.calls.open = 2;
  expected.calls.last =
      Must(services().calls.List({.customer_id = std::nullopt, .outdial_id = outdial_.id()}, {}))
          .front()
          .fields()
          .tm_create;
  check({5});

  Must(targets().Report(bob.id(), TargetStatus::kDone, std::nullopt));
  Must(targets().Report(cleo.id(), TargetStatus::kDone, std::nullopt));
  expected.progressing = 0;
  expected.done = 2;
  expected.calls.open = 0;
  check({5});
  // What was tried of a deleted target goes with it; its calls have been all the same.
  Must(targets().Delete(ann.id()));
  Must(targets().Delete(cleo.id()));
  expected.idle = expected.dialable = 0;
  expected.done = 1;
  expected.tries = {0, 0, 0, 1, 0};
  check({5});
}

TEST_CASE_METHOD(ProgressTest, "progress: of an unknown or deleted list is not found",
                 "[contract][services]") {
  CHECK(Outcome(services().progress.Get(IdOf<OutdialId>(0xeeee), {})) == "OUTDIAL_NOT_FOUND");
  Must(services().outdials.Delete(outdial_.id()));
  CHECK(Outcome(services().progress.Get(outdial_.id(), {})) == "OUTDIAL_NOT_FOUND");
}

}  // namespace
}  // namespace outdial::contract
