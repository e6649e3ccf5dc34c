#include <algorithm>
#include <optional>
#include <string>
#include <tuple>
#include <utility>

#include "absl/strings/str_cat.h"
#include "outdial/entities/availability.h"
#include "outdial/sql/eligible_targets.h"
#include "outdial/sql/target_groups.h"
#include "repositories.h"

namespace outdial::sqlite {
namespace {

// The index that availability lives on. It is named, so that no statistics can lead elsewhere.
constexpr char kFromAvailable[] =
    " from outdial_outdialtargets indexed by outdial_outdialtargets_available"
    " where outdial_id = :outdial_id";

// The next signature that occurs in an outdial: one step, however many targets share one.
struct SelectNextSignature final : Statement {
  explicit SelectNextSignature(soci::session& session)
      : Statement(session, absl::StrCat("select signature", kFromAvailable,
                                        " and signature > :after order by signature limit 1")) {
    Use(outdial_id);
    Use(after);
    Into(signature);
    Bind();
  }

  TextColumn outdial_id;
  TextColumn after;
  TextColumn signature;
};

// The first targets with a signature, from the index alone.
struct SelectFirstOfSignature final : Statement {
  explicit SelectFirstOfSignature(soci::session& session)
      : Statement(session,
                  absl::StrCat("select tm_update, id, rowid", kFromAvailable,
                               " and signature = :signature order by tm_update, id limit :limit")) {
    Use(outdial_id);
    Use(signature);
    Use(limit);
    Into(tm_update);
    Into(id);
    Into(rowid);
    Bind();
  }

  TextColumn outdial_id;
  TextColumn signature;
  IntegerColumn limit;
  IntegerColumn tm_update;
  TextColumn id;
  IntegerColumn rowid;
};

struct SelectByRowid final : SelectRows<OutdialTargetRow> {
  explicit SelectByRowid(soci::session& session) : SelectRows(session, " where rowid = :rowid") {
    Use(rowid);
    Bind();
  }

  IntegerColumn rowid;
};

// The domain makes sure that only a live target in progress has a lease; what says so again is for
// rows that somebody else wrote.
struct SelectLeaseExpired final : SelectRows<OutdialTargetRow> {
  explicit SelectLeaseExpired(soci::session& session)
      : SelectRows(session,
                   " indexed by outdial_outdialtargets_lease"
                   " where lease_until <= :now and status = 'progressing' and tm_delete is null"
                   " order by lease_until, id limit :limit") {
    Use(now);
    Use(limit);
    Bind();
  }

  TimeColumn now;
  IntegerColumn limit;
};

struct CountReady final : sql::CountBySignature<RequiredIdColumn> {
  explicit CountReady(soci::session& session)
      : CountBySignature(session, absl::StrCat(kFromAvailable, " and signature is not null")) {}
};

// Those that are live but not idle.
struct CountDialled final : sql::CountByTryCounts<RequiredIdColumn> {
  explicit CountDialled(soci::session& session)
      : CountByTryCounts(session, "status",
                         " from outdial_outdialtargets indexed by outdial_outdialtargets_dialled"
                         " where outdial_id = :outdial_id and status <> 'idle'"
                         " and tm_delete is null") {}
};

// The conditions are those of the index, word for word.
struct SumUnsetTries final : sql::SumUnsetTries<RequiredIdColumn> {
  explicit SumUnsetTries(soci::session& session)
      : sql::SumUnsetTries<RequiredIdColumn>(
            session,
            " from outdial_outdialtargets indexed by outdial_outdialtargets_unset_tries"
            " where outdial_id = :outdial_id and status = 'idle' and tm_delete is null and"
            " (destination_0 is null and try_count_0 <> 0 or"
            " destination_1 is null and try_count_1 <> 0 or"
            " destination_2 is null and try_count_2 <> 0 or"
            " destination_3 is null and try_count_3 <> 0 or"
            " destination_4 is null and try_count_4 <> 0)") {}
};

// A target's place in the order of DialledBefore: an id's text orders as the id does.
struct Candidate {
  std::optional<long long> tm_update;  // not set comes first
  std::string id;
  long long rowid;

  friend bool operator<(const Candidate& a, const Candidate& b) {
    return std::tie(a.tm_update, a.id) < std::tie(b.tm_update, b.id);
  }
};

std::vector<std::string> EligibleSignatures(Connection& connection, const std::string& outdial_id,
                                            const TryThresholds& thresholds) {
  auto& select = connection.Get<SelectNextSignature>();
  select.outdial_id.Set(outdial_id);
  std::vector<std::string> eligible;
  for (select.after.Set(""); select.FetchOne(); select.after.Set(select.signature.value())) {
    const std::optional<Signature> signature = Signature::FromText(select.signature.value());
    if (!signature.has_value()) throw soci::soci_error("damaged signature");
    if (signature->IsEligible(thresholds)) eligible.push_back(select.signature.value());
  }
  return eligible;
}

// The first `limit` candidates of each signature, and of these the first `limit`, in order.
std::vector<Candidate> FirstCandidates(Connection& connection, const std::string& outdial_id,
                                       const std::vector<std::string>& signatures,
                                       std::size_t limit) {
  auto& select = connection.Get<SelectFirstOfSignature>();
  select.outdial_id.Set(outdial_id);
  select.limit.SetLimit(limit);
  std::vector<Candidate> candidates;
  for (const std::string& signature : signatures) {
    select.signature.Set(signature);
    const auto middle = static_cast<std::ptrdiff_t>(candidates.size());
    select.ForEachRow([&] {
      candidates.push_back(
          {select.tm_update.optional_value(), select.id.value(), select.rowid.value()});
    });
    std::inplace_merge(candidates.begin(), candidates.begin() + middle, candidates.end());
    candidates.resize(std::min(candidates.size(), limit));
  }
  return candidates;
}

}  // namespace

absl::StatusOr<std::vector<OutdialTarget>> Targets::List(OutdialId outdial_id,
                                                         const Page& page) const {
  Conditions conditions;
  conditions.emplace_back("outdial_id = :outdial_id", outdial_id.ToString());
  conditions.emplace_back("tm_delete is null");
  return table_.List(std::move(conditions), page);
}

absl::StatusOr<std::vector<OutdialTarget>> Targets::ListOldest(OutdialId outdial_id,
                                                               const CreationPlace& after,
                                                               std::size_t limit) const {
  Conditions conditions;
  conditions.emplace_back("outdial_id = :outdial_id", outdial_id.ToString());
  conditions.emplace_back("tm_delete is null");
  return table_.ListOldest(std::move(conditions), after.tm_create, after.id, limit);
}

absl::StatusOr<std::vector<OutdialTarget>> Targets::FindAvailable(OutdialId outdial_id,
                                                                  const TryThresholds& thresholds,
                                                                  std::size_t limit) const {
  return connection_.Run([&]() -> absl::StatusOr<std::vector<OutdialTarget>> {
    const std::string outdial = outdial_id.ToString();
    const std::vector<std::string> signatures =
        EligibleSignatures(connection_, outdial, thresholds);
    return sql::SelectEligible(thresholds, limit,
                               [&](std::size_t count, sql::FirstEligible& first) {
                                 const std::vector<Candidate> candidates =
                                     FirstCandidates(connection_, outdial, signatures, count);
                                 auto& select = connection_.Get<SelectByRowid>();
                                 for (const Candidate& candidate : candidates) {
                                   select.rowid.Set(candidate.rowid);
                                   if (!select.FetchOne()) throw soci::soci_error("damaged index");
                                   if (!first.Take(select.row.ToEntity())) break;
                                 }
                                 return candidates.size();
                               });
  });
}

absl::StatusOr<std::vector<TargetGroup>> Targets::CountGroups(OutdialId outdial_id) const {
  return connection_.Run([&]() -> absl::StatusOr<std::vector<TargetGroup>> {
    std::vector<TargetGroup> groups;
    const auto fetch = [&](auto& select) {
      select.outdial_id.Set(outdial_id);
      select.ForEachRow([&] { groups.push_back(select.ToGroup()); });
    };
    fetch(connection_.Get<CountReady>());
    fetch(connection_.Get<CountDialled>());
    fetch(connection_.Get<SumUnsetTries>());
    return groups;
  });
}

absl::StatusOr<std::vector<OutdialTarget>> Targets::LockLeaseExpired(absl::Time now,
                                                                     std::size_t limit) {
  return connection_.Run([&]() -> absl::StatusOr<std::vector<OutdialTarget>> {
    auto& select = connection_.Get<SelectLeaseExpired>();
    select.now.Set(now);
    select.limit.SetLimit(limit);
    ResultRows<OutdialTarget> targets;
    if (!select.FetchInto(targets)) connection_.Forget<SelectLeaseExpired>();
    return std::move(targets).Take();
  });
}

}  // namespace outdial::sqlite
