#include "outdial/router/router.h"

#include <re2/re2.h>

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_split.h"
#include "absl/time/time.h"
#include "arguments.h"
#include "export_stream.h"
#include "import_stream.h"
#include "journal.h"
#include "operations.h"
#include "outdial/entities/error.h"
#include "outdial/entities/uuid.h"
#include "outdial/logging/log.h"
#include "outdial/metrics/metrics.h"
#include "outdial/router/fingerprint.h"
#include "outdial/wire/json.h"
#include "query.h"

namespace outdial::router {

// An operation that is carried out as a stream where its transport can.
struct StreamedOperation {
  std::string_view method;
  std::string_view pattern;
  std::string_view label;
};

namespace {

using Answer = absl::StatusOr<wire::ReplyEnvelope>;

constexpr StreamedOperation kImport = {"POST", "/v1/outdials/{id}/targets/import",
                                       "/outdials/<outdial-id>/targets/import"};
constexpr StreamedOperation kExport = {"GET", "/v1/outdials/{id}/targets/export",
                                       "/outdials/<outdial-id>/targets/export"};

std::string_view PathOf(std::string_view uri) { return uri.substr(0, uri.find('?')); }

std::string_view QueryOf(std::string_view uri) {
  return uri.substr(std::min(PathOf(uri).size() + 1, uri.size()));
}

// "/v1/outdials/{id}" as an expression whose one group is the id.
std::string ExpressionOf(std::string_view pattern) {
  constexpr std::string_view kId = "{id}";
  const std::size_t position = pattern.find(kId);
  if (position == std::string_view::npos) return RE2::QuoteMeta(std::string(pattern));
  return absl::StrCat(RE2::QuoteMeta(std::string(pattern.substr(0, position))), "([^/]+)",
                      RE2::QuoteMeta(std::string(pattern.substr(position + kId.size()))));
}

Reply ErrorReply(const absl::Status& error) {
  return {.envelope = wire::ErrorReply(error), .allowed_methods = {}};
}

Reply MethodNotAllowed(const PathSpec& path) {
  std::vector<std::string_view> methods;
  std::string list;
  for (const MethodSpec& method : path.methods) {
    methods.push_back(method.method);
    absl::StrAppend(&list, list.empty() ? "" : ", ", std::string(method.method));
  }
  Reply reply = ErrorReply(MakeError(Reason::kMethodNotAllowed,
                                     absl::StrCat("This URI only takes the methods ", list, ".")));
  reply.allowed_methods = std::move(methods);
  return reply;
}

void LogRequest(const Request& request, std::string_view label, int status_code,
                absl::Duration duration) {
  if (!logging::Enabled(logging::Level::kDebug)) return;
  logging::Log(logging::Level::kDebug, "request",
               {{"request_id", std::string(request.request_id)},
                {"method", std::string(request.method)},
                {"route", std::string(label)},
                {"status", absl::StrCat(status_code)},
                {"milliseconds", absl::StrFormat("%.3f", absl::ToDoubleMilliseconds(duration))}});
}

// Null where there is no body. Errors: those of ParseJson, BODY_REQUIRED, WRONG_TYPE.
absl::StatusOr<wire::Json> ParseBody(std::string_view text, bool required) {
  absl::StatusOr<wire::Json> body =
      text.empty() ? absl::StatusOr<wire::Json>(nullptr) : wire::ParseJson(text);
  if (!body.ok() || body->is_object()) return body;
  if (!body->is_null()) return MakeError(Reason::kWrongType, "The body must be a JSON object.");
  if (required) return MakeError(Reason::kBodyRequired, "This operation needs a body.");
  return body;
}

absl::StatusOr<Arguments> ReadArguments(Input input, std::string_view query_text,
                                        std::string_view body_text) {
  absl::StatusOr<Query> query =
      input == Input::kQueryAndBody ? ParseQuery(query_text) : absl::StatusOr<Query>(Query());
  if (!query.ok()) return query.status();
  absl::StatusOr<wire::Json> body = ParseBody(body_text, input == Input::kRequiredBody);
  if (!body.ok()) return body.status();
  return Arguments(*std::move(body), *std::move(query));
}

// How many requests that look alike may come in between, one after the other, before a first
// delivery gives up.
constexpr int kMaxLookalikes = 10;

// Runs one operation, or repeats what it answered before.
class Delivery {
 public:
  Delivery(Services& services, const MethodSpec& method, const Request& request)
      : services_(services), method_(method), request_(request) {}

  Answer Handle(Uuid id, std::string_view query) {
    if (absl::Status status = Identify(); !status.ok()) return status;
    if (!identity_.has_value()) return Run(id, query);
    return identity_->first_delivery ? HandleFirst(id, query) : HandleAgain(id, query);
  }

 private:
  absl::Status Identify() {
    if (!method_.changes() || !request_.idempotency.has_value()) return absl::OkStatus();
    auto fingerprint = Fingerprint({request_.method, request_.uri, request_.body});
    if (!fingerprint.ok()) return fingerprint.status();
    identity_ = {.key = request_.idempotency->key,
                 .fingerprint = *std::move(fingerprint),
                 .first_delivery = !request_.idempotency->look_up};
    return absl::OkStatus();
  }

  Answer HandleAgain(Uuid id, std::string_view query) {
    if (auto earlier = FindEarlierReply(services_, *identity_)) return *std::move(earlier);
    Answer answer = Run(id, query);
    if (!answer.ok() && MayHaveLost(answer.status())) {
      if (auto earlier = FindEarlierReply(services_, *identity_)) return *std::move(earlier);
    }
    return answer;
  }

  // Whether `error` may be the work of another delivery of the same request, handled at the same
  // time as this one: it wrote its journal entry first, or its change or its event is in our way.
  static bool MayHaveLost(const absl::Status& error) {
    return GetReason(error) == Reason::kRequestAlreadyJournaled ||
           GetReason(error) == Reason::kOutboxFull || absl::IsFailedPrecondition(error) ||
           absl::IsNotFound(error);
  }

  // An entry that is in the way of a first delivery is of a request that looks alike, or of another
  // delivery of this one, which its transport made because it took us for dead. The transport
  // knows: what it has delivered to nobody else when the entry is there already has not written
  // that entry.
  Answer HandleFirst(Uuid id, std::string_view query) {
    Answer answer = Run(id, query);
    for (int i = 0; i < kMaxLookalikes && IsJournaled(answer); ++i) {
      const auto entry = services_.journal.Find(identity_->key);
      if (!entry.ok()) return entry.status();
      if (entry->has_value()) {
        const auto& is_only_delivery = request_.idempotency->is_only_delivery;
        if (!is_only_delivery || !is_only_delivery()) return ReplyIn(**entry, *identity_);
        identity_->replaced_tm_create = (*entry)->tm_create;
      }
      answer = Run(id, query);
    }
    if (!IsJournaled(answer)) return answer;
    return MakeError(Reason::kDatabaseUnavailable, "Too many requests look like this one.");
  }

  static bool IsJournaled(const Answer& answer) {
    return !answer.ok() && GetReason(answer.status()) == Reason::kRequestAlreadyJournaled;
  }

  Answer Run(Uuid id, std::string_view query) {
    auto arguments = ReadArguments(method_.input, query, request_.body);
    if (!arguments.ok()) return arguments.status();
    auto data = method_.handler({services_, id, *arguments, identity_});
    if (!data.ok()) return data.status();
    return wire::ReplyEnvelope{.data = *std::move(data)};
  }

  Services& services_;
  const MethodSpec& method_;
  const Request& request_;
  std::optional<JournalIdentity> identity_;  // nullopt: the request is not journaled
};

// The format that a client likes best, or the first of those that it likes best; CSV where it names
// none.
target_files::Format PreferredFormat(std::string_view accept) {
  target_files::Format preferred = target_files::Format::kCsv;
  double best = 0;
  for (const auto range : absl::StrSplit(absl::string_view(accept.data(), accept.size()), ',')) {
    const auto format = FormatOf(std::string_view(range.data(), range.size()));
    if (!format.has_value()) continue;
    double quality = 1;
    const std::size_t q = range.find("q=");
    if (q != range.npos && !absl::SimpleAtod(range.substr(q + 2), &quality)) quality = 0;
    if (quality <= best) continue;
    best = quality;
    preferred = *format;
  }
  return preferred;
}

// What the query says, or else the media types that the client takes; CSV where neither does.
target_files::Format ReadExportFormat(Arguments& arguments, std::string_view accept) {
  constexpr std::string_view kFormat = "format";
  if (const auto word = arguments.FindString(kFormat)) {
    if (const auto format = ParseFormat(*word)) return *format;
    arguments.Fail(Reason::kInvalidQuery, kFormat, "must be csv or jsonl");
  }
  return PreferredFormat(accept);
}

}  // namespace

struct Router::Routes {
  struct Route {
    explicit Route(const PathSpec& path_spec)
        : path(path_spec), expression(ExpressionOf(path_spec.pattern), RE2::Latin1) {}

    const PathSpec& path;
    const RE2 expression;
  };

  struct Match {
    const PathSpec* path = nullptr;  // nullptr: there is no such URI
    std::optional<std::string> id;   // nullopt: the path has none
  };

  Routes() {
    for (const PathSpec& path : Paths()) routes.push_back(std::make_unique<Route>(path));
  }

  Match Find(std::string_view path) const {
    const std::string text(path);
    for (const auto& route : routes) {
      std::string id;
      const bool has_id = route->expression.NumberOfCapturingGroups() == 1;
      if (has_id && RE2::FullMatch(text, route->expression, &id)) return {&route->path, id};
      if (!has_id && RE2::FullMatch(text, route->expression)) return {&route->path, std::nullopt};
    }
    return {};
  }

  // Looks at one route alone: every request is asked this.
  bool Matches(const StreamedOperation& operation, std::string_view method,
               std::string_view uri) const {
    if (method != operation.method) return false;
    const auto route = std::find_if(routes.begin(), routes.end(), [&](const auto& some) {
      return some->path.pattern == operation.pattern;
    });
    return RE2::FullMatch(std::string(PathOf(uri)), (*route)->expression);
  }

  // Sets `label` as soon as it is known.
  Reply Handle(Services& services, const Request& request, std::string_view& label) const {
    const Match match = Find(PathOf(request.uri));
    if (match.path != nullptr) label = match.path->label;

    if (request.body.size() > kMaxBodyBytes) {
      return ErrorReply(MakeError(Reason::kBodyTooLarge, absl::StrCat("The body is larger than ",
                                                                      kMaxBodyBytes, " bytes.")));
    }
    if (match.path == nullptr) {
      return ErrorReply(MakeError(Reason::kUriNotFound, "There is no such URI."));
    }
    const auto& methods = match.path->methods;
    const auto method = std::find_if(methods.begin(), methods.end(), [&](const MethodSpec& spec) {
      return spec.method == request.method;
    });
    if (method == methods.end()) return MethodNotAllowed(*match.path);

    const std::optional<Uuid> id = match.id.has_value() ? Uuid::Parse(*match.id) : Uuid();
    if (!id.has_value()) {
      return ErrorReply(MakeError(Reason::kInvalidUuid, "The id in the URI must be a UUID.", "id"));
    }
    Answer answer = Delivery(services, *method, request).Handle(*id, QueryOf(request.uri));
    if (!answer.ok()) return ErrorReply(answer.status());
    return {.envelope = *std::move(answer), .allowed_methods = {}};
  }

  std::vector<std::unique_ptr<Route>> routes;
};

Router::Router(Services& services, metrics::Metrics& metrics)
    : UseCounted("router::Router"),
      services_(services),
      metrics_(metrics),
      routes_(std::make_unique<Routes>()) {
  for (const Operation& operation : Operations()) {
    metrics_->ExpectRequest(operation.label, operation.method);
  }
}

Router::~Router() = default;

Reply Router::Handle(const Request& request) const {
  const auto start = std::chrono::steady_clock::now();
  std::string_view label = metrics::kRouteNotFound;
  Reply reply;
  try {
    reply = routes_->Handle(*services_, request, label);
  } catch (...) {  // memory that ran out, for one
    reply = ErrorReply(MakeError(Reason::kInternal, "The request could not be carried out."));
  }
  const absl::Duration duration = absl::FromChrono(std::chrono::steady_clock::now() - start);
  try {
    metrics_->ObserveRequest(label, request.method, reply.envelope.status_code, duration);
    LogRequest(request, label, reply.envelope.status_code, duration);
  } catch (...) {  // what is done is to be answered all the same
  }
  return reply;
}

bool Router::TakesStream(std::string_view method, std::string_view uri,
                         std::string_view content_type) const {
  return routes_->Matches(kImport, method, uri) && !MayBeJson(content_type);
}

bool Router::SendsStream(std::string_view method, std::string_view uri) const {
  return routes_->Matches(kExport, method, uri);
}

absl::StatusOr<std::unique_ptr<ImportStream>> Router::OpenImport(StreamRequest request) const {
  const auto observe = ObserverOf(kImport, request.request_id);
  auto stream = [&]() -> absl::StatusOr<std::unique_ptr<ImportStream>> {
    const auto format = FormatOf(request.content_type);
    if (!format.has_value()) {
      return MakeError(Reason::kMalformedRequest,
                       "Content-Type must be application/json, text/csv or application/x-ndjson.");
    }
    const auto encoding = EncodingOf(request.content_type);
    if (!encoding.ok()) return encoding.status();
    auto arguments = ReadArguments(Input::kQueryAndBody, QueryOf(request.uri), "");
    if (!arguments.ok()) return arguments.status();
    ImportSettings settings = ReadImportSettings(*services_, *arguments);
    if (!arguments->status().ok()) return arguments->status();
    const auto id = ReadStreamedId(kImport, request.uri);
    if (!id.ok()) return id.status();
    std::optional<JournalEntry> earlier;
    if (request.idempotency.has_value()) {
      auto found = services_->journal.Find(request.idempotency->key);
      if (!found.ok()) return found.status();
      earlier = *std::move(found);
    }
    // Also for a stream without rows; but what was imported is answered whatever the state is now.
    if (const auto outdial = services_->outdials.Get(*id); !earlier.has_value() && !outdial.ok()) {
      return outdial.status();
    }
    return std::unique_ptr<ImportStream>(new ImportStream(std::make_unique<ImportStream::Impl>(
        *services_, *id, std::move(settings), *format, *encoding, std::move(request),
        std::move(earlier), observe)));
  }();
  if (!stream.ok()) observe(wire::ErrorReply(stream.status()));
  return stream;
}

absl::StatusOr<std::unique_ptr<ExportStream>> Router::OpenExport(ExportRequest request) const {
  const auto observe = ObserverOf(kExport, request.request_id);
  const auto on_end = [observe](const absl::Status& status) {
    observe(status.ok() ? wire::ReplyEnvelope() : wire::ErrorReply(status));
  };
  auto impl = [&]() -> absl::StatusOr<std::unique_ptr<ExportStream::Impl>> {
    auto arguments = ReadArguments(Input::kQueryAndBody, QueryOf(request.uri), "");
    if (!arguments.ok()) return arguments.status();
    const target_files::Format format = ReadExportFormat(*arguments, request.accept);
    if (!arguments->status().ok()) return arguments->status();
    const auto id = ReadStreamedId(kExport, request.uri);
    if (!id.ok()) return id.status();
    return std::make_unique<ExportStream::Impl>(*services_, *id, format,
                                                std::move(request.take_turn), on_end);
  }();
  if (!impl.ok()) {
    on_end(impl.status());
    return impl.status();
  }
  // What is wrong is said before anything is sent.
  if (absl::Status status = (*impl)->Begin(); !status.ok()) return status;
  return std::unique_ptr<ExportStream>(new ExportStream(*std::move(impl)));
}

absl::StatusOr<OutdialId> Router::ReadStreamedId(const StreamedOperation& operation,
                                                 std::string_view uri) const {
  const Routes::Match match = routes_->Find(PathOf(uri));
  if (match.path == nullptr || match.path->pattern != operation.pattern) {
    return MakeError(Reason::kUriNotFound, "There is no such URI for a stream.");
  }
  const auto id = OutdialId::Parse(*match.id);
  if (!id.has_value()) {
    return MakeError(Reason::kInvalidUuid, "The id in the URI must be a UUID.", "id");
  }
  return *id;
}

std::function<void(const wire::ReplyEnvelope&)> Router::ObserverOf(
    const StreamedOperation& operation, std::string request_id) const {
  return [router = Use<const Router>(*this), operation, request_id = std::move(request_id),
          start = std::chrono::steady_clock::now()](const wire::ReplyEnvelope& reply) {
    const absl::Duration duration = absl::FromChrono(std::chrono::steady_clock::now() - start);
    router->metrics_->ObserveRequest(operation.label, operation.method, reply.status_code,
                                     duration);
    LogRequest({.method = operation.method, .request_id = request_id}, operation.label,
               reply.status_code, duration);
  };
}

std::vector<Router::Operation> Router::Operations() {
  std::vector<Operation> operations;
  for (const PathSpec& path : Paths()) {
    for (const MethodSpec& method : path.methods) {
      operations.push_back({.method = method.method,
                            .pattern = path.pattern,
                            .label = path.label,
                            .changes = method.changes()});
    }
  }
  return operations;
}

}  // namespace outdial::router
