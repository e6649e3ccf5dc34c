// How much one result holds, in all repositories.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "contract/suite/database_test.h"
#include "contract/suite/values.h"
#include "outdial/entities/page.h"
#include "outdial/ports/result_rows.h"
#include "support/catch.h"

namespace outdial::contract {
namespace {

const auto kOutdialId = IdOf<OutdialId>(1'000);
const TryThresholds kTwice = {2, 2, 2, 2, 2};

const std::string& LargeText() {
  static const auto& text = *new std::string(65'535, 'x');
  return text;
}

// More of these than fit into two results.
constexpr std::size_t kMany = 2 * kMaxResultBytes / (2 * 65'535) + 9;

OutdialTarget LargeTarget(std::uint64_t number) {
  OutdialTarget::Fields fields = TargetFields(number, kOutdialId);
  fields.detail = fields.data = TextOf(LargeText());
  // Of two signatures, in turn.
  fields.slots[0].try_count = static_cast<std::int32_t>(number % 2);
  return OutdialTarget(fields);
}

// The first of these rows, as many as a result may hold.
template <typename Row>
std::vector<Row> FirstThatFit(const std::vector<Row>& rows) {
  std::size_t bytes = 0;
  const auto end = std::find_if(rows.begin(), rows.end(), [&](const Row& row) {
    bytes += TextBytes(row);
    return bytes > kMaxResultBytes;
  });
  return {rows.begin(), end};
}

class ResultRowsTest : public ServicesTest {
 public:
  // Numbers 1, 2, …; `change` changes them.
  std::vector<OutdialTarget> InsertTargets(
      const std::function<void(OutdialTarget::Fields&)>& change = nullptr) {
    std::vector<OutdialTarget> targets;
    for (std::uint64_t i = 1; i <= kMany; ++i) {
      OutdialTarget::Fields fields = LargeTarget(i).fields();
      if (change) change(fields);
      targets.emplace_back(std::move(fields));
    }
    Write([&](UnitOfWork& work) { return work.targets().Insert(targets); });
    return targets;
  }
};

// `list` lists a page of `newest_first`, which are all that there are.
template <typename Row, typename List>
void CheckPages(const std::vector<Row>& newest_first, List list) {
  const std::size_t fit = FirstThatFit(newest_first).size();
  REQUIRE(fit > 20);
  REQUIRE(fit < newest_first.size());
  const auto outcome = [&](std::size_t size) { return Outcome(list(Page{.size = size})); };
  CHECK(outcome(fit) == "OK");
  CHECK(outcome(fit + 1) == "REPLY_TOO_LARGE");
  CHECK(outcome(kMaxListSize) == "REPLY_TOO_LARGE");
  std::vector<Row> listed;
  Page page{.size = 20};
  while (listed.size() < newest_first.size()) {
    const std::vector<Row> rows = Must(list(page));
    REQUIRE_FALSE(rows.empty());
    listed.insert(listed.end(), rows.begin(), rows.end());
    page.before = rows.back().fields().tm_create;
  }
  CHECK(IdsOf(listed) == IdsOf(newest_first));
  CHECK(GetField(list(Page{.size = fit + 1}).status()) == "page_size");
}

TEST_CASE_METHOD(ResultRowsTest, "results: a list of outdials is not larger than it may be",
                 "[contract][outdials]") {
  std::vector<Outdial> outdials;
  for (std::uint64_t i = 1; i <= kMany; ++i) {
    Outdial::Fields fields = OutdialFields(i);
    fields.detail = fields.data = TextOf(LargeText());
    outdials.emplace_back(std::move(fields));
    Write([&](UnitOfWork& work) { return work.outdials().Insert(outdials.back()); });
  }
  std::reverse(outdials.begin(), outdials.end());
  CheckPages(outdials, [&](const Page& page) {
    absl::StatusOr<std::vector<Outdial>> rows;
    const absl::Status status = database().Read([&](const UnitOfWork& work) {
      rows = work.outdials().List({}, page);
      return rows.status();
    });
    return status.ok() ? rows : status;
  });
}

TEST_CASE_METHOD(ResultRowsTest, "results: a list of targets is not larger than it may be",
                 "[contract][targets]") {
  const auto list = [&](const Page& page) {
    absl::StatusOr<std::vector<OutdialTarget>> rows;
    const absl::Status status = database().Read([&](const UnitOfWork& work) {
      rows = work.targets().List(kOutdialId, page);
      return rows.status();
    });
    return status.ok() ? rows : status;
  };
  SECTION("each with a time of its own") {
    std::vector<OutdialTarget> targets = InsertTargets();
    std::reverse(targets.begin(), targets.end());
    CheckPages(targets, list);
  }
  SECTION("all of one time: those of a page of one that do not fit are left out") {
    const auto targets = InsertTargets([](auto& fields) { fields.tm_create = At(7); });
    CHECK(Must(list(Page{.size = 1})) == FirstThatFit(targets));
    CHECK(Outcome(list(Page{.size = 2})) == "REPLY_TOO_LARGE");
  }
  SECTION("as many of one time as fit") {
    auto targets = InsertTargets([](auto& fields) {
      if (fields.id >= IdOf<OutdialTargetId>(kMany - 9)) fields.tm_create = At(1'000'000);
    });
    targets.erase(targets.begin(), targets.end() - 10);
    CHECK(Must(list(Page{.size = 2})) == targets);
  }
}

TEST_CASE_METHOD(ResultRowsTest, "results: a list of calls is not larger than it may be",
                 "[contract][calls]") {
  const auto target_id = IdOf<OutdialTargetId>(1);
  std::vector<OutdialTargetCall> calls;
  for (std::uint64_t i = 1; i <= kMany; ++i) {
    OutdialTargetCall::Fields fields = CallFields(i, target_id);
    fields.destination = Address::FromStorage(
        {.type = "sip", .target = LargeText(), .target_name = "", .detail = LargeText()});
    calls.emplace_back(std::move(fields));
  }
  Write([&](UnitOfWork& work) { return work.calls().Insert(calls); });
  std::reverse(calls.begin(), calls.end());
  CheckPages(calls, [&](const Page& page) {
    absl::StatusOr<std::vector<OutdialTargetCall>> rows;
    const absl::Status status = database().Read([&](const UnitOfWork& work) {
      rows = work.calls().List({.outdial_target_id = target_id}, page);
      return rows.status();
    });
    return status.ok() ? rows : status;
  });
}

TEST_CASE_METHOD(ResultRowsTest, "results: fewer targets are available where they are large",
                 "[contract][targets]") {
  const std::vector<OutdialTarget> targets = InsertTargets();
  const std::vector<OutdialTarget> first = FirstThatFit(targets);
  for (const std::size_t limit : {first.size() - 1, first.size(), first.size() + 1, kMaxListSize}) {
    CAPTURE(limit);
    const std::vector<OutdialTarget> expected(
        first.begin(), first.begin() + static_cast<std::ptrdiff_t>(std::min(limit, first.size())));
    const auto found = Read([&](const UnitOfWork& work) {
      return work.targets().FindAvailable(kOutdialId, kTwice, limit);
    });
    CHECK(IdsOf(found) == IdsOf(expected));
    const auto locked = WriteResult(
        [&](UnitOfWork& work) { return work.targets().LockAvailable(kOutdialId, kTwice, limit); });
    CHECK(IdsOf(locked) == IdsOf(expected));
  }
  // Of one signature alone.
  std::vector<OutdialTarget> untried;
  for (const OutdialTarget& target : targets) {
    if (target.fields().slots[0].try_count == 0) untried.push_back(target);
  }
  const auto found = Read([&](const UnitOfWork& work) {
    return work.targets().FindAvailable(kOutdialId, {1, 0, 0, 0, 0}, kMaxListSize);
  });
  CHECK(IdsOf(found) == IdsOf(FirstThatFit(untried)));
}

TEST_CASE_METHOD(ResultRowsTest, "results: fewer leases have expired where targets are large",
                 "[contract][targets]") {
  const std::vector<OutdialTarget> targets = InsertTargets([](OutdialTarget::Fields& fields) {
    fields.status = TargetStatus::kProgressing;
    fields.lease_until = fields.tm_create;
  });
  for (int i = 0; i < 2; ++i) {
    const auto expired = WriteResult(
        [&](UnitOfWork& work) { return work.targets().LockLeaseExpired(At(1'000'000), kMany); });
    CHECK(IdsOf(expired) == IdsOf(FirstThatFit(targets)));
  }
  clock().Set(At(1'000'000));
  CHECK(Must(services().targets.ReclaimExpiredLeases(kMany - 1)) == kMany - 1);
  CHECK(Must(services().targets.ReclaimExpiredLeases(kMany)) == 1);
}

TEST_CASE_METHOD(ResultRowsTest, "results: all targets are listed, oldest first, however large",
                 "[contract][targets]") {
  std::int64_t times = 0;
  SECTION("each with a time of its own") { times = static_cast<std::int64_t>(kMany); }
  SECTION("many of one time") { times = 3; }
  SECTION("all of one time") { times = 1; }
  const std::int64_t rows_of_time = static_cast<std::int64_t>(kMany) / times + 1;
  const std::vector<OutdialTarget> targets = InsertTargets([&](OutdialTarget::Fields& fields) {
    fields.tm_create = At(absl::ToInt64Microseconds(*fields.tm_create - At(0)) / rows_of_time + 1);
  });
  std::vector<OutdialTarget> listed;
  CreationPlace after;
  while (true) {
    const auto rows = Read([&](const UnitOfWork& work) {
      return work.targets().ListOldest(kOutdialId, after, kMany);
    });
    if (rows.empty()) break;
    CHECK(FirstThatFit(rows).size() == rows.size());
    listed.insert(listed.end(), rows.begin(), rows.end());
    after = CreationPlace::Of(rows.back());
  }
  CHECK(IdsOf(listed) == IdsOf(targets));
}

TEST_CASE_METHOD(ResultRowsTest, "results: fewer events are seen at once where they are large",
                 "[contract][outbox]") {
  std::vector<Event> events;
  for (std::uint64_t i = 1; i <= kMany; ++i) {
    events.push_back({EventType::kOutdialTargetCreated, LargeTarget(i)});
  }
  Write([&](UnitOfWork& work) { return work.outbox().Append(events); });
  std::vector<Event> seen;
  while (true) {
    const auto entries = Read([](const UnitOfWork& work) { return work.outbox().Peek(kMany); });
    if (entries.empty()) break;
    CHECK(FirstThatFit(entries).size() == entries.size());
    std::vector<std::int64_t> sequences;
    for (const OutboxEntry& entry : entries) {
      seen.push_back(entry.event);
      sequences.push_back(entry.sequence);
    }
    Write([&](UnitOfWork& work) { return work.outbox().Remove(sequences); });
  }
  CHECK(seen == events);
}

}  // namespace
}  // namespace outdial::contract
