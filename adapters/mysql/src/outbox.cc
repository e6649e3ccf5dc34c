#include <algorithm>
#include <deque>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "outdial/entities/error.h"
#include "outdial/ports/result_rows.h"
#include "outdial/sql/event_payload.h"
#include "repositories.h"
#include "select_sizes.h"

namespace outdial::mysql {
namespace {

// Of statements that name or hold many rows.
constexpr std::size_t kMaxRows = 500;
constexpr std::size_t kMaxBytes = 1 << 20;

constexpr char kFromOldestEvents[] = " from outdial_event_outbox order by sequence limit :limit";

struct SelectOldestSizes final : SelectSizes {
  explicit SelectOldestSizes(soci::session& session)
      : SelectSizes(session, "length(payload)", kFromOldestEvents) {
    Use(limit);
    Bind();
  }

  IntegerColumn limit;
};

struct SelectOldestEvents final : Statement {
  explicit SelectOldestEvents(soci::session& session)
      : Statement(session, absl::StrCat("select sequence, payload", kFromOldestEvents)) {
    Use(limit);
    Into(sequence);
    Into(payload);
    Bind();
  }

  IntegerColumn limit;
  IntegerColumn sequence;
  TextColumn payload;
};

// How many there are at most: sequences that were rolled back are missing in between.
struct SelectBounds final : Statement {
  explicit SelectBounds(soci::session& session)
      : Statement(session, "select min(sequence), max(sequence) from outdial_event_outbox") {
    Into(first);
    Into(last);
    Bind();
  }

  std::size_t Size() const {
    if (!first.optional_value().has_value()) return 0;
    return static_cast<std::size_t>(last.value() - first.value() + 1);
  }

  IntegerColumn first;
  IntegerColumn last;
};

// How many there are, up to a limit.
struct CountEvents final : Statement {
  explicit CountEvents(soci::session& session)
      : Statement(session,
                  "select count(*) from (select sequence from outdial_event_outbox"
                  " force index (outdial_event_outbox_count) limit :limit) as waiting") {
    Use(limit);
    Into(count);
    Bind();
  }

  IntegerColumn limit;
  IntegerColumn count;
};

struct InsertEvents final : Statement {
  InsertEvents(soci::session& session, std::deque<TextColumn>& payloads)
      : Statement(
            session,
            absl::StrCat(
                "insert into outdial_event_outbox (payload) values ",
                absl::StrJoin(std::vector<std::string>(payloads.size(), "(:payload)"), ", "))) {
    for (TextColumn& payload : payloads) Use(payload);
    Bind();
  }
};

struct DeleteEvents final : Statement {
  DeleteEvents(soci::session& session, absl::Span<const std::int64_t> numbers)
      : Statement(
            session,
            absl::StrCat("delete from outdial_event_outbox where sequence in (",
                         absl::StrJoin(std::vector<std::string>(numbers.size(), ":sequence"), ", "),
                         ")")) {
    for (const std::int64_t number : numbers) Use(sequences.emplace_back(number));
    Bind();
  }

  std::deque<IntegerColumn> sequences;
};

}  // namespace

absl::StatusOr<std::vector<OutboxEntry>> Outbox::Peek(std::size_t limit) const {
  return connection_.Run([&]() -> absl::StatusOr<std::vector<OutboxEntry>> {
    MeasuredRows readable{.count = limit};
    if (limit > kMaxUnmeasuredRows) {
      SelectOldestSizes sizes(connection_.session());
      sizes.limit.SetLimit(limit);
      readable = sizes.Measure();
    }
    ResultRows<OutboxEntry> entries;
    if (readable.count == 0) return std::move(entries).Take();
    SelectOldestEvents select(connection_.session());
    select.limit.SetLimit(readable.count);
    select.ForEachRowWhile([&] {
      return entries.Add(sql::OutboxEntryOf(select.sequence.value(), select.payload.value()));
    });
    return std::move(entries).Take();
  });
}

absl::StatusOr<std::size_t> Outbox::Size() const {
  return connection_.Run([&]() -> absl::StatusOr<std::size_t> {
    SelectBounds bounds(connection_.session());
    bounds.FetchOne();
    return bounds.Size();
  });
}

absl::Status Outbox::Append(absl::Span<const Event> events) {
  if (events.empty()) return absl::OkStatus();
  return connection_.Run([&]() -> absl::Status {
    if (!size_.Add(events.size()) && !HasRoomFor(events.size())) {
      return MakeError(Reason::kOutboxFull, "Too many events wait for being published.");
    }
    for (auto next = events.begin(); next != events.end();) {
      std::deque<TextColumn> payloads;
      for (std::size_t bytes = 0;
           next != events.end() && payloads.size() < kMaxRows && bytes < kMaxBytes; ++next) {
        const std::string payload = sql::EventPayload(*next);
        bytes += payload.size();
        payloads.emplace_back(payload);
      }
      InsertEvents(connection_.session(), payloads).Execute();
    }
    return absl::OkStatus();
  });
}

// Looks whether `count` more fit, and adds them to the size then.
bool Outbox::HasRoomFor(std::size_t count) {
  if (size_.IsFullFor(count)) return false;
  SelectBounds bounds(connection_.session());
  bounds.FetchOne();
  if (bounds.Size() + count <= size_.limit()) {
    size_.Set(bounds.Size() + count, /*counted=*/false);
    return true;
  }
  CountEvents events(connection_.session());
  events.limit.SetLimit(size_.limit());
  events.FetchOne();
  const auto size = static_cast<std::size_t>(events.count.value());
  const bool fits = size + count <= size_.limit();
  size_.Set(fits ? size + count : size, /*counted=*/true);
  return fits;
}

absl::Status Outbox::Remove(absl::Span<const std::int64_t> sequences) {
  size_.Removed();
  return connection_.Run([&]() -> absl::Status {
    for (; !sequences.empty(); sequences.remove_prefix(std::min(sequences.size(), kMaxRows))) {
      DeleteEvents(connection_.session(), sequences.subspan(0, kMaxRows)).Execute();
    }
    return absl::OkStatus();
  });
}

}  // namespace outdial::mysql
