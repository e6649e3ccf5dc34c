#include <algorithm>
#include <deque>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "outdial/entities/error.h"
#include "repositories.h"

namespace outdial::mysql {
namespace {

constexpr std::size_t kMaxKeys = 500;  // of one statement

// What the column first_delivery holds.
enum FirstDelivery : int { kNotFirst = 0, kFirst = 1, kShared = 2 };

struct SelectEntry final : Statement {
  explicit SelectEntry(soci::session& session)
      : Statement(
            session,
            "select fingerprint, reply, tm_create, first_delivery"
            " from outdial_request_journal where request_key = cast(:request_key as binary)") {
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
                  " (request_key, fingerprint, reply, tm_create, first_delivery)"
                  " values (:request_key, :fingerprint, :reply, :tm_create, :first_delivery)") {
    Use(key);
    Use(fingerprint);
    Use(reply);
    Use(tm_create);
    Use(first_delivery);
    Bind();
  }

  TextColumn key;
  TextColumn fingerprint;
  TextColumn reply;
  TimeColumn tm_create;
  IntegerColumn first_delivery;
};

struct DeleteFirstDelivery final : Statement {
  explicit DeleteFirstDelivery(soci::session& session)
      : Statement(session,
                  "delete from outdial_request_journal"
                  " where request_key = cast(:request_key as binary) and first_delivery") {
    Use(key);
    Bind();
  }

  TextColumn key;
};

struct DeleteReplaced final : Statement {
  explicit DeleteReplaced(soci::session& session)
      : Statement(session,
                  "delete from outdial_request_journal"
                  " where request_key = cast(:request_key as binary) and tm_create = :tm_create") {
    Use(key);
    Use(tm_create);
    Bind();
  }

  TextColumn key;
  TimeColumn tm_create;
};

struct DeleteEntries final : Statement {
  DeleteEntries(soci::session& session, absl::Span<const std::string> given_keys)
      : Statement(session,
                  absl::StrCat("delete from outdial_request_journal where first_delivery = ",
                               static_cast<int>(kFirst), " and request_key in (",
                               absl::StrJoin(std::vector<std::string>(given_keys.size(),
                                                                      "cast(:key as binary)"),
                                             ", "),
                               ")")) {
    for (const std::string& key : given_keys) Use(keys.emplace_back(key));
    Bind();
  }

  std::deque<TextColumn> keys;
};

struct DeleteOldEntries final : Statement {
  explicit DeleteOldEntries(soci::session& session)
      : Statement(session,
                  "delete from outdial_request_journal where tm_create < :before"
                  " order by tm_create limit :limit") {
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
    SelectEntry select(connection_.session());
    select.key.Set(key);
    if (!select.FetchOne()) return std::nullopt;
    return JournalEntry{.key = key,
                        .fingerprint = select.fingerprint.value(),
                        .reply = select.reply.value(),
                        .tm_create = select.tm_create.ToTime().value_or(absl::UnixEpoch()),
                        .first_delivery = select.first_delivery.value() != kNotFirst,
                        .is_shared = select.first_delivery.value() == kShared};
  });
}

absl::Status Journal::Insert(const JournalEntry& entry) {
  return connection_.Run([&]() -> absl::Status {
    const auto inserted = [&](FirstDelivery first_delivery) {
      InsertEntry insert(connection_.session());
      insert.key.Set(entry.key);
      insert.fingerprint.Set(entry.fingerprint);
      insert.reply.Set(entry.reply);
      insert.tm_create.Set(entry.tm_create);
      insert.first_delivery.Set(first_delivery);
      try {
        insert.Execute();
        return true;
      } catch (const soci::soci_error& error) {
        if (!IsDuplicateKey(error)) throw;
        return false;
      }
    };
    if (inserted(entry.first_delivery ? kFirst : kNotFirst)) return absl::OkStatus();
    if (entry.first_delivery) {
      DeleteFirstDelivery remove(connection_.session());
      remove.key.Set(entry.key);
      if (remove.Execute() == 1 && inserted(kShared)) return absl::OkStatus();
    }
    if (entry.replaced_tm_create.has_value()) {
      DeleteReplaced remove(connection_.session());
      remove.key.Set(entry.key);
      remove.tm_create.Set(entry.replaced_tm_create);
      if (remove.Execute() == 1 && inserted(kNotFirst)) return absl::OkStatus();
    }
    return MakeError(Reason::kRequestAlreadyJournaled, "The same request was carried out before.");
  });
}

absl::Status Journal::Remove(absl::Span<const std::string> keys) {
  return connection_.Run([&]() -> absl::Status {
    for (; !keys.empty(); keys.remove_prefix(std::min(keys.size(), kMaxKeys))) {
      DeleteEntries(connection_.session(), keys.subspan(0, kMaxKeys)).Execute();
    }
    return absl::OkStatus();
  });
}

absl::StatusOr<std::size_t> Journal::RemoveOlderThan(absl::Time before, std::size_t limit) {
  return connection_.Run([&]() -> absl::StatusOr<std::size_t> {
    DeleteOldEntries remove(connection_.session());
    remove.before.Set(before);
    remove.limit.SetLimit(limit);
    return remove.Execute();
  });
}

}  // namespace outdial::mysql
