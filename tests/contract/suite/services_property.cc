// Random operations on the services over a database, and on the oracle beside it: every answer, and
// everything that is left at the end, must be the same.
#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <ostream>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "contract/suite/database_under_test.h"
#include "contract/suite/each_implementation.h"
#include "contract/suite/oracle.h"
#include "contract/suite/values.h"
#include "outdial/memory/cache.h"
#include "outdial/memory/manual_clock.h"
#include "outdial/memory/sequential_id_source.h"
#include "outdial/services/services.h"
#include "rapidcheck.h"
#include "support/catch.h"

namespace outdial::contract {

namespace {

// An operation, and dice for all the choices that it leaves open.
struct Command {
  enum class Kind {
    kCreateOutdial,
    kUpdateOutdial,
    kDeleteOutdial,
    kListOutdials,
    kCreateTarget,
    kPlantTarget,
    kListTargets,
    kAvailable,
    kClaim,
    kProgress,
    kRenew,
    kReport,
    kDeleteTarget,
    kReclaim,
    kUpdateCall,
    kListCalls,
    kMoveClock,
  };

  Kind kind = Kind::kCreateOutdial;
  std::array<std::uint8_t, 12> dice{};
};

std::ostream& operator<<(std::ostream& out, const Command& command) {
  static constexpr std::array kNames = {
      "create outdial", "update outdial", "delete outdial", "list outdials", "create target",
      "plant target",   "list targets",   "available",      "claim",         "progress",
      "renew",          "report",         "delete target",  "reclaim",       "update call",
      "list calls",     "move clock"};
  out << kNames[static_cast<std::size_t>(command.kind)] << "[";
  for (const std::uint8_t die : command.dice) out << " " << int{die};
  return out << " ]";
}

// Takes the dice of a command one after the other.
class Dice {
 public:
  explicit Dice(const Command& command) : dice_(command.dice) {}

  std::size_t Below(std::size_t limit) { return dice_[next_++ % dice_.size()] % limit; }
  bool OneIn(std::size_t count) { return Below(count) == count - 1; }

  // One of `rows`, or now and then one that is not there.
  template <typename Id, typename Rows>
  Id IdIn(const Rows& rows) {
    const std::size_t choice = Below(16);
    if (rows.empty() || choice == 15) return IdOf<Id>(0xeeee);
    return Id(rows[(choice + 15 * Below(16)) % rows.size()].id);
  }

 private:
  const std::array<std::uint8_t, 12> dice_;
  std::size_t next_ = 0;
};

class Run {
 public:
  Run(Database& database, bool cached, absl::Duration default_lease)
      : database_(database), default_lease_(default_lease) {
    Cache& cache = cached ? static_cast<Cache&>(cache_) : no_cache_;
    const ServiceSettings settings{.record_events = true, .default_lease = default_lease};
    for (auto& services : services_) services.emplace(database, cache, clock_, ids_, settings);
  }

  void Do(const Command& command) {
    Dice dice(command);
    // Two processes, which know nothing of each other.
    process_ = dice.OneIn(4) ? 1 : 0;
    // Operations that are refused take the time too.
    latest_[process_] = std::max(latest_[process_], clock_.Now());
    switch (command.kind) {
      case Command::Kind::kCreateOutdial:
        return CreateOutdial(dice);
      case Command::Kind::kUpdateOutdial:
        return UpdateOutdial(dice);
      case Command::Kind::kDeleteOutdial:
        return DeleteOutdial(dice);
      case Command::Kind::kListOutdials:
        return ListOutdials(dice);
      case Command::Kind::kCreateTarget:
        return CreateTarget(dice);
      case Command::Kind::kPlantTarget:
        return PlantTarget(dice);
      case Command::Kind::kListTargets:
        return ListTargets(dice);
      case Command::Kind::kAvailable:
        return Available(dice);
      case Command::Kind::kClaim:
        return Claim(dice);
      case Command::Kind::kProgress:
        return Progress(dice);
      case Command::Kind::kRenew:
        return Renew(dice);
      case Command::Kind::kReport:
        return Report(dice);
      case Command::Kind::kDeleteTarget:
        return DeleteTarget(dice);
      case Command::Kind::kReclaim:
        return Reclaim(dice);
      case Command::Kind::kUpdateCall:
        return UpdateCall(dice);
      case Command::Kind::kListCalls:
        return ListCalls(dice);
      case Command::Kind::kMoveClock:
        return MoveClock(dice);
    }
  }

  // Compares all that is left.
  void CheckEverything() {
    for (const auto& row : oracle_.outdials) {
      RC_ASSERT(Value(services().outdials.Get(row.id)) == Outdial(row));
    }
    for (const auto& row : oracle_.targets) {
      RC_ASSERT(Value(services().targets.Get(row.id)) == OutdialTarget(row).WithoutLease());
      RC_ASSERT(Value(services().calls.ListOfTarget(row.id, kAll)) ==
                oracle_.ListCalls({.outdial_target_id = row.id}, kAll));
    }
    for (const auto& row : oracle_.calls) {
      RC_ASSERT(Value(services().calls.Get(row.id)) == OutdialTargetCall(row));
    }
    for (const std::string& key : oracle_.journal) {
      RC_ASSERT(Value(services().journal.Find(key)).has_value());
    }
    std::vector<Event> events;
    RC_ASSERT(database_
                  .Read([&](const UnitOfWork& work) {
                    const auto entries = work.outbox().Peek(1'000'000);
                    events.clear();
                    for (const OutboxEntry& entry : entries.value()) {
                      events.push_back(AsSent(entry.event));
                    }
                    return entries.status();
                  })
                  .ok());
    RC_ASSERT(events == oracle_.events);
  }

 private:
  static constexpr Page kAll{.size = 1'000, .before = std::nullopt};

  Services& services() { return *services_[process_]; }

  template <typename T>
  static T Value(absl::StatusOr<T> result) {
    RC_ASSERT(Outcome(result) == std::string("OK"));
    return *std::move(result);
  }

  // Chooses whether a change is journaled: not at all, as a new request, or as one that has had its
  // effect. An empty key means the first of these.
  std::string JournalKey(Dice& dice) {
    if (!dice.OneIn(3)) return "";
    if (dice.OneIn(3) && !oracle_.journal.empty()) return *oracle_.journal.begin();
    return "key " + std::to_string(oracle_.journal.size());
  }
  template <typename Result>
  static JournalRecorder<Result> Recorder(const std::string& key) {
    if (key.empty()) return nullptr;
    return [key](const Result&) {
      return JournalEntry{.key = key, .fingerprint = "", .reply = "", .tm_create = {}};
    };
  }

  // Whether a change that was answered with `result` has been made, which it must have been where
  // `expected` is "OK" and its request is new.
  template <typename T>
  bool Changed(const absl::StatusOr<T>& result, std::string expected, const std::string& key) {
    if (expected == "OK" && oracle_.journal.contains(key)) expected = "REQUEST_ALREADY_JOURNALED";
    RC_ASSERT(Outcome(result) == expected);
    if (!result.ok()) return false;
    if (!key.empty()) oracle_.journal.insert(key);
    return true;
  }

  // Takes over the time of a change, which the oracle cannot know, where it is a good one: not
  // before now, after the last change, and no more ahead of that than many changes in one
  // microsecond explain.
  absl::Time Adopt(std::optional<absl::Time> time, std::optional<absl::Time> last_change) {
    RC_ASSERT(time.has_value());
    const absl::Time earliest =
        std::max(clock_.Now(), last_change.value_or(absl::InfinitePast()) + absl::Microseconds(1));
    RC_ASSERT(*time >= earliest);
    RC_ASSERT(*time <= std::max(earliest, latest_[process_]) + absl::Milliseconds(1));
    latest_[process_] = std::max(latest_[process_], *time);
    return *time;
  }
  // The same for a `tm_create`, which is later than every other of its process.
  absl::Time AdoptCreated(std::optional<absl::Time> time) {
    const absl::Time adopted = Adopt(time, std::nullopt);
    RC_ASSERT(adopted > last_created_[process_]);
    last_created_[process_] = adopted;
    return adopted;
  }
  std::optional<absl::Time> AdoptLease(std::optional<absl::Time> lease_until,
                                       std::optional<absl::Duration> lease) {
    const absl::Duration duration = lease.value_or(default_lease_);
    if (duration == absl::ZeroDuration()) {
      RC_ASSERT(!lease_until.has_value());
      return std::nullopt;
    }
    RC_ASSERT(lease_until.has_value());
    RC_ASSERT(*lease_until >= clock_.Now() + duration);
    RC_ASSERT(*lease_until <= clock_.Now() + duration + absl::Milliseconds(1));
    return lease_until;
  }
  static std::optional<absl::Time> VersionOf(const auto& row) {
    return row.tm_update.has_value() ? row.tm_update : row.tm_create;
  }

  void Announce(EventType type, const Outdial::Fields& row) {
    oracle_.events.push_back({type, Outdial(row)});
  }
  void Announce(EventType type, const OutdialTarget::Fields& row) {
    oracle_.events.push_back(AsSent({type, OutdialTarget(row)}));
  }

  static Name SomeName(Dice& dice) {
    return NameOf(std::array{"", "a", "A", "\u00e9", "e"}[dice.Below(5)]);
  }
  static Text SomeText(Dice& dice) {
    return TextOf(std::array{"", "a", "A", "\U0001F4DE", "'"}[dice.Below(5)]);
  }
  static std::optional<absl::Duration> SomeLease(Dice& dice) {
    const std::size_t choice = dice.Below(4);
    if (choice == 0) return std::nullopt;
    return absl::Seconds(choice - 1);  // zero: no lease
  }
  static TryThresholds SomeThresholds(Dice& dice) {
    TryThresholds thresholds{};
    for (std::int64_t& threshold : thresholds) {
      threshold = static_cast<std::int64_t>(dice.Below(6)) - 1;
    }
    return thresholds;
  }
  Page SomePage(Dice& dice) {
    Page page{.size = 1 + dice.Below(5), .before = std::nullopt};
    if (dice.OneIn(2)) page.before = clock_.Now() - kStep * static_cast<int>(dice.Below(20));
    return page;
  }

  void CreateOutdial(Dice& dice) {
    const NewOutdial values{.customer_id = IdOf<CustomerId>(1 + dice.Below(2)),
                            .campaign_id = IdOf<CampaignId>(1 + dice.Below(2)),
                            .name = SomeName(dice),
                            .detail = SomeText(dice),
                            .data = SomeText(dice)};
    const std::string key = JournalKey(dice);
    const auto created = services().outdials.Create(values, Recorder<Outdial>(key));
    if (!Changed(created, "OK", key)) return;
    RC_ASSERT(oracle_.FindOutdial(created->id()) == nullptr);
    oracle_.outdials.push_back({.id = created->id(),
                                .customer_id = values.customer_id,
                                .campaign_id = values.campaign_id,
                                .name = values.name,
                                .detail = values.detail,
                                .data = values.data,
                                .tm_create = AdoptCreated(created->fields().tm_create),
                                .tm_update = std::nullopt,
                                .tm_delete = std::nullopt});
    RC_ASSERT(*created == Outdial(oracle_.outdials.back()));
    Announce(EventType::kOutdialCreated, oracle_.outdials.back());
  }

  void UpdateOutdial(Dice& dice) {
    const auto id = dice.IdIn<OutdialId>(oracle_.outdials);
    const std::string key = JournalKey(dice);
    const auto recorder = Recorder<Outdial>(key);
    Outdial::Fields values;
    absl::StatusOr<Outdial> updated;
    const std::size_t aspect = dice.Below(3);
    if (aspect == 0) {
      values.name = SomeName(dice);
      values.detail = SomeText(dice);
      updated = services().outdials.UpdateBasicInfo(id, values.name, values.detail, recorder);
    } else if (aspect == 1) {
      values.campaign_id = IdOf<CampaignId>(1 + dice.Below(2));
      updated = services().outdials.UpdateCampaign(id, values.campaign_id, recorder);
    } else {
      values.data = SomeText(dice);
      updated = services().outdials.UpdateData(id, values.data, recorder);
    }
    if (!Changed(updated, oracle_.OutcomeOfChange(id), key)) return;
    auto& row = *oracle_.FindOutdial(id);
    if (aspect == 0) {
      row.name = values.name;
      row.detail = values.detail;
    } else if (aspect == 1) {
      row.campaign_id = values.campaign_id;
    } else {
      row.data = values.data;
    }
    row.tm_update = Adopt(updated->fields().tm_update, VersionOf(row));
    RC_ASSERT(*updated == Outdial(row));
    Announce(EventType::kOutdialUpdated, row);
  }

  void DeleteOutdial(Dice& dice) {
    const auto id = dice.IdIn<OutdialId>(oracle_.outdials);
    if (!dice.OneIn(4)) return;  // or soon all of them are gone
    const std::string key = JournalKey(dice);
    const auto deleted = services().outdials.Delete(id, Recorder<Outdial>(key));
    auto* row = oracle_.FindOutdial(id);
    if (!Changed(deleted, row != nullptr ? "OK" : "OUTDIAL_NOT_FOUND", key)) return;
    const bool first = !row->tm_delete.has_value();
    if (first) {
      row->tm_update = row->tm_delete = Adopt(deleted->fields().tm_delete, VersionOf(*row));
      Announce(EventType::kOutdialDeleted, *row);
    }
    RC_ASSERT(*deleted == Outdial(*row));
  }

  void ListOutdials(Dice& dice) {
    OutdialFilter filter;
    filter.deleted = dice.OneIn(3);
    if (dice.OneIn(3)) filter.id = dice.IdIn<OutdialId>(oracle_.outdials);
    if (dice.OneIn(3)) filter.customer_id = IdOf<CustomerId>(1 + dice.Below(2));
    if (dice.OneIn(3)) filter.campaign_id = IdOf<CampaignId>(1 + dice.Below(2));
    if (dice.OneIn(3)) filter.name = SomeName(dice);
    if (dice.OneIn(4)) filter.detail = SomeText(dice);
    if (dice.OneIn(4)) filter.data = SomeText(dice);
    const Page page = SomePage(dice);
    RC_ASSERT(Value(services().outdials.List(filter, page)) == oracle_.ListOutdials(filter, page));
  }

  void CreateTarget(Dice& dice) {
    const auto outdial_id = dice.IdIn<OutdialId>(oracle_.outdials);
    NewOutdialTarget values;
    values.name = SomeName(dice);
    values.data = SomeText(dice);
    const std::size_t set = dice.Below(32);
    for (std::size_t i = 0; i < kSlotCount; ++i) {
      if ((set >> i & 1) != 0) values.destinations[i] = Tel(std::to_string(i));
    }
    const std::string key = JournalKey(dice);
    const auto created =
        services().targets.Create(outdial_id, values, Recorder<OutdialTarget>(key));
    if (!Changed(created, oracle_.OutcomeOfUse(outdial_id), key)) return;
    RC_ASSERT(oracle_.FindTarget(created->id()) == nullptr);
    OutdialTarget::Fields row{.id = created->id(),
                              .outdial_id = outdial_id,
                              .name = values.name,
                              .detail = {},
                              .data = values.data,
                              .status = TargetStatus::kIdle,
                              .slots = {},
                              .lease_until = std::nullopt,
                              .tm_create = AdoptCreated(created->fields().tm_create),
                              .tm_update = std::nullopt,
                              .tm_delete = std::nullopt};
    row.tm_update = row.tm_create;
    for (std::size_t i = 0; i < kSlotCount; ++i) row.slots[i].address = values.destinations[i];
    RC_ASSERT(*created == OutdialTarget(row));
    oracle_.targets.push_back(row);
    Announce(EventType::kOutdialTargetCreated, row);
  }

  // A row that another writer left, with what the services would not write.
  void PlantTarget(Dice& dice) {
    if (oracle_.outdials.empty()) return;
    const auto outdial_id = oracle_.outdials[dice.Below(oracle_.outdials.size())].id;
    OutdialTarget::Fields row{.id = OutdialTargetId(planted_ids_.NewUuid()),
                              .outdial_id = outdial_id,
                              .name = {},
                              .detail = {},
                              .data = {},
                              .status = dice.OneIn(4) ? TargetStatus::kDone : TargetStatus::kIdle,
                              .slots = {},
                              .lease_until = std::nullopt,
                              .tm_create = At(static_cast<std::int64_t>(dice.Below(4))),
                              .tm_update = std::nullopt,
                              .tm_delete = std::nullopt};
    if (dice.OneIn(2)) row.tm_update = At(static_cast<std::int64_t>(dice.Below(4)));
    for (Slot& slot : row.slots) {
      const std::size_t choice = dice.Below(8);
      if (choice < 4) slot.address = Tel("old");
      slot.try_count = std::array{0, 1, -1, -2'147'483'647 - 1}[choice % 4];
    }
    RC_ASSERT(
        database_
            .Write([&](UnitOfWork& work) { return work.targets().Insert({{OutdialTarget(row)}}); })
            .ok());
    oracle_.targets.push_back(row);
  }

  void ListTargets(Dice& dice) {
    const auto outdial_id = dice.IdIn<OutdialId>(oracle_.outdials);
    const Page page = SomePage(dice);
    const auto listed = services().targets.List(outdial_id, page);
    if (oracle_.FindOutdial(outdial_id) == nullptr) {
      RC_ASSERT(Outcome(listed) == std::string("OUTDIAL_NOT_FOUND"));
    } else {
      RC_ASSERT(Value(listed) == oracle_.ListTargets(outdial_id, page));
    }
  }

  void Available(Dice& dice) {
    const auto outdial_id = dice.IdIn<OutdialId>(oracle_.outdials);
    const TryThresholds thresholds = SomeThresholds(dice);
    const std::size_t limit = 1 + dice.Below(5);
    const auto available = services().targets.Available(outdial_id, thresholds, limit);
    RC_ASSERT(Outcome(available) == oracle_.OutcomeOfUse(outdial_id));
    if (!available.ok()) return;
    std::vector<OutdialTarget> expected;
    for (const auto& target : oracle_.Available(outdial_id, thresholds, limit)) {
      expected.emplace_back(*oracle_.FindTarget(target.id));
    }
    RC_ASSERT(*available == expected);
  }

  // What begins with a call: `row` is dialled at `index`; `target` is what was answered. The call's
  // id is `call_id`, or found out where the answer does not tell it.
  void Begin(OutdialTarget::Fields& row, std::size_t index, const OutdialTarget& target,
             std::optional<absl::Duration> lease, std::optional<OutdialTargetCallId> call_id) {
    row.status = TargetStatus::kProgressing;
    ++row.slots[index].try_count;
    row.lease_until = AdoptLease(target.fields().lease_until, lease);
    row.tm_update = Adopt(target.fields().tm_update, VersionOf(row));
    RC_ASSERT(target == OutdialTarget(row));
    Announce(EventType::kOutdialTargetUpdated, row);

    RC_ASSERT(oracle_.OpenCallOf(row.id) == nullptr);
    const auto calls = Value(services().calls.ListOfTarget(row.id, kAll));
    const auto open = std::find_if(calls.begin(), calls.end(),
                                   [](const OutdialTargetCall& call) { return call.open(); });
    RC_ASSERT(open != calls.end());
    RC_ASSERT(call_id.value_or(open->id()) == open->id());
    RC_ASSERT(oracle_.FindCall(open->id()) == nullptr);
    const auto& outdial = *oracle_.FindOutdial(row.outdial_id);
    oracle_.calls.push_back(
        {.id = open->id(),
         .customer_id = outdial.customer_id,
         .campaign_id = outdial.campaign_id,
         .outdial_id = outdial.id,
         .outdial_target_id = row.id,
         .activeflow_id = {},
         .reference_type = ReferenceType::kNone,
         .reference_id = {},
         .status = TargetCallStatus::kProgressing,
         .destination = row.slots[index].address,
         .destination_index = DestinationIndex::FromStorage(static_cast<std::int64_t>(index)),
         .try_count = row.slots[index].try_count,
         .tm_create = AdoptCreated(open->fields().tm_create),
         .tm_update = std::nullopt,
         .tm_delete = std::nullopt});
    RC_ASSERT(*open == OutdialTargetCall(oracle_.calls.back()));
  }

  // What ends with a call.
  void EndCallOf(OutdialTargetId id) {
    auto* open = oracle_.OpenCallOf(id);
    if (open == nullptr) return;
    const OutdialTargetCall call = Value(services().calls.Get(open->id));
    open->status = TargetCallStatus::kDone;
    open->tm_update = Adopt(call.fields().tm_update, VersionOf(*open));
    RC_ASSERT(call == OutdialTargetCall(*open));
  }

  void Claim(Dice& dice) {
    const auto outdial_id = dice.IdIn<OutdialId>(oracle_.outdials);
    const TryThresholds thresholds = SomeThresholds(dice);
    const std::size_t limit = 1 + dice.Below(4);
    const auto lease = SomeLease(dice);
    const std::string key = JournalKey(dice);
    const auto claimed = services().targets.Claim(outdial_id, thresholds, limit, lease,
                                                  Recorder<std::vector<ClaimedTarget>>(key));
    if (!Changed(claimed, oracle_.OutcomeOfUse(outdial_id), key)) return;
    const auto expected = oracle_.Available(outdial_id, thresholds, limit);
    RC_ASSERT(claimed->size() == expected.size());
    for (std::size_t i = 0; i < expected.size(); ++i) {
      const ClaimedTarget& target = (*claimed)[i];
      RC_ASSERT(target.target.id() == expected[i].id);
      RC_ASSERT(target.destination_index.value() == expected[i].index);
      RC_ASSERT(target.lease_until == target.target.fields().lease_until);
      Begin(*oracle_.FindTarget(expected[i].id), expected[i].index, target.target, lease,
            target.call_id);
    }
  }

  void Progress(Dice& dice) {
    const auto id = dice.IdIn<OutdialTargetId>(oracle_.targets);
    const std::size_t index = dice.Below(kSlotCount);
    const auto lease = SomeLease(dice);
    const std::string key = JournalKey(dice);
    const auto begun = services().targets.Progress(
        id, DestinationIndex::FromStorage(static_cast<std::int64_t>(index)), lease,
        Recorder<OutdialTarget>(key));
    if (!Changed(begun, oracle_.OutcomeOfProgress(id, index), key)) return;
    Begin(*oracle_.FindTarget(id), index, *begun, lease, std::nullopt);
  }

  // No call, the open one of the target, or any.
  std::optional<OutdialTargetCallId> SomeCallOf(OutdialTargetId id, Dice& dice) {
    const std::size_t choice = dice.Below(4);
    if (choice < 2) return std::nullopt;
    const auto* open = oracle_.OpenCallOf(id);
    if (choice == 2 && open != nullptr) return open->id;
    return dice.IdIn<OutdialTargetCallId>(oracle_.calls);
  }

  void Renew(Dice& dice) {
    const auto id = dice.IdIn<OutdialTargetId>(oracle_.targets);
    const auto lease = SomeLease(dice);
    const auto call_id = SomeCallOf(id, dice);
    const std::string key = JournalKey(dice);
    const auto renewed = services().targets.Renew(id, lease, call_id, Recorder<OutdialTarget>(key));
    if (!Changed(renewed, oracle_.OutcomeOfRenew(id, call_id), key)) return;
    auto& row = *oracle_.FindTarget(id);
    row.lease_until = AdoptLease(renewed->fields().lease_until, lease);
    RC_ASSERT(*renewed == OutdialTarget(row));
  }

  void Report(Dice& dice) {
    const auto id = dice.IdIn<OutdialTargetId>(oracle_.targets);
    const auto status = std::array{TargetStatus::kIdle, TargetStatus::kIdle, TargetStatus::kDone,
                                   TargetStatus::kProgressing}[dice.Below(4)];
    const auto call_id = status == TargetStatus::kProgressing ? std::nullopt : SomeCallOf(id, dice);
    const std::string key = JournalKey(dice);
    const auto reported =
        services().targets.Report(id, status, call_id, Recorder<OutdialTarget>(key));
    if (!Changed(reported, oracle_.OutcomeOfReport(id, status, call_id), key)) return;
    auto& row = *oracle_.FindTarget(id);
    row.status = status;
    row.lease_until = std::nullopt;
    row.tm_update = Adopt(reported->fields().tm_update, VersionOf(row));
    RC_ASSERT(*reported == OutdialTarget(row));
    Announce(EventType::kOutdialTargetUpdated, row);
    EndCallOf(id);
  }

  void DeleteTarget(Dice& dice) {
    const auto id = dice.IdIn<OutdialTargetId>(oracle_.targets);
    const std::string key = JournalKey(dice);
    const auto deleted = services().targets.Delete(id, Recorder<OutdialTarget>(key));
    auto* row = oracle_.FindTarget(id);
    if (!Changed(deleted, row != nullptr ? "OK" : "OUTDIAL_TARGET_NOT_FOUND", key)) return;
    if (!row->tm_delete.has_value()) {
      row->lease_until = std::nullopt;
      row->tm_update = row->tm_delete = Adopt(deleted->fields().tm_delete, VersionOf(*row));
      Announce(EventType::kOutdialTargetDeleted, *row);
      EndCallOf(id);
    }
    RC_ASSERT(*deleted == OutdialTarget(*row));
  }

  void Reclaim(Dice& dice) {
    const std::size_t limit = 1 + dice.Below(3);
    const auto expired = oracle_.LeaseExpired(clock_.Now(), limit);
    RC_ASSERT(Value(services().targets.ReclaimExpiredLeases(limit)) == expired.size());
    for (const OutdialTargetId id : expired) {
      const OutdialTarget reclaimed = Read(id);
      auto& row = *oracle_.FindTarget(id);
      row.status = TargetStatus::kIdle;
      row.lease_until = std::nullopt;
      row.tm_update = Adopt(reclaimed.fields().tm_update, VersionOf(row));
      RC_ASSERT(reclaimed == OutdialTarget(row));
      Announce(EventType::kOutdialTargetUpdated, row);
      EndCallOf(id);
    }
  }

  // What the database holds, leases included, which a cache need not know.
  OutdialTarget Read(OutdialTargetId id) {
    std::optional<OutdialTarget> target;
    RC_ASSERT(database_
                  .Read([&](const UnitOfWork& work) {
                    auto got = work.targets().Get(id);
                    if (got.ok()) target = *got;
                    return got.status();
                  })
                  .ok());
    return *target;
  }

  void UpdateCall(Dice& dice) {
    const auto id = dice.IdIn<OutdialTargetCallId>(oracle_.calls);
    OutdialTargetCallUpdate update;
    if (dice.OneIn(2)) update.activeflow_id = SomeId<ActiveflowId>(dice);
    if (dice.OneIn(2)) update.reference_id = SomeId<ReferenceId>(dice);
    if (dice.OneIn(2)) update.reference_type = ReferenceType::kCall;
    const std::string key = JournalKey(dice);
    const auto updated = services().calls.Update(id, update, Recorder<OutdialTargetCall>(key));
    auto* row = oracle_.FindCall(id);
    if (!Changed(updated, row != nullptr ? "OK" : "OUTDIAL_TARGET_CALL_NOT_FOUND", key)) return;
    if (update.activeflow_id.has_value()) row->activeflow_id = *update.activeflow_id;
    if (update.reference_id.has_value()) row->reference_id = *update.reference_id;
    if (update.reference_type.has_value()) row->reference_type = *update.reference_type;
    row->tm_update = Adopt(updated->fields().tm_update, VersionOf(*row));
    RC_ASSERT(*updated == OutdialTargetCall(*row));
  }

  template <typename Id>
  static Id SomeId(Dice& dice) {
    const std::size_t choice = dice.Below(3);
    return choice == 0 ? Id() : IdOf<Id>(choice);
  }

  void ListCalls(Dice& dice) {
    OutdialTargetCallFilter filter;
    if (dice.OneIn(3)) filter.customer_id = IdOf<CustomerId>(1 + dice.Below(2));
    if (dice.OneIn(3)) filter.campaign_id = IdOf<CampaignId>(1 + dice.Below(2));
    if (dice.OneIn(3)) filter.outdial_id = dice.IdIn<OutdialId>(oracle_.outdials);
    if (dice.OneIn(3)) filter.activeflow_id = SomeId<ActiveflowId>(dice);
    if (dice.OneIn(3)) filter.reference_id = SomeId<ReferenceId>(dice);
    const Page page = SomePage(dice);
    const auto listed = services().calls.List(filter, page);
    if (filter == OutdialTargetCallFilter{}) {
      RC_ASSERT(Outcome(listed) == std::string("FILTER_REQUIRED"));
    } else {
      RC_ASSERT(Value(listed) == oracle_.ListCalls(filter, page));
    }
  }

  void MoveClock(Dice& dice) {
    const int steps = static_cast<int>(dice.Below(8));
    clock_.Advance(dice.OneIn(5) ? -steps * kStep : steps * kStep);
  }

  // Leases are whole seconds, so none ends exactly at a time that the clock shows, unless it is
  // moved a thousand times.
  static constexpr absl::Duration kStep = absl::Milliseconds(337);

  Database& database_;
  const absl::Duration default_lease_;
  memory::ManualClock clock_;
  memory::SequentialIdSource ids_{1};
  memory::SequentialIdSource planted_ids_{0xf0f0f0f0};
  memory::Cache cache_;
  NoCache no_cache_;
  std::array<std::optional<Services>, 2> services_;

  Oracle oracle_;
  std::size_t process_ = 0;
  std::array<absl::Time, 2> latest_ = {absl::InfinitePast(), absl::InfinitePast()};
  std::array<absl::Time, 2> last_created_ = {absl::InfinitePast(), absl::InfinitePast()};
};

rc::Gen<Command> AnyCommand() {
  using Kind = Command::Kind;
  return rc::gen::build<Command>(
      rc::gen::set(&Command::kind, rc::gen::weightedElement<Kind>({{2, Kind::kCreateOutdial},
                                                                   {2, Kind::kUpdateOutdial},
                                                                   {2, Kind::kDeleteOutdial},
                                                                   {3, Kind::kListOutdials},
                                                                   {8, Kind::kCreateTarget},
                                                                   {3, Kind::kPlantTarget},
                                                                   {3, Kind::kListTargets},
                                                                   {6, Kind::kAvailable},
                                                                   {8, Kind::kClaim},
                                                                   {8, Kind::kProgress},
                                                                   {4, Kind::kRenew},
                                                                   {8, Kind::kReport},
                                                                   {2, Kind::kDeleteTarget},
                                                                   {5, Kind::kReclaim},
                                                                   {4, Kind::kUpdateCall},
                                                                   {3, Kind::kListCalls},
                                                                   {5, Kind::kMoveClock}})),
      rc::gen::set(&Command::dice, rc::gen::container<std::array<std::uint8_t, 12>>(
                                       rc::gen::inRange<std::uint8_t>(0, 240))));
}

TEST_CASE("services: answer as the oracle does, whatever is asked", "[contract][property]") {
  const EachImplementation<DatabaseImplementation> implementation(DatabaseImplementations());
  CHECK(rc::check("services and oracle agree", [&] {
    const auto under_test = implementation->make(DatabaseUnderTestSettings());
    const bool cached = *rc::gen::arbitrary<bool>();
    const auto default_lease = absl::Seconds(*rc::gen::element(0, 2));
    // Longer than RapidCheck would make them, or hardly anything would have happened to anybody.
    const auto commands =
        *rc::gen::scale(3.0, rc::gen::container<std::vector<Command>>(AnyCommand()));
    Run run(under_test->database(), cached, default_lease);
    run.Do({.kind = Command::Kind::kCreateOutdial, .dice = {}});
    for (const Command& command : commands) run.Do(command);
    run.CheckEverything();
  }));
}

}  // namespace
}  // namespace outdial::contract
