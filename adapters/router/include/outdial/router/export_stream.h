// The targets of an outdial as a file, sent in pieces.
#ifndef OUTDIAL_ROUTER_EXPORT_STREAM_H_
#define OUTDIAL_ROUTER_EXPORT_STREAM_H_

#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "absl/status/statusor.h"

namespace outdial::router {

// A request whose answer is such a file.
struct ExportRequest {
  // As those of Request:
  std::string method{};
  std::string uri{};

  std::string accept{};      // the media types that the client takes, as the header Accept has them
  std::string request_id{};  // for the log; may be empty

  // As StreamRequest::take_turn, before each piece.
  std::function<std::shared_ptr<void>()> take_turn{};
};

// One export. Holds no more than a piece, and nothing of the database between two of them. Used by
// one thread; blocks on the service.
class ExportStream {
 public:
  // "text/csv; charset=utf-8" or "application/x-ndjson".
  std::string_view content_type() const;

  // The next piece; empty at the end. Errors, after which nothing more can be read, and what was
  // read is not the whole file: DATABASE_UNAVAILABLE, INTERNAL.
  absl::StatusOr<std::string> Next();

  ~ExportStream();

 private:
  friend class Router;
  class Impl;

  explicit ExportStream(std::unique_ptr<Impl> impl);

  std::unique_ptr<Impl> impl_;
};

}  // namespace outdial::router

#endif  // OUTDIAL_ROUTER_EXPORT_STREAM_H_
