#include "outdial/entities/error.h"
#include "repositories.h"

namespace outdial::sqlite {
namespace {

// What the column first_delivery holds: 0, 1, or 2 where the entry is shared.

struct SelectEntry final : Statement {
  explicit SelectEntry(soci::session& session)
      : Statement(session,
                  "select fingerprint, reply, tm_create, first_delivery"
                  " from outdial_request_journal"
                  " where key = :key") {
    Use(key);
    Into(fingerprint);
    Into(reply);
    Into(tm_create);
    Into(first_delivery);
    Bind();
  }

  TextColumn key;
  TextColumn fingerprint;
  TextColumn reply;
  TimeColumn tm_create;
  IntegerColumn first_delivery;
};

struct InsertEntry final : Statement {
  explicit InsertEntry(soci::session& session)
      : Statement(session,
                  "insert into outdial_request_journal"
                  " (key, fingerprint, reply, tm_create, first_delivery)"
                  " values (:key, :fingerprint, :reply, :tm_create, :first_delivery)"
                  " on conflict (key) do update set fingerprint = excluded.fingerprint,"
                  " reply = excluded.reply, tm_create = excluded.tm_create,"
                  " first_delivery = 2 * (first_delivery and excluded.first_delivery)"
                  " where (first_delivery and excluded.first_delivery) or tm_create = :replaced") {
    Use(key);
    Use(fingerprint);
    Use(reply);
    Use(tm_create);
    Use(first_delivery);
    Use(replaced);
    Bind();
  }

  TextColumn key;
  TextColumn fingerprint;
  TextColumn reply;
  TimeColumn tm_create;
  IntegerColumn first_delivery;
  TimeColumn replaced;
};

struct DeleteEntry final : Statement {
  explicit DeleteEntry(soci::session& session)
      : Statement(session,
                  "delete from outdial_request_journal where key = :key and first_delivery = 1") {
    Use(key);
    Bind();
  }

  TextColumn key;
};

struct DeleteOldEntries final : Statement {
  explicit DeleteOldEntries(soci::session& session)
      : Statement(session,
                  "delete from outdial_request_journal where rowid in"
                  " (select rowid from outdial_request_journal where tm_create < :before"
                  " order by tm_create limit :limit)") {
    Use(before);
    Use(limit);
    Bind();
  }

  TimeColumn before;
  IntegerColumn limit;
};

}  // namespace

absl::StatusOr<std::optional<JournalEntry>> Journal::Find(const std::string& key) const {
  return connection_.Run([&]() -> absl::StatusOr<std::optional<JournalEntry>> {
    auto& select = connection_.Get<SelectEntry>();
    select.key.Set(key);
    if (!select.FetchOne()) return std::nullopt;
    return JournalEntry{.key = key,
                        .fingerprint = select.fingerprint.value(),
                        .reply = select.reply.value(),
                        .tm_create = select.tm_create.ToTime().value_or(absl::UnixEpoch()),
                        .first_delivery = select.first_delivery.value() != 0,
                        .is_shared = select.first_delivery.value() == 2};
  });
}

absl::Status Journal::Insert(const JournalEntry& entry) {
  return connection_.Run([&]() -> absl::Status {
    auto& insert = connection_.Get<InsertEntry>();
    insert.key.Set(entry.key);
    insert.fingerprint.Set(entry.fingerprint);
    insert.reply.Set(entry.reply);
    insert.tm_create.Set(entry.tm_create);
    insert.first_delivery.Set(entry.first_delivery ? 1 : 0);
    insert.replaced.Set(entry.replaced_tm_create);
    if (insert.Execute() == 0) {
      return MakeError(Reason::kRequestAlreadyJournaled,
                       "The same request was carried out before.");
    }
    return absl::OkStatus();
  });
}

absl::Status Journal::Remove(absl::Span<const std::string> keys) {
  return connection_.Run([&]() -> absl::Status {
    auto& remove = connection_.Get<DeleteEntry>();
    for (const std::string& key : keys) {
      remove.key.Set(key);
      remove.Execute();
    }
    return absl::OkStatus();
  });
}

absl::StatusOr<std::size_t> Journal::RemoveOlderThan(absl::Time before, std::size_t limit) {
  return connection_.Run([&]() -> absl::StatusOr<std::size_t> {
    auto& remove = connection_.Get<DeleteOldEntries>();
    remove.before.Set(before);
    remove.limit.SetLimit(limit);
    return remove.Execute();
  });
}

}  // namespace outdial::sqlite
