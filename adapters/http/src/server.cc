#include "outdial/http/server.h"

#include <netinet/in.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <condition_variable>
#include <cstring>
#include <deque>
#include <exception>
#include <mutex>
#include <optional>
#include <system_error>
#include <thread>
#include <utility>

#include "connection.h"
#include "outdial/entities/misuse.h"
#include "outdial/entities/use_counted.h"
#include "outdial/logging/log.h"
#include "protocol.h"
#include "request_handler.h"

namespace outdial::http {
namespace {

constexpr int kBacklog = 1024;
// How long a connection has been idle before another client may take its place.
constexpr std::chrono::seconds kMinIdleToReplace{1};
constexpr std::chrono::milliseconds kReplaceInterval{50};
constexpr int kAcceptRetryMilliseconds = 100;

// Closes itself.
class FileDescriptor {
 public:
  FileDescriptor() = default;
  explicit FileDescriptor(int fd) : fd_(fd) {}
  ~FileDescriptor() { Close(); }
  FileDescriptor(const FileDescriptor&) = delete;
  FileDescriptor& operator=(FileDescriptor&& other) noexcept {
    std::swap(fd_, other.fd_);
    return *this;
  }

  int get() const { return fd_; }
  bool valid() const { return fd_ >= 0; }
  void Close() {
    if (valid()) ::close(std::exchange(fd_, -1));
  }

 private:
  int fd_ = -1;
};

absl::Status SystemError(int error) {
  return absl::UnavailableError(std::generic_category().message(error));
}

}  // namespace

class Server::Impl {
 public:
  Impl(Settings settings, const router::Router* router, const metrics::Metrics& metrics)
      : settings_(std::move(settings)),
        address_(settings_.address),
        router_use_(router),
        metrics_use_(metrics),
        handler_(settings_, router, metrics),
        protocol_(handler_) {
    CheckCountSetting("http::Settings::max_requests", settings_.max_requests);
    CheckCountSetting("http::Settings::max_connections", settings_.max_connections);
    CheckTimeoutSetting("http::Settings::idle_timeout", settings_.idle_timeout);
    CheckTimeoutSetting("http::Settings::request_timeout", settings_.request_timeout);
    CheckTimeoutSetting("http::Settings::response_timeout", settings_.response_timeout);
    for (const ReadinessCheck& readiness : settings_.readiness) {
      if (!readiness.check) StopAtMisuse("http::Settings::readiness has a check without function");
    }
    CheckTimeoutSetting("http::Settings::stop_timeout", settings_.stop_timeout,
                        ZeroTimeout::kAllowed);
  }

  absl::Status Start();
  void Stop();
  std::size_t requests_in_hand() const { return handler_.requests_in_hand(); }
  std::size_t streams_in_hand() const { return handler_.streams_in_hand(); }
  const ListenAddress& address() const { return address_; }

 private:
  absl::Status Bind();
  void Accept();
  bool WaitForClient();
  void Dispatch(int socket);
  void Work(std::optional<int> socket);
  std::optional<int> NextSocket();
  void Serve(int socket);
  void CloseLongestIdle();  // needs mutex_

  const Settings settings_;
  ListenAddress address_;
  const Use<const router::Router> router_use_;
  const Use<const metrics::Metrics> metrics_use_;
  RequestHandler handler_;
  Protocol protocol_;

  FileDescriptor listener_;
  FileDescriptor stop_event_;
  std::thread acceptor_;

  std::mutex mutex_;  // guards what follows
  std::condition_variable changed_;
  bool stopping_ = false;
  std::vector<std::thread> threads_;
  std::size_t free_threads_ = 0;  // those that wait in NextSocket
  std::deque<int> accepted_;      // not more than free_threads_
  std::vector<Connection*> connections_;
};

absl::Status Server::Impl::Start() {
  if (stop_event_.valid()) StopAtMisuse("http::Server::Start is called twice");
  if (absl::Status status = Bind(); !status.ok()) return status;
  stop_event_ = FileDescriptor(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK));
  if (!stop_event_.valid()) return SystemError(errno);
  try {
    acceptor_ = std::thread([this] { Accept(); });
  } catch (const std::system_error& error) {
    return SystemError(error.code().value());
  }
  return absl::OkStatus();
}

absl::Status Server::Impl::Bind() {
  const int family = settings_.address.address()->sa_family;
  FileDescriptor listener(::socket(family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  if (!listener.valid()) return SystemError(errno);
  const int on = 1;
  const int off = 0;
  // Not SO_REUSEPORT: a second server on the same port is a mistake and must be told.
  ::setsockopt(listener.get(), SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
  if (family == AF_INET6) {
    ::setsockopt(listener.get(), IPPROTO_IPV6, IPV6_V6ONLY, &off, sizeof(off));
  }
  if (::bind(listener.get(), settings_.address.address(), settings_.address.length()) != 0 ||
      ::listen(listener.get(), kBacklog) != 0) {
    return SystemError(errno);
  }
  address_ = ListenAddress::OfSocket(listener.get());
  listener_ = std::move(listener);
  return absl::OkStatus();
}

// False when the server stops.
bool Server::Impl::WaitForClient() {
  pollfd entries[] = {{.fd = listener_.get(), .events = POLLIN, .revents = 0},
                      {.fd = stop_event_.get(), .events = POLLIN, .revents = 0}};
  ::poll(entries, 2, -1);
  return entries[1].revents == 0;
}

void Server::Impl::Accept() {
  while (WaitForClient()) {
    const int socket = ::accept4(listener_.get(), nullptr, nullptr, SOCK_CLOEXEC | SOCK_NONBLOCK);
    if (socket >= 0) {
      Dispatch(socket);
    } else if (errno == EMFILE || errno == ENFILE || errno == ENOBUFS || errno == ENOMEM) {
      // The client stays in the queue, so that waiting for it would return at once.
      logging::Log(logging::Level::kWarning, "A connection cannot be accepted",
                   {{"error", std::generic_category().message(errno)}});
      pollfd entry{.fd = stop_event_.get(), .events = POLLIN, .revents = 0};
      ::poll(&entry, 1, kAcceptRetryMilliseconds);
    }
  }
  listener_.Close();
}

// Gives a client to a thread. Waits while there are as many as may be, so that further clients wait
// in the system's queue.
void Server::Impl::Dispatch(int socket) {
  const auto can_take = [this] {
    return stopping_ || free_threads_ > accepted_.size() ||
           threads_.size() < settings_.max_connections;
  };
  std::unique_lock lock(mutex_);
  while (!can_take()) {
    CloseLongestIdle();
    changed_.wait_for(lock, kReplaceInterval, can_take);
  }
  if (stopping_) {
    ::close(socket);
    return;
  }
  if (free_threads_ > accepted_.size()) {
    accepted_.push_back(socket);
    changed_.notify_all();
    return;
  }
  try {
    threads_.emplace_back([this, socket] { Work(socket); });
  } catch (const std::exception& error) {
    logging::Log(logging::Level::kWarning, "A connection cannot be served",
                 {{"error", error.what()}});
    ::close(socket);
  }
}

void Server::Impl::CloseLongestIdle() {
  Connection* longest_idle = nullptr;
  Connection::TimePoint oldest = std::chrono::steady_clock::now() - kMinIdleToReplace;
  for (Connection* connection : connections_) {
    const std::optional<Connection::TimePoint> idle_since = connection->idle_since();
    if (!idle_since.has_value() || *idle_since > oldest || connection->closing()) continue;
    longest_idle = connection;
    oldest = *idle_since;
  }
  if (longest_idle != nullptr) longest_idle->CloseIfIdle();
}

void Server::Impl::Work(std::optional<int> socket) {
  for (; socket.has_value(); socket = NextSocket()) Serve(*socket);
}

// nullopt when the server stops.
std::optional<int> Server::Impl::NextSocket() {
  std::unique_lock lock(mutex_);
  ++free_threads_;
  changed_.notify_all();
  changed_.wait(lock, [this] { return stopping_ || !accepted_.empty(); });
  --free_threads_;
  if (accepted_.empty()) return std::nullopt;
  const int socket = accepted_.front();
  accepted_.pop_front();
  return socket;
}

void Server::Impl::Serve(int socket) {
  Connection connection(
      socket, stop_event_.get(),
      {.idle = settings_.idle_timeout,
       .request = settings_.request_timeout,
       .response = settings_.response_timeout,
       .stream_bytes_per_second = std::max<std::size_t>(settings_.min_stream_bytes_per_second, 1)});
  {
    const std::lock_guard lock(mutex_);
    if (stopping_) connection.EndStreams();
    connections_.push_back(&connection);
  }
  try {
    protocol_.Serve(connection);
  } catch (const std::exception& error) {
    logging::Log(logging::Level::kError, "A connection failed", {{"error", error.what()}});
  }
  const std::lock_guard lock(mutex_);
  connections_.erase(std::find(connections_.begin(), connections_.end(), &connection));
  changed_.notify_all();
}

void Server::Impl::Stop() {
  if (!acceptor_.joinable()) return;
  std::vector<std::thread> threads;
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
    for (Connection* connection : connections_) connection->EndStreams();
    changed_.notify_all();
  }
  ::eventfd_write(stop_event_.get(), 1);
  acceptor_.join();
  {
    std::unique_lock lock(mutex_);
    changed_.wait_for(lock, absl::ToChronoNanoseconds(settings_.stop_timeout),
                      [this] { return connections_.empty() && accepted_.empty(); });
    for (Connection* connection : connections_) connection->Abort();
    // Nobody adds to them any more.
    threads.swap(threads_);
  }
  for (std::thread& thread : threads) thread.join();
}

Server::Server(Settings settings, const router::Router* router, const metrics::Metrics& metrics)
    : impl_(std::make_unique<Impl>(std::move(settings), router, metrics)) {}

Server::~Server() { Stop(); }

absl::Status Server::Start() { return impl_->Start(); }
void Server::Stop() { impl_->Stop(); }
std::size_t Server::requests_in_hand() const { return impl_->requests_in_hand(); }
std::size_t Server::streams_in_hand() const { return impl_->streams_in_hand(); }
const ListenAddress& Server::address() const { return impl_->address(); }

}  // namespace outdial::http
