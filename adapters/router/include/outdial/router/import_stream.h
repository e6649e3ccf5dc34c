// Targets that come as a stream of any size.
#ifndef OUTDIAL_ROUTER_IMPORT_STREAM_H_
#define OUTDIAL_ROUTER_IMPORT_STREAM_H_

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "absl/status/status.h"
#include "outdial/router/router.h"

namespace outdial::router {

// How many of the rows that were not added an answer names.
inline constexpr std::size_t kMaxReportedRows = 1'000;

// A request whose body comes in pieces.
struct StreamRequest {
  // As those of Request:
  std::string method{};
  std::string uri{};

  std::string content_type{};                // of the body, as the header has it
  std::optional<Idempotency> idempotency{};  // nullopt: each delivery has an effect of its own
  std::string request_id{};                  // for the log; may be empty

  // Called before each batch, by the thread that adds it, and again every second or so while a
  // batch waits for the outdial's destination keys; what it returns is given back after it. So a
  // transport limits what is at work at the same time, while streams that wait for their clients
  // count for nothing. Empty: no limit.
  std::function<std::shared_ptr<void>()> take_turn{};

  // Asked every second or so while a batch waits for the outdial's destination keys, by the thread
  // that adds it: false ends the import with DESTINATION_KEYS_PENDING. Empty: it waits.
  std::function<bool()> go_on{};
};

// One import, from the first piece of its body to its answer. Rows are committed in batches (see
// target_files::Batch); what is in stays in. With an Idempotency the stream has one effect and one
// answer, however often it is sent; where it broke off, the next one goes on behind the batches
// that are in. Another stream with the same key, which differs in a row, its header or its
// parameters, is refused with IDEMPOTENCY_KEY_REUSED: at its first batch that differs or, where the
// first one was complete, at its end, and nothing of it is added. Used by one thread; blocks on the
// service. Finish or BreakOff is its end: whoever calls any of its functions after that stops the
// program.
class ImportStream {
 public:
  // Takes the next piece of the body. False: the rest is of no use, because the import has failed;
  // Finish says why.
  bool Write(std::string_view piece);

  // The answer, after the whole body, or after Write has returned false: the counts, and the first
  // rows that were not added; or what went wrong, with the counts of what it has added, as
  // `details`.
  Reply Finish();

  // The body broke off, because of `reason`. Imports nothing more, and no row that may be cut, and
  // returns an answer as Finish does, with that error.
  Reply BreakOff(const absl::Status& reason);

  ~ImportStream();

 private:
  friend class Router;
  class Impl;

  explicit ImportStream(std::unique_ptr<Impl> impl);

  std::unique_ptr<Impl> impl_;
};

}  // namespace outdial::router

#endif  // OUTDIAL_ROUTER_IMPORT_STREAM_H_
