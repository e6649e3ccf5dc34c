#include "contract/suite/database_test.h"

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "absl/functional/function_ref.h"
#include "absl/status/status.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "outdial/entities/error.h"

namespace outdial::contract {
namespace {

constexpr std::size_t kAll = 1'000'000;

}  // namespace

DatabaseTest::DatabaseTest()
    : implementation_(DatabaseImplementations()),
      under_test_(implementation_->make(DatabaseUnderTestSettings())) {}

std::vector<Event> DatabaseTest::WaitingEvents() {
  std::vector<Event> events;
  for (const OutboxEntry& entry :
       Read([](const UnitOfWork& work) { return work.outbox().Peek(kAll); })) {
    events.push_back(AsSent(entry.event));
  }
  return events;
}

Outdial ServicesTest::CreateOutdial() {
  return Must(services().outdials.Create({.customer_id = IdOf<CustomerId>(1'000'000),
                                          .campaign_id = IdOf<CampaignId>(2'000'000),
                                          .name = NameOf("spring"),
                                          .detail = TextOf("first list"),
                                          .data = TextOf(R"({"k": 1})")}));
}

OutdialTarget ServicesTest::CreateTarget(OutdialId outdial_id) {
  return Must(services().targets.Create(
      outdial_id, TargetWith({Tel("+15551230000"), Tel("+15551230001"), {}, Tel("+15551230003")})));
}

std::vector<std::string> ServicesTest::TakeEventTypes() {
  std::vector<std::string> types;
  Write([&](UnitOfWork& work) -> absl::Status {
    types.clear();
    const auto entries = work.outbox().Peek(kAll);
    if (!entries.ok()) return entries.status();
    std::vector<std::int64_t> sequences;
    for (const OutboxEntry& entry : *entries) {
      types.emplace_back(EventTypeName(entry.event.type));
      sequences.push_back(entry.sequence);
    }
    return work.outbox().Remove(sequences);
  });
  return types;
}

absl::Status RetryWhileBusy(absl::FunctionRef<absl::Status()> attempt) {
  const absl::Time deadline = absl::Now() + absl::Seconds(30);
  while (true) {
    absl::Status status = attempt();
    if (status.ok() || GetReason(status) != Reason::kDatabaseUnavailable) return status;
    if (absl::Now() > deadline) return status;
  }
}

}  // namespace outdial::contract
