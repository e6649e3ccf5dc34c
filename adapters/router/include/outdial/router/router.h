// Turns a request, whatever transport brought it, into one call of a service and the result into a
// reply.
#ifndef OUTDIAL_ROUTER_ROUTER_H_
#define OUTDIAL_ROUTER_ROUTER_H_

#include <cstddef>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "outdial/entities/use_counted.h"
#include "outdial/metrics/metrics.h"
#include "outdial/services/services.h"
#include "outdial/wire/envelope.h"

namespace outdial::router {

// The most that the body of a request may hold. A larger one is answered with BODY_TOO_LARGE.
inline constexpr std::size_t kMaxBodyBytes = 1024 * 1024;

// Makes a changing request one that has one effect, however often it is delivered.
struct Idempotency {
  std::string key;  // as JournalEntry::key
  // Look for an earlier delivery first. Where false, the transport knows that there was none: the
  // key is only written, also over that of another such request.
  bool look_up = true;
  // Where `look_up` is false and the key is there nevertheless, asked after it was read: whether
  // the transport knows that the request has still been delivered to nobody else. The key is then
  // that of a request that looks alike, and this one has its own effect. Otherwise the request is
  // taken for one that somebody else has carried out meanwhile, and is answered as that was. Empty:
  // the transport does not know.
  std::function<bool()> is_only_delivery{};
};

// What a transport was asked.
struct Request {
  std::string_view method;  // "GET", …
  std::string_view uri;     // path and query, percent-encoded: "/v1/outdials?page_size=10"
  std::string_view body;    // JSON text, or empty
  std::optional<Idempotency> idempotency;  // nullopt: each delivery has an effect of its own
  std::string_view request_id;             // for the log; may be empty
};

// What the transport has to answer.
struct Reply {
  wire::ReplyEnvelope envelope;  // status and body
  std::vector<std::string_view>
      allowed_methods;  // what a known URI takes, where the method was none of them (405)
};

class ImportStream;
struct StreamRequest;
class ExportStream;
struct ExportRequest;
struct StreamedOperation;

// Knows every operation of contract section 2. Thread-safe; blocks on the services.
class Router : public UseCounted {
 public:
  // All must outlive the router: one that does not stops the program.
  Router(Services& services, metrics::Metrics& metrics);
  ~Router();

  // Answers every request, also the worst. Observes its duration in the metrics and logs it at
  // level debug.
  Reply Handle(const Request& request) const;

  // Whether a request takes its body as a stream: POST /v1/outdials/{id}/targets/import, where
  // `content_type` is neither empty nor JSON's.
  bool TakesStream(std::string_view method, std::string_view uri,
                   std::string_view content_type) const;

  // Begins such a request: of text/csv (with a header), or of JSON lines as application/x-ndjson,
  // application/jsonl or application/x-jsonlines. The router must outlive the stream: where it does
  // not the program stops. Errors, with which it is to be answered: MALFORMED_REQUEST (of another
  // content type, or a charset other than utf-8, us-ascii, iso-8859-1, latin1 and windows-1252),
  // OUTDIAL_NOT_FOUND, INVALID_UUID, INVALID_ON_DUPLICATE, INVALID_REGION, INVALID_QUERY,
  // DATABASE_UNAVAILABLE.
  absl::StatusOr<std::unique_ptr<ImportStream>> OpenImport(StreamRequest request) const;

  // Whether a request is answered with a stream: GET /v1/outdials/{id}/targets/export.
  bool SendsStream(std::string_view method, std::string_view uri) const;

  // Begins such a request. The router must outlive the stream: where it does
  // not the program stops. Errors, with which it is to be
  // answered: OUTDIAL_NOT_FOUND, INVALID_UUID, INVALID_QUERY, DATABASE_UNAVAILABLE.
  absl::StatusOr<std::unique_ptr<ExportStream>> OpenExport(ExportRequest request) const;

  // One operation of the table, for documents and tests.
  struct Operation {
    std::string_view method;   // "GET", …
    std::string_view pattern;  // "/v1/outdials/{id}/available"
    std::string_view label;    // "/outdials/<outdial-id>/available", as in the metrics
    bool changes;              // whether it changes anything
  };

  // All operations, in the order of the contract. What they refer to lives as long as the program.
  static std::vector<Operation> Operations();

 private:
  struct Routes;

  absl::StatusOr<OutdialId> ReadStreamedId(const StreamedOperation& operation,
                                           std::string_view uri) const;
  // Observes and logs the reply of a request that begins now.
  std::function<void(const wire::ReplyEnvelope&)> ObserverOf(const StreamedOperation& operation,
                                                             std::string request_id) const;

  const Use<Services> services_;
  const Use<metrics::Metrics> metrics_;
  std::unique_ptr<const Routes> routes_;
};

}  // namespace outdial::router

#endif  // OUTDIAL_ROUTER_ROUTER_H_
