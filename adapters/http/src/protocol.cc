#include "protocol.h"

#include <sys/types.h>

#include <algorithm>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <ctime>
#include <functional>
#include <limits>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "absl/cleanup/cleanup.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "body.h"
#include "head.h"
#include "httplib.h"
#include "outdial/entities/error.h"
#include "outdial/http/server.h"
#include "outdial/router/router.h"

namespace outdial::http {
namespace {

HttpRequest MakeRequest(const Head& head) {
  return {.method = head.method,
          .target = head.target,
          .authorization = head.Find("authorization"),
          .idempotency_key = head.Find("idempotency-key"),
          .request_id = head.Find("x-request-id"),
          .host = head.Find("host"),
          .origin = head.Find("origin"),
          .content_type = head.Find("content-type").value_or(""),
          .accept = head.Find("accept").value_or("")};
}

// A response whose body is there, and what the library is not to decide.
struct Outgoing {
  Response& response;
  bool to_head;
  bool http_1_0;
  bool keep_alive;
};

// The stream that the library reads a request from and writes its response to. The request is one
// of ours.
//
// The library's versions have other functions to implement: those that one of them lacks are plain
// functions there, hence no `override`. NOLINTBEGIN(modernize-use-override)
class LibraryStream final : public httplib::Stream {
 public:
  LibraryStream(std::string_view request, Connection& connection)
      : request_(request), connection_(connection) {}

  using httplib::Stream::write;
  ssize_t read(char* data, std::size_t size) {
    const std::size_t count = std::min(size, request_.size());
    std::memcpy(data, request_.data(), count);
    request_.remove_prefix(count);
    return static_cast<ssize_t>(count);
  }
  ssize_t write(const char* data, std::size_t size) {
    return connection_.Write({data, size}) ? static_cast<ssize_t>(size) : -1;
  }
  bool is_readable() const { return true; }
  bool is_writable() const { return true; }
  bool wait_readable() const { return true; }
  bool wait_writable() const { return true; }
  std::time_t duration() const { return 0; }
  socket_t socket() const { return INVALID_SOCKET; }
  void get_remote_ip_and_port(std::string& /*ip*/, int& /*port*/) const {}
  void get_local_ip_and_port(std::string& /*ip*/, int& /*port*/) const {}

 private:
  std::string_view request_;
  Connection& connection_;
};
// NOLINTEND(modernize-use-override)

void SetHeader(httplib::Response& response, const std::string& name, const std::string& value) {
  response.headers.erase(name);
  response.set_header(name, value);
}

}  // namespace

// Has the library write a response, through the function that it has for its subclasses.
class Protocol::ResponseWriter : private httplib::Server {
 public:
  ResponseWriter() {
    set_pre_routing_handler([](const httplib::Request&, httplib::Response& response) {
      response.status = outgoing_->response.status;
      response.body = std::move(outgoing_->response.body);
      return HandlerResponse::Handled;
    });
    set_post_routing_handler([](const httplib::Request&, httplib::Response& response) {
      response.headers.erase("Keep-Alive");
      response.headers.erase("Accept-Ranges");
      response.headers.erase("Connection");
      SetHeader(response, "Content-Type", outgoing_->response.content_type);
      for (const auto& [name, value] : outgoing_->response.headers) {
        SetHeader(response, name, value);
      }
      // The library sets it on some of its ways only.
      SetHeader(response, "Content-Length", std::to_string(response.body.size()));
      if (outgoing_->to_head) response.body.clear();
      if (!outgoing_->keep_alive) {
        response.set_header("Connection", "close");
      } else if (outgoing_->http_1_0) {
        response.set_header("Connection", "keep-alive");
      }
    });
  }

  // False where it could not be sent.
  bool Write(const Outgoing& outgoing, Connection& connection) {
    LibraryStream stream(outgoing.to_head ? "HEAD / HTTP/1.1\r\n\r\n" : "GET / HTTP/1.1\r\n\r\n",
                         connection);
    outgoing_ = &outgoing;
    const bool written = CallProcessRequest(*this, stream);
    outgoing_ = nullptr;
    return connection.Flush() && written;
  }

 private:
  // The function's parameters differ between the library's versions.
  template <typename Self>
  static bool CallProcessRequest(Self& self, httplib::Stream& stream) {
    bool closed = false;
    const std::function<void(httplib::Request&)> read_head;
    if constexpr (requires { self.process_request(stream, false, closed, read_head); }) {
      return self.process_request(stream, false, closed, read_head);
    } else {
      return self.process_request(stream, std::string(), 0, std::string(), 0, false, closed,
                                  read_head);
    }
  }

  // What the library's callbacks work on: they get nothing of ours. Set while the library has the
  // thread.
  static thread_local const Outgoing* outgoing_;
};

thread_local const Outgoing* Protocol::ResponseWriter::outgoing_ = nullptr;

namespace {

// The room that one body takes among all that are in hand.
class BodyRoom {
 public:
  explicit BodyRoom(std::atomic<std::size_t>& in_hand) : in_hand_(in_hand) {}
  ~BodyRoom() { in_hand_ -= taken_; }

  BodyRoom(const BodyRoom&) = delete;
  BodyRoom& operator=(const BodyRoom&) = delete;

  // False where there is not so much.
  bool Take(std::size_t bytes) {
    if (bytes == 0) return true;
    std::size_t in_hand = in_hand_;
    do {
      if (in_hand + bytes > kMaxBodiesBytes) return false;
    } while (!in_hand_.compare_exchange_weak(in_hand, in_hand + bytes));
    taken_ += bytes;
    return true;
  }

 private:
  std::atomic<std::size_t>& in_hand_;
  std::size_t taken_ = 0;
};

absl::Status TooManyBodies() {
  return MakeError(Reason::kTooManyBodies,
                   "The bodies of other requests take all the room that there is: try again.");
}

}  // namespace

// One request and what becomes of it.
class Protocol::Exchange {
 public:
  Exchange(Connection& connection, RequestHandler& handler, std::atomic<std::size_t>& body_bytes)
      : connection_(connection), handler_(handler), body_bytes_(body_bytes) {}

  // Reads a request and carries it out. nullopt where nobody waits for an answer.
  std::optional<Response> Answer() {
    const absl::StatusOr<std::string> text = connection_.ReadHead();
    if (absl::IsCancelled(text.status())) return std::nullopt;
    absl::StatusOr<Head> head = text.ok() ? ParseHead(*text) : text.status();
    if (!head.ok()) return Refuse(head.status());
    head_ = *std::move(head);
    Response response = CarryOut(MakeRequest(head_));
    keep_alive_ = body_read_ && head_.KeepsAlive() && !connection_.closing();
    return response;
  }

  const Head& head() const { return head_; }
  bool body_read() const { return body_read_; }    // otherwise some of it is still to come
  bool keep_alive() const { return keep_alive_; }  // whether another request may follow

 private:
  Response CarryOut(HttpRequest request) {
    const bool streams = handler_.TakesStream(request);
    constexpr std::uint64_t kNoLimit = std::numeric_limits<std::int64_t>::max();
    const std::uint64_t limit = streams ? kNoLimit : router::kMaxBodyBytes;
    if (head_.body_length.value_or(0) > limit) return Refuse(BodyTooLarge());
    BodyDecoder decoder(head_.body_length, limit);
    if (streams) {
      const auto read_body = [&](const RequestHandler::Receiver& receiver) {
        connection_.BeginStream();
        const absl::Cleanup end = [&] { connection_.EndStream(); };
        return ReadBody(decoder, receiver);
      };
      Response response =
          handler_.Receive(request, read_body, [&] { return !connection_.streams_end(); });
      body_read_ = decoder.complete();
      return response;
    }
    if (!decoder.complete()) {
      if (auto refusal = handler_.RefuseUnauthorized(request)) return *std::move(refusal);
    }
    const bool keeps = handler_.IsOperation(request);
    BodyRoom room(body_bytes_);
    if (keeps && !room.Take(head_.body_length.value_or(0))) return Refuse(TooManyBodies());
    std::string body;
    bool fits = true;
    const absl::Status status = ReadBody(decoder, [&](std::string_view piece) {
      if (!keeps) return true;
      fits = head_.body_length.has_value() || room.Take(piece.size());
      if (fits) body.append(piece);
      return fits;
    });
    if (!status.ok()) return Refuse(status);
    if (!fits) return Refuse(TooManyBodies());
    body_read_ = true;
    request.body = body;
    return handler_.Handle(request);
  }

  // Until the body's end, or until `receiver` wants no more.
  absl::Status ReadBody(BodyDecoder& decoder, const RequestHandler::Receiver& receiver) {
    if (!decoder.complete() && !head_.http_1_0 && head_.HasToken("expect", "100-continue")) {
      connection_.Write("HTTP/1.1 100 Continue\r\n\r\n");
    }
    while (!decoder.complete()) {
      const absl::StatusOr<std::string_view> input = connection_.Peek();
      if (!input.ok()) return input.status();
      const absl::StatusOr<BodyDecoder::Step> step = decoder.Decode(*input);
      if (!step.ok()) return step.status();
      // Before `receiver`, which may throw: what it was given is no part of the next request.
      connection_.Consume(step->used);
      if (!step->data.empty() && !receiver(step->data)) break;
    }
    return absl::OkStatus();
  }

  // Nothing can be read after that.
  Response Refuse(const absl::Status& error) {
    body_read_ = false;
    return ErrorResponse(error);
  }

  Connection& connection_;
  RequestHandler& handler_;
  std::atomic<std::size_t>& body_bytes_;
  Head head_;
  bool body_read_ = false;
  bool keep_alive_ = false;
};

namespace {

// Sends a response whose body comes in pieces, which is the last one of its connection. Where
// something is missing the connection is reset: the client gets an error and no last chunk.
void SendPieces(const Response& response, bool in_chunks, Connection& connection) {
  connection.BeginStream();
  connection.Write(absl::StrCat(
      "HTTP/1.1 ", response.status, " OK\r\nContent-Type: ", response.content_type, "\r\n",
      in_chunks ? "Transfer-Encoding: chunked\r\n" : "", "Connection: close\r\n\r\n"));
  for (bool complete = false; !complete;) {
    const absl::StatusOr<std::string> piece =
        connection.streams_end() ? ServiceStopping() : response.next_piece();
    complete = piece.ok() && piece->empty();
    if (piece.ok() && in_chunks) {
      connection.Write(absl::StrCat(absl::Hex(piece->size()), "\r\n", *piece, "\r\n"));
    } else if (piece.ok()) {
      connection.Write(*piece);
    }
    // What was sent before stays a part of the file, whatever the client makes of it.
    if (!connection.Flush() || !piece.ok()) {
      connection.Reset();
      return;
    }
  }
  connection.EndStream();
  connection.FinishWriting();
}

}  // namespace

Protocol::Protocol(RequestHandler& handler)
    : handler_(handler), writer_(std::make_unique<ResponseWriter>()) {}

Protocol::~Protocol() = default;

void Protocol::Serve(Connection& connection) {
  while (connection.WaitForRequest() && Process(connection)) continue;
}

// Whether another request may follow.
bool Protocol::Process(Connection& connection) {
  Exchange exchange(connection, handler_, body_bytes_);
  std::optional<Response> response = exchange.Answer();
  if (!response.has_value()) return false;
  if (response->next_piece) {
    SendPieces(*response, !exchange.head().http_1_0, connection);
    return false;
  }
  const Outgoing outgoing{.response = *response,
                          .to_head = exchange.head().method == "HEAD",
                          .http_1_0 = exchange.head().http_1_0,
                          .keep_alive = exchange.keep_alive()};
  if (!writer_->Write(outgoing, connection)) return false;
  if (!exchange.body_read()) connection.FinishWriting();
  return outgoing.keep_alive;
}

}  // namespace outdial::http
