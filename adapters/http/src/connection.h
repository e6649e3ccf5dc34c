// One client's connection: bytes in and out, with a limit on their number and on the time they
// take.
#ifndef OUTDIAL_HTTP_SRC_CONNECTION_H_
#define OUTDIAL_HTTP_SRC_CONNECTION_H_

#include <sys/types.h>

#include <array>
#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <ctime>
#include <optional>
#include <string>
#include <string_view>

#include "absl/time/time.h"
#include "httplib.h"

namespace outdial::http {

// The most that a request line and its headers may hold together.
inline constexpr std::size_t kMaxHeadBytes = 16 * 1024;

struct ConnectionTimeouts {
  absl::Duration idle;      // between two requests
  absl::Duration request;   // from a request's first byte to its last
  absl::Duration response;  // to hand a response to the client
};

// Owns a socket, and is the stream that cpp-httplib reads requests from and writes responses to.
// Keeps what arrives behind a request for the next one. Belongs to one thread, except for what says
// otherwise.
//
// The library's versions have other functions to implement: those that one of them lacks are plain
// functions there, hence no `override`. NOLINTBEGIN(modernize-use-override)
class Connection final : public httplib::Stream {
 public:
  using TimePoint = std::chrono::steady_clock::time_point;

  // `socket` is connected; it is closed with the connection.
  Connection(int socket, const ConnectionTimeouts& timeouts);
  ~Connection();

  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;

  // Waits for the first byte of a request, whose head may then be read. False where none comes: the
  // client has gone, was idle for too long, or CloseIfIdle was called.
  bool WaitForRequest();

  // From now on `count` bytes may be read, and no more.
  void LimitReading(std::size_t count) { may_read_ = count; }

  // The request may go on for as long again: what has come of it was of use.
  void RenewDeadline();

  // Whether a read failed because of that limit.
  bool exceeded_limit() const { return exceeded_limit_; }

  // The client is to get an error instead of an orderly end, once the connection is closed.
  void Reset();

  // From now on nothing that is written is sent.
  void DiscardOutput() { discarding_ = true; }

  // Sends what was written. False where an earlier byte could not be sent.
  bool Flush();

  // Tells the client that no more will come and waits, for a bounded time, until it has understood:
  // a socket that is closed while its client still sends makes the client lose the response.
  void FinishWriting();

  // Since when it waits for a request; nullopt where it does not. Any thread.
  std::optional<TimePoint> idle_since() const;

  // Ends WaitForRequest, now or when it is next called, or all reading and writing. Any thread, as
  // long as the connection lives.
  void CloseIfIdle();
  void Abort();
  bool closing() const { return closing_; }

  // What the library calls. Reads and writes return -1 where they fail; small writes wait for
  // Flush, or for a read.
  using httplib::Stream::write;
  ssize_t read(char* data, std::size_t size);
  ssize_t write(const char* data, std::size_t size);
  bool is_readable() const { return true; }
  bool is_writable() const { return writable_; }
  bool wait_readable() const { return true; }
  bool wait_writable() const { return writable_; }
  std::time_t duration() const { return 0; }
  socket_t socket() const { return INVALID_SOCKET; }  // so that nobody reads past our buffer
  // The library would put these into the request's headers, where a client could have put them too.
  void get_remote_ip_and_port(std::string& /*ip*/, int& /*port*/) const {}
  void get_local_ip_and_port(std::string& /*ip*/, int& /*port*/) const {}

 private:
  bool Fill(TimePoint deadline);
  bool Send(std::string_view data);

  const int socket_;
  const ConnectionTimeouts timeouts_;
  std::array<char, 4096> buffer_;
  std::size_t begin_ = 0;  // what is in the buffer and not read yet
  std::size_t end_ = 0;
  std::size_t may_read_ = 0;
  bool exceeded_limit_ = false;
  TimePoint request_deadline_;
  std::string output_;
  bool writable_ = true;
  bool discarding_ = false;

  static constexpr std::int64_t kBusy = -1;
  std::atomic<std::int64_t> idle_since_ = kBusy;  // steady clock ticks
  std::atomic<bool> closing_ = false;
};
// NOLINTEND(modernize-use-override)

}  // namespace outdial::http

#endif  // OUTDIAL_HTTP_SRC_CONNECTION_H_
