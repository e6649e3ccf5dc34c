#include "interceptor.h"

#include <netinet/in.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <stdexcept>
#include <vector>

#include "support/process.h"

namespace outdial::test {
namespace {

constexpr std::size_t kGreetingBytes = 8;
constexpr std::size_t kFrameHeaderBytes = 7;
constexpr std::uint32_t kConsume = 60u << 16 | 20u;
constexpr std::uint32_t kPublish = 60u << 16 | 40u;
constexpr std::uint32_t kAcknowledge = 60u << 16 | 80u;

sockaddr_in Loopback(int port) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  address.sin_port = htons(static_cast<std::uint16_t>(port));
  return address;
}

int CheckSocket(int result) {
  if (result < 0) throw std::runtime_error("a socket cannot be had");
  return result;
}

std::uint32_t ReadNumber(const std::string& bytes, std::size_t at) {
  std::uint32_t number = 0;
  for (std::size_t i = 0; i < 4; ++i) {
    number = number << 8 | static_cast<unsigned char>(bytes[at + i]);
  }
  return number;
}

// The class and method of a method frame.
std::optional<std::uint32_t> MethodOf(const std::string& frame) {
  if (frame[0] != 1) return std::nullopt;
  return ReadNumber(frame, kFrameHeaderBytes);
}

bool IsConsume(const std::string& frame) { return MethodOf(frame) == kConsume; }

bool IsReply(const std::string& frame) {
  // After the method come two bytes and the length of the exchange's name.
  return MethodOf(frame) == kPublish && frame[kFrameHeaderBytes + 4 + 2] == 0;
}

bool IsAcknowledgement(const std::string& frame) { return MethodOf(frame) == kAcknowledge; }

bool IsPoint(Interceptor::From point, const std::string& frame) {
  switch (point) {
    case Interceptor::From::kConsume:
      return IsConsume(frame);
    case Interceptor::From::kReply:
      return IsReply(frame);
    case Interceptor::From::kAcknowledgement:
      return IsAcknowledgement(frame);
  }
  return false;
}

void SendAll(int socket, const std::string& bytes) {
  std::size_t sent = 0;
  while (sent < bytes.size()) {
    const ssize_t count = ::send(socket, bytes.data() + sent, bytes.size() - sent, MSG_NOSIGNAL);
    if (count <= 0) return;  // the end is noticed by who reads
    sent += static_cast<std::size_t>(count);
  }
}

}  // namespace

Interceptor::Interceptor(int broker_port) : broker_port_(broker_port) {
  listener_ = CheckSocket(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
  sockaddr_in address = Loopback(0);
  socklen_t length = sizeof(address);
  CheckSocket(::bind(listener_, reinterpret_cast<sockaddr*>(&address), length));
  CheckSocket(::listen(listener_, 64));
  CheckSocket(::getsockname(listener_, reinterpret_cast<sockaddr*>(&address), &length));
  port_ = ntohs(address.sin_port);
  wake_ = CheckSocket(::eventfd(0, EFD_CLOEXEC));
  thread_ = std::thread([this] { Run(); });
}

Interceptor::~Interceptor() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  ::eventfd_write(wake_, 1);
  thread_.join();
  ::close(listener_);
  ::close(wake_);
}

std::string Interceptor::AddressIn(const TestVhost& vhost) const {
  return "amqp://guest:guest@127.0.0.1:" + std::to_string(port_) + "/" + vhost.name();
}

void Interceptor::CutOff(From point) {
  const std::lock_guard lock(mutex_);
  armed_ = true;
  point_ = point;
  kept_.clear();
  complete_ = false;
}

bool Interceptor::WaitUntilCutOff() {
  std::unique_lock lock(mutex_);
  return changed_.wait_for(lock, kPatience, [this] { return complete_; });
}

std::string Interceptor::kept() const {
  const std::lock_guard lock(mutex_);
  return kept_;
}

void Interceptor::EndConnections() {
  std::unique_lock lock(mutex_);
  end_connections_ = true;
  ::eventfd_write(wake_, 1);
  changed_.wait(lock, [this] { return !end_connections_; });
}

void Interceptor::Run() {
  while (true) {
    std::vector<pollfd> entries = {{.fd = listener_, .events = POLLIN, .revents = 0},
                                   {.fd = wake_, .events = POLLIN, .revents = 0}};
    for (const Connection& connection : connections_) {
      entries.push_back({.fd = connection.daemon, .events = POLLIN, .revents = 0});
      entries.push_back({.fd = connection.broker, .events = POLLIN, .revents = 0});
    }
    ::poll(entries.data(), entries.size(), -1);
    std::size_t i = 2;
    for (Connection& connection : connections_) {
      if (entries[i++].revents != 0) PassOn(connection.daemon, connection.broker, connection);
      if (entries[i++].revents != 0) PassOn(connection.broker, connection.daemon, connection);
    }
    if (entries[0].revents != 0) Accept();
    const std::lock_guard lock(mutex_);
    connections_.remove_if([this](const Connection& connection) {
      if (!connection.ended && !end_connections_ && !stopping_) return false;
      ::close(connection.daemon);
      ::close(connection.broker);
      return true;
    });
    if (entries[1].revents != 0) {
      eventfd_t ignored = 0;
      ::eventfd_read(wake_, &ignored);
    }
    end_connections_ = false;
    changed_.notify_all();
    if (stopping_) return;
  }
}

void Interceptor::Accept() {
  const int daemon = ::accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC);
  if (daemon < 0) return;
  const int broker = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  const sockaddr_in address = Loopback(broker_port_);
  if (::connect(broker, reinterpret_cast<const sockaddr*>(&address), sizeof(address)) != 0) {
    ::close(broker);
    ::close(daemon);
    return;
  }
  connections_.push_back({.daemon = daemon, .broker = broker, .unparsed = {}});
}

void Interceptor::PassOn(int from, int to, Connection& connection) {
  std::array<char, 65536> buffer{};
  const ssize_t count = ::recv(from, buffer.data(), buffer.size(), 0);
  if (count <= 0) {
    connection.ended = true;
    return;
  }
  const std::string bytes(buffer.data(), static_cast<std::size_t>(count));
  if (from == connection.broker) {
    SendAll(to, bytes);
  } else {
    TakeFrames(connection, bytes);
  }
}

void Interceptor::TakeFrames(Connection& connection, const std::string& bytes) {
  std::string& rest = connection.unparsed;
  rest += bytes;
  if (!connection.greeted) {
    if (rest.size() < kGreetingBytes) return;
    SendAll(connection.broker, rest.substr(0, kGreetingBytes));
    rest.erase(0, kGreetingBytes);
    connection.greeted = true;
  }
  while (rest.size() >= kFrameHeaderBytes) {
    const std::size_t size = kFrameHeaderBytes + ReadNumber(rest, 3) + 1;
    if (rest.size() < size) return;
    TakeFrame(connection, rest.substr(0, size));
    rest.erase(0, size);
  }
}

void Interceptor::TakeFrame(Connection& connection, const std::string& frame) {
  const std::lock_guard lock(mutex_);
  if (armed_ && IsPoint(point_, frame)) {
    armed_ = false;
    connection.cut_off = true;
  }
  if (!connection.cut_off) {
    SendAll(connection.broker, frame);
    return;
  }
  kept_ += frame;
  if (IsConsume(frame) || IsAcknowledgement(frame)) complete_ = true;
  changed_.notify_all();
}

}  // namespace outdial::test
