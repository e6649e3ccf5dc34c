#include "outdial/services/target_import_service.h"

#include <algorithm>
#include <cstddef>
#include <utility>

#include "absl/container/flat_hash_map.h"
#include "absl/container/flat_hash_set.h"
#include "absl/functional/function_ref.h"
#include "absl/hash/hash.h"
#include "absl/strings/str_cat.h"
#include "absl/time/time.h"
#include "absl/types/span.h"
#include "outdial/entities/destination_key.h"
#include "outdial/entities/error.h"
#include "outdial/entities/event.h"
#include "outdial/entities/misuse.h"
#include "outdial/entities/slot.h"
#include "outdial/ports/database.h"
#include "status_macros.h"
#include "transaction.h"

namespace outdial {
namespace {

constexpr std::string_view kTel = "tel";

// How many targets one step adds, or registers the keys of.
constexpr std::size_t kPage = 1'000;

// Of how many targets the keys are registered while the outdial is locked, which keeps others from
// dialling it: as many as others may add while the lock is taken.
constexpr std::size_t kFewTargets = 50;

// A row that is a target, if it is added.
struct Candidate {
  std::size_t index;
  OutdialTarget target;
  std::vector<DestinationKey> keys;
};

absl::Status Duplicate() {
  return MakeError(Reason::kDuplicateDestination,
                   "The outdial has a target with one of these destinations already.");
}

// Ids that lie beside one another in an index, so that adding many targets touches few of its
// pages: each has the first half of `first`, and a second half of its own, which holds 62 random
// bits.
OutdialTargetId IdBeside(const Uuid& first, const Uuid& own) {
  Uuid::Bytes bytes = first.bytes();
  std::copy(own.bytes().begin() + 8, own.bytes().end(), bytes.begin() + 8);
  return OutdialTargetId(Uuid(bytes));
}

using DestinationHashes = absl::flat_hash_set<std::size_t>;

std::size_t HashOf(const DestinationKey& key) { return absl::Hash<DestinationKey>()(key); }

// What one transaction does with the rows.
class Batch {
 public:
  // `taken` are destinations that rows may not have, beside those that targets have; it must
  // outlive the batch.
  Batch(OutdialId outdial_id, std::vector<absl::StatusOr<NewOutdialTarget>> rows,
        OnDuplicate on_duplicate, const ServicePorts& ports,
        const DestinationHashes* taken = nullptr)
      : outdial_id_(outdial_id),
        on_duplicate_(on_duplicate),
        row_count_(rows.size()),
        taken_(taken) {
    CheckEnumerator(on_duplicate, OnDuplicate::kAllow, "OnDuplicate");
    candidates_.reserve(rows.size());
    const Uuid first_id = ports.ids.NewUuid();
    for (std::size_t i = 0; i < rows.size(); ++i) {
      if (!rows[i].ok()) {
        unfit_.push_back({.index = i, .reason = rows[i].status()});
        continue;
      }
      OutdialTarget target(IdBeside(first_id, ports.ids.NewUuid()), outdial_id, *std::move(rows[i]),
                           ports.timestamps.Next());
      std::vector<DestinationKey> keys;
      if (on_duplicate != OnDuplicate::kAllow) keys = DestinationKeysOf(target);
      candidates_.push_back({.index = i, .target = std::move(target), .keys = std::move(keys)});
    }
  }

  const ImportResult& result() const { return result_; }

  OutdialId outdial_id() const { return outdial_id_; }
  OnDuplicate on_duplicate() const { return on_duplicate_; }

  // The result, and the destinations of the rows, of a run that was rolled back.
  ImportResult TakeRehearsed(DestinationHashes& destinations) {
    absl::flat_hash_set<std::size_t> left_out;
    for (const RowNotImported& row : result_.not_imported) left_out.insert(row.index);
    absl::flat_hash_set<OutdialTargetId> added;
    for (const Candidate& candidate : candidates_) {
      if (left_out.contains(candidate.index)) continue;
      added.insert(candidate.target.id());
      for (const DestinationKey& key : candidate.keys) destinations.insert(HashOf(key));
    }
    for (RowNotImported& row : result_.not_imported) {
      if (row.existing.has_value() && added.contains(*row.existing)) row.existing.reset();
    }
    return std::move(result_);
  }

  // Adds what is to be added. ABORTED: there were rows that the database cannot hold, which the
  // next run leaves out; nothing of this run may be committed.
  absl::Status Run(UnitOfWork& work, const ServiceSettings& settings) {
    found_unfit_ = false;
    result_ = {.not_imported = unfit_};
    ASSIGN_OR_RETURN(targets, Choose(work));
    for (std::size_t first = 0; first < targets.size(); first += kPage) {
      RETURN_IF_ERROR(Insert(work, absl::MakeConstSpan(targets).subspan(first, kPage)));
    }
    if (found_unfit_) return absl::AbortedError("rows that the database cannot hold");
    Count(targets.size());
    if (targets.empty() || !settings.record_events) return absl::OkStatus();
    const Event event{EventType::kOutdialTargetsImported,
                      TargetsImported{.outdial_id = outdial_id_,
                                      .counts = result_.counts,
                                      .tm_create_first = *targets.front().fields().tm_create,
                                      .tm_create_last = *targets.back().fields().tm_create}};
    return work.outbox().Append({&event, 1});
  }

 private:
  // The targets to be added; says in the result why others are not.
  absl::StatusOr<std::vector<OutdialTarget>> Choose(UnitOfWork& work) {
    absl::flat_hash_map<DestinationKey, OutdialTargetId> owners;
    if (on_duplicate_ != OnDuplicate::kAllow) {
      std::vector<DestinationKey> keys;
      for (const Candidate& candidate : candidates_) {
        keys.insert(keys.end(), candidate.keys.begin(), candidate.keys.end());
      }
      ASSIGN_OR_RETURN(taken, work.targets().FindTaken(outdial_id_, keys));
      for (TakenDestination& destination : taken) {
        owners.emplace(std::move(destination.key), destination.target_id);
      }
    }
    std::vector<OutdialTarget> targets;
    targets.reserve(candidates_.size());
    for (const Candidate& candidate : candidates_) {
      if (unfit_ids_.contains(candidate.target.id())) continue;
      const auto taken = std::find_if(
          candidate.keys.begin(), candidate.keys.end(), [&](const DestinationKey& key) {
            return owners.contains(key) || (taken_ != nullptr && taken_->contains(HashOf(key)));
          });
      if (taken != candidate.keys.end()) {
        RowNotImported row{.index = candidate.index,
                           .skipped = on_duplicate_ == OnDuplicate::kSkip,
                           .reason = Duplicate()};
        const auto owner = owners.find(*taken);
        if (owner != owners.end()) row.existing = owner->second;
        result_.not_imported.push_back(std::move(row));
        continue;
      }
      for (const DestinationKey& key : candidate.keys) owners.emplace(key, candidate.target.id());
      targets.push_back(candidate.target);
    }
    return targets;
  }

  // Where the database refuses a text of one of them, finds out which ones these are.
  absl::Status Insert(UnitOfWork& work, absl::Span<const OutdialTarget> targets) {
    absl::Status status = work.targets().Insert(targets);
    if (status.ok() || !absl::IsInvalidArgument(status)) return status;
    if (targets.size() > 1) {
      RETURN_IF_ERROR(Insert(work, targets.subspan(0, targets.size() / 2)));
      return Insert(work, targets.subspan(targets.size() / 2));
    }
    const OutdialTargetId id = targets.front().id();
    const auto candidate =
        std::find_if(candidates_.begin(), candidates_.end(),
                     [&](const Candidate& some) { return some.target.id() == id; });
    unfit_.push_back({.index = candidate->index, .reason = std::move(status)});
    unfit_ids_.insert(id);
    found_unfit_ = true;
    return absl::OkStatus();
  }

  void Count(std::size_t created) {
    std::vector<RowNotImported>& rows = result_.not_imported;
    std::sort(rows.begin(), rows.end(),
              [](const RowNotImported& a, const RowNotImported& b) { return a.index < b.index; });
    const auto skipped = std::count_if(rows.begin(), rows.end(),
                                       [](const RowNotImported& row) { return row.skipped; });
    result_.counts = {.created = static_cast<std::int64_t>(created),
                      .skipped = skipped,
                      .refused = static_cast<std::int64_t>(row_count_ - created) - skipped};
  }

  const OutdialId outdial_id_;
  const OnDuplicate on_duplicate_;
  const std::size_t row_count_;
  const DestinationHashes* const taken_;
  std::vector<Candidate> candidates_;  // by index
  std::vector<RowNotImported> unfit_;
  absl::flat_hash_set<OutdialTargetId> unfit_ids_;
  bool found_unfit_ = false;
  ImportResult result_;
};

// Registers keys until none are missing, or nobody wants to go on.
class KeysCatchUp {
 public:
  KeysCatchUp(const ServicePorts& ports, const GoOn& go_on)
      : ports_(ports), go_on_(go_on), begun_(ports.clock.Now()) {}

  // Error: DESTINATION_KEYS_PENDING.
  absl::Status Run(OutdialId outdial_id) {
    std::size_t registered = kPage;
    while (registered == kPage) {
      RETURN_IF_ERROR(CheckPatience());
      ASSIGN_OR_RETURN(count, WriteResult(ports_.database, [&](UnitOfWork& work) {
                         return work.targets().RegisterKeys(outdial_id, kPage);
                       }));
      registered = count;
    }
    return absl::OkStatus();
  }

 private:
  // The clock may step back.
  absl::Status CheckPatience() {
    const absl::Duration waited = absl::AbsDuration(ports_.clock.Now() - begun_);
    if (waited < TargetImportService::kKeysPatience) return absl::OkStatus();
    if (go_on_ && go_on_()) {
      begun_ = ports_.clock.Now();
      return absl::OkStatus();
    }
    return MakeError(Reason::kDestinationKeysPending,
                     "The outdial's targets are still being prepared for finding duplicates: send "
                     "the request again.");
  }

  const ServicePorts& ports_;
  const GoOn& go_on_;
  absl::Time begun_;
};

// Runs the batch in a transaction that ends with what `finish` returns.
absl::Status RunBatch(const ServicePorts& ports, const ServiceSettings& settings, Batch& batch,
                      const GoOn& go_on, absl::FunctionRef<absl::Status(UnitOfWork&)> finish) {
  const OutdialId id = batch.outdial_id();
  KeysCatchUp catch_up(ports, go_on);
  while (true) {
    bool keys_are_missing = false;
    absl::Status status = ports.database.Write([&](UnitOfWork& work) -> absl::Status {
      keys_are_missing = false;
      if (batch.on_duplicate() == OnDuplicate::kAllow) {
        RETURN_IF_ERROR(OnlyLive(work.outdials().GetForShare(id)).status());
      } else {
        RETURN_IF_ERROR(OnlyLive(work.outdials().GetForUpdate(id)).status());
        ASSIGN_OR_RETURN(registered, work.targets().RegisterKeys(id, kFewTargets));
        keys_are_missing = registered == kFewTargets;
        if (keys_are_missing) return absl::OkStatus();
      }
      RETURN_IF_ERROR(batch.Run(work, settings));
      return finish(work);
    });
    if (status.ok() && keys_are_missing) status = catch_up.Run(id);
    if (absl::IsAborted(status) || (status.ok() && keys_are_missing)) continue;
    return status;
  }
}

}  // namespace

TargetImportService::TargetImportService(const ServicePorts& ports, const ServiceSettings& settings,
                                         NumberNormalizer* numbers)
    : ports_(ports), settings_(settings), numbers_(numbers) {}

absl::Status TargetImportService::CheckRegion(std::string_view region) const {
  if (region.empty() || (numbers_.get() != nullptr && numbers_->IsRegion(region))) {
    return absl::OkStatus();
  }
  return MakeError(Reason::kInvalidRegion,
                   "The field region must be a region whose numbers are known, such as US.",
                   "region");
}

absl::StatusOr<NewOutdialTarget> TargetImportService::Normalize(
    absl::StatusOr<NewOutdialTarget> row, std::string_view region) const {
  if (!row.ok() || region.empty()) return row;
  if (absl::Status status = CheckRegion(region); !status.ok()) return status;
  for (std::size_t i = 0; i < kSlotCount; ++i) {
    std::optional<Address>& address = row->destinations[i];
    if (!address.has_value() || address->type() != kTel || address->target().empty()) continue;
    absl::StatusOr<std::string> number = numbers_->Normalize(address->target(), region);
    if (!number.ok()) {
      const std::string_view message(number.status().message().data(),
                                     number.status().message().size());
      return MakeError(GetReason(number.status()), message,
                       absl::StrCat("destination_", i, ".target"));
    }
    if (*number == address->target()) continue;
    Address::Fields fields = address->fields();
    fields.target = *std::move(number);
    address = Address::FromStorage(std::move(fields));
  }
  return row;
}

absl::StatusOr<ImportResult> TargetImportService::Import(
    OutdialId outdial_id, std::vector<absl::StatusOr<NewOutdialTarget>> rows,
    OnDuplicate on_duplicate, const JournalRecorder<ImportResult>& journal, const GoOn& go_on) {
  Batch batch(outdial_id, std::move(rows), on_duplicate, ports_);
  Journaling journaling(journal);
  absl::Status status = RunBatch(ports_, settings_, batch, go_on, [&](UnitOfWork& work) {
    return journaling.Write(work, batch.result(), ports_.timestamps.Next());
  });
  status = journaling.Outcome(ports_.database, std::move(status));
  if (!status.ok()) return status;
  if (batch.result().counts.created > 0) TellOfEvents(settings_);
  return batch.result();
}

absl::StatusOr<ImportResult> TargetImportService::Rehearse(
    OutdialId outdial_id, std::vector<absl::StatusOr<NewOutdialTarget>> rows,
    OnDuplicate on_duplicate, ImportRehearsal& rehearsal, const GoOn& go_on) {
  Batch batch(outdial_id, std::move(rows), on_duplicate, ports_, &rehearsal.destinations_);
  absl::Status status = RunBatch(ports_, settings_, batch, go_on, [](UnitOfWork&) {
    return absl::CancelledError("only a rehearsal");
  });
  if (!absl::IsCancelled(status)) return status;
  return batch.TakeRehearsed(rehearsal.destinations_);
}

absl::StatusOr<std::size_t> TargetImportService::RegisterMissingKeys(std::size_t limit) {
  return WriteResult(ports_.database,
                     [&](UnitOfWork& work) { return work.targets().RegisterKeysOfAny(limit); });
}

}  // namespace outdial
