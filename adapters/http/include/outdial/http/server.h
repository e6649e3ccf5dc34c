// The HTTP transport (contract section 1.1).
#ifndef OUTDIAL_HTTP_SERVER_H_
#define OUTDIAL_HTTP_SERVER_H_

#include <cstddef>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "outdial/http/listen_address.h"
#include "outdial/metrics/metrics.h"
#include "outdial/router/router.h"

namespace outdial::http {

// How much the bodies hold together, at most, that are kept at the same time: those of operations,
// but for files that are imported as a stream, while they are read and until they are answered.
inline constexpr std::size_t kMaxBodiesBytes = 16 * router::kMaxBodyBytes;

// Something without which the process cannot work. `name` is what GET /readyz tells where `check`
// does not return OK; what the status says is told to nobody. Called by several threads.
struct ReadinessCheck {
  std::string name;                     // what is told of it
  std::function<absl::Status()> check;  // OK: it is there
};

// Something that is served as it is. GET and HEAD of `path`, exactly, get it, and need no token. It
// comes with headers by which a browser takes scripts and styles from files of this server alone,
// none that stand inside of it, talks to nobody else for it, and shows it in no other page's frame.
struct StaticFile {
  std::string path;          // "/console.js"
  std::string content_type;  // its media type: "text/javascript; charset=utf-8"
  std::string body;          // any bytes
};

// Where a server listens, and what it takes. A count that is none of 1 to 65,536, or a timeout that
// is not more than zero (stop_timeout: negative) or more than 24 hours, stops the program.
struct Settings {
  ListenAddress address;  // where it listens; port 0: any free one, see Server::address

  // Where it is not empty, operations need `Authorization: Bearer <token>`. Where it is, requests
  // for operations and files are refused that a browser sends for a page of another machine: their
  // Origin, or the Host that they are for, is a name that is not this machine's own.
  std::string token{};

  std::string metrics_path = "/metrics";    // GET of it, exactly, gets the metrics
  std::vector<ReadinessCheck> readiness{};  // all are made for each GET /readyz
  std::vector<StaticFile> files{};          // what is served beside all that

  // How many operations are handled at the same time. Others wait. Imports and exports take half of
  // that, one at least, each for a batch or a piece of a file.
  std::size_t max_requests = 8;

  // How many connections are served at the same time, each by a thread of its own. One more takes
  // the place of the one that has been idle for longest, a second at least; where there is none it
  // waits.
  std::size_t max_connections = 64;

  // How many imports and exports may be under way at the same time; one more is answered with
  // TOO_MANY_STREAMS. 0: half of `max_connections`, one at least.
  std::size_t max_streams = 0;

  // How fast the body of an import has to come on average, at least 1. A client may pause, all in
  // all, for `request_timeout`, and for longer once it has made up for that by being faster.
  std::size_t min_stream_bytes_per_second = 1024;

  absl::Duration idle_timeout = absl::Seconds(60);      // between two requests
  absl::Duration request_timeout = absl::Seconds(15);   // from a request's first byte to its last
  absl::Duration response_timeout = absl::Seconds(15);  // for each piece of a response
  absl::Duration stop_timeout = absl::Seconds(10);      // for what is in hand when Stop is called
};

// Serves the operations of a router over HTTP/1.1, and beside them
//   GET /healthz   200: the process is up,
//   GET /readyz    200 or 503: whether all readiness checks pass; names those that do not,
//   GET /metrics   the metrics; the path is `metrics_path`,
// and the files of its settings.
//
// A request's body, of any method, is the envelope's data; a response's body is the reply's data.
// Requests may be pipelined. Before its body is read a request is answered that lacks the token
// that it needs; whose body is over router::kMaxBodyBytes, with BODY_TOO_LARGE, as a head over 16
// KiB is; and whose body does not fit into kMaxBodiesBytes beside those of others, with
// TOO_MANY_BODIES. What two programs could read in two ways, or breaks off, is answered with
// MALFORMED_REQUEST where it can be. An import that breaks off, and any that is under way when Stop
// is called, says how many rows are in; an export that does is a connection that is reset. A
// changing request with an `Idempotency-Key` (1 to 200 printable ASCII characters) has one effect,
// however often it is sent. `X-Request-Id` goes to the log.
class Server {
 public:
  // `router` and `metrics` must outlive the server: one that does not stops the program. Without a
  // router (null) nothing but the three paths above and the files is served.
  Server(Settings settings, const router::Router* router, const metrics::Metrics& metrics);

  // Stops.
  ~Server();

  Server(const Server&) = delete;
  Server& operator=(const Server&) = delete;

  // Binds the address and begins to serve, on threads of its own. Once it has returned OK another
  // call stops the program. Error: Unavailable where the address cannot be bound; the message says
  // why.
  absl::Status Start();

  // Accepts nothing more, closes idle connections, finishes the requests in hand or, after
  // `stop_timeout`, cuts them off, and returns when all threads have ended. Idempotent. Not to be
  // called while Start runs.
  void Stop();

  // How many operations are being handled. Thread-safe, does not block for longer than a lock.
  std::size_t requests_in_hand() const;

  // The same of imports and exports, whether they are at work or wait for their clients.
  std::size_t streams_in_hand() const;

  // What it listens on, with the port that it has. Only after Start has returned OK.
  const ListenAddress& address() const;

 private:
  class Impl;

  std::unique_ptr<Impl> impl_;
};

}  // namespace outdial::http

#endif  // OUTDIAL_HTTP_SERVER_H_
