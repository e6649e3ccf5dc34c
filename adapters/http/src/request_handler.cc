#include "request_handler.h"

#include <arpa/inet.h>

#include <algorithm>
#include <exception>
#include <optional>

#include "absl/status/statusor.h"
#include "absl/strings/match.h"
#include "absl/strings/str_join.h"
#include "outdial/entities/error.h"
#include "outdial/logging/log.h"
#include "outdial/router/export_stream.h"
#include "outdial/router/import_stream.h"
#include "outdial/wire/envelope.h"

namespace outdial::http {
namespace {

constexpr std::size_t kMaxIdempotencyKeyLength = 200;
constexpr std::string_view kIdempotencyKeyHeader = "Idempotency-Key";

// The time that it takes depends on `given` alone, never on how much of it is right.
bool EqualsSecret(std::string_view given, std::string_view secret) {
  std::size_t difference = given.size() ^ secret.size();
  for (std::size_t i = 0; i < given.size(); ++i) {
    difference |= static_cast<unsigned char>(given[i] ^ secret[i % secret.size()]);
  }
  return difference == 0;
}

// "/v1/outdials" of "http://host/v1/outdials", a form that clients use towards a proxy and servers
// must understand.
std::string_view OriginForm(std::string_view target) {
  constexpr std::string_view kScheme = "http://";
  if (!target.starts_with(kScheme)) return target;
  const std::size_t path = target.find('/', kScheme.size());
  return path == std::string_view::npos ? "/" : target.substr(path);
}

std::string_view PathOf(const HttpRequest& request) {
  const std::string_view target = OriginForm(request.target);
  return target.substr(0, target.find('?'));
}

std::size_t AtLeastHalf(std::size_t limit) { return std::max<std::size_t>(limit / 2, 1); }

bool IsPrintable(char c) { return c >= 0x20 && c <= 0x7e; }

absl::StatusOr<std::optional<router::Idempotency>> ReadIdempotencyKey(const HttpRequest& request) {
  if (!request.idempotency_key.has_value()) return std::nullopt;
  const std::string_view key = *request.idempotency_key;
  if (key.size() > kMaxIdempotencyKeyLength) {
    return MakeError(Reason::kTextTooLong,
                     "The header Idempotency-Key holds more than 200 characters.",
                     kIdempotencyKeyHeader);
  }
  if (key.empty() || !std::all_of(key.begin(), key.end(), IsPrintable)) {
    return MakeError(Reason::kWrongType,
                     "The header Idempotency-Key must hold printable ASCII characters.",
                     kIdempotencyKeyHeader);
  }
  return router::Idempotency{.key = "http:" + std::string(key), .look_up = true};
}

Response Text(std::string content_type, std::string body) {
  Response response;
  response.content_type = std::move(content_type);
  response.body = std::move(body);
  return response;
}

// What the service shows is text that others have stored: should a script ever be among it, the
// browser does not run it.
Response FileResponse(const StaticFile& file) {
  Response response = Text(file.content_type, file.body);
  response.headers = {{"Content-Security-Policy",
                       "default-src 'none'; script-src 'self'; style-src 'self'; connect-src "
                       "'self'; img-src data:; "
                       "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"},
                      {"X-Content-Type-Options", "nosniff"},
                      {"Referrer-Policy", "no-referrer"},
                      {"Cache-Control", "no-cache"}};
  return response;
}

Response MethodNotAllowed() {
  Response response =
      ErrorResponse(MakeError(Reason::kMethodNotAllowed, "The URI does not take this method."));
  response.headers.emplace_back("Allow", "GET, HEAD");
  return response;
}

// Whether `host`, which may have a port, is a name that nobody else's DNS can point here: this
// machine's own, or one without a dot.
bool IsLocalName(std::string_view host) {
  if (host.starts_with('[')) return host.starts_with("[::1]");
  host = host.substr(0, host.find(':'));
  if (host.find('.') == std::string_view::npos || host.ends_with(".localhost")) return true;
  in_addr address{};
  return host.starts_with("127.") && ::inet_pton(AF_INET, std::string(host).c_str(), &address) == 1;
}

// Without a token whoever reaches the port is served. A browser on this machine reaches it for any
// page that it shows, so what comes from a page of elsewhere is told by its Origin, or by the name
// by which that page has reached us.
bool ComesFromElsewhere(const HttpRequest& request) {
  if (request.origin.has_value()) {
    const std::size_t host = request.origin->find("://");
    if (host == std::string_view::npos || !IsLocalName(request.origin->substr(host + 3))) {
      return true;
    }
  }
  return request.host.has_value() && !IsLocalName(*request.host);
}

Response Unauthorized() {
  Response response = ErrorResponse(
      MakeError(Reason::kUnauthenticated,
                "The request needs the header Authorization: Bearer; without a token, only this "
                "machine's own names are served, and its own pages."));
  response.headers.emplace_back("WWW-Authenticate", "Bearer");
  return response;
}

Response TooManyStreams() {
  return ErrorResponse(MakeError(Reason::kTooManyStreams,
                                 "As many imports and exports are under way as there may be."));
}

Response FromEnvelope(wire::ReplyEnvelope envelope) {
  Response response;
  response.status = envelope.status_code;
  response.body = std::move(envelope.data);
  return response;
}

}  // namespace

Response ErrorResponse(const absl::Status& error) { return FromEnvelope(wire::ErrorReply(error)); }

Response RequestHandler::Handle(const HttpRequest& request) {
  try {
    return Route(request);
  } catch (const std::exception& exception) {
    logging::Log(logging::Level::kError, "A request failed", {{"error", exception.what()}});
    return ErrorResponse(absl::InternalError("exception"));
  }
}

RequestHandler::Resource RequestHandler::FindResource(const HttpRequest& request) const {
  const std::string_view path = PathOf(request);
  if (path == settings_.metrics_path) return Resource::kMetrics;
  if (path == "/healthz") return Resource::kHealth;
  if (path == "/readyz") return Resource::kReadiness;
  if (FindFile(path) != nullptr) return Resource::kFile;
  // Not only below /v1: what a path means is the router's business, spelled however it is.
  return router_ == nullptr ? Resource::kNothing : Resource::kOperation;
}

Response RequestHandler::Route(const HttpRequest& request) {
  const Resource resource = FindResource(request);
  if (resource == Resource::kNothing) {
    return ErrorResponse(MakeError(Reason::kUriNotFound, "There is nothing at this URI."));
  }
  if (auto refusal = RefuseUnauthorized(request)) return *std::move(refusal);
  if (resource == Resource::kOperation) {
    const std::string_view target = OriginForm(request.target);
    if (router_->SendsStream(request.method, target)) return Export(request, target);
    return Operate(request, target);
  }
  if (request.method != "GET" && request.method != "HEAD") return MethodNotAllowed();
  if (resource == Resource::kMetrics) {
    return Text("text/plain; version=0.0.4; charset=utf-8", metrics_.Expose());
  }
  if (resource == Resource::kHealth) return Text("application/json", R"({"status":"ok"})");
  if (resource == Resource::kReadiness) return Readiness();
  return FileResponse(*FindFile(PathOf(request)));
}

const StaticFile* RequestHandler::FindFile(std::string_view path) const {
  const auto found = std::find_if(settings_.files.begin(), settings_.files.end(),
                                  [&](const StaticFile& file) { return file.path == path; });
  return found == settings_.files.end() ? nullptr : &*found;
}

Response RequestHandler::Readiness() const {
  std::vector<std::string> missing;
  for (const ReadinessCheck& check : settings_.readiness) {
    if (!check.check().ok()) missing.push_back('"' + check.name + '"');
  }
  Response response;
  if (missing.empty()) {
    response.body = R"({"status":"ready"})";
  } else {
    response.status = 503;
    response.body = R"({"status":"not ready","not_ready":[)" + absl::StrJoin(missing, ",") + "]}";
  }
  return response;
}

std::optional<Response> RequestHandler::RefuseUnauthorized(const HttpRequest& request) const {
  const Resource resource = FindResource(request);
  const bool refused =
      resource == Resource::kOperation
          ? !Authorized(request)
          : resource == Resource::kFile && settings_.token.empty() && ComesFromElsewhere(request);
  return refused ? std::optional(Unauthorized()) : std::nullopt;
}

bool RequestHandler::Authorized(const HttpRequest& request) const {
  if (settings_.token.empty()) return !ComesFromElsewhere(request);
  constexpr std::string_view kScheme = "Bearer ";
  const std::string_view given = request.authorization.value_or("");
  if (given.size() <= kScheme.size() ||
      !absl::EqualsIgnoreCase({given.data(), kScheme.size()}, {kScheme.data(), kScheme.size()})) {
    return false;
  }
  return EqualsSecret(given.substr(kScheme.size()), settings_.token);
}

std::shared_ptr<void> RequestHandler::TakeTurn() {
  {
    std::unique_lock lock(mutex_);
    has_room_.wait(lock, [this] { return requests_in_hand_ < settings_.max_requests; });
    ++requests_in_hand_;
  }
  return {this, [this](void*) {
            const std::lock_guard lock(mutex_);
            --requests_in_hand_;
            has_room_.notify_all();
          }};
}

std::shared_ptr<void> RequestHandler::TakeStreamsTurn() {
  {
    std::unique_lock lock(mutex_);
    has_room_.wait(lock, [this] { return streams_at_work_ < AtLeastHalf(settings_.max_requests); });
    ++streams_at_work_;
  }
  std::shared_ptr<void> turn = TakeTurn();
  return {this, [this, turn = std::move(turn)](void*) mutable {
            turn.reset();
            const std::lock_guard lock(mutex_);
            --streams_at_work_;
            has_room_.notify_all();
          }};
}

std::shared_ptr<void> RequestHandler::TakeStreamsPlace() {
  const std::size_t limit =
      settings_.max_streams > 0 ? settings_.max_streams : AtLeastHalf(settings_.max_connections);
  {
    const std::lock_guard lock(mutex_);
    if (streams_in_hand_ >= limit) return nullptr;
    ++streams_in_hand_;
  }
  // Not a null pointer, which says that there is no place.
  return {this, [this](void*) {
            const std::lock_guard lock(mutex_);
            --streams_in_hand_;
          }};
}

bool RequestHandler::TakesStream(const HttpRequest& request) const {
  return router_ != nullptr &&
         router_->TakesStream(request.method, OriginForm(request.target), request.content_type);
}

Response RequestHandler::Receive(const HttpRequest& request,
                                 const std::function<absl::Status(const Receiver&)>& read_body,
                                 std::function<bool()> go_on) {
  try {
    if (!Authorized(request)) return Unauthorized();
    const std::shared_ptr<void> place = TakeStreamsPlace();
    if (place == nullptr) return TooManyStreams();
    absl::StatusOr<std::optional<router::Idempotency>> idempotency = ReadIdempotencyKey(request);
    if (!idempotency.ok()) return ErrorResponse(idempotency.status());
    const auto stream =
        router_->OpenImport({.method = std::string(request.method),
                             .uri = std::string(OriginForm(request.target)),
                             .content_type = std::string(request.content_type),
                             .idempotency = *std::move(idempotency),
                             .request_id = std::string(request.request_id.value_or("")),
                             .take_turn = [this] { return TakeStreamsTurn(); },
                             .go_on = std::move(go_on)});
    if (!stream.ok()) return ErrorResponse(stream.status());
    const absl::Status complete =
        read_body([&](std::string_view piece) { return (*stream)->Write(piece); });
    return FromEnvelope(
        (complete.ok() ? (*stream)->Finish() : (*stream)->BreakOff(complete)).envelope);
  } catch (const std::exception& exception) {
    logging::Log(logging::Level::kError, "A request failed", {{"error", exception.what()}});
    return ErrorResponse(absl::InternalError("exception"));
  }
}

Response RequestHandler::Export(const HttpRequest& request, std::string_view target) {
  const std::shared_ptr<void> place = TakeStreamsPlace();
  if (place == nullptr) return TooManyStreams();
  auto opened = router_->OpenExport({.method = std::string(request.method),
                                     .uri = std::string(target),
                                     .accept = std::string(request.accept),
                                     .request_id = std::string(request.request_id.value_or("")),
                                     .take_turn = [this] { return TakeStreamsTurn(); }});
  if (!opened.ok()) return ErrorResponse(opened.status());
  const std::shared_ptr<router::ExportStream> stream = *std::move(opened);
  Response response;
  response.content_type = stream->content_type();
  response.next_piece = [stream, place]() -> absl::StatusOr<std::string> {
    try {
      return stream->Next();
    } catch (const std::exception& exception) {
      logging::Log(logging::Level::kError, "A request failed", {{"error", exception.what()}});
      return absl::InternalError("exception");
    }
  };
  return response;
}

Response RequestHandler::Operate(const HttpRequest& request, std::string_view target) {
  absl::StatusOr<std::optional<router::Idempotency>> idempotency = ReadIdempotencyKey(request);
  if (!idempotency.ok()) return ErrorResponse(idempotency.status());

  const std::shared_ptr<void> turn = TakeTurn();
  router::Reply reply = router_->Handle({.method = request.method,
                                         .uri = target,
                                         .body = request.body,
                                         .idempotency = *std::move(idempotency),
                                         .request_id = request.request_id.value_or("")});
  Response response = FromEnvelope(std::move(reply.envelope));
  if (!reply.allowed_methods.empty()) {
    std::string allowed;
    for (std::string_view method : reply.allowed_methods) {
      if (!allowed.empty()) allowed += ", ";
      allowed += method;
    }
    response.headers.emplace_back("Allow", std::move(allowed));
  }
  return response;
}

}  // namespace outdial::http
