// Which destinations the targets of a list have.
#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/types/span.h"
#include "outdial/entities/destination_key.h"
#include "outdial/entities/uuid.h"
#include "repositories.h"

namespace outdial::sqlite {
namespace {

// A key of a target, as the table holds it.
struct Entry {
  std::int64_t fingerprint;
  std::int64_t target_id_high;
  std::int64_t target_id_low;

  friend auto operator<=>(const Entry&, const Entry&) = default;
};

std::uint64_t ToInteger(const Uuid& uuid, std::size_t first_byte) {
  std::uint64_t value = 0;
  for (std::size_t i = first_byte; i < first_byte + 8; ++i) value = value << 8 | uuid.bytes().at(i);
  return value;
}

// ":p0, :p1, …": SQLite takes parameters of one name for one.
std::string Parameters(std::size_t first, std::size_t count) {
  std::vector<std::string> names;
  for (std::size_t i = first; i < first + count; ++i) names.push_back(absl::StrCat(":p", i));
  return absl::StrJoin(names, ", ");
}

// The entries of a list lie beside one another: 24 bits are of its id, 40 of the key.
std::int64_t FingerprintOf(OutdialId outdial_id, const DestinationKey& key) {
  constexpr std::uint64_t kListBits = 0xffffff0000000000;
  return static_cast<std::int64_t>((ToInteger(outdial_id.uuid(), 0) & kListBits) |
                                   (key.StableHash() & ~kListBits));
}

OutdialTargetId TargetIdOf(std::int64_t high, std::int64_t low) {
  Uuid::Bytes bytes{};
  for (std::size_t i = 0; i < 8; ++i) {
    const std::size_t shift = 56 - 8 * i;
    bytes.at(i) = static_cast<std::uint8_t>(static_cast<std::uint64_t>(high) >> shift);
    bytes.at(i + 8) = static_cast<std::uint8_t>(static_cast<std::uint64_t>(low) >> shift);
  }
  return OutdialTargetId(Uuid(bytes));
}

// How many keys one statement is about: starting a statement costs more than a step of it.
constexpr std::size_t kKeysAtOnce = 32;

struct SelectEntries final : Statement {
  explicit SelectEntries(soci::session& session)
      : Statement(session, absl::StrCat("select fingerprint, target_id_high, target_id_low"
                                        " from outdial_destination_keys where fingerprint in (",
                                        Parameters(0, kKeysAtOnce), ")")) {
    for (IntegerColumn& column : fingerprints) Use(column);
    Into(fingerprint);
    Into(target_id_high);
    Into(target_id_low);
    Bind();
  }

  std::array<IntegerColumn, kKeysAtOnce> fingerprints;
  IntegerColumn fingerprint;
  IntegerColumn target_id_high;
  IntegerColumn target_id_low;
};

// Entries that are there already stay.
template <std::size_t kCount>
struct InsertEntries final : Statement {
  explicit InsertEntries(soci::session& session) : Statement(session, Sql()) {
    for (IntegerColumn& column : values) Use(column);
    Bind();
  }

  static std::string Sql() {
    std::vector<std::string> rows;
    for (std::size_t i = 0; i < kCount; ++i) {
      rows.push_back(absl::StrCat("(", Parameters(3 * i, 3), ")"));
    }
    return absl::StrCat(
        "insert into outdial_destination_keys (fingerprint, target_id_high, target_id_low) values ",
        absl::StrJoin(rows, ", "), " on conflict do nothing");
  }

  void Insert(absl::Span<const Entry> entries) {
    for (std::size_t i = 0; i < kCount; ++i) {
      values[3 * i].Set(entries[i].fingerprint);
      values[3 * i + 1].Set(entries[i].target_id_high);
      values[3 * i + 2].Set(entries[i].target_id_low);
    }
    Execute();
  }

  std::array<IntegerColumn, 3 * kCount> values;
};

template <bool kOfAny>
struct SelectWithoutKeys final : SelectRows<OutdialTargetRow> {
  explicit SelectWithoutKeys(soci::session& session)
      : SelectRows(session,
                   absl::StrCat(" indexed by outdial_outdialtargets_keys_due where outdial_id ",
                                kOfAny ? "> ''" : "= :outdial_id",
                                " and has_keys is null and tm_delete is null limit :limit")) {
    if (!kOfAny) Use(outdial_id);
    Use(limit);
    Bind();
  }

  RequiredIdColumn outdial_id;
  IntegerColumn limit;
};

struct MarkAsHavingKeys final : Statement {
  explicit MarkAsHavingKeys(soci::session& session)
      : Statement(session, "update outdial_outdialtargets set has_keys = 1 where id = :id") {
    Use(id);
    Bind();
  }

  RequiredIdColumn id;
};

bool Has(const OutdialTarget& target, OutdialId outdial_id, const DestinationKey& key) {
  if (target.outdial_id() != outdial_id || target.deleted()) return false;
  const std::vector<DestinationKey> keys = DestinationKeysOf(target);
  return std::find(keys.begin(), keys.end(), key) != keys.end();
}

}  // namespace

absl::StatusOr<std::vector<TakenDestination>> Targets::FindTaken(
    OutdialId outdial_id, absl::Span<const DestinationKey> keys) const {
  return connection_.Run([&]() -> absl::StatusOr<std::vector<TakenDestination>> {
    // In the order of the table, so that each of its pages is looked up once.
    std::map<std::int64_t, std::set<OutdialTargetId>> ids;
    for (const DestinationKey& key : keys) ids[FingerprintOf(outdial_id, key)];
    FindTargetIds(ids);
    std::vector<TakenDestination> taken;
    auto& select = connection_.Get<SelectById<OutdialTargetRow>>();
    for (const DestinationKey& key : std::set<DestinationKey>(keys.begin(), keys.end())) {
      for (const OutdialTargetId& id : ids.at(FingerprintOf(outdial_id, key))) {
        select.id.Set(id);
        if (!select.FetchOne()) continue;
        if (!Has(select.row.ToEntity(), outdial_id, key)) continue;
        taken.push_back({key, id});
        break;
      }
    }
    return taken;
  });
}

// Adds to each fingerprint the targets that have it. Throws what SOCI throws.
void Targets::FindTargetIds(std::map<std::int64_t, std::set<OutdialTargetId>>& ids) const {
  auto& select = connection_.Get<SelectEntries>();
  for (auto next = ids.begin(); next != ids.end();) {
    for (IntegerColumn& fingerprint : select.fingerprints) {
      // Where none is left, the last one stands again.
      fingerprint.Set(next == ids.end() ? ids.rbegin()->first : next++->first);
    }
    select.ForEachRow([&] {
      ids.at(select.fingerprint.value())
          .insert(TargetIdOf(select.target_id_high.value(), select.target_id_low.value()));
    });
  }
}

absl::StatusOr<std::size_t> Targets::RegisterKeys(OutdialId outdial_id, std::size_t limit) {
  return connection_.Run([&]() -> absl::StatusOr<std::size_t> {
    auto& select = connection_.Get<SelectWithoutKeys<false>>();
    select.outdial_id.Set(outdial_id);
    return RegisterKeysOf(select, limit);
  });
}

absl::StatusOr<std::size_t> Targets::RegisterKeysOfAny(std::size_t limit) {
  return connection_.Run([&]() -> absl::StatusOr<std::size_t> {
    return RegisterKeysOf(connection_.Get<SelectWithoutKeys<true>>(), limit);
  });
}

// Throws what SOCI throws.
template <typename Select>
std::size_t Targets::RegisterKeysOf(Select& select, std::size_t limit) {
  select.limit.SetLimit(limit);
  std::vector<OutdialTarget> targets;
  select.FetchAll(targets);
  InsertKeys(targets);
  auto& mark = connection_.Get<MarkAsHavingKeys>();
  for (const OutdialTarget& target : targets) {
    mark.id.Set(target.id());
    mark.Execute();
  }
  return targets.size();
}

absl::Status Targets::Insert(absl::Span<const OutdialTarget> targets) {
  if (absl::Status status = table_.Insert(targets); !status.ok()) return status;
  return connection_.Run([&]() -> absl::Status {
    InsertKeys(targets);
    return absl::OkStatus();
  });
}

// Throws what SOCI throws.
void Targets::InsertKeys(absl::Span<const OutdialTarget> targets) {
  std::vector<Entry> entries;
  entries.reserve(targets.size());
  for (const OutdialTarget& target : targets) {
    const Uuid id = target.id().uuid();
    for (const DestinationKey& key : DestinationKeysOf(target)) {
      entries.push_back({.fingerprint = FingerprintOf(target.outdial_id(), key),
                         .target_id_high = static_cast<std::int64_t>(ToInteger(id, 0)),
                         .target_id_low = static_cast<std::int64_t>(ToInteger(id, 8))});
    }
  }
  // In the order of the table, so that each of its pages is looked up once.
  std::sort(entries.begin(), entries.end());
  absl::Span<const Entry> rest = entries;
  for (; rest.size() >= kKeysAtOnce; rest.remove_prefix(kKeysAtOnce)) {
    connection_.Get<InsertEntries<kKeysAtOnce>>().Insert(rest);
  }
  for (; !rest.empty(); rest.remove_prefix(1)) connection_.Get<InsertEntries<1>>().Insert(rest);
}

}  // namespace outdial::sqlite
