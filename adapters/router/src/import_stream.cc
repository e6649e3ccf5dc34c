#include "import_stream.h"

#include <utility>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "journal.h"
#include "outdial/entities/error.h"
#include "outdial/router/fingerprint.h"
#include "outdial/wire/entity_json.h"
#include "outdial/wire/error_json.h"

namespace outdial::router {
namespace {

using target_files::Batch;
using target_files::Format;
using target_files::Row;
using wire::Json;

// What went wrong, and what is in all the same.
wire::ReplyEnvelope BrokenOff(const absl::Status& error, const ImportCounts& counts) {
  wire::ReplyEnvelope reply = wire::ErrorReply(error);
  Json json = wire::ErrorToJson(error);
  json["message"] = absl::StrCat(json["message"].get<std::string>(), " Of the rows before that, ",
                                 counts.created, " were added.");
  if (!json.contains("details")) json["details"] = Json::array();
  json["details"].push_back(wire::ToJson(counts));
  reply.data = wire::DumpJson(json);
  return reply;
}

}  // namespace

std::optional<Format> FormatOf(std::string_view content_type) {
  const std::string_view type = content_type.substr(0, content_type.find(';'));
  const std::string name =
      absl::AsciiStrToLower(absl::StripAsciiWhitespace({type.data(), type.size()}));
  if (name == "text/csv") return Format::kCsv;
  if (name == "application/x-ndjson") return Format::kJsonLines;
  return std::nullopt;
}

ImportStream::Impl::Impl(Services& services, OutdialId outdial_id, ImportSettings settings,
                         Format format, StreamRequest request, OnReply on_reply)
    : services_(services),
      outdial_id_(outdial_id),
      settings_(std::move(settings)),
      request_(std::move(request)),
      on_reply_(std::move(on_reply)),
      import_([this](Batch& batch) { return Import(batch); },
              [this](const RowNotImported& row, std::int64_t line, const std::string&) {
                Report(wire::ToJson(row), line);
              }),
      parser_({.format = format, .keep_text = request_.idempotency.has_value()},
              [this](Row row) { Take(std::move(row)); }) {}

bool ImportStream::Impl::Write(std::string_view piece) {
  if (!status_.ok()) return false;
  const absl::Status parsed = parser_.Parse(piece);
  if (status_.ok()) status_ = parsed;
  return status_.ok();
}

void ImportStream::Impl::Take(Row row) {
  if (!status_.ok()) return;
  row.target = services_.imports.Normalize(std::move(row.target), settings_.region);
  status_ = import_.Add(std::move(row));
}

Reply ImportStream::Impl::Finish() {
  if (status_.ok()) {
    const absl::Status parsed = parser_.Finish();
    if (status_.ok()) status_ = parsed;
  }
  const absl::Status imported = status_.ok() ? import_.Finish() : import_.Stop();
  if (status_.ok()) status_ = imported;
  return Answer();
}

Reply ImportStream::Impl::BreakOff() {
  broken_off_ = true;
  const absl::Status imported = import_.Stop();
  if (status_.ok()) status_ = imported;
  if (status_.ok()) {
    status_ = MakeError(Reason::kMalformedRequest, "The body of the request broke off.");
  }
  return Answer();
}

Reply ImportStream::Impl::Answer() {
  const ImportCounts counts = import_.counts();
  Reply reply;
  if (status_.ok()) {
    Json json = wire::ToJson(counts);
    json["rows"] = std::move(reported_);
    reply.envelope.data = wire::DumpJson(json);
  } else {
    reply.envelope = BrokenOff(status_, counts);
  }
  on_reply_(reply.envelope);
  return reply;
}

absl::StatusOr<ImportResult> ImportStream::Impl::Import(Batch& batch) {
  const auto take_turn = [this] { return request_.take_turn ? request_.take_turn() : nullptr; };
  std::shared_ptr<void> turn = take_turn();
  std::optional<JournalIdentity> identity;
  if (request_.idempotency.has_value()) {
    auto fingerprint =
        Fingerprint({request_.method, request_.uri, absl::StrJoin(batch.texts, "\n")});
    if (!fingerprint.ok()) return fingerprint.status();
    identity = {.key = absl::StrCat(request_.idempotency->key, "#", batch.number),
                .fingerprint = *std::move(fingerprint),
                .first_delivery = false};
    if (auto earlier = FindEarlierReply(services_, *identity)) {
      if (!earlier->ok()) return earlier->status();
      return Repeat(**earlier, batch);
    }
  }
  return services_.imports.Import(outdial_id_, std::move(batch.rows), settings_.on_duplicate,
                                  RecorderOf<ImportResult>(identity), [&] {
                                    turn = nullptr;  // others may have waited for theirs
                                    turn = take_turn();
                                    return !broken_off_;
                                  });
}

// A batch that is in: what became of its rows is known.
absl::StatusOr<ImportResult> ImportStream::Impl::Repeat(const wire::ReplyEnvelope& earlier,
                                                        const Batch& batch) {
  absl::StatusOr<Json> json = wire::ParseJson(earlier.data);
  const auto counts = json.ok() ? wire::ImportCountsFromJson(*json) : json.status();
  if (!counts.ok()) return MakeError(Reason::kInternal, "A journaled reply could not be read.");
  for (Json& row : (*json)["rows"]) {
    const auto index = row["index"].get<std::size_t>();
    row["index"] = index + static_cast<std::size_t>(batch.first_row);
    Report(std::move(row), batch.lines.at(index));
  }
  return ImportResult{.counts = *counts};
}

void ImportStream::Impl::Report(Json row, std::int64_t line) {
  if (reported_.size() >= kMaxReportedRows) return;
  row["line"] = line;
  reported_.push_back(std::move(row));
}

ImportStream::ImportStream(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
ImportStream::~ImportStream() = default;

bool ImportStream::Write(std::string_view piece) { return impl_->Write(piece); }
Reply ImportStream::Finish() { return impl_->Finish(); }
Reply ImportStream::BreakOff() { return impl_->BreakOff(); }

}  // namespace outdial::router
