// What exists on the broker under names that others know too (contract section 1).
// Constants: any thread may read them, and nothing here blocks.
#ifndef OUTDIAL_RABBITMQ_NAMES_H_
#define OUTDIAL_RABBITMQ_NAMES_H_

namespace outdial::rabbitmq {

// Requests wait here: durable, not exclusive, not deleted by itself, without arguments.
inline constexpr char kRequestQueue[] = "bin-manager.outdial-manager.request";

// All replicas consume the request queue under this tag.
inline constexpr char kConsumerTag[] = "outdial-manager";

// Events go here, with an empty routing key: durable, fanout.
inline constexpr char kEventExchange[] = "bin-manager.outdial-manager.event";

// Where webhook requests go. Somebody else's: never declared here.
inline constexpr char kWebhookQueue[] = "bin-manager.webhook-manager.request";

// What is published here reaches the request queue after a delay: durable, of a type that the
// broker needs a plugin for:
inline constexpr char kDelayExchange[] = "bin-manager.delay";
inline constexpr char kDelayExchangeType[] = "x-delayed-message";

}  // namespace outdial::rabbitmq

#endif  // OUTDIAL_RABBITMQ_NAMES_H_
