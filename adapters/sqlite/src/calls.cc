#include <string>
#include <string_view>
#include <utility>

#include "absl/strings/str_cat.h"
#include "outdial/sql/call_count.h"
#include "repositories.h"

namespace outdial::sqlite {
namespace {

struct SelectOpenCall final : SelectRows<OutdialTargetCallRow> {
  explicit SelectOpenCall(soci::session& session)
      : SelectRows(session,
                   " where outdial_target_id = :outdial_target_id and status = 'progressing'") {
    Use(outdial_target_id);
    Bind();
  }

  RequiredIdColumn outdial_target_id;
};

struct SelectCount final : sql::SelectCallCount<RequiredIdColumn, TimeColumn> {
  explicit SelectCount(soci::session& session)
      : SelectCallCount(
            session,
            " from outdial_outdialtargetcalls indexed by outdial_outdialtargetcalls_outdial"
            " where outdial_id = :outdial_id",
            " from outdial_outdialtargetcalls"
            " indexed by outdial_outdialtargetcalls_open_of_outdial"
            " where outdial_id = :outdial_id and status = 'progressing'",
            " and tm_create is not null") {}
};

}  // namespace

absl::StatusOr<std::vector<OutdialTargetCall>> Calls::List(const OutdialTargetCallFilter& filter,
                                                           const Page& page) const {
  Conditions conditions;
  const auto require = [&conditions](std::string_view sql, const auto& id) {
    if (id.has_value()) conditions.emplace_back(sql, id->ToString());
  };
  // As above, of a column that holds NULL for an id that is not set.
  const auto require_optional = [&](std::string_view sql, std::string_view unset, const auto& id) {
    if (id.has_value() && id->is_nil()) {
      conditions.emplace_back(unset);
    } else {
      require(sql, id);
    }
  };
  require("customer_id = :customer_id", filter.customer_id);
  require("campaign_id = :campaign_id", filter.campaign_id);
  require("outdial_id = :outdial_id", filter.outdial_id);
  require("outdial_target_id = :outdial_target_id", filter.outdial_target_id);
  require_optional("activeflow_id = :activeflow_id", "activeflow_id is null", filter.activeflow_id);
  require_optional("reference_id = :reference_id", "reference_id is null", filter.reference_id);
  if (conditions.empty()) conditions.emplace_back("true");
  return table_.List(std::move(conditions), page);
}

absl::StatusOr<CallCount> Calls::Count(OutdialId outdial_id) const {
  return connection_.Run([&]() -> absl::StatusOr<CallCount> {
    return connection_.Get<SelectCount>().Fetch(outdial_id);
  });
}

absl::StatusOr<std::optional<OutdialTargetCall>> Calls::FindOpen(OutdialTargetId target_id) {
  return connection_.Run([&]() -> absl::StatusOr<std::optional<OutdialTargetCall>> {
    auto& select = connection_.Get<SelectOpenCall>();
    select.outdial_target_id.Set(target_id);
    if (!select.FetchOne()) return std::nullopt;
    return select.row.ToEntity();
  });
}

}  // namespace outdial::sqlite
