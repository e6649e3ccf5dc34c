#include "connection.h"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

namespace outdial::http {
namespace {

using Clock = std::chrono::steady_clock;

// Smaller pieces of a response are sent together.
constexpr std::size_t kMaxOutputBytes = 16 * 1024;
constexpr std::chrono::seconds kMaxLinger{2};

// False at the deadline.
bool WaitFor(int socket, short events, Clock::time_point deadline) {
  while (true) {
    const auto left = std::chrono::ceil<std::chrono::milliseconds>(deadline - Clock::now()).count();
    if (left <= 0) return false;
    pollfd entry{.fd = socket, .events = events, .revents = 0};
    const int ready = ::poll(&entry, 1, static_cast<int>(std::min<std::int64_t>(left, 60'000)));
    if (ready > 0) return true;
    if (ready < 0 && errno != EINTR) return false;
  }
}

bool WouldBlock(int error) { return error == EAGAIN || error == EWOULDBLOCK || error == EINTR; }

}  // namespace

Connection::Connection(int socket, const ConnectionTimeouts& timeouts)
    : socket_(socket), timeouts_(timeouts) {
  const int on = 1;
  ::setsockopt(socket_, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
}

Connection::~Connection() { ::close(socket_); }

bool Connection::WaitForRequest() {
  if (begin_ == end_) {
    const TimePoint now = Clock::now();
    idle_since_ = now.time_since_epoch().count();
    // Who sets `closing_` looks at `idle_since_` afterwards, so that one of both sides notices.
    const bool filled = !closing_ && Fill(now + absl::ToChronoNanoseconds(timeouts_.idle));
    idle_since_ = kBusy;
    if (!filled) return false;
  }
  RenewDeadline();
  LimitReading(kMaxHeadBytes);
  return true;
}

void Connection::RenewDeadline() {
  request_deadline_ = Clock::now() + absl::ToChronoNanoseconds(timeouts_.request);
}

// Fills the buffer, which is empty, with at least one byte.
bool Connection::Fill(TimePoint deadline) {
  begin_ = end_ = 0;
  while (true) {
    const ssize_t count = ::recv(socket_, buffer_.data(), buffer_.size(), MSG_DONTWAIT);
    if (count > 0) {
      end_ = static_cast<std::size_t>(count);
      return true;
    }
    if (count == 0 || !WouldBlock(errno)) return false;
    if (!WaitFor(socket_, POLLIN, deadline)) return false;
  }
}

ssize_t Connection::read(char* data, std::size_t size) {
  if (may_read_ == 0) {
    exceeded_limit_ = true;
    return -1;
  }
  if (begin_ == end_) {
    // The client may wait for what is written ("100 Continue") before it sends more.
    if (!Flush() || !Fill(request_deadline_)) return -1;
  }
  const std::size_t count = std::min({size, end_ - begin_, may_read_});
  std::memcpy(data, buffer_.data() + begin_, count);
  begin_ += count;
  may_read_ -= count;
  return static_cast<ssize_t>(count);
}

ssize_t Connection::write(const char* data, std::size_t size) {
  if (discarding_) return static_cast<ssize_t>(size);
  const std::string_view piece(data, size);
  if (output_.size() + size <= kMaxOutputBytes) {
    output_.append(piece);
  } else if (!Flush() || !Send(piece)) {
    return -1;
  }
  return static_cast<ssize_t>(size);
}

bool Connection::Flush() {
  const bool sent = Send(output_);
  output_.clear();
  return sent;
}

bool Connection::Send(std::string_view data) {
  const TimePoint deadline = Clock::now() + absl::ToChronoNanoseconds(timeouts_.response);
  while (writable_ && !data.empty()) {
    const ssize_t count = ::send(socket_, data.data(), data.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
    if (count > 0) {
      data.remove_prefix(static_cast<std::size_t>(count));
    } else if (!WouldBlock(errno) || !WaitFor(socket_, POLLOUT, deadline)) {
      writable_ = false;
    }
  }
  return writable_;
}

void Connection::Reset() {
  const linger at_once{.l_onoff = 1, .l_linger = 0};
  ::setsockopt(socket_, SOL_SOCKET, SO_LINGER, &at_once, sizeof(at_once));
}

void Connection::FinishWriting() {
  ::shutdown(socket_, SHUT_WR);
  const TimePoint deadline = Clock::now() + kMaxLinger;
  while (Clock::now() < deadline && Fill(deadline)) continue;
}

std::optional<Connection::TimePoint> Connection::idle_since() const {
  const std::int64_t ticks = idle_since_;
  if (ticks == kBusy) return std::nullopt;
  return TimePoint(TimePoint::duration(ticks));
}

void Connection::CloseIfIdle() {
  closing_ = true;
  // What has arrived already can still be read, so a request that comes at this moment is answered.
  if (idle_since_ != kBusy) ::shutdown(socket_, SHUT_RD);
}

void Connection::Abort() { ::shutdown(socket_, SHUT_RDWR); }

}  // namespace outdial::http
