// What the server answers, whatever carries the bytes.
#ifndef OUTDIAL_HTTP_SRC_REQUEST_HANDLER_H_
#define OUTDIAL_HTTP_SRC_REQUEST_HANDLER_H_

#include <condition_variable>
#include <cstddef>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "outdial/http/server.h"

namespace outdial::http {

// A request of HTTP, in the terms that matter here.
struct HttpRequest {
  std::string_view method;
  std::string_view target;  // as it was sent: percent-encoded
  std::string_view body{};
  std::optional<std::string_view> authorization{};
  std::optional<std::string_view> idempotency_key{};
  std::optional<std::string_view> request_id{};
  std::optional<std::string_view> host{};
  std::optional<std::string_view> origin{};
  std::string_view content_type{};
  std::string_view accept{};
};

struct Response {
  int status = 200;
  std::string content_type = "application/json";
  std::string body;
  std::vector<std::pair<std::string, std::string>> headers;

  // Where it is set, `body` is empty and comes from here in pieces, with an empty one at the end.
  // After an error what was sent is not the whole body.
  std::function<absl::StatusOr<std::string>()> next_piece{};
};

Response ErrorResponse(const absl::Status& error);

// Thread-safe; blocks on the router, the readiness checks, and while the limit of requests in hand
// is reached.
class RequestHandler {
 public:
  // All must outlive the handler; `router` may be null.
  RequestHandler(const Settings& settings, const router::Router* router,
                 const metrics::Metrics& metrics)
      : settings_(settings), router_(router), metrics_(metrics) {}

  // Does not throw.
  Response Handle(const HttpRequest& request);

  // What the head of a request tells: whether the request is one for an operation, where others
  // have no use for a body,
  bool IsOperation(const HttpRequest& request) const {
    return FindResource(request) == Resource::kOperation;
  }
  // whether it lacks the token that it needs: it gets this answer then,
  std::optional<Response> RefuseUnauthorized(const HttpRequest& request) const;
  // and whether its body is read as a stream: by Receive then.
  bool TakesStream(const HttpRequest& request) const;

  // Calls `read_body` with what takes the pieces of the body, and returns false where it wants no
  // more; `read_body` returns why the body is not complete. Where the import has to wait for
  // something it asks `go_on`, on another thread, whether it is to wait on. Does not throw.
  using Receiver = std::function<bool(std::string_view piece)>;
  Response Receive(const HttpRequest& request,
                   const std::function<absl::Status(const Receiver& receiver)>& read_body,
                   std::function<bool()> go_on);

  std::size_t requests_in_hand() const {
    const std::lock_guard lock(mutex_);
    return requests_in_hand_;
  }
  std::size_t streams_in_hand() const {
    const std::lock_guard lock(mutex_);
    return streams_in_hand_;
  }

 private:
  enum class Resource { kMetrics, kHealth, kReadiness, kFile, kOperation, kNothing };

  Resource FindResource(const HttpRequest& request) const;
  Response Route(const HttpRequest& request);
  Response Readiness() const;
  const StaticFile* FindFile(std::string_view path) const;  // null: there is none
  Response Operate(const HttpRequest& request, std::string_view target);
  Response Export(const HttpRequest& request, std::string_view target);
  bool Authorized(const HttpRequest& request) const;

  // Waits for being one of those at work; until what it returns is destroyed. Streams, which take a
  // turn for each of their pieces, leave half of them to others.
  std::shared_ptr<void> TakeTurn();
  std::shared_ptr<void> TakeStreamsTurn();

  // Makes a stream, until what it returns is destroyed, one of those that are under way. Null where
  // there are as many as may be.
  std::shared_ptr<void> TakeStreamsPlace();

  const Settings& settings_;
  const router::Router* const router_;
  const metrics::Metrics& metrics_;

  mutable std::mutex mutex_;
  std::condition_variable has_room_;
  std::size_t requests_in_hand_ = 0;  // guarded by mutex_
  std::size_t streams_in_hand_ = 0;   // guarded by mutex_
  std::size_t streams_at_work_ = 0;   // guarded by mutex_; a part of requests_in_hand_
};

}  // namespace outdial::http

#endif  // OUTDIAL_HTTP_SRC_REQUEST_HANDLER_H_
