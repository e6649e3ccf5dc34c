#include "protocol.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cstddef>
#include <cstdint>
#include <exception>
#include <functional>
#include <limits>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <system_error>
#include <utility>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "httplib.h"
#include "outdial/entities/error.h"
#include "outdial/router/router.h"

namespace outdial::http {
namespace {

// What surrounds the pieces of a chunked body may take this much beside them.
constexpr std::size_t kMaxChunkOverhead = 64 * 1024;

// Where the library finds what reads a body piece by piece. No request's path reaches it.
constexpr char kStreams[] = "/streams";

// One request and what becomes of it.
struct Exchange {
  Connection& connection;
  std::string method = {};  // as the client sent it
  absl::Status error = {};  // why the request cannot be served, found in its head
  bool head_read = false;
  bool has_body = false;
  bool streams = false;  // whether the body is taken piece by piece
  std::string content_type = {};
  bool takes_chunks = true;
  bool answered = false;
  bool unread = false;      // whether some of the request is still to come
  bool keep_alive = false;  // whether another request may follow
};

// What the library's callbacks work on: they get nothing of ours. Set while the library has the
// thread.
thread_local Exchange* current_exchange = nullptr;

absl::Status BodyTooLarge() {
  return MakeError(Reason::kBodyTooLarge, "The body of the request is larger than 1 MiB.");
}

absl::Status HeadTooLarge() {
  return MakeError(Reason::kHeadTooLarge,
                   "The request line and the headers of the request are too large.");
}

absl::Status Malformed(std::string_view problem) {
  return MakeError(Reason::kMalformedRequest, problem);
}

// The length of the body; nullopt where it comes in chunks. What two programs might read in two
// ways is refused, because one of them may sit in front of this one (RFC 9112, section 6.3).
// Errors: MALFORMED_REQUEST, BODY_TOO_LARGE.
absl::StatusOr<std::optional<std::uint64_t>> BodyLength(const httplib::Request& request,
                                                        std::uint64_t limit) {
  const std::size_t codings = request.get_header_value_count("Transfer-Encoding");
  const std::size_t lengths = request.get_header_value_count("Content-Length");
  if (codings + lengths > 1)
    return Malformed("The request says more than once how long its body is.");
  if (codings == 1) {
    if (absl::EqualsIgnoreCase(request.get_header_value("Transfer-Encoding"), "chunked"))
      return std::nullopt;
    return Malformed("The Transfer-Encoding must be chunked.");
  }
  if (lengths == 0) return 0;
  const std::string text = request.get_header_value("Content-Length");
  std::uint64_t length = 0;
  const char* const end = text.data() + text.size();
  const auto [last, error] = std::from_chars(text.data(), end, length);
  if (error == std::errc::result_out_of_range || (error == std::errc() && length > limit)) {
    return BodyTooLarge();
  }
  if (error != std::errc() || last != end) return Malformed("The Content-Length must be a number.");
  return length;
}

// Whether a request line is as it should be, but for a method that the library does not know.
bool IsUnknownMethod(const httplib::Request& request) {
  constexpr std::array<std::string_view, 10> kKnown = {
      "GET", "HEAD", "POST", "PUT", "DELETE", "CONNECT", "OPTIONS", "TRACE", "PATCH", "PRI"};
  const bool is_word = !request.method.empty() &&
                       std::all_of(request.method.begin(), request.method.end(), [](char c) {
                         return absl::ascii_isupper(static_cast<unsigned char>(c));
                       });
  return is_word && request.target.starts_with("/") && request.version.starts_with("HTTP/1.") &&
         std::find(kKnown.begin(), kKnown.end(), request.method) == kKnown.end();
}

bool AsksToClose(const httplib::Request& request) {
  const std::string value = absl::AsciiStrToLower(request.get_header_value("Connection"));
  for (const auto token : absl::StrSplit(value, ',')) {
    if (absl::StripAsciiWhitespace(token) == "close") return true;
  }
  return false;
}

// Called between the head and the body. Leaves the library nothing to be clever about: bodies are
// JSON whatever their type says, of any method (the library would take the body of a GET for the
// next request), and responses are sent whole and as they are (ranges of a JSON document would not
// be JSON, and Go's clients ask for compression by themselves, which costs more than it saves).
void ReadHead(const RequestHandler& handler, Exchange& exchange, httplib::Request& request) {
  exchange.head_read = true;
  exchange.method = request.method;
  exchange.takes_chunks = request.version != "HTTP/1.0";
  exchange.content_type = request.get_header_value("Content-Type");
  exchange.streams = handler.TakesStream(
      {.method = exchange.method, .target = request.target, .content_type = exchange.content_type});
  exchange.keep_alive = !AsksToClose(request);
  constexpr std::uint64_t kNoLimit = std::numeric_limits<std::int64_t>::max();
  const std::uint64_t limit = exchange.streams ? kNoLimit : router::kMaxBodyBytes;
  const auto length = BodyLength(request, limit);
  exchange.error = length.status();
  if (length.ok()) {
    exchange.has_body = *length != 0;
    if (!length->has_value()) {
      // Versions of the library take a malformed chunk for the last one, and would go on behind it.
      exchange.unread = true;
      exchange.keep_alive = false;
    }
    exchange.connection.LimitReading(length->value_or(limit + kMaxChunkOverhead));
  }
  for (const char* header : {"Accept-Encoding", "Content-Encoding", "Content-Type", "Range"}) {
    request.headers.erase(header);
  }
  request.ranges.clear();
  if (exchange.has_body) {
    request.method = "POST";
    request.path = exchange.streams ? kStreams : "/";
  } else {
    request.headers.erase("Expect");
  }
}

std::optional<std::string> HeaderOf(const httplib::Request& request, const char* name) {
  if (!request.has_header(name)) return std::nullopt;
  return request.get_header_value(name);
}

void SetHeader(httplib::Response& response, const std::string& name, const std::string& value) {
  response.headers.erase(name);
  response.set_header(name, value);
}

// Sends a response whose body comes in pieces, past the library: its versions differ in when they
// stop to ask for the next one. The connection ends with it, and is reset where something is
// missing: the client gets no last chunk, or an error where it knows no chunks.
void SendPieces(const Response& response) {
  Exchange& exchange = *current_exchange;
  Connection& connection = exchange.connection;
  connection.write(absl::StrCat(
      "HTTP/1.1 ", response.status, " OK\r\nContent-Type: ", response.content_type, "\r\n",
      exchange.takes_chunks ? "Transfer-Encoding: chunked\r\n" : "", "Connection: close\r\n\r\n"));
  exchange.keep_alive = false;
  exchange.unread = true;
  for (bool complete = false; !complete;) {
    const absl::StatusOr<std::string> piece = response.next_piece();
    if (!piece.ok()) {
      connection.Reset();
      exchange.unread = false;
      break;
    }
    complete = piece->empty();
    connection.write(exchange.takes_chunks
                         ? absl::StrCat(absl::Hex(piece->size()), "\r\n", *piece, "\r\n")
                         : *piece);
    if (!connection.Flush()) break;
  }
  connection.DiscardOutput();
}

void Send(Response from, httplib::Response& to) {
  current_exchange->answered = true;
  if (from.next_piece) return SendPieces(from);
  to.status = from.status;
  to.body = std::move(from.body);
  SetHeader(to, "Content-Type", from.content_type);
  for (const auto& [name, value] : from.headers) SetHeader(to, name, value);
}

// Answers a request that is not read to its end: nothing can be read after it.
void Refuse(const absl::Status& error, httplib::Response& response) {
  current_exchange->unread = true;
  current_exchange->keep_alive = false;
  Send(ErrorResponse(error), response);
}

// The typed error of a request that the library could not read.
absl::Status LibraryError(const Exchange& exchange, int status) {
  constexpr int kPayloadTooLarge = 413;
  constexpr int kUriTooLong = 414;
  if (status == kPayloadTooLarge) return BodyTooLarge();
  if (status == kUriTooLong) return HeadTooLarge();
  if (exchange.connection.exceeded_limit())
    return exchange.head_read ? BodyTooLarge() : HeadTooLarge();
  return Malformed("The request is not one of HTTP/1.1.");
}

// The headers that matter, for as long as a request is handled.
class HeaderValues {
 public:
  explicit HeaderValues(const httplib::Request& request)
      : authorization_(HeaderOf(request, "Authorization")),
        idempotency_key_(HeaderOf(request, "Idempotency-Key")),
        request_id_(HeaderOf(request, "X-Request-Id")),
        host_(HeaderOf(request, "Host")),
        origin_(HeaderOf(request, "Origin")),
        accept_(request.get_header_value("Accept")) {}

  HttpRequest Request(const Exchange& exchange, const httplib::Request& request) const {
    return {.method = exchange.method,
            .target = request.target,
            .body = request.body,
            .authorization = authorization_,
            .idempotency_key = idempotency_key_,
            .request_id = request_id_,
            .host = host_,
            .origin = origin_,
            .content_type = exchange.content_type,
            .accept = accept_};
  }

 private:
  std::optional<std::string> authorization_;
  std::optional<std::string> idempotency_key_;
  std::optional<std::string> request_id_;
  std::optional<std::string> host_;
  std::optional<std::string> origin_;
  std::string accept_;
};

}  // namespace

class Protocol::Library : private httplib::Server {
 public:
  explicit Library(RequestHandler& handler) : handler_(handler) {
    // Before the body is read: answers what has none.
    set_pre_routing_handler([this](const httplib::Request& request, httplib::Response& response) {
      if (!current_exchange->error.ok()) {
        Refuse(current_exchange->error, response);
        return HandlerResponse::Handled;
      }
      if (current_exchange->has_body) return HandlerResponse::Unhandled;
      Answer(request, response);
      return HandlerResponse::Handled;
    });
    Post(kStreams, [this](const httplib::Request& request, httplib::Response& response,
                          const httplib::ContentReader& read_content) {
      Receive(request, response, read_content);
    });
    Post(".*", [this](const httplib::Request& request, httplib::Response& response) {
      Answer(request, response);
    });
    // Called for each error, also for those that are answered already.
    set_error_handler(
        HandlerWithResponse([this](const httplib::Request& request, httplib::Response& response) {
          if (!current_exchange->answered) AnswerRefused(request, response);
          return HandlerResponse::Unhandled;
        }));
    set_exception_handler(
        [](const httplib::Request&, httplib::Response& response, const std::exception_ptr&) {
          Refuse(absl::InternalError("exception"), response);
        });
    set_post_routing_handler([](const httplib::Request& request, httplib::Response& response) {
      response.headers.erase("Keep-Alive");
      response.headers.erase("Accept-Ranges");
      response.headers.erase("Connection");
      // The library sets it on some of its ways only.
      SetHeader(response, "Content-Length", std::to_string(response.body.size()));
      if (current_exchange->method == "HEAD") response.body.clear();
      if (current_exchange->connection.closing()) current_exchange->keep_alive = false;
      if (!current_exchange->keep_alive) {
        response.set_header("Connection", "close");
      } else if (request.version == "HTTP/1.0") {
        response.set_header("Connection", "keep-alive");
      }
    });
  }

  // Reads a request and writes its response. Whether another one may follow.
  bool Process(Connection& connection) {
    Exchange exchange{.connection = connection};
    current_exchange = &exchange;
    bool closed = false;
    const bool written =
        CallProcessRequest(*this, connection, closed, [&](httplib::Request& request) {
          ReadHead(handler_, exchange, request);
          // The library has looked at the headers by now.
          if (closed) exchange.keep_alive = false;
        });
    current_exchange = nullptr;
    if (!connection.Flush() || !written) return false;
    if (exchange.unread) connection.FinishWriting();
    return exchange.keep_alive;
  }

 private:
  // Answers a request that the library has refused.
  void AnswerRefused(const httplib::Request& request, httplib::Response& response) {
    if (!current_exchange->head_read && IsUnknownMethod(request)) {
      // It is for the URI to say what it takes instead. The headers were not read.
      current_exchange->unread = true;
      Send(handler_.Handle({.method = request.method, .target = request.target}), response);
    } else {
      Refuse(LibraryError(*current_exchange, response.status), response);
    }
  }

  void Receive(const httplib::Request& request, httplib::Response& response,
               const httplib::ContentReader& read_content) {
    Exchange& exchange = *current_exchange;
    exchange.unread = true;
    const auto read_body = [&](const RequestHandler::Receiver& receiver) {
      const bool complete = read_content([&](const char* data, std::size_t size) {
        if (!receiver({data, size})) return false;
        exchange.connection.RenewDeadline();
        return true;
      });
      // After chunks the library may be wrong about where they ended.
      exchange.unread = !complete || request.has_header("Transfer-Encoding");
      return complete;
    };
    HeaderValues headers(request);
    Send(handler_.Receive(headers.Request(exchange, request), read_body), response);
    if (exchange.unread) exchange.keep_alive = false;
  }

  void Answer(const httplib::Request& request, httplib::Response& response) {
    HeaderValues headers(request);
    const HttpRequest made = headers.Request(*current_exchange, request);
    if (current_exchange->streams) {
      Send(handler_.Receive(made, [](const auto&) { return true; }), response);
    } else {
      Send(handler_.Handle(made), response);
    }
  }

  // The function's parameters differ between the library's versions.
  template <typename Self>
  static bool CallProcessRequest(Self& self, httplib::Stream& stream, bool& closed,
                                 const std::function<void(httplib::Request&)>& read_head) {
    if constexpr (requires { self.process_request(stream, false, closed, read_head); }) {
      return self.process_request(stream, false, closed, read_head);
    } else {
      return self.process_request(stream, std::string(), 0, std::string(), 0, false, closed,
                                  read_head);
    }
  }

  RequestHandler& handler_;
};

Protocol::Protocol(RequestHandler& handler) : library_(std::make_unique<Library>(handler)) {}

Protocol::~Protocol() = default;

void Protocol::Serve(Connection& connection) {
  while (connection.WaitForRequest() && library_->Process(connection)) continue;
}

}  // namespace outdial::http
