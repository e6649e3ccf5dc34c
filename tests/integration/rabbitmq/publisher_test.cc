// What the publisher does where the broker does not take everything at once.
#include <cstdlib>
#include <optional>
#include <string>
#include <vector>

#include "absl/time/time.h"
#include "contract/suite/values.h"
#include "fixture.h"
#include "outdial/entities/event.h"
#include "outdial/rabbitmq/address.h"
#include "outdial/rabbitmq/event_publisher.h"
#include "support/catch.h"

namespace outdial::test {
namespace {

Event OutdialEvent(std::uint64_t number) {
  return {EventType::kOutdialCreated, Outdial(contract::OutdialFields(number))};
}

std::vector<Event> OutdialEvents(std::uint64_t count) {
  std::vector<Event> events;
  for (std::uint64_t i = 1; i <= count; ++i) events.push_back(OutdialEvent(i));
  return events;
}

struct PublisherFixture {
  // Of the shared broker.
  void Connect() { Connect(vhost.emplace().address(), absl::Seconds(60)); }

  void Connect(const std::string& address, absl::Duration confirm_timeout) {
    publisher.emplace(
        rabbitmq::EventPublisherSettings{.address = rabbitmq::ParseAddress(address).value(),
                                         .confirm_timeout = confirm_timeout},
        metrics);
  }

  std::optional<TestVhost> vhost;
  metrics::Metrics metrics;
  std::optional<rabbitmq::EventPublisher> publisher;
};

TEST_CASE_METHOD(PublisherFixture, "a publisher counts what it publishes") {
  Connect();
  CHECK(publisher->Publish({}).ok());
  CHECK(publisher->stats().connections == 0);

  CHECK(publisher->Publish(OutdialEvents(3)).ok());
  rabbitmq::EventPublisherStats stats = publisher->stats();
  CHECK(stats.connections == 1);
  CHECK(stats.events == 3);
  CHECK(stats.webhooks == 0);
  CHECK(stats.webhooks_dropped == 3);

  AmqpClient client(vhost->address());
  client.DeclareQueue(kWebhookQueue, /*durable=*/true);
  CHECK(publisher->Publish(OutdialEvents(500)).ok());
  stats = publisher->stats();
  CHECK(stats.connections == 1);
  CHECK(stats.events == 503);
  CHECK(stats.webhooks == 500);
  CHECK(stats.webhooks_dropped == 3);
  CHECK(client.QueueSize(kWebhookQueue) == 500);
  CHECK(metrics.Expose().find(R"(outdial_manager_notify_total{type="outdial_created"} 503)") !=
        std::string::npos);
}

TEST_CASE_METHOD(PublisherFixture, "a message that the broker refuses is an error") {
  Connect();
  AmqpClient client(vhost->address());
  client.DeclareExchange(kEventExchange, "fanout");
  REQUIRE(AskRabbitmqManagement(
              std::stoi(std::getenv(kRabbitmqManagementPortVariable)), "PUT",
              "/api/queues/" + vhost->name() + "/full",
              R"({"durable":true,"arguments":{"x-max-length":5,"x-overflow":"reject-publish"}})")
              .status_code == 201);
  client.Bind("full", kEventExchange);
  CHECK(publisher->Publish(OutdialEvents(5)).ok());
  CHECK(absl::IsUnavailable(publisher->Publish(OutdialEvents(1))));
  CHECK(publisher->stats().events == 5);
  // There is room again.
  client.Consume("full", AmqpClient::Acknowledgement::kAutomatic);
  for (int i = 0; i < 5; ++i) CHECK(client.Receive().has_value());
  CHECK(publisher->Publish(OutdialEvents(1)).ok());
}

TEST_CASE_METHOD(PublisherFixture, "a broker that comes back is found by the next call") {
  RabbitmqServer broker;
  Connect(broker.address(), absl::Seconds(60));
  CHECK(absl::IsUnavailable(publisher->Publish(OutdialEvents(1))));
  broker.Start();
  CHECK(publisher->Publish(OutdialEvents(1)).ok());
  broker.Stop();
  broker.Start();
  CHECK(publisher->Publish(OutdialEvents(1)).ok());
  CHECK(publisher->stats().connections == 2);

  // One that does not answer is waited for, but not for ever.
  Connect(broker.address(), absl::Milliseconds(200));
  CHECK(publisher->Publish(OutdialEvents(1)).ok());
  broker.Freeze();
  CHECK(absl::IsUnavailable(publisher->Publish(OutdialEvents(1))));
  CHECK(absl::IsUnavailable(publisher->Publish(OutdialEvents(1))));
  broker.Thaw();
  CHECK(Eventually([&] { return publisher->Publish(OutdialEvents(1)).ok(); }));
}

TEST_CASE_METHOD(PublisherFixture,
                 "a broker that is short of memory is waited for on its connection") {
  RabbitmqServer broker({"vm_memory_high_watermark.absolute = 1"});
  broker.Start();
  Connect(broker.address(), absl::Milliseconds(500));
  for (int i = 0; i < 3; ++i) {
    const absl::Status status = publisher->Publish(OutdialEvents(1));
    CHECK(absl::IsUnavailable(status));
    if (i > 0) CHECK(status.message() == "the broker takes no messages");
  }
  CHECK(publisher->stats().connections == 1);
}

}  // namespace
}  // namespace outdial::test
