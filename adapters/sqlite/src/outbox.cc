#include <utility>
#include <variant>

#include "outdial/entities/error.h"
#include "outdial/wire/entity_json.h"
#include "outdial/wire/json.h"
#include "repositories.h"

namespace outdial::sqlite {
namespace {

struct SelectOldestEvents final : Statement {
  explicit SelectOldestEvents(soci::session& session)
      : Statement(session,
                  "select sequence, payload from outdial_event_outbox"
                  " where sequence > 0 order by sequence limit :limit") {
    Use(limit);
    Into(sequence);
    Into(payload);
    Bind();
  }

  IntegerColumn limit;
  IntegerColumn sequence;
  TextColumn payload;
};

// Counting would take a scan; numbers are given out without gaps, and removed oldest first.
struct SelectOutboxSize final : Statement {
  explicit SelectOutboxSize(soci::session& session)
      : Statement(session,
                  "select coalesce((select max(sequence) from outdial_event_outbox)"
                  " - (select min(sequence) from outdial_event_outbox) + 1, 0)") {
    Into(size);
    Bind();
  }

  IntegerColumn size;
};

struct InsertEvent final : Statement {
  explicit InsertEvent(soci::session& session)
      : Statement(session, "insert into outdial_event_outbox (payload) values (:payload)") {
    Use(payload);
    Bind();
  }

  TextColumn payload;
};

struct DeleteEvent final : Statement {
  explicit DeleteEvent(soci::session& session)
      : Statement(session, "delete from outdial_event_outbox where sequence = :sequence") {
    Use(sequence);
    Bind();
  }

  IntegerColumn sequence;
};

OutboxEntry ToEntry(std::int64_t sequence, const std::string& payload) {
  const absl::StatusOr<wire::Json> json = wire::ParseJson(payload);
  if (json.ok()) {
    absl::StatusOr<Event> event = wire::EventFromJson(*json);
    if (event.ok()) {
      const absl::Time version =
          std::visit([](const auto& entity) { return entity.version(); }, event->entity);
      return {.sequence = sequence, .event = *std::move(event), .tm_create = version};
    }
  }
  throw soci::soci_error("damaged event");
}

}  // namespace

absl::StatusOr<std::vector<OutboxEntry>> Outbox::Peek(std::size_t limit) const {
  return connection_.Run([&]() -> absl::StatusOr<std::vector<OutboxEntry>> {
    auto& select = connection_.Get<SelectOldestEvents>();
    select.limit.Set(static_cast<long long>(limit));
    std::vector<OutboxEntry> entries;
    select.ForEachRow(
        [&] { entries.push_back(ToEntry(select.sequence.value(), select.payload.value())); });
    return entries;
  });
}

absl::StatusOr<std::size_t> Outbox::Size() const {
  return connection_.Run([&]() -> absl::StatusOr<std::size_t> {
    auto& select = connection_.Get<SelectOutboxSize>();
    select.FetchOne();
    return static_cast<std::size_t>(select.size.value());
  });
}

absl::Status Outbox::Append(absl::Span<const Event> events) {
  if (events.empty()) return absl::OkStatus();
  const absl::StatusOr<std::size_t> size = Size();
  if (!size.ok()) return size.status();
  if (*size + events.size() > limit_) {
    return MakeError(Reason::kOutboxFull, "Too many events wait for being published.");
  }
  return connection_.Run([&]() -> absl::Status {
    auto& insert = connection_.Get<InsertEvent>();
    for (const Event& event : events) {
      insert.payload.Set(wire::DumpJson(wire::ToJson(event)));
      insert.Execute();
    }
    return absl::OkStatus();
  });
}

absl::Status Outbox::Remove(absl::Span<const std::int64_t> sequences) {
  return connection_.Run([&]() -> absl::Status {
    auto& remove = connection_.Get<DeleteEvent>();
    for (const std::int64_t sequence : sequences) {
      remove.sequence.Set(sequence);
      remove.Execute();
    }
    return absl::OkStatus();
  });
}

}  // namespace outdial::sqlite
