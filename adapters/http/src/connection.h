// One client's connection: bytes in and out, with a limit on the time they take.
#ifndef OUTDIAL_HTTP_SRC_CONNECTION_H_
#define OUTDIAL_HTTP_SRC_CONNECTION_H_

#include <array>
#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"

namespace outdial::http {

struct ConnectionTimeouts {
  absl::Duration idle;      // between two requests
  absl::Duration request;   // from a request's first byte to its last
  absl::Duration response;  // to hand a response, or a piece of it, to the client
  // What a stream brings has to come as fast, at least; a client that was faster may pause for
  // `request`.
  std::size_t stream_bytes_per_second;
};

absl::Status ServiceStopping();

// Owns a socket. Keeps what arrives behind a request for the next one. Belongs to one thread,
// except for what says otherwise.
class Connection final {
 public:
  using TimePoint = std::chrono::steady_clock::time_point;

  // `socket` is connected; it is closed with the connection. `stop_event` becomes readable when
  // streams are to end, and outlives the connection.
  Connection(int socket, int stop_event, const ConnectionTimeouts& timeouts);
  ~Connection();

  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;

  // Waits for the first byte of a request, whose head may then be read. False where none comes: the
  // client has gone, was idle for too long, or CloseIfIdle was called.
  bool WaitForRequest();

  // The head of a request, up to its empty line. Errors: HEAD_TOO_LARGE; Cancelled, where the
  // client has gone or is too slow, and is to get no answer.
  absl::StatusOr<std::string> ReadHead();

  // What has arrived of the body: a byte at least, for which it waits; valid until the next call.
  // Sends what was written before. Errors: MALFORMED_REQUEST, where the body breaks off or comes
  // too slowly; SERVICE_STOPPING, of a stream.
  absl::StatusOr<std::string_view> Peek();

  // The first `count` bytes of that were read.
  void Consume(std::size_t count) { begin_ += count; }

  // What is read and written between the two is a stream: it may take any time, as long as it does
  // not become too slow, and ends when the server stops.
  void BeginStream();
  void EndStream() { streaming_ = false; }

  // Small pieces wait for Flush, or for a Peek. False where an earlier byte could not be sent.
  bool Write(std::string_view data);
  bool Flush();

  // The client is to get an error instead of an orderly end, once the connection is closed.
  void Reset();

  // Tells the client that no more will come and waits, for a bounded time, until it has understood:
  // a socket that is closed while its client still sends makes the client lose the response.
  void FinishWriting();

  // Since when it waits for a request; nullopt where it does not. Any thread.
  std::optional<TimePoint> idle_since() const;

  // Ends WaitForRequest, now or when it is next called; that and streams; or all reading and
  // writing. Any thread, as long as the connection lives.
  void CloseIfIdle();
  void EndStreams();
  void Abort();
  bool closing() const { return closing_; }
  bool streams_end() const { return streams_end_; }

 private:
  enum class Event { kReady, kEnded, kTimedOut, kStopped };

  Event WaitFor(short events, TimePoint deadline) const;
  Event Fill(TimePoint deadline);
  Event FillFromStream();
  bool Send(std::string_view data);

  const int socket_;
  const int stop_event_;
  const ConnectionTimeouts timeouts_;
  std::array<char, 16384> buffer_;
  std::size_t begin_ = 0;  // what is in the buffer and not read yet
  std::size_t end_ = 0;
  TimePoint request_deadline_;
  bool streaming_ = false;
  std::chrono::nanoseconds patience_{};  // how long a stream may keep us waiting from now on
  std::string output_;
  bool writable_ = true;

  static constexpr std::int64_t kBusy = -1;
  std::atomic<std::int64_t> idle_since_ = kBusy;  // steady clock ticks
  std::atomic<bool> closing_ = false;
  std::atomic<bool> streams_end_ = false;
};

}  // namespace outdial::http

#endif  // OUTDIAL_HTTP_SRC_CONNECTION_H_
