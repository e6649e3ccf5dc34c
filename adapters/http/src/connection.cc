#include "connection.h"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>

#include "head.h"
#include "outdial/entities/error.h"

namespace outdial::http {
namespace {

using Clock = std::chrono::steady_clock;

// Smaller pieces of a response are sent together.
constexpr std::size_t kMaxOutputBytes = 16 * 1024;
constexpr std::chrono::seconds kMaxLinger{2};

bool WouldBlock(int error) { return error == EAGAIN || error == EWOULDBLOCK || error == EINTR; }

}  // namespace

absl::Status ServiceStopping() {
  return MakeError(Reason::kServiceStopping, "The service is being stopped.");
}

Connection::Connection(int socket, int stop_event, const ConnectionTimeouts& timeouts)
    : socket_(socket), stop_event_(stop_event), timeouts_(timeouts) {
  const int on = 1;
  ::setsockopt(socket_, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
}

Connection::~Connection() { ::close(socket_); }

Connection::Event Connection::WaitFor(short events, TimePoint deadline) const {
  while (true) {
    const auto left = std::chrono::ceil<std::chrono::milliseconds>(deadline - Clock::now()).count();
    if (left <= 0) return Event::kTimedOut;
    pollfd entries[] = {{.fd = socket_, .events = events, .revents = 0},
                        {.fd = stop_event_, .events = POLLIN, .revents = 0}};
    const int ready =
        ::poll(entries, streaming_ ? 2 : 1, static_cast<int>(std::min<std::int64_t>(left, 60'000)));
    if (ready < 0 && errno != EINTR) return Event::kEnded;
    if (ready > 0) return entries[0].revents != 0 ? Event::kReady : Event::kStopped;
  }
}

bool Connection::WaitForRequest() {
  if (begin_ == end_) {
    const TimePoint now = Clock::now();
    idle_since_ = now.time_since_epoch().count();
    // Who sets `closing_` looks at `idle_since_` afterwards, so that one of both sides notices.
    const bool filled =
        !closing_ && Fill(now + absl::ToChronoNanoseconds(timeouts_.idle)) == Event::kReady;
    idle_since_ = kBusy;
    if (!filled) return false;
  }
  request_deadline_ = Clock::now() + absl::ToChronoNanoseconds(timeouts_.request);
  return true;
}

absl::StatusOr<std::string> Connection::ReadHead() {
  std::string head;
  while (true) {
    if (begin_ == end_ && Fill(request_deadline_) != Event::kReady) {
      return absl::CancelledError("no head");
    }
    const std::size_t before = head.size();
    head.append(buffer_.data() + begin_, end_ - begin_);
    const std::optional<std::size_t> end = FindHeadEnd(head);
    if (end.value_or(head.size()) > kMaxHeadBytes) return HeadTooLarge();
    begin_ = end.has_value() ? begin_ + (*end - before) : end_;
    if (!end.has_value()) continue;
    head.resize(*end);
    return head;
  }
}

absl::StatusOr<std::string_view> Connection::Peek() {
  if (streaming_ && streams_end_) return ServiceStopping();
  if (begin_ == end_) {
    // The client may wait for what is written ("100 Continue") before it sends more.
    if (!Flush()) return MalformedRequest("The body of the request broke off.");
    switch (streaming_ ? FillFromStream() : Fill(request_deadline_)) {
      case Event::kReady:
        break;
      case Event::kEnded:
        // A request that comes while the server stops may have been cut off by CloseIfIdle.
        if (closing_) return ServiceStopping();
        return MalformedRequest("The body of the request broke off.");
      case Event::kTimedOut:
        return MalformedRequest("The body of the request came too slowly.");
      case Event::kStopped:
        return ServiceStopping();
    }
  }
  return std::string_view(buffer_.data() + begin_, end_ - begin_);
}

void Connection::BeginStream() {
  streaming_ = true;
  patience_ = absl::ToChronoNanoseconds(timeouts_.request);
}

// Only the time counts in which we wait: the client may have to wait for us.
Connection::Event Connection::FillFromStream() {
  const TimePoint start = Clock::now();
  const Event event = Fill(start + patience_);
  const auto earned = std::chrono::nanoseconds(std::chrono::seconds(1)) *
                      static_cast<std::int64_t>(end_) /
                      static_cast<std::int64_t>(timeouts_.stream_bytes_per_second);
  patience_ = std::min<std::chrono::nanoseconds>(patience_ - (Clock::now() - start) + earned,
                                                 absl::ToChronoNanoseconds(timeouts_.request));
  return event;
}

// Fills the buffer, which is empty, with at least one byte.
Connection::Event Connection::Fill(TimePoint deadline) {
  begin_ = end_ = 0;
  while (true) {
    const ssize_t count = ::recv(socket_, buffer_.data(), buffer_.size(), MSG_DONTWAIT);
    if (count > 0) {
      end_ = static_cast<std::size_t>(count);
      return Event::kReady;
    }
    if (count == 0 || !WouldBlock(errno)) return Event::kEnded;
    if (const Event event = WaitFor(POLLIN, deadline); event != Event::kReady) return event;
  }
}

bool Connection::Write(std::string_view data) {
  if (output_.size() + data.size() <= kMaxOutputBytes) {
    output_.append(data);
    return writable_;
  }
  return Flush() && Send(data);
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
    } else if (!WouldBlock(errno) || WaitFor(POLLOUT, deadline) != Event::kReady) {
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
  while (Clock::now() < deadline && Fill(deadline) == Event::kReady) continue;
}

std::optional<Connection::TimePoint> Connection::idle_since() const {
  const std::int64_t ticks = idle_since_;
  if (ticks == kBusy) return std::nullopt;
  return TimePoint(TimePoint::duration(ticks));
}

void Connection::CloseIfIdle() {
  closing_ = true;
  // What has arrived already can still be read, so a request that comes at this moment is answered:
  // carried out where all of it is there.
  if (idle_since_ != kBusy) ::shutdown(socket_, SHUT_RD);
}

void Connection::EndStreams() {
  streams_end_ = true;
  CloseIfIdle();
}

void Connection::Abort() { ::shutdown(socket_, SHUT_RDWR); }

}  // namespace outdial::http
