#include "export_stream.h"

#include <cstddef>
#include <utility>

namespace outdial::router {

using target_files::Format;

std::optional<Format> ParseFormat(std::string_view word) {
  if (word == "csv") return Format::kCsv;
  if (word == "jsonl") return Format::kJsonLines;
  return std::nullopt;
}

ExportStream::Impl::Impl(Services& services, OutdialId outdial_id, Format format,
                         std::function<std::shared_ptr<void>()> take_turn, OnEnd on_end)
    : format_(format),
      take_turn_(std::move(take_turn)),
      on_end_(std::move(on_end)),
      file_(
          [&services, outdial_id](const CreationPlace& after, std::size_t limit) {
            return services.targets.ListOldest(outdial_id, after, limit);
          },
          format) {}

// A client that has gone is no error.
ExportStream::Impl::~Impl() { End(absl::OkStatus()); }

absl::Status ExportStream::Impl::Begin() {
  absl::StatusOr<std::string> piece = Read();
  if (!piece.ok()) return piece.status();
  first_piece_ = *std::move(piece);
  return absl::OkStatus();
}

std::string_view ExportStream::Impl::content_type() const {
  return format_ == Format::kCsv ? "text/csv; charset=utf-8" : "application/x-ndjson";
}

absl::StatusOr<std::string> ExportStream::Impl::Next() {
  if (first_piece_.has_value() && !first_piece_->empty()) {
    return *std::exchange(first_piece_, std::nullopt);
  }
  return Read();
}

absl::StatusOr<std::string> ExportStream::Impl::Read() {
  const std::shared_ptr<void> turn = take_turn_ ? take_turn_() : nullptr;
  absl::StatusOr<std::string> piece = file_.Next();
  if (!piece.ok()) End(piece.status());
  return piece;
}

void ExportStream::Impl::End(const absl::Status& status) {
  if (on_end_) std::exchange(on_end_, nullptr)(status);
}

ExportStream::ExportStream(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
ExportStream::~ExportStream() = default;

std::string_view ExportStream::content_type() const { return impl_->content_type(); }
absl::StatusOr<std::string> ExportStream::Next() { return impl_->Next(); }

}  // namespace outdial::router
