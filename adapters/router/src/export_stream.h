// One export of the targets of an outdial.
#ifndef OUTDIAL_ADAPTERS_ROUTER_SRC_EXPORT_STREAM_H_
#define OUTDIAL_ADAPTERS_ROUTER_SRC_EXPORT_STREAM_H_

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "outdial/entities/uuid.h"
#include "outdial/router/export_stream.h"
#include "outdial/services/services.h"
#include "outdial/target_files/file_export.h"
#include "outdial/target_files/row_parser.h"

namespace outdial::router {

// The format that `word` names, "csv" or "jsonl"; nullopt for any other one.
std::optional<target_files::Format> ParseFormat(std::string_view word);

class ExportStream::Impl {
 public:
  // Told of the end, or of the error that the stream ends with.
  using OnEnd = std::function<void(const absl::Status&)>;

  Impl(Services& services, OutdialId outdial_id, target_files::Format format,
       std::function<std::shared_ptr<void>()> take_turn, OnEnd on_end);
  ~Impl();

  Impl(const Impl&) = delete;
  Impl& operator=(const Impl&) = delete;

  // Reads the first piece. What it returns is also what Next returns first.
  absl::Status Begin();

  std::string_view content_type() const;
  absl::StatusOr<std::string> Next();

 private:
  absl::StatusOr<std::string> Read();
  void End(const absl::Status& status);

  const target_files::Format format_;
  const std::function<std::shared_ptr<void>()> take_turn_;
  OnEnd on_end_;  // empty once it was called
  target_files::FileExport file_;
  std::optional<std::string> first_piece_;
};

}  // namespace outdial::router

#endif  // OUTDIAL_ADAPTERS_ROUTER_SRC_EXPORT_STREAM_H_
