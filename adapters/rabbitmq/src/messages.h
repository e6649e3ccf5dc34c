// What the bodies of messages hold.
#ifndef OUTDIAL_ADAPTERS_RABBITMQ_SRC_MESSAGES_H_
#define OUTDIAL_ADAPTERS_RABBITMQ_SRC_MESSAGES_H_

#include <functional>
#include <optional>
#include <string>

#include "connection.h"
#include "outdial/entities/event.h"
#include "outdial/router/router.h"

namespace outdial::rabbitmq {

// A request that was carried out.
struct Answered {
  std::string reply;                       // an envelope
  std::optional<std::string> journal_key;  // of its journal entry, where there may be one
  bool readable = true;                    // whether the request was an envelope at all
  bool unavailable = false;  // whether it is a change that can be tried again later (503)
};

// Carries out a request, the worst included. `is_only_delivery` as in router::Idempotency.
Answered Answer(const router::Router& router, const Delivery& request,
                const std::function<bool()>& is_only_delivery);

// The envelope of an event.
std::string EventBody(const Event& event);

// The envelope of the webhook request for an event; nullopt where nobody is to get one.
std::optional<std::string> WebhookBody(const Event& event);

}  // namespace outdial::rabbitmq

#endif  // OUTDIAL_ADAPTERS_RABBITMQ_SRC_MESSAGES_H_
