#include "messages.h"

#include <cstddef>
#include <utility>
#include <variant>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "outdial/entities/error.h"
#include "outdial/entities/outdial.h"
#include "outdial/entities/uuid.h"
#include "outdial/router/fingerprint.h"
#include "outdial/wire/entity_json.h"
#include "outdial/wire/envelope.h"
#include "outdial/wire/json.h"

namespace outdial::rabbitmq {
namespace {

constexpr int kOk = 200;
constexpr int kUnavailable = 503;

// A broker closes the channel over a message that is larger than its max_message_size, the
// acknowledgement is lost with it, and the request comes again, for ever. RabbitMQ 4 takes 16 MiB
// where it is not told otherwise, earlier ones more.
constexpr std::size_t kMaxReplyBytes = 15 * 1024 * 1024;

Answered Refuse(const absl::Status& error) {
  return {.reply = wire::DumpReplyEnvelope(wire::ErrorReply(error)),
          .journal_key = std::nullopt,
          .readable = false};
}

// What two deliveries of a request have in common, and two requests do not. Error: INTERNAL.
absl::StatusOr<std::string> IdentityOf(const Delivery& request) {
  auto fingerprint = router::Fingerprint(
      {request.reply_to.value_or(""), request.correlation_id.value_or(""), request.body});
  if (!fingerprint.ok()) return fingerprint;
  return absl::StrCat("amqp:", *fingerprint);
}

}  // namespace

Answered Answer(const router::Router& router, const Delivery& request,
                const std::function<bool()>& is_only_delivery) {
  if (request.too_large) {
    return Refuse(MakeError(Reason::kBodyTooLarge, absl::StrCat("The message is larger than ",
                                                                kMaxMessageBytes, " bytes.")));
  }
  auto envelope = wire::ParseRequestEnvelope(request.body);
  if (!envelope.ok()) return Refuse(envelope.status());

  std::optional<router::Idempotency> idempotency;
  if (envelope->method != "GET") {
    auto key = IdentityOf(request);
    if (!key.ok()) return Refuse(key.status());
    idempotency = {.key = *std::move(key),
                   .look_up = request.redelivered,
                   .is_only_delivery = is_only_delivery};
  }
  const router::Reply reply = router.Handle({.method = envelope->method,
                                             .uri = envelope->uri,
                                             .body = envelope->data,
                                             .idempotency = idempotency,
                                             .request_id = envelope->request_id});
  Answered answered{.reply = wire::DumpReplyEnvelope(reply.envelope), .journal_key = std::nullopt};
  if (answered.reply.size() > kMaxReplyBytes) {
    answered.reply = wire::DumpReplyEnvelope(wire::ErrorReply(
        MakeError(Reason::kReplyTooLarge, "The reply is too large: ask for fewer.")));
  }
  if (!idempotency.has_value()) return answered;
  answered.unavailable = reply.envelope.status_code == kUnavailable;
  if (reply.envelope.status_code == kOk) answered.journal_key = std::move(idempotency->key);
  return answered;
}

std::string EventBody(const Event& event) { return wire::DumpJson(wire::ToJson(event)); }

std::optional<std::string> WebhookBody(const Event& event) {
  const auto* const outdial = std::get_if<Outdial>(&event.entity);
  if (outdial == nullptr || outdial->fields().customer_id == CustomerId()) return std::nullopt;
  wire::Json notice;
  notice["type"] = EventTypeName(event.type);
  notice["data"] = wire::ToJson(*outdial);
  wire::Json data;
  data["customer_id"] = outdial->fields().customer_id.ToString();
  data["data_type"] = wire::kJsonDataType;
  data["data"] = std::move(notice);
  return wire::DumpRequestEnvelope({.uri = "/v1/webhooks",
                                    .method = "POST",
                                    .publisher = std::string(wire::kPublisher),
                                    .data_type = std::string(wire::kJsonDataType),
                                    .data = wire::DumpJson(data),
                                    .request_id = ""});
}

}  // namespace outdial::rabbitmq
