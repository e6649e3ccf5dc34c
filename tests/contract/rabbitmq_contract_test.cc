// The contract suite of event publishers, over RabbitMQ.
#include <cstddef>
#include <memory>
#include <optional>
#include <vector>

#include "contract/suite/port_implementations.h"
#include "outdial/metrics/metrics.h"
#include "outdial/rabbitmq/address.h"
#include "outdial/rabbitmq/event_publisher.h"
#include "outdial/wire/entity_json.h"
#include "outdial/wire/json.h"
#include "support/amqp_client.h"
#include "support/servers.h"

namespace outdial::contract {
namespace {

class RabbitmqEventPublisher final : public EventPublisherUnderTest {
 public:
  RabbitmqEventPublisher() {
    listener_.DeclareExchange(test::kEventExchange, "fanout");
    const std::string queue = listener_.DeclareOwnQueue();
    listener_.Bind(queue, test::kEventExchange);
    listener_.Consume(queue, test::AmqpClient::Acknowledgement::kAutomatic);
  }

  EventPublisher& publisher() override { return publisher_; }

  std::vector<Event> Arrived(std::size_t expected) override {
    std::vector<Event> events;
    while (events.size() < expected) {
      const std::optional<test::AmqpDelivery> delivery = listener_.Receive();
      if (!delivery.has_value()) break;
      events.push_back(
          wire::EventFromJson(wire::ParseJson(delivery->message.body).value()).value());
    }
    return events;
  }

 private:
  const test::TestVhost vhost_;
  test::AmqpClient listener_{vhost_.address()};
  metrics::Metrics metrics_;
  rabbitmq::EventPublisher publisher_{{.address = rabbitmq::ParseAddress(vhost_.address()).value()},
                                      metrics_};
};

}  // namespace

std::vector<EventPublisherImplementation> EventPublisherImplementations() {
  return {{"rabbitmq", [] { return std::make_unique<RabbitmqEventPublisher>(); }}};
}

}  // namespace outdial::contract
