#include <string_view>
#include <utility>

#include "repositories.h"

namespace outdial::sqlite {

absl::StatusOr<std::vector<Outdial>> Outdials::List(const OutdialFilter& filter,
                                                    const Page& page) const {
  Conditions conditions;
  conditions.emplace_back("deleted = :deleted", filter.deleted ? 1LL : 0LL);
  const auto require = [&conditions](std::string_view sql, const auto& value, auto text) {
    if (value.has_value()) conditions.emplace_back(sql, text(*value));
  };
  const auto id = [](const auto& value) { return value.ToString(); };
  const auto text = [](const auto& value) { return value.value(); };
  require("id = :id", filter.id, id);
  require("customer_id = :customer_id", filter.customer_id, id);
  require("campaign_id = :campaign_id", filter.campaign_id, id);
  require("name = :name", filter.name, text);
  require("detail = :detail", filter.detail, text);
  require("data = :data", filter.data, text);
  return table_.List(std::move(conditions), page);
}

}  // namespace outdial::sqlite
