#include <algorithm>
#include <cstddef>
#include <deque>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "outdial/entities/availability.h"
#include "outdial/sql/eligible_targets.h"
#include "outdial/sql/target_groups.h"
#include "repositories.h"

namespace outdial::mysql {
namespace {

// The index that availability lives on. It is named, so that no statistics can lead elsewhere: the
// index on outdial_id alone looks good to an optimizer.
constexpr char kFromAvailable[] =
    " from outdial_outdialtargets force index (outdial_outdialtargets_available)"
    " where outdial_id = unhex(:outdial_id)";

// The next signature that occurs in an outdial, and the last one: two steps in the index, however
// many targets share one. Most lists have one or two. min() and max() would read all of the list.
struct SelectNextSignature final : Statement {
  explicit SelectNextSignature(soci::session& session)
      : Statement(session,
                  absl::StrCat("select ", FirstInOrder("signature"), " as next_signature, ",
                               FirstInOrder("signature desc"), " as last_signature")) {
    for (int i = 0; i < 2; ++i) {
      Use(outdial_id);
      Use(after);
    }
    Into(next);
    Into(last);
    Bind();
  }

  static std::string FirstInOrder(std::string_view order) {
    return absl::StrCat("(select signature", kFromAvailable, " and signature > :after order by ",
                        std::string(order), " limit 1)");
  }

  IdColumn outdial_id;
  TextColumn after;
  TextColumn next;
  TextColumn last;
};

// A query for whole rows, which it may lock.
struct SelectTargets : sql::SelectRows<OutdialTargetRow> {
  using SelectRows::SelectRows;

  void FetchAll(LockedTargets& locked, std::vector<OutdialTarget>& targets) {
    ForEachRow([&] {
      targets.push_back(row.ToEntity());
      if (!row.has_keys()) locked.without_keys.insert(targets.back().id());
    });
  }
};

// The first targets with a signature.
struct SelectBySignature final : SelectTargets {
  SelectBySignature(soci::session& session, std::string_view lock)
      : SelectTargets(
            session, sql::SelectedColumns<OutdialTargetRow>(),
            absl::StrCat(kFromAvailable,
                         " and signature = :signature order by ready_since, id limit :limit",
                         std::string(lock))) {
    Use(outdial_id);
    Use(signature);
    Use(limit);
    Bind();
  }

  IdColumn outdial_id;
  TextColumn signature;
  IntegerColumn limit;
};

// How many of the first targets of all these signatures have which of them, from the index alone.
struct SelectShares final : Statement {
  SelectShares(soci::session& session, OutdialId outdial_id,
               const std::vector<std::string>& signatures, std::size_t limit)
      : Statement(session, Sql(signatures.size())), outdial_id_column() {
    outdial_id_column.Set(outdial_id);
    limit_column.SetLimit(limit);
    for (std::size_t i = 0; i < signatures.size(); ++i) {
      Use(numbers.emplace_back(static_cast<long long>(i)));
      Use(outdial_id_column);
      Use(signature_columns.emplace_back(signatures[i]));
      Use(limit_column);
    }
    Use(limit_column);
    Into(number);
    Into(count);
    Bind();
  }

  static std::string Sql(std::size_t count) {
    const std::vector<std::string> parts(
        count, absl::StrCat("(select :number as number, ready_since, id", kFromAvailable,
                            " and signature = :signature order by ready_since, id limit :limit)"));
    return absl::StrCat("select number, count(*) from (select number from (",
                        absl::StrJoin(parts, " union all "),
                        ") as candidates order by ready_since, id limit :limit) as first_candidates"
                        " group by number");
  }

  IdColumn outdial_id_column;
  IntegerColumn limit_column;
  std::deque<IntegerColumn> numbers;
  std::deque<TextColumn> signature_columns;
  IntegerColumn number;
  IntegerColumn count;
};

struct CountReady final : sql::CountBySignature<IdColumn> {
  explicit CountReady(soci::session& session)
      : CountBySignature(session, absl::StrCat(kFromAvailable, " and signature is not null")) {}
};

// Those that are live but not idle.
struct CountDialled final : sql::CountByTryCounts<IdColumn> {
  explicit CountDialled(soci::session& session)
      : CountByTryCounts(session, "progress",
                         " from outdial_outdialtargets force index"
                         " (outdial_outdialtargets_progress)"
                         " where outdial_id = unhex(:outdial_id) and progress is not null") {}
};

struct SumUnsetTries final : sql::SumUnsetTries<IdColumn> {
  explicit SumUnsetTries(soci::session& session)
      : sql::SumUnsetTries<IdColumn>(session,
                                     " from outdial_outdialtargets force index"
                                     " (outdial_outdialtargets_unset_tries)"
                                     " where unset_tries_outdial_id = unhex(:outdial_id)") {}
};

struct SelectForUpdate final : SelectTargets {
  SelectForUpdate(soci::session& session, OutdialTargetId target_id)
      : SelectTargets(session, " where id = unhex(:id) for update") {
    id.Set(target_id);
    Use(id);
    Bind();
  }

  IdColumn id;
};

struct SelectLeaseExpired final : SelectTargets {
  explicit SelectLeaseExpired(soci::session& session)
      : SelectTargets(session, absl::StrCat(" force index (outdial_outdialtargets_lease)"
                                            " where lease_due <= :now order by lease_due, id"
                                            " limit :limit",
                                            std::string(kSkipLocked))) {
    Use(now);
    Use(limit);
    Bind();
  }

  TimeColumn now;
  IntegerColumn limit;
};

std::vector<std::string> EligibleSignatures(Connection& connection, OutdialId outdial_id,
                                            const TryThresholds& thresholds) {
  std::vector<std::string> eligible;
  const auto take = [&](const std::string& text) {
    const std::optional<Signature> signature = Signature::FromText(text);
    if (!signature.has_value()) throw soci::soci_error("damaged signature");
    if (signature->IsEligible(thresholds)) eligible.push_back(text);
  };
  SelectNextSignature select(connection.session());
  select.outdial_id.Set(outdial_id);
  for (select.after.Set("");; select.after.Set(select.next.value())) {
    select.FetchOne();
    if (select.next.is_null()) return eligible;
    take(select.next.value());
    if (select.next.value() == select.last.value()) return eligible;
  }
}

// How many of the first `limit` targets of these signatures have which of them.
std::vector<std::size_t> SharesOf(Connection& connection, OutdialId outdial_id,
                                  const std::vector<std::string>& signatures, std::size_t limit) {
  std::vector<std::size_t> shares(signatures.size());
  if (signatures.size() == 1) {
    shares[0] = limit;
    return shares;
  }
  if (signatures.empty()) return shares;
  SelectShares select(connection.session(), outdial_id, signatures, limit);
  select.ForEachRow([&] {
    shares.at(static_cast<std::size_t>(select.number.value())) =
        static_cast<std::size_t>(select.count.value());
  });
  return shares;
}

// The first `limit` targets with one of these signatures, in order. `lock` is empty or kSkipLocked.
std::vector<OutdialTarget> SelectBySignatures(Connection& connection, OutdialId outdial_id,
                                              const std::vector<std::string>& signatures,
                                              std::size_t limit, std::string_view lock,
                                              LockedTargets& locked) {
  const std::vector<std::size_t> shares = SharesOf(connection, outdial_id, signatures, limit);
  SelectBySignature select(connection.session(), lock);
  select.outdial_id.Set(outdial_id);
  const auto fetch = [&](std::size_t signature, std::size_t count) {
    std::vector<OutdialTarget> targets;
    if (count == 0) return targets;
    select.signature.Set(signatures[signature]);
    select.limit.SetLimit(count);
    select.FetchAll(locked, targets);
    return targets;
  };

  std::vector<std::vector<OutdialTarget>> by_signature;
  std::size_t found = 0;
  for (std::size_t i = 0; i < signatures.size(); ++i) {
    by_signature.push_back(fetch(i, shares[i]));
    found += by_signature.back().size();
  }
  if (!lock.empty() && signatures.size() > 1) {
    // Others hold some of the first ones: what comes after these may have any signature. Rows that
    // are locked already come again.
    for (std::size_t i = 0; i < signatures.size() && found < limit; ++i) {
      found -= by_signature[i].size();
      by_signature[i] = fetch(i, limit - found);
      found += by_signature[i].size();
    }
  }

  std::vector<OutdialTarget> targets;
  targets.reserve(found);
  for (auto& some : by_signature) {
    std::move(some.begin(), some.end(), std::back_inserter(targets));
  }
  std::sort(targets.begin(), targets.end(), DialledBefore);
  return targets;
}

// The first `limit` targets that are eligible, in order.
std::vector<OutdialTarget> SelectAvailable(Connection& connection, OutdialId outdial_id,
                                           const TryThresholds& thresholds, std::size_t limit,
                                           std::string_view lock, LockedTargets& locked) {
  const std::vector<std::string> signatures =
      EligibleSignatures(connection, outdial_id, thresholds);
  return sql::SelectEligible(thresholds, limit, [&](std::size_t count) {
    return SelectBySignatures(connection, outdial_id, signatures, count, lock, locked);
  });
}

}  // namespace

absl::StatusOr<std::vector<OutdialTarget>> Targets::List(OutdialId outdial_id,
                                                         const Page& page) const {
  sql::Conditions conditions;
  RequireId(conditions, "outdial_id", std::optional(outdial_id));
  conditions.emplace_back("deleted = 0");
  return table_.List("outdial_outdialtargets_list", std::move(conditions), page);
}

absl::StatusOr<std::vector<OutdialTarget>> Targets::ListOldest(OutdialId outdial_id,
                                                               const CreationPlace& after,
                                                               std::size_t limit) const {
  sql::Conditions conditions;
  RequireId(conditions, "outdial_id", std::optional(outdial_id));
  conditions.emplace_back("deleted = 0");
  return table_.ListOldest("outdial_outdialtargets_list", std::move(conditions), after.tm_create,
                           after.id, limit);
}

absl::StatusOr<std::vector<OutdialTarget>> Targets::FindAvailable(OutdialId outdial_id,
                                                                  const TryThresholds& thresholds,
                                                                  std::size_t limit) const {
  return connection_.Run([&]() -> absl::StatusOr<std::vector<OutdialTarget>> {
    LockedTargets locks_nothing;
    return SelectAvailable(connection_, outdial_id, thresholds, limit, "", locks_nothing);
  });
}

absl::StatusOr<std::vector<TargetGroup>> Targets::CountGroups(OutdialId outdial_id) const {
  return connection_.Run([&]() -> absl::StatusOr<std::vector<TargetGroup>> {
    std::vector<TargetGroup> groups;
    const auto fetch = [&](auto&& select) {
      select.outdial_id.Set(outdial_id);
      select.ForEachRow([&] { groups.push_back(select.ToGroup()); });
    };
    fetch(CountReady(connection_.session()));
    fetch(CountDialled(connection_.session()));
    fetch(SumUnsetTries(connection_.session()));
    return groups;
  });
}

absl::StatusOr<OutdialTarget> Targets::GetForUpdate(OutdialTargetId id) {
  return connection_.Run([&]() -> absl::StatusOr<OutdialTarget> {
    std::vector<OutdialTarget> targets;
    SelectForUpdate(connection_.session(), id).FetchAll(locked_, targets);
    if (targets.empty()) return OutdialTargetRow::NotFound();
    if (targets.front().status() == TargetStatus::kIdle) locked_.idle.insert(id);
    return std::move(targets.front());
  });
}

absl::StatusOr<std::vector<OutdialTarget>> Targets::LockAvailable(OutdialId outdial_id,
                                                                  const TryThresholds& thresholds,
                                                                  std::size_t limit) {
  return connection_.Run([&]() -> absl::StatusOr<std::vector<OutdialTarget>> {
    std::vector<OutdialTarget> targets =
        SelectAvailable(connection_, outdial_id, thresholds, limit, kSkipLocked, locked_);
    for (const OutdialTarget& target : targets) locked_.idle.insert(target.id());
    return targets;
  });
}

absl::StatusOr<std::vector<OutdialTarget>> Targets::LockLeaseExpired(absl::Time now,
                                                                     std::size_t limit) {
  return connection_.Run([&]() -> absl::StatusOr<std::vector<OutdialTarget>> {
    SelectLeaseExpired select(connection_.session());
    select.now.Set(now);
    select.limit.SetLimit(limit);
    std::vector<OutdialTarget> targets;
    select.FetchAll(locked_, targets);
    return targets;
  });
}

}  // namespace outdial::mysql
