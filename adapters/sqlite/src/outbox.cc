#include <algorithm>

#include "outdial/entities/error.h"
#include "outdial/ports/result_rows.h"
#include "outdial/sql/event_payload.h"
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

// Counting would take a scan; sequences are given out without gaps, and removed oldest first.
struct SelectBounds final : Statement {
  explicit SelectBounds(soci::session& session)
      : Statement(session,
                  "select (select min(sequence) from outdial_event_outbox),"
                  " (select max(sequence) from outdial_event_outbox),"
                  " (select last_sequence from outdial_event_outbox_removed where id = 1)") {
    Into(first);
    Into(last);
    Into(last_removed);
    Bind();
  }

  std::size_t Size() const {
    if (!first.optional_value().has_value()) return 0;
    return static_cast<std::size_t>(last.value() - first.value() + 1);
  }
  long long Next() const { return std::max(last.value(), last_removed.value()) + 1; }

  IntegerColumn first;
  IntegerColumn last;
  IntegerColumn last_removed;
};

struct InsertEvent final : Statement {
  explicit InsertEvent(soci::session& session)
      : Statement(session,
                  "insert into outdial_event_outbox (sequence, payload)"
                  " values (:sequence, :payload)") {
    Use(sequence);
    Use(payload);
    Bind();
  }

  IntegerColumn sequence;
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

struct UpdateRemoved final : Statement {
  explicit UpdateRemoved(soci::session& session)
      : Statement(session,
                  "update outdial_event_outbox_removed"
                  " set last_sequence = max(last_sequence, :sequence) where id = 1") {
    Use(sequence);
    Bind();
  }

  IntegerColumn sequence;
};

}  // namespace

absl::StatusOr<std::vector<OutboxEntry>> Outbox::Peek(std::size_t limit) const {
  return connection_.Run([&]() -> absl::StatusOr<std::vector<OutboxEntry>> {
    auto& select = connection_.Get<SelectOldestEvents>();
    select.limit.SetLimit(limit);
    ResultRows<OutboxEntry> entries;
    const bool fits = select.ForEachRowWhile([&] {
      return entries.Add(sql::OutboxEntryOf(select.sequence.value(), select.payload.value()));
    });
    if (!fits) connection_.Forget<SelectOldestEvents>();
    return std::move(entries).Take();
  });
}

absl::StatusOr<std::size_t> Outbox::Size() const {
  return connection_.Run([&]() -> absl::StatusOr<std::size_t> {
    auto& bounds = connection_.Get<SelectBounds>();
    bounds.FetchOne();
    return bounds.Size();
  });
}

absl::Status Outbox::Append(absl::Span<const Event> events) {
  if (events.empty()) return absl::OkStatus();
  return connection_.Run([&]() -> absl::Status {
    auto& bounds = connection_.Get<SelectBounds>();
    bounds.FetchOne();
    if (bounds.Size() + events.size() > limit_) {
      return MakeError(Reason::kOutboxFull, "Too many events wait for being published.");
    }
    auto& insert = connection_.Get<InsertEvent>();
    long long sequence = bounds.Next();
    for (const Event& event : events) {
      insert.sequence.Set(sequence++);
      insert.payload.Set(sql::EventPayload(event));
      insert.Execute();
    }
    return absl::OkStatus();
  });
}

absl::Status Outbox::Remove(absl::Span<const std::int64_t> sequences) {
  return connection_.Run([&]() -> absl::Status {
    auto& remove = connection_.Get<DeleteEvent>();
    std::int64_t last_removed = 0;
    for (const std::int64_t sequence : sequences) {
      remove.sequence.Set(sequence);
      if (remove.Execute() == 1) last_removed = std::max(last_removed, sequence);
    }
    if (last_removed > 0) {
      auto& update = connection_.Get<UpdateRemoved>();
      update.sequence.Set(last_removed);
      update.Execute();
    }
    return absl::OkStatus();
  });
}

}  // namespace outdial::sqlite
