#include "import_stream.h"

#include <cstddef>
#include <utility>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/strings/string_view.h"
#include "journal.h"
#include "outdial/entities/error.h"
#include "outdial/entities/misuse.h"
#include "outdial/router/fingerprint.h"
#include "outdial/wire/entity_json.h"
#include "outdial/wire/error_json.h"

namespace outdial::router {
namespace {

using target_files::Batch;
using target_files::Encoding;
using target_files::Format;
using target_files::Row;
using wire::Json;

// The same bytes are another file where they are read otherwise.
std::string KindOf(Format format, Encoding encoding) {
  return absl::StrCat(format == Format::kCsv ? "csv" : "jsonl",
                      encoding == Encoding::kLatin1 ? " latin1" : "");
}

// Without parameters, in small letters.
std::string MediaType(std::string_view content_type) {
  const std::string_view type = content_type.substr(0, content_type.find(';'));
  return absl::AsciiStrToLower(absl::StripAsciiWhitespace({type.data(), type.size()}));
}

// What went wrong, and what is in all the same.
wire::ReplyEnvelope BrokenOff(const absl::Status& error, const ImportCounts& counts) {
  wire::ReplyEnvelope reply = wire::ErrorReply(error);
  Json json = wire::ErrorToJson(error);
  json["message"] = absl::StrCat(json["message"].get<std::string>(), " Of the rows before that, ",
                                 counts.created, " were added.",
                                 GetReason(error) == Reason::kDatabaseUnavailable
                                     ? " The next ones may have been added too."
                                     : "");
  if (!json.contains("details")) json["details"] = Json::array();
  json["details"].push_back(wire::ToJson(counts));
  reply.data = wire::DumpJson(json);
  return reply;
}

}  // namespace

std::optional<Format> FormatOf(std::string_view content_type) {
  const std::string name = MediaType(content_type);
  if (name == "text/csv") return Format::kCsv;
  if (name == "application/x-ndjson" || name == "application/jsonl" ||
      name == "application/x-jsonlines") {
    return Format::kJsonLines;
  }
  return std::nullopt;
}

absl::StatusOr<Encoding> EncodingOf(std::string_view content_type) {
  const std::vector<absl::string_view> parts =
      absl::StrSplit(absl::string_view(content_type.data(), content_type.size()), ';');
  for (std::size_t i = 1; i < parts.size(); ++i) {
    const std::pair<absl::string_view, absl::string_view> parameter =
        absl::StrSplit(parts[i], absl::MaxSplits('=', 1));
    if (!absl::EqualsIgnoreCase(absl::StripAsciiWhitespace(parameter.first), "charset")) continue;
    std::string name = absl::AsciiStrToLower(absl::StripAsciiWhitespace(parameter.second));
    if (name.size() >= 2 && name.front() == '"' && name.back() == '"') {
      name = name.substr(1, name.size() - 2);
    }
    if (name == "utf-8" || name == "utf8" || name == "us-ascii") return Encoding::kUtf8;
    if (name == "iso-8859-1" || name == "latin1" || name == "windows-1252") {
      return Encoding::kLatin1;
    }
    return MakeError(Reason::kMalformedRequest,
                     "The charset of the Content-Type must be utf-8, us-ascii, iso-8859-1, latin1 "
                     "or windows-1252.",
                     "charset");
  }
  return Encoding::kUtf8;
}

bool MayBeJson(std::string_view content_type) {
  const std::string name = MediaType(content_type);
  return name.empty() || name.ends_with("/json") || name.ends_with("+json");
}

ImportStream::Impl::Impl(Services& services, OutdialId outdial_id, ImportSettings settings,
                         Format format, Encoding encoding, StreamRequest request,
                         std::optional<JournalEntry> earlier, OnReply on_reply)
    : services_(services),
      outdial_id_(outdial_id),
      settings_(std::move(settings)),
      request_(std::move(request)),
      kind_(KindOf(format, encoding)),
      earlier_(std::move(earlier)),
      on_reply_(std::move(on_reply)),
      parser_(
          {.format = format, .encoding = encoding, .keep_text = request_.idempotency.has_value()},
          [this](Row row) { Take(std::move(row)); }),
      import_([this](Batch& batch) { return Import(batch); }) {}

// The answer has been given.
void ImportStream::Impl::StopIfEnded() const {
  if (ended_) StopAtMisuse("router::ImportStream is used after its end");
}

bool ImportStream::Impl::Write(std::string_view piece) {
  StopIfEnded();
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
  StopIfEnded();
  ended_ = true;
  if (status_.ok()) {
    const absl::Status parsed = parser_.Finish();
    if (status_.ok()) status_ = parsed;
  }
  const absl::Status imported = status_.ok() ? import_.Finish() : import_.Stop();
  if (status_.ok()) status_ = imported;
  if (!status_.ok()) return Answer(status_);
  if (!request_.idempotency.has_value()) return Answer(Counted());
  return Answer(WriteDown(Counted()));
}

Reply ImportStream::Impl::BreakOff(const absl::Status& reason) {
  StopIfEnded();
  ended_ = true;
  broken_off_ = true;
  const absl::Status imported = import_.Stop();
  if (status_.ok()) status_ = imported;
  return Answer(status_.ok() ? reason : status_);
}

wire::ReplyEnvelope ImportStream::Impl::Counted() {
  Json json = wire::ToJson(import_.counts());
  json["rows"] = std::move(reported_);
  return {.data = wire::DumpJson(json)};
}

// The whole stream has a journal entry beside those of its batches: by it a stream that comes again
// is known, whose batches are all there, from one that goes on behind them. Returns `reply`, or
// what the stream was answered before.
absl::StatusOr<wire::ReplyEnvelope> ImportStream::Impl::WriteDown(wire::ReplyEnvelope reply) {
  auto fingerprint = Fingerprint({request_.method, request_.uri, kind_, parser_.header(), seen_});
  if (!fingerprint.ok()) return fingerprint.status();
  const JournalIdentity identity{.key = request_.idempotency->key,
                                 .fingerprint = *std::move(fingerprint),
                                 .first_delivery = false};
  if (earlier_.has_value()) return ReplyIn(*earlier_, identity);
  const std::shared_ptr<void> turn = TakeTurn();
  const auto written =
      services_.imports.Import(outdial_id_, {}, OnDuplicate::kAllow, [&](const ImportResult&) {
        return JournalEntry{.key = identity.key,
                            .fingerprint = identity.fingerprint,
                            .reply = wire::DumpReplyEnvelope(reply),
                            .tm_create = {},
                            .first_delivery = identity.first_delivery};
      });
  if (written.ok()) return reply;
  if (GetReason(written.status()) != Reason::kRequestAlreadyJournaled) return written.status();
  auto answered = FindEarlierReply(services_, identity);
  if (!answered.has_value()) {
    return MakeError(Reason::kInternal, "A journal entry has gone while it was needed.");
  }
  return *std::move(answered);
}

Reply ImportStream::Impl::Answer(absl::StatusOr<wire::ReplyEnvelope> answer) {
  Reply reply;
  reply.envelope = answer.ok() ? *std::move(answer) : BrokenOff(answer.status(), import_.counts());
  on_reply_(reply.envelope);
  return reply;
}

std::shared_ptr<void> ImportStream::Impl::TakeTurn() const {
  return request_.take_turn ? request_.take_turn() : nullptr;
}

// Runs on the thread of the import, which sees the header: it was read before any row.
absl::StatusOr<ImportResult> ImportStream::Impl::Import(Batch& batch) {
  std::optional<JournalIdentity> identity;
  if (request_.idempotency.has_value()) {
    auto fingerprint = FingerprintOf(batch);
    if (!fingerprint.ok()) return fingerprint.status();
    auto seen = Fingerprint({seen_, *fingerprint});
    if (!seen.ok()) return seen.status();
    seen_ = *std::move(seen);
    // All of the stream that had this key is in: this one is only compared.
    if (earlier_.has_value()) return ImportResult();
    identity = {.key = absl::StrCat("batch:", batch.number, ":", request_.idempotency->key),
                .fingerprint = *std::move(fingerprint),
                .first_delivery = false};
  }
  return Add(batch, identity);
}

absl::StatusOr<ImportResult> ImportStream::Impl::Add(
    Batch& batch, const std::optional<JournalIdentity>& identity) {
  std::shared_ptr<void> turn = TakeTurn();
  const auto repeat = [&]() -> std::optional<absl::StatusOr<ImportResult>> {
    if (!identity.has_value()) return std::nullopt;
    const auto earlier = FindEarlierReply(services_, *identity);
    if (!earlier.has_value()) return std::nullopt;
    return earlier->ok() ? Repeat(**earlier, batch) : earlier->status();
  };
  if (auto repeated = repeat()) return *std::move(repeated);
  absl::StatusOr<ImportResult> result =
      services_.imports.Import(outdial_id_, std::move(batch.rows), settings_.on_duplicate,
                               RecorderOf<ImportResult>(identity), [&] {
                                 turn = nullptr;  // others may have waited for theirs
                                 turn = TakeTurn();
                                 return !broken_off_ && (!request_.go_on || request_.go_on());
                               });
  // Another delivery of the stream was faster.
  if (!result.ok() && GetReason(result.status()) == Reason::kRequestAlreadyJournaled) {
    if (auto repeated = repeat()) return *std::move(repeated);
  }
  if (!result.ok()) return result;
  for (const RowNotImported& row : result->not_imported) Report(wire::ToJson(row), batch);
  return result;
}

// A batch that is in: what became of its rows is known.
absl::StatusOr<ImportResult> ImportStream::Impl::Repeat(const wire::ReplyEnvelope& earlier,
                                                        const Batch& batch) {
  absl::StatusOr<Json> json = wire::ParseJson(earlier.data);
  const auto counts = json.ok() ? wire::ImportCountsFromJson(*json) : json.status();
  if (!counts.ok()) return MakeError(Reason::kInternal, "A journaled reply could not be read.");
  for (Json& row : (*json)["rows"]) Report(std::move(row), batch);
  return ImportResult{.counts = *counts};
}

absl::StatusOr<std::string> ImportStream::Impl::FingerprintOf(const Batch& batch) const {
  // The sizes say where one row ends, and tell rows apart whose text is not kept.
  std::string rows = absl::StrCat(batch.bytes, " ");
  for (const std::string& text : batch.texts) absl::StrAppend(&rows, text.size(), " ", text);
  return Fingerprint({request_.method, request_.uri, kind_, parser_.header(), rows});
}

// `row` has the index that it has in its batch.
void ImportStream::Impl::Report(Json row, const Batch& batch) {
  if (reported_.size() >= kMaxReportedRows) return;
  const auto index = row["index"].get<std::size_t>();
  row["index"] = index + static_cast<std::size_t>(batch.first_row);
  row["line"] = batch.lines.at(index);
  reported_.push_back(std::move(row));
}

ImportStream::ImportStream(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
ImportStream::~ImportStream() = default;

bool ImportStream::Write(std::string_view piece) { return impl_->Write(piece); }
Reply ImportStream::Finish() { return impl_->Finish(); }
Reply ImportStream::BreakOff(const absl::Status& reason) { return impl_->BreakOff(reason); }

}  // namespace outdial::router
