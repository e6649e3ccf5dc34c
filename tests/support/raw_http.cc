#include "support/raw_http.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <cerrno>
#include <cstdint>
#include <stdexcept>
#include <utility>

#include "support/process.h"

namespace outdial::test {
namespace {

constexpr int kNoContent = 204;

std::string ToLower(std::string text) {
  std::transform(text.begin(), text.end(), text.begin(),
                 [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return text;
}

// "HTTP/1.1 200 OK" and header lines.
HttpAnswer ParseHead(std::string_view head) {
  HttpAnswer answer;
  constexpr std::string_view kVersion = "HTTP/1.1 ";
  if (!head.starts_with(kVersion)) throw std::runtime_error("not HTTP/1.1");
  answer.status_code = std::stoi(std::string(head.substr(kVersion.size(), 3)));
  std::size_t line = head.find("\r\n");
  while (line != std::string_view::npos) {
    head.remove_prefix(line + 2);
    line = head.find("\r\n");
    const std::string_view text = head.substr(0, line);
    const std::size_t colon = text.find(": ");
    if (colon == std::string_view::npos) throw std::runtime_error("not a header");
    const std::string name = ToLower(std::string(text.substr(0, colon)));
    if (!answer.headers.emplace(name, text.substr(colon + 2)).second) {
      throw std::runtime_error("the header " + name + " comes twice");
    }
  }
  return answer;
}

}  // namespace

RawConnection::RawConnection(int port) : socket_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
  const timeval timeout{.tv_sec = kPatience.count(), .tv_usec = 0};
  ::setsockopt(socket_, SOL_SOCKET, SO_RCVTIMEO, &timeout, sizeof(timeout));
  ::setsockopt(socket_, SOL_SOCKET, SO_SNDTIMEO, &timeout, sizeof(timeout));
  const int on = 1;
  ::setsockopt(socket_, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(static_cast<std::uint16_t>(port));
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  if (::connect(socket_, reinterpret_cast<const sockaddr*>(&address), sizeof(address)) != 0) {
    ::close(socket_);
    throw std::runtime_error("nobody listens");
  }
}

RawConnection::~RawConnection() { ::close(socket_); }

bool RawConnection::Send(std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t count = ::send(socket_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (count < 0 && errno == EINTR) continue;
    if (count <= 0) return false;
    bytes.remove_prefix(static_cast<std::size_t>(count));
  }
  return true;
}

bool RawConnection::IsClosed() const {
  char byte = 0;
  const ssize_t count = ::recv(socket_, &byte, 1, MSG_PEEK | MSG_DONTWAIT);
  return count == 0 || (count < 0 && errno == ECONNRESET);
}

void RawConnection::FinishSending() { ::shutdown(socket_, SHUT_WR); }

bool RawConnection::Fill() {
  std::array<char, 16384> bytes;
  ssize_t count = 0;
  do {
    count = ::recv(socket_, bytes.data(), bytes.size(), 0);
  } while (count < 0 && errno == EINTR);
  was_reset_ = count < 0 && errno == ECONNRESET;
  if (count <= 0) return false;
  buffer_.append(bytes.data(), static_cast<std::size_t>(count));
  return true;
}

std::optional<HttpAnswer> RawConnection::ReadAnswer(bool to_head) {
  std::size_t end = std::string::npos;
  while ((end = buffer_.find("\r\n\r\n")) == std::string::npos) {
    if (!Fill()) return std::nullopt;
  }
  HttpAnswer answer = ParseHead(std::string_view(buffer_).substr(0, end));
  buffer_.erase(0, end + 4);
  if (answer.status_code == kNoContent) return answer;
  const std::size_t length = std::stoul(answer.headers.at("content-length"));
  if (to_head) return answer;
  while (buffer_.size() < length) {
    if (!Fill()) return std::nullopt;
  }
  answer.body = buffer_.substr(0, length);
  buffer_.erase(0, length);
  return answer;
}

bool RawConnection::ReadUntil(std::string_view text) {
  std::size_t position = std::string::npos;
  while ((position = buffer_.find(text)) == std::string::npos) {
    if (!Fill()) return false;
  }
  buffer_.erase(0, position + text.size());
  return true;
}

std::string RawConnection::ReadLine() {
  std::size_t end = std::string::npos;
  while ((end = buffer_.find("\r\n")) == std::string::npos) {
    if (!Fill()) throw std::runtime_error("the connection has ended");
  }
  std::string line = buffer_.substr(0, end);
  buffer_.erase(0, end + 2);
  return line;
}

bool RawConnection::ReadsEnd() {
  if (!buffer_.empty()) return false;
  char byte = 0;
  ssize_t count = 0;
  do {
    count = ::recv(socket_, &byte, 1, 0);
  } while (count < 0 && errno == EINTR);
  return count == 0 || (count < 0 && errno == ECONNRESET);
}

std::string MakeRequest(std::string_view method, std::string_view target, std::string_view body,
                        std::string_view headers) {
  std::string request(method);
  request += ' ';
  request += target;
  request += " HTTP/1.1\r\nHost: test\r\n";
  request += headers;
  if (!body.empty()) request += "Content-Length: " + std::to_string(body.size()) + "\r\n";
  request += "\r\n";
  request += body;
  return request;
}

HttpAnswer AskOnce(int port, std::string_view request) {
  RawConnection connection(port);
  connection.Send(request);
  std::optional<HttpAnswer> answer = connection.ReadAnswer();
  if (!answer.has_value()) throw std::runtime_error("no answer over HTTP");
  return *std::move(answer);
}

}  // namespace outdial::test
