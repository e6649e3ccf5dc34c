#include <string>
#include <string_view>
#include <utility>

#include "absl/strings/str_cat.h"
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

// The two ends of the index on (outdial_id, tm_create).
struct SelectPeriod final : Statement {
  explicit SelectPeriod(soci::session& session)
      : Statement(session, absl::StrCat("select ", FirstInOrder("tm_create"), ", ",
                                        FirstInOrder("tm_create desc"))) {
    Use(outdial_id);  // both parameters: they have one name
    Into(first);
    Into(last);
    Bind();
  }

  static std::string FirstInOrder(std::string_view order) {
    return absl::StrCat(
        "(select tm_create from outdial_outdialtargetcalls"
        " indexed by outdial_outdialtargetcalls_outdial"
        " where outdial_id = :outdial_id and tm_create is not null order by ",
        std::string(order), " limit 1)");
  }

  RequiredIdColumn outdial_id;
  TimeColumn first;
  TimeColumn last;
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

absl::StatusOr<std::optional<CallPeriod>> Calls::Period(OutdialId outdial_id) const {
  return connection_.Run([&]() -> absl::StatusOr<std::optional<CallPeriod>> {
    auto& select = connection_.Get<SelectPeriod>();
    select.outdial_id.Set(outdial_id);
    select.FetchOne();
    const auto first = select.first.ToTime();
    const auto last = select.last.ToTime();
    if (!first.has_value() || !last.has_value()) return std::nullopt;
    return CallPeriod{*first, *last};
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
