// One import of targets that come as a stream.
#ifndef OUTDIAL_ADAPTERS_ROUTER_SRC_IMPORT_STREAM_H_
#define OUTDIAL_ADAPTERS_ROUTER_SRC_IMPORT_STREAM_H_

#include <atomic>
#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "journal.h"
#include "operations.h"
#include "outdial/entities/target_import.h"
#include "outdial/entities/uuid.h"
#include "outdial/ports/request_journal.h"
#include "outdial/router/import_stream.h"
#include "outdial/services/services.h"
#include "outdial/target_files/batched_import.h"
#include "outdial/target_files/row_parser.h"
#include "outdial/wire/envelope.h"
#include "outdial/wire/json.h"

namespace outdial::router {

// The format that a media type names; nullopt for any other one.
std::optional<target_files::Format> FormatOf(std::string_view content_type);

// The encoding that the charset of a media type names; UTF-8 where it has none. Errors:
// MALFORMED_REQUEST for any other one.
absl::StatusOr<target_files::Encoding> EncodingOf(std::string_view content_type);

// Whether it is JSON's or none at all.
bool MayBeJson(std::string_view content_type);

class ImportStream::Impl {
 public:
  // Told of the reply.
  using OnReply = std::function<void(const wire::ReplyEnvelope&)>;

  // `earlier` is what the journal has of this key.
  Impl(Services& services, OutdialId outdial_id, ImportSettings settings,
       target_files::Format format, target_files::Encoding encoding, StreamRequest request,
       std::optional<JournalEntry> earlier, OnReply on_reply);

  bool Write(std::string_view piece);
  Reply Finish();
  Reply BreakOff(const absl::Status& reason);

 private:
  void StopIfEnded() const;
  void Take(target_files::Row row);
  absl::StatusOr<ImportResult> Import(target_files::Batch& batch);
  absl::StatusOr<ImportResult> Add(target_files::Batch& batch,
                                   const std::optional<JournalIdentity>& identity);
  absl::StatusOr<ImportResult> Repeat(const wire::ReplyEnvelope& earlier,
                                      const target_files::Batch& batch);
  absl::StatusOr<std::string> FingerprintOf(const target_files::Batch& batch) const;
  std::shared_ptr<void> TakeTurn() const;
  void Report(wire::Json row, const target_files::Batch& batch);
  wire::ReplyEnvelope Counted();
  absl::StatusOr<wire::ReplyEnvelope> WriteDown(wire::ReplyEnvelope reply);
  Reply Answer(absl::StatusOr<wire::ReplyEnvelope> reply);

  Services& services_;
  const OutdialId outdial_id_;
  const ImportSettings settings_;
  const StreamRequest request_;
  const std::string kind_;  // of file, for its fingerprint
  const std::optional<JournalEntry> earlier_;
  const OnReply on_reply_;
  absl::Status status_;
  bool ended_ = false;
  std::atomic<bool> broken_off_ = false;

  // These belong to the importing thread until it has ended.
  wire::Json reported_ = wire::Json::array();
  std::string seen_;  // stands for all batches so far, where there is a key

  target_files::RowParser parser_;
  target_files::BatchedImport import_;  // last, because its thread uses all of that
};

}  // namespace outdial::router

#endif  // OUTDIAL_ADAPTERS_ROUTER_SRC_IMPORT_STREAM_H_
