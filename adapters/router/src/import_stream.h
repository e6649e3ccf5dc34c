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
#include "operations.h"
#include "outdial/entities/target_import.h"
#include "outdial/entities/uuid.h"
#include "outdial/router/import_stream.h"
#include "outdial/services/services.h"
#include "outdial/target_files/batched_import.h"
#include "outdial/target_files/row_parser.h"
#include "outdial/wire/envelope.h"
#include "outdial/wire/json.h"

namespace outdial::router {

// The format that a media type names; nullopt for any other one.
std::optional<target_files::Format> FormatOf(std::string_view content_type);

class ImportStream::Impl {
 public:
  // Told of the reply.
  using OnReply = std::function<void(const wire::ReplyEnvelope&)>;

  Impl(Services& services, OutdialId outdial_id, ImportSettings settings,
       target_files::Format format, StreamRequest request, OnReply on_reply);

  bool Write(std::string_view piece);
  Reply Finish();
  Reply BreakOff();

 private:
  void Take(target_files::Row row);
  absl::StatusOr<ImportResult> Import(target_files::Batch& batch);
  absl::StatusOr<ImportResult> Repeat(const wire::ReplyEnvelope& earlier,
                                      const target_files::Batch& batch);
  void Report(wire::Json row, std::int64_t line);
  Reply Answer();

  Services& services_;
  const OutdialId outdial_id_;
  const ImportSettings settings_;
  const StreamRequest request_;
  const OnReply on_reply_;
  absl::Status status_;
  std::atomic<bool> broken_off_ = false;
  wire::Json reported_ = wire::Json::array();  // belongs to the importing thread until it has ended
  target_files::BatchedImport import_;
  target_files::RowParser parser_;
};

}  // namespace outdial::router

#endif  // OUTDIAL_ADAPTERS_ROUTER_SRC_IMPORT_STREAM_H_
