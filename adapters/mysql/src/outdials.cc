#include <string>
#include <string_view>
#include <utility>

#include "absl/strings/str_cat.h"
#include "repositories.h"

namespace outdial::mysql {
namespace {

// The index that a list with this filter is read from.
std::string_view IndexFor(const OutdialFilter& filter) {
  if (filter.id.has_value()) return "primary";
  if (filter.campaign_id.has_value()) return "outdial_outdials_campaign";
  if (filter.customer_id.has_value()) return "outdial_outdials_customer";
  return "outdial_outdials_list";
}

}  // namespace

absl::StatusOr<std::vector<Outdial>> Outdials::List(const OutdialFilter& filter,
                                                    const Page& page) const {
  sql::Conditions conditions;
  conditions.emplace_back("deleted = :deleted", filter.deleted ? 1LL : 0LL);
  RequireId(conditions, "id", filter.id);
  RequireId(conditions, "customer_id", filter.customer_id);
  RequireId(conditions, "campaign_id", filter.campaign_id);
  // Byte for byte, whatever the column's character set and collation are.
  const auto require_text = [&](const std::string& column, const auto& text) {
    if (!text.has_value()) return;
    conditions.emplace_back(
        absl::StrCat("cast(convert(ifnull(", column,
                     ", '') using utf8mb4) as binary) = cast(:", column, " as binary)"),
        text->value());
  };
  require_text("name", filter.name);
  require_text("detail", filter.detail);
  require_text("data", filter.data);
  return table_.List(IndexFor(filter), std::move(conditions), page);
}

}  // namespace outdial::mysql
