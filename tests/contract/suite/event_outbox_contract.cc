// EventOutbox.
#include <cstddef>
#include <cstdint>
#include <limits>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "contract/suite/database_test.h"
#include "contract/suite/values.h"
#include "support/catch.h"

namespace outdial::contract {
namespace {

Event OutdialEvent(std::uint64_t number) {
  return {EventType::kOutdialCreated, Outdial(OutdialFields(number))};
}

class OutboxTest : public DatabaseTest {
 public:
  std::string Append(const std::vector<Event>& events) {
    return OutcomeOfWrite([&](UnitOfWork& work) { return work.outbox().Append(events); });
  }

  std::vector<OutboxEntry> Peek(std::size_t limit) {
    return Read([&](const UnitOfWork& work) { return work.outbox().Peek(limit); });
  }

  std::size_t Size() {
    return Read([](const UnitOfWork& work) { return work.outbox().Size(); });
  }

  void Remove(const std::vector<std::int64_t>& sequences) {
    Write([&](UnitOfWork& work) { return work.outbox().Remove(sequences); });
  }
};

TEST_CASE_METHOD(OutboxTest, "outbox: is empty at first", "[contract][outbox]") {
  CHECK(Peek(10).empty());
  CHECK(Append({}) == "OK");
  CHECK(Peek(10).empty());
}

TEST_CASE_METHOD(OutboxTest, "outbox: a limit beyond any number is none", "[contract][outbox]") {
  REQUIRE(Append({{EventType::kOutdialCreated, Outdial(OutdialFields(1))},
                  {EventType::kOutdialCreated, Outdial(OutdialFields(2))}}) == "OK");
  CHECK(Peek(std::numeric_limits<std::size_t>::max()).size() == 2);
}

TEST_CASE_METHOD(OutboxTest, "outbox: events come back as they are sent, in order",
                 "[contract][outbox]") {
  OutdialTarget::Fields target = TargetFields(2, IdOf<OutdialId>(1));
  target.status = TargetStatus::kProgressing;
  target.lease_until = At(500);
  target.tm_update = At(40);
  target.slots[2].address = Address::FromStorage({"sip", "\U0001F4DE", "'\"\\", "\u00e9", "x"});
  target.slots[2].try_count = -3;
  Outdial::Fields deleted = OutdialFields(3);
  deleted.data = TextOf("{\"k\": \"\U0001F4DE\\u00e9\"}");
  deleted.tm_update = At(60);
  deleted.tm_delete = At(60);
  Outdial::Fields created = OutdialFields(4);
  created.tm_update = std::nullopt;
  const std::vector<Event> events = {
      {EventType::kOutdialDeleted, Outdial(deleted)},
      {EventType::kOutdialTargetUpdated, OutdialTarget(target)},
      {EventType::kOutdialCreated, Outdial(created)},
      {EventType::kOutdialUpdated, Outdial(OutdialFields(5))},
      {EventType::kOutdialTargetCreated, OutdialTarget(TargetFields(6, IdOf<OutdialId>(1)))},
      {EventType::kOutdialTargetDeleted, OutdialTarget(TargetFields(7, IdOf<OutdialId>(1)))},
  };
  REQUIRE(Append({events[0], events[1]}) == "OK");
  REQUIRE(Append({events.begin() + 2, events.end()}) == "OK");
  Reopen();

  const std::vector<OutboxEntry> entries = Peek(10);
  REQUIRE(entries.size() == events.size());
  for (std::size_t i = 0; i < events.size(); ++i) {
    CAPTURE(i);
    CHECK(AsSent(entries[i].event) == AsSent(events[i]));
    if (i > 0) CHECK(entries[i].sequence > entries[i - 1].sequence);
  }
  // The version of the entity: its tm_update, else its tm_create.
  CHECK(entries[0].tm_create == At(60));
  CHECK(entries[1].tm_create == At(40));
  CHECK(entries[2].tm_create == At(4));
  CHECK(Size() >= events.size());
}

TEST_CASE_METHOD(OutboxTest, "outbox: Peek returns the oldest, and removes nothing",
                 "[contract][outbox]") {
  REQUIRE(Append({OutdialEvent(1), OutdialEvent(2), OutdialEvent(3)}) == "OK");
  CHECK(Peek(0).empty());
  for (int i = 0; i < 2; ++i) {
    const auto entries = Peek(2);
    REQUIRE(entries.size() == 2);
    CHECK(entries[0].event == OutdialEvent(1));
    CHECK(entries[1].event == OutdialEvent(2));
  }
}

TEST_CASE_METHOD(OutboxTest, "outbox: Remove takes out what it names and nothing else",
                 "[contract][outbox]") {
  REQUIRE(Append({OutdialEvent(1), OutdialEvent(2), OutdialEvent(3), OutdialEvent(4)}) == "OK");
  const auto entries = Peek(10);
  Remove({entries[2].sequence, entries[0].sequence, entries[3].sequence + 1'000, -1});
  const auto left = Peek(10);
  REQUIRE(left.size() == 2);
  CHECK(left[0].event == OutdialEvent(2));
  CHECK(left[0].sequence == entries[1].sequence);
  CHECK(left[1].event == OutdialEvent(4));
  Remove({entries[2].sequence, entries[0].sequence});  // a second time
  Remove({});
  CHECK(Peek(10).size() == 2);
}

TEST_CASE_METHOD(OutboxTest, "outbox: a sequence is not used again", "[contract][outbox]") {
  // A relay whose removal was repeated would throw away an event that nobody has published.
  REQUIRE(Append({OutdialEvent(1), OutdialEvent(2)}) == "OK");
  const auto entries = Peek(10);
  Remove({entries[0].sequence, entries[1].sequence});
  Reopen();
  REQUIRE(Append({OutdialEvent(2)}) == "OK");
  const auto later = Peek(10);
  REQUIRE(later.size() == 1);
  CHECK(later[0].sequence > entries[1].sequence);
}

TEST_CASE_METHOD(OutboxTest, "outbox: more than its limit is refused, in whole",
                 "[contract][outbox]") {
  Open({.outbox_limit = 3});
  REQUIRE(Append({OutdialEvent(1), OutdialEvent(2)}) == "OK");
  CHECK(Append({OutdialEvent(3), OutdialEvent(4)}) == "OUTBOX_FULL");
  CHECK(Peek(10).size() == 2);
  CHECK(Append({OutdialEvent(3)}) == "OK");
  CHECK(Append({OutdialEvent(4)}) == "OUTBOX_FULL");
  CHECK(Peek(10).size() == 3);

  SECTION("also after it was opened again") {
    Reopen();
    CHECK(Append({OutdialEvent(4)}) == "OUTBOX_FULL");
  }
  SECTION("until some are removed") {
    const auto entries = Peek(10);
    Remove({entries[0].sequence, entries[1].sequence});
    CHECK(Append({OutdialEvent(4), OutdialEvent(5)}) == "OK");
    CHECK(Append({OutdialEvent(6)}) == "OUTBOX_FULL");
  }
  SECTION("and what is rolled back takes no room") {
    const auto entries = Peek(10);
    Remove({entries[0].sequence});
    for (int i = 0; i < 5; ++i) {
      CHECK(OutcomeOfWrite([](UnitOfWork& work) -> absl::Status {
              if (auto status = work.outbox().Append({OutdialEvent(4)}); !status.ok()) {
                return status;
              }
              return absl::CancelledError("never mind");
            }) == "INTERNAL");
    }
    CHECK(Append({OutdialEvent(4)}) == "OK");
  }
}

TEST_CASE_METHOD(OutboxTest, "outbox: a limit of nothing refuses every event",
                 "[contract][outbox]") {
  Open({.outbox_limit = 0});
  CHECK(Append({OutdialEvent(1)}) == "OUTBOX_FULL");
}

}  // namespace
}  // namespace outdial::contract
