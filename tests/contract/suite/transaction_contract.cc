// Database: transactions are all or nothing, and keep apart from each other.
#include <atomic>
#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "contract/suite/database_test.h"
#include "contract/suite/values.h"
#include "outdial/entities/error.h"
#include "support/catch.h"
#include "support/death.h"

namespace outdial::contract {
namespace {

const Outdial kOutdial(OutdialFields(1));
const OutdialTarget kTarget(TargetFields(2, kOutdial.id()));

OutdialTargetCall OpenCall(std::uint64_t number) {
  OutdialTargetCall::Fields fields = CallFields(number, kTarget.id());
  fields.status = TargetCallStatus::kProgressing;
  return OutdialTargetCall(fields);
}

const JournalEntry kEntry{.key = "key",
                          .fingerprint = "print",
                          .reply = "reply",
                          .tm_create = At(4),
                          .first_delivery = true};

// One row in every place.
absl::Status InsertEverything(UnitOfWork& work) {
  if (auto status = work.outdials().Insert(kOutdial); !status.ok()) return status;
  if (auto status = work.targets().Insert({{kTarget}}); !status.ok()) return status;
  if (auto status = work.calls().Insert({{OpenCall(3)}}); !status.ok()) return status;
  if (auto status = work.outbox().Append({{EventType::kOutdialCreated, kOutdial}}); !status.ok()) {
    return status;
  }
  return work.journal().Insert(kEntry);
}

// Changes or removes every row that InsertEverything made.
absl::Status ChangeEverything(UnitOfWork& work) {
  auto outdial = work.outdials().GetForUpdate(kOutdial.id());
  if (!outdial.ok()) return outdial.status();
  outdial->Delete(At(1'000));
  if (auto status = work.outdials().Update(*outdial); !status.ok()) return status;

  auto target = work.targets().GetForUpdate(kTarget.id());
  if (!target.ok()) return target.status();
  if (auto status = target->StartCall({}, At(5'000), At(1'000)); !status.ok()) return status;
  if (auto status = work.targets().Update({{*target}}); !status.ok()) return status;

  auto call = work.calls().FindOpen(kTarget.id());
  if (!call.ok()) return call.status();
  if (!call->has_value()) return absl::InternalError("the open call is gone");
  (*call)->End(At(1'000));
  if (auto status = work.calls().Update(**call); !status.ok()) return status;

  const auto entries = work.outbox().Peek(10);
  if (!entries.ok()) return entries.status();
  for (const OutboxEntry& entry : *entries) {
    if (auto status = work.outbox().Remove({entry.sequence}); !status.ok()) return status;
  }
  return work.journal().Remove({kEntry.key});
}

// Everything that can be read, as text.
std::vector<std::string> Everything(DatabaseTest& test) {
  return test.Read([](const UnitOfWork& work) -> absl::StatusOr<std::vector<std::string>> {
    std::vector<std::string> all;
    const auto add = [&](const auto& value) { all.push_back(Catch::Detail::stringify(value)); };
    const auto outdial = work.outdials().Get(kOutdial.id());
    outdial.ok() ? add(*outdial) : add(Outcome(outdial));
    const auto target = work.targets().Get(kTarget.id());
    target.ok() ? add(*target) : add(Outcome(target));
    const auto call = work.calls().Get(OpenCall(3).id());
    call.ok() ? add(*call) : add(Outcome(call));
    const auto listed = work.outdials().List({}, {});
    if (!listed.ok()) return listed.status();
    add(listed->size());
    const auto live = work.targets().List(kOutdial.id(), {});
    if (!live.ok()) return live.status();
    add(live->size());
    const auto available = work.targets().FindAvailable(kOutdial.id(), {9, 9, 9, 9, 9}, 10);
    if (!available.ok()) return available.status();
    add(available->size());
    const auto entries = work.outbox().Peek(10);
    if (!entries.ok()) return entries.status();
    for (const OutboxEntry& entry : *entries) add(AsSent(entry.event));
    const auto journaled = work.journal().Find(kEntry.key);
    if (!journaled.ok()) return journaled.status();
    add(journaled->has_value() ? (*journaled)->reply : "not journaled");
    return all;
  });
}

TEST_CASE_METHOD(DatabaseTest, "database: answers Ping", "[contract][database]") {
  CHECK(Outcome(database().Ping()) == "OK");
}

TEST_CASE_METHOD(DatabaseTest, "database: a call inside of a transaction stops the program",
                 "[contract][database]") {
  const auto read = [this] {
    return database().Read([](const UnitOfWork&) { return absl::OkStatus(); });
  };
  const auto read_long = [this] {
    return database().ReadLong([](const UnitOfWork&) { return absl::OkStatus(); });
  };
  const auto write = [this] {
    return database().Write([](UnitOfWork&) { return absl::OkStatus(); });
  };
  const auto ping = [this] { return database().Ping(); };
  const std::function<absl::Status()> inner =
      GENERATE_COPY(as<std::function<absl::Status()>>{}, read, read_long, write, ping);
  const auto nested = ContainsSubstring("is called inside of another one on the same database");
  CHECK_THAT(DeathMessage([&] {
               database().Read([&](const UnitOfWork&) { return inner(); }).IgnoreError();
             }),
             nested);
  CHECK_THAT(DeathMessage([&] {
               database().ReadLong([&](const UnitOfWork&) { return inner(); }).IgnoreError();
             }),
             nested);
  CHECK_THAT(
      DeathMessage([&] { database().Write([&](UnitOfWork&) { return inner(); }).IgnoreError(); }),
      nested);
}

TEST_CASE_METHOD(DatabaseTest, "database: what a body writes is there after Write",
                 "[contract][database]") {
  const auto empty = Everything(*this);
  Write(InsertEverything);
  const auto written = Everything(*this);
  CHECK(written != empty);
  CHECK(written[0] == Catch::Detail::stringify(kOutdial));
  CHECK(written[1] == Catch::Detail::stringify(kTarget));

  SECTION("and after the database was closed and opened") {
    Reopen();
    CHECK(Everything(*this) == written);
  }
  SECTION("and so is what a body changes") {
    Write(ChangeEverything);
    CHECK(Everything(*this) != written);
  }
}

TEST_CASE_METHOD(DatabaseTest, "database: a body that fails leaves nothing behind",
                 "[contract][database]") {
  const absl::Status failure = MakeError(Reason::kOutdialTargetNotIdle, "It is busy.", "status");

  SECTION("of what it inserts") {
    const auto before = Everything(*this);
    const absl::Status status = database().Write([&](UnitOfWork& work) {
      absl::Status inserted = InsertEverything(work);
      return inserted.ok() ? failure : inserted;
    });
    CHECK(status == failure);
    CHECK(Everything(*this) == before);
    Write(InsertEverything);  // nothing is in its way
  }
  SECTION("of what it changes and removes") {
    Write(InsertEverything);
    const auto before = Everything(*this);
    const absl::Status status = database().Write([&](UnitOfWork& work) {
      absl::Status changed = ChangeEverything(work);
      return changed.ok() ? failure : changed;
    });
    CHECK(status == failure);
    CHECK(Everything(*this) == before);
    Write(ChangeEverything);
  }
}

TEST_CASE_METHOD(DatabaseTest, "database: an error inside of a transaction undoes what came before",
                 "[contract][database]") {
  Write([](UnitOfWork& work) {
    JournalEntry redelivered = kEntry;
    redelivered.first_delivery = false;
    return work.journal().Insert(redelivered);
  });
  const auto before = Everything(*this);
  CHECK(OutcomeOfWrite(InsertEverything) == "REQUEST_ALREADY_JOURNALED");
  CHECK(Everything(*this) == before);
}

TEST_CASE_METHOD(DatabaseTest, "database: Read returns what its body returns",
                 "[contract][database]") {
  const absl::Status failure = MakeError(Reason::kInvalidNumber, "No.", "limit");
  CHECK(database().Read([&](const UnitOfWork&) { return failure; }) == failure);
  CHECK(database().Read([&](const UnitOfWork&) { return absl::OkStatus(); }).ok());
}

TEST_CASE_METHOD(DatabaseTest, "database: a transaction sees its own changes",
                 "[contract][database]") {
  Write([](UnitOfWork& work) -> absl::Status {
    if (auto status = InsertEverything(work); !status.ok()) return status;
    const bool seen =
        work.outdials().Get(kOutdial.id()).ok() && work.outdials().List({}, {})->size() == 1 &&
        work.targets().List(kOutdial.id(), {})->size() == 1 &&
        work.targets().LockAvailable(kOutdial.id(), {1}, 10)->size() == 1 &&
        work.calls().FindOpen(kTarget.id())->has_value() && work.outbox().Peek(10)->size() == 1 &&
        *work.outbox().Size() >= 1 && work.journal().Find(kEntry.key)->has_value();
    if (!seen) return absl::InternalError("not all of what was inserted is seen");
    if (auto status = ChangeEverything(work); !status.ok()) return status;
    const bool changed =
        work.outdials().Get(kOutdial.id())->deleted() && work.outdials().List({}, {})->empty() &&
        work.targets().LockAvailable(kOutdial.id(), {1}, 10)->empty() &&
        work.targets().LockLeaseExpired(At(9'000), 10)->size() == 1 &&
        !work.calls().FindOpen(kTarget.id())->has_value() && work.outbox().Peek(10)->empty() &&
        !work.journal().Find(kEntry.key)->has_value();
    return changed ? absl::OkStatus() : absl::InternalError("not all changes are seen");
  });
}

TEST_CASE_METHOD(DatabaseTest, "database: no change is lost where many change the same row",
                 "[contract][database][concurrency]") {
  constexpr int kThreads = 4;
  constexpr int kChanges = 25;
  Write([](UnitOfWork& work) {
    Outdial::Fields fields = OutdialFields(1);
    fields.data = TextOf("0");
    return work.outdials().Insert(Outdial(fields));
  });

  std::atomic<int> failures = 0;
  RunInParallel(kThreads, [&](int) {
    for (int i = 0; i < kChanges; ++i) {
      const absl::Status status = RetryWhileBusy([&] {
        return database().Write([](UnitOfWork& work) -> absl::Status {
          auto outdial = work.outdials().GetForUpdate(kOutdial.id());
          if (!outdial.ok()) return outdial.status();
          Outdial::Fields fields = outdial->fields();
          fields.data = TextOf(std::to_string(std::stoi(fields.data.value()) + 1));
          return work.outdials().Update(Outdial(fields));
        });
      });
      if (!status.ok()) ++failures;
    }
  });

  CHECK(failures == 0);
  const Outdial outdial =
      Read([](const UnitOfWork& work) { return work.outdials().Get(kOutdial.id()); });
  CHECK(outdial.fields().data.value() == std::to_string(kThreads * kChanges));
}

TEST_CASE_METHOD(DatabaseTest, "database: Read sees one consistent state while others write",
                 "[contract][database][concurrency]") {
  constexpr int kReaders = 3;
  constexpr int kChanges = 50;
  const Outdial other(OutdialFields(2));
  Write([&](UnitOfWork& work) -> absl::Status {
    for (Outdial::Fields fields : {OutdialFields(1), OutdialFields(2)}) {
      fields.name = NameOf("0");
      if (auto status = work.outdials().Insert(Outdial(fields)); !status.ok()) return status;
    }
    return absl::OkStatus();
  });

  std::atomic<bool> done = false;
  std::atomic<int> failures = 0;
  std::atomic<int> mixed = 0;
  const auto change_both = [&](int version) {
    return database().Write([&](UnitOfWork& work) -> absl::Status {
      for (const OutdialId id : {kOutdial.id(), other.id()}) {
        auto outdial = work.outdials().GetForUpdate(id);
        if (!outdial.ok()) return outdial.status();
        Outdial::Fields fields = outdial->fields();
        fields.name = NameOf(std::to_string(version));
        if (auto status = work.outdials().Update(Outdial(fields)); !status.ok()) return status;
      }
      return absl::OkStatus();
    });
  };
  const auto read_both = [&] {
    return database().Read([&](const UnitOfWork& work) -> absl::Status {
      const auto first = work.outdials().Get(kOutdial.id());
      const auto second = work.outdials().Get(other.id());
      if (!first.ok() || !second.ok()) return absl::InternalError("one is missing");
      if (first->fields().name != second->fields().name) ++mixed;
      return absl::OkStatus();
    });
  };
  RunInParallel(kReaders + 1, [&](int thread) {
    if (thread == 0) {
      for (int i = 1; i <= kChanges; ++i) {
        if (!RetryWhileBusy([&] { return change_both(i); }).ok()) ++failures;
      }
      done = true;
      return;
    }
    do {
      if (!RetryWhileBusy(read_both).ok()) ++failures;
    } while (!done);
  });
  CHECK(failures == 0);
  CHECK(mixed == 0);
}

}  // namespace
}  // namespace outdial::contract
