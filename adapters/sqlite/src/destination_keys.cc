// Which destinations the targets of a list have.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <set>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
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

struct SelectTargetIds final : Statement {
  explicit SelectTargetIds(soci::session& session)
      : Statement(session,
                  "select target_id_high, target_id_low from outdial_destination_keys"
                  " where fingerprint = :fingerprint") {
    Use(fingerprint);
    Into(target_id_high);
    Into(target_id_low);
    Bind();
  }

  IntegerColumn fingerprint;
  IntegerColumn target_id_high;
  IntegerColumn target_id_low;
};

struct InsertDestinationKey final : Statement {
  explicit InsertDestinationKey(soci::session& session)
      : Statement(session,
                  "insert into outdial_destination_keys (fingerprint, target_id_high,"
                  " target_id_low) values (:fingerprint, :target_id_high, :target_id_low)"
                  " on conflict do nothing") {
    Use(fingerprint);
    Use(target_id_high);
    Use(target_id_low);
    Bind();
  }

  IntegerColumn fingerprint;
  IntegerColumn target_id_high;
  IntegerColumn target_id_low;
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
    const std::set<DestinationKey> wanted(keys.begin(), keys.end());
    std::vector<TakenDestination> taken;
    auto& select = connection_.Get<SelectTargetIds>();
    auto& select_target = connection_.Get<SelectById<OutdialTargetRow>>();
    for (const DestinationKey& key : wanted) {
      select.fingerprint.Set(FingerprintOf(outdial_id, key));
      std::set<OutdialTargetId> ids;
      select.ForEachRow([&] {
        ids.insert(TargetIdOf(select.target_id_high.value(), select.target_id_low.value()));
      });
      for (const OutdialTargetId& id : ids) {
        select_target.id.Set(id);
        if (!select_target.FetchOne()) continue;
        if (!Has(select_target.row.ToEntity(), outdial_id, key)) continue;
        taken.push_back({key, id});
        break;
      }
    }
    return taken;
  });
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
  select.ForEachRow([&] { targets.push_back(select.row.ToEntity()); });
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
  auto& insert = connection_.Get<InsertDestinationKey>();
  for (const Entry& entry : entries) {
    insert.fingerprint.Set(entry.fingerprint);
    insert.target_id_high.Set(entry.target_id_high);
    insert.target_id_low.Set(entry.target_id_low);
    insert.Execute();
  }
}

}  // namespace outdial::sqlite
