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
#include "outdial/ports/result_rows.h"
#include "outdial/sql/eligible_targets.h"
#include "outdial/sql/target_groups.h"
#include "repositories.h"
#include "select_sizes.h"

namespace outdial::mysql {
namespace {

// The index that availability lives on. It is named, so that no statistics can lead elsewhere: the
// index on outdial_id alone looks good to an optimizer.
constexpr char kOfAvailable[] =
    " force index (outdial_outdialtargets_available) where outdial_id = unhex(:outdial_id)";
std::string FromAvailable() { return absl::StrCat(" from outdial_outdialtargets", kOfAvailable); }

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
    return absl::StrCat("(select signature", FromAvailable(), " and signature > :after order by ",
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

  // Runs it, and calls `take` for each target, until that returns false.
  template <typename Take>
  void Fetch(LockedTargets& locked, Take take) {
    ForEachRowWhile([&] {
      OutdialTarget target = row.ToEntity();
      if (!row.has_keys()) locked.without_keys.insert(target.id());
      return take(std::move(target));
    });
  }
};

// The first targets with a signature: SelectTargets, or SelectRowSizes of them.
template <typename Select>
struct SelectBySignature final : Select {
  SelectBySignature(soci::session& session, std::string_view lock)
      : Select(session,
               absl::StrCat(kOfAvailable,
                            " and signature = :signature order by ready_since, id limit :limit",
                            std::string(lock))) {
    this->Use(outdial_id);
    this->Use(signature);
    this->Use(limit);
    this->Bind();
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
        count, absl::StrCat("(select :number as number, ready_since, id", FromAvailable(),
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
      : CountBySignature(session, absl::StrCat(FromAvailable(), " and signature is not null")) {}
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

// SelectTargets, or SelectRowSizes of them.
template <typename Select>
struct SelectLeaseExpired final : Select {
  explicit SelectLeaseExpired(soci::session& session)
      : Select(session, absl::StrCat(" force index (outdial_outdialtargets_lease)"
                                     " where lease_due <= :now order by lease_due, id"
                                     " limit :limit",
                                     std::string(kSkipLocked))) {
    this->Use(now);
    this->Use(limit);
    this->Bind();
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

// Gives `first` the first `limit` targets with a signature, as far as it takes them; returns how
// many these were.
std::size_t FetchBySignature(Connection& connection, OutdialId outdial_id,
                             const std::string& signature, std::size_t limit, std::string_view lock,
                             LockedTargets& locked, sql::FirstEligible& first) {
  const auto prepare = [&](auto& select, std::size_t count) {
    select.outdial_id.Set(outdial_id);
    select.signature.Set(signature);
    select.limit.SetLimit(count);
  };
  MeasuredRows readable{.count = limit};
  if (limit > kMaxUnmeasuredRows) {
    SelectBySignature<SelectRowSizes<OutdialTargetRow>> sizes(connection.session(), lock);
    prepare(sizes, limit);
    readable = sizes.Measure();
  }
  if (readable.count == 0) return 0;
  SelectBySignature<SelectTargets> select(connection.session(), lock);
  prepare(select, readable.count);
  std::size_t found = 0;
  select.Fetch(locked, [&](OutdialTarget target) {
    ++found;
    if (!readable.are_all && found == readable.count) first.EndAfter(target);
    return first.Take(std::move(target));
  });
  return found;
}

// Gives `first` the first `limit` targets with one of these signatures, as far as it takes them;
// returns how many these were. `lock` is empty or kSkipLocked.
std::size_t FetchBySignatures(Connection& connection, OutdialId outdial_id,
                              const std::vector<std::string>& signatures, std::size_t limit,
                              std::string_view lock, LockedTargets& locked,
                              sql::FirstEligible& first) {
  std::vector<std::size_t> found = SharesOf(connection, outdial_id, signatures, limit);
  const auto fetch = [&](std::size_t i, std::size_t count) {
    if (count == 0) return count;
    return FetchBySignature(connection, outdial_id, signatures[i], count, lock, locked, first);
  };
  std::size_t all = 0;
  for (std::size_t i = 0; i < signatures.size(); ++i) {
    found[i] = fetch(i, found[i]);
    all += found[i];
  }
  if (!lock.empty() && signatures.size() > 1) {
    // Others hold some of the first ones: what comes after these may have any signature. Rows that
    // are locked already come again.
    for (std::size_t i = 0; i < signatures.size() && all < limit && !first.full(); ++i) {
      all -= found[i];
      all += fetch(i, limit - all);
    }
  }
  return all;
}

// The first `limit` targets that are eligible, in order.
std::vector<OutdialTarget> SelectAvailable(Connection& connection, OutdialId outdial_id,
                                           const TryThresholds& thresholds, std::size_t limit,
                                           std::string_view lock, LockedTargets& locked) {
  const std::vector<std::string> signatures =
      EligibleSignatures(connection, outdial_id, thresholds);
  return sql::SelectEligible(thresholds, limit, [&](std::size_t count, sql::FirstEligible& first) {
    return FetchBySignatures(connection, outdial_id, signatures, count, lock, locked, first);
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
    std::optional<OutdialTarget> found;
    SelectForUpdate(connection_.session(), id).Fetch(locked_, [&](OutdialTarget target) {
      found = std::move(target);
      return true;
    });
    if (!found.has_value()) return OutdialTargetRow::NotFound();
    if (found->status() == TargetStatus::kIdle) locked_.idle.insert(id);
    return *std::move(found);
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
    SelectLeaseExpired<SelectRowSizes<OutdialTargetRow>> sizes(connection_.session());
    sizes.now.Set(now);
    sizes.limit.SetLimit(limit);
    ResultRows<OutdialTarget> targets;
    const MeasuredRows readable = sizes.Measure();
    if (readable.count == 0) return std::move(targets).Take();
    SelectLeaseExpired<SelectTargets> select(connection_.session());
    select.now.Set(now);
    select.limit.SetLimit(readable.count);
    select.Fetch(locked_, [&](OutdialTarget target) { return targets.Add(std::move(target)); });
    return std::move(targets).Take();
  });
}

}  // namespace outdial::mysql
