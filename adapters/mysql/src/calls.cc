#include <cstddef>
#include <deque>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "outdial/entities/error.h"
#include "outdial/sql/call_count.h"
#include "repositories.h"

namespace outdial::mysql {
namespace {

// A target may have several open calls where others recorded some; the newest counts.
struct SelectOpenCall final : sql::SelectRows<OutdialTargetCallRow> {
  explicit SelectOpenCall(soci::session& session)
      : SelectRows(session,
                   " force index (outdial_outdialtargetcalls_target)"
                   " where outdial_target_id = unhex(:outdial_target_id)"
                   " and cast(status as binary) in ('progressing', 'processing')"
                   " order by tm_create desc, id desc limit 1 for update") {
    Use(outdial_target_id);
    Bind();
  }

  IdColumn outdial_target_id;
};

struct EndOpenCalls final : Statement {
  EndOpenCalls(soci::session& session, const std::vector<OutdialTargetId>& target_ids,
               absl::Time now)
      : Statement(session, absl::StrCat("update outdial_outdialtargetcalls set status = 'done',"
                                        " tm_update = :tm_update where open_target_id in (",
                                        absl::StrJoin(std::vector<std::string>(target_ids.size(),
                                                                               "unhex(:target_id)"),
                                                      ", "),
                                        ")")) {
    tm_update.Set(now);
    Use(tm_update);
    for (const OutdialTargetId id : target_ids) {
      target_columns.emplace_back().Set(id);
      Use(target_columns.back());
    }
    Bind();
  }

  TimeColumn tm_update;
  std::deque<IdColumn> target_columns;
};

struct SelectCount final : sql::SelectCallCount<IdColumn, TimeColumn> {
  explicit SelectCount(soci::session& session)
      : SelectCallCount(
            session,
            " from outdial_outdialtargetcalls force index (outdial_outdialtargetcalls_outdial)"
            " where outdial_id = unhex(:outdial_id)",
            " from outdial_outdialtargetcalls"
            " force index (outdial_outdialtargetcalls_open_of_outdial)"
            " where open_outdial_id = unhex(:outdial_id)",
            absl::StrCat(" and tm_create >= ", kFirstTime, " and tm_create < '9999-01-01'")) {}
};

std::string_view IndexFor(const OutdialTargetCallFilter& filter) {
  if (filter.reference_id.has_value()) return "outdial_outdialtargetcalls_reference";
  if (filter.activeflow_id.has_value()) return "outdial_outdialtargetcalls_activeflow";
  if (filter.outdial_target_id.has_value()) return "outdial_outdialtargetcalls_target";
  if (filter.outdial_id.has_value()) return "outdial_outdialtargetcalls_outdial";
  if (filter.campaign_id.has_value()) return "outdial_outdialtargetcalls_campaign";
  if (filter.customer_id.has_value()) return "outdial_outdialtargetcalls_customer";
  return "primary";
}

}  // namespace

absl::StatusOr<std::vector<OutdialTargetCall>> Calls::List(const OutdialTargetCallFilter& filter,
                                                           const Page& page) const {
  sql::Conditions conditions;
  RequireId(conditions, "customer_id", filter.customer_id);
  RequireId(conditions, "campaign_id", filter.campaign_id);
  RequireId(conditions, "outdial_id", filter.outdial_id);
  RequireId(conditions, "outdial_target_id", filter.outdial_target_id);
  RequireId(conditions, "activeflow_id", filter.activeflow_id);
  RequireId(conditions, "reference_id", filter.reference_id);
  if (conditions.empty()) conditions.emplace_back("true");
  return table_.List(IndexFor(filter), std::move(conditions), page);
}

absl::StatusOr<CallCount> Calls::Count(OutdialId outdial_id) const {
  return connection_.Run([&]() -> absl::StatusOr<CallCount> {
    return SelectCount(connection_.session()).Fetch(outdial_id);
  });
}

absl::StatusOr<std::optional<OutdialTargetCall>> Calls::FindOpen(OutdialTargetId target_id) {
  return connection_.Run([&]() -> absl::StatusOr<std::optional<OutdialTargetCall>> {
    SelectOpenCall select(connection_.session());
    select.outdial_target_id.Set(target_id);
    if (!select.FetchOne()) return std::nullopt;
    return select.row.ToEntity();
  });
}

absl::Status Calls::Insert(absl::Span<const OutdialTargetCall> calls) {
  return table_.Insert(
      calls, [this](absl::Span<const OutdialTargetCall> refused) { return EndLeftOver(refused); });
}

absl::Status Calls::EndLeftOver(absl::Span<const OutdialTargetCall> calls) {
  std::vector<OutdialTargetId> target_ids;
  for (const OutdialTargetCall& call : calls) {
    const OutdialTargetId id = call.fields().outdial_target_id;
    if (locked_.idle.contains(id)) target_ids.push_back(id);
  }
  if (target_ids.empty()) return MakeError(Reason::kInternal, "The target has an open call.");
  return connection_.Run([&]() -> absl::Status {
    EndOpenCalls(connection_.session(), target_ids, calls.front().version()).Execute();
    return absl::OkStatus();
  });
}

}  // namespace outdial::mysql
