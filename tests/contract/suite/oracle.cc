#include "contract/suite/oracle.h"

#include <algorithm>
#include <cstddef>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/time/time.h"

namespace outdial::contract {
namespace {

template <typename Rows, typename Id>
auto* Find(Rows& rows, const Id& id) {
  for (auto& row : rows) {
    if (row.id == id) return &row;
  }
  return static_cast<decltype(rows.data())>(nullptr);
}

template <typename Value>
bool Equals(const std::optional<Value>& wanted, const Value& value) {
  return !wanted.has_value() || *wanted == value;
}

// Newest first, rows of one microsecond by id and on one page; `rows` are those that are listed.
template <typename Entity>
std::vector<Entity> PageOf(std::vector<typename Entity::Fields> rows, const Page& page) {
  std::sort(rows.begin(), rows.end(), [](const auto& a, const auto& b) {
    if (*a.tm_create != *b.tm_create) return *a.tm_create > *b.tm_create;
    return a.id < b.id;
  });
  std::vector<Entity> listed;
  for (const auto& row : rows) {
    if (page.before.has_value() && *row.tm_create >= *page.before) continue;
    if (listed.size() >= page.size && listed.back().fields().tm_create != row.tm_create) break;
    listed.emplace_back(row);
  }
  return listed;
}

}  // namespace

Outdial::Fields* Oracle::FindOutdial(OutdialId id) { return Find(outdials, id); }
OutdialTarget::Fields* Oracle::FindTarget(OutdialTargetId id) { return Find(targets, id); }
OutdialTargetCall::Fields* Oracle::FindCall(OutdialTargetCallId id) { return Find(calls, id); }

OutdialTargetCall::Fields* Oracle::OpenCallOf(OutdialTargetId id) {
  for (auto& call : calls) {
    if (call.outdial_target_id == id && call.status == TargetCallStatus::kProgressing) {
      return &call;
    }
  }
  return nullptr;
}

std::string Oracle::OutcomeOfChange(OutdialId id) {
  const auto* outdial = FindOutdial(id);
  return outdial != nullptr && !outdial->tm_delete.has_value() ? "OK" : "OUTDIAL_NOT_FOUND";
}

std::string Oracle::OutcomeOfUse(OutdialId id) { return OutcomeOfChange(id); }

std::string Oracle::OutcomeOfProgress(OutdialTargetId id, std::size_t index) {
  const auto* target = FindTarget(id);
  if (target == nullptr || target->tm_delete.has_value()) return "OUTDIAL_TARGET_NOT_FOUND";
  if (OutcomeOfUse(target->outdial_id) != "OK") return "OUTDIAL_NOT_FOUND";
  if (!target->slots[index].address.has_value()) return "DESTINATION_NOT_SET";
  if (target->status != TargetStatus::kIdle) return "OUTDIAL_TARGET_NOT_IDLE";
  return "OK";
}

std::string Oracle::OutcomeOfRenew(OutdialTargetId id, std::optional<OutdialTargetCallId> call_id) {
  const auto* target = FindTarget(id);
  if (target == nullptr || target->tm_delete.has_value()) return "OUTDIAL_TARGET_NOT_FOUND";
  if (target->status != TargetStatus::kProgressing) return "OUTDIAL_TARGET_NOT_PROGRESSING";
  const auto* open = OpenCallOf(id);
  if (call_id.has_value() && (open == nullptr || open->id != *call_id)) {
    return "OUTDIAL_TARGET_CALL_NOT_OPEN";
  }
  return "OK";
}

std::string Oracle::OutcomeOfReport(OutdialTargetId id, TargetStatus status,
                                    std::optional<OutdialTargetCallId> call_id) {
  const auto* target = FindTarget(id);
  if (target == nullptr) return "OUTDIAL_TARGET_NOT_FOUND";
  if (call_id.has_value()) {
    const auto* call = FindCall(*call_id);
    const bool of_target = call != nullptr && call->outdial_target_id == id;
    const bool open = of_target && call->status == TargetCallStatus::kProgressing;
    if (!(target->tm_delete.has_value() ? of_target : open)) return "OUTDIAL_TARGET_CALL_NOT_OPEN";
  }
  return status == TargetStatus::kProgressing ? "INVALID_STATUS" : "OK";
}

std::vector<Outdial> Oracle::ListOutdials(const OutdialFilter& filter, const Page& page) const {
  std::vector<Outdial::Fields> rows;
  for (const auto& row : outdials) {
    if (row.tm_delete.has_value() == filter.deleted && Equals(filter.id, row.id) &&
        Equals(filter.customer_id, row.customer_id) &&
        Equals(filter.campaign_id, row.campaign_id) && Equals(filter.name, row.name) &&
        Equals(filter.detail, row.detail) && Equals(filter.data, row.data)) {
      rows.push_back(row);
    }
  }
  return PageOf<Outdial>(std::move(rows), page);
}

std::vector<OutdialTarget> Oracle::ListTargets(OutdialId outdial_id, const Page& page) const {
  std::vector<OutdialTarget::Fields> rows;
  for (const auto& row : targets) {
    if (row.outdial_id == outdial_id && !row.tm_delete.has_value()) rows.push_back(row);
  }
  return PageOf<OutdialTarget>(std::move(rows), page);
}

std::vector<OutdialTargetCall> Oracle::ListCalls(const OutdialTargetCallFilter& filter,
                                                 const Page& page) const {
  std::vector<OutdialTargetCall::Fields> rows;
  for (const auto& row : calls) {
    if (Equals(filter.customer_id, row.customer_id) &&
        Equals(filter.campaign_id, row.campaign_id) && Equals(filter.outdial_id, row.outdial_id) &&
        Equals(filter.outdial_target_id, row.outdial_target_id) &&
        Equals(filter.activeflow_id, row.activeflow_id) &&
        Equals(filter.reference_id, row.reference_id)) {
      rows.push_back(row);
    }
  }
  return PageOf<OutdialTargetCall>(std::move(rows), page);
}

std::vector<Oracle::AvailableTarget> Oracle::Available(OutdialId outdial_id,
                                                       const TryThresholds& thresholds,
                                                       std::size_t limit) const {
  struct Candidate {
    std::optional<absl::Time> tm_update;
    OutdialTargetId id;
    std::size_t index;
  };
  std::vector<Candidate> candidates;
  for (const auto& row : targets) {
    if (row.outdial_id != outdial_id || row.tm_delete.has_value() ||
        row.status != TargetStatus::kIdle) {
      continue;
    }
    for (std::size_t i = 0; i < kSlotCount; ++i) {
      if (row.slots[i].address.has_value() && thresholds[i] >= 0 &&
          row.slots[i].try_count < thresholds[i]) {
        candidates.push_back({row.tm_update, row.id, i});
        break;
      }
    }
  }
  std::sort(candidates.begin(), candidates.end(), [](const Candidate& a, const Candidate& b) {
    const absl::Time a_time = a.tm_update.value_or(absl::InfinitePast());
    const absl::Time b_time = b.tm_update.value_or(absl::InfinitePast());
    return a_time != b_time ? a_time < b_time : a.id < b.id;
  });
  std::vector<AvailableTarget> available;
  for (const Candidate& candidate : candidates) {
    if (available.size() == limit) break;
    available.push_back({candidate.id, candidate.index});
  }
  return available;
}

std::vector<OutdialTargetId> Oracle::LeaseExpired(absl::Time now, std::size_t limit) const {
  std::vector<std::pair<absl::Time, OutdialTargetId>> expired;
  for (const auto& row : targets) {
    if (row.status == TargetStatus::kProgressing && !row.tm_delete.has_value() &&
        row.lease_until.has_value() && *row.lease_until <= now) {
      expired.emplace_back(*row.lease_until, row.id);
    }
  }
  std::sort(expired.begin(), expired.end());
  std::vector<OutdialTargetId> ids;
  for (const auto& [lease_until, id] : expired) {
    if (ids.size() < limit) ids.push_back(id);
  }
  return ids;
}

}  // namespace outdial::contract
