// What the publisher does where the broker does not take everything at once.
#include <atomic>
#include <cstdlib>
#include <future>
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

// The changes of one outdial, which its names number from 0 on.
std::vector<Event> ChangesOfOne(int count) {
  std::vector<Event> events;
  for (int i = 0; i < count; ++i) {
    Outdial::Fields fields = contract::OutdialFields(1);
    fields.name = contract::NameOf(std::to_string(i));
    events.push_back({EventType::kOutdialUpdated, Outdial(fields)});
  }
  return events;
}

Event TargetEvent(std::uint64_t number, std::uint64_t outdial) {
  return {EventType::kOutdialTargetUpdated,
          OutdialTarget(contract::TargetFields(number, contract::IdOf<OutdialId>(outdial)))};
}

Event ImportEvent(std::uint64_t outdial) {
  return {EventType::kOutdialTargetsImported,
          TargetsImported{.outdial_id = contract::IdOf<OutdialId>(outdial)}};
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

  // A queue for events that refuses those that it has no room for.
  void DeclareLimitedQueue(AmqpClient& client, const std::string& name, int length) {
    client.DeclareExchange(kEventExchange, "fanout");
    REQUIRE(AskRabbitmqManagement(std::stoi(std::getenv(kRabbitmqManagementPortVariable)), "PUT",
                                  "/api/queues/" + vhost->name() + "/" + name,
                                  R"({"durable":true,"arguments":{"x-max-length":)" +
                                      std::to_string(length) +
                                      R"(,"x-overflow":"reject-publish"}})")
                .status_code == 201);
    client.Bind(name, kEventExchange);
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
  DeclareLimitedQueue(client, "full", 5);
  CHECK(publisher->Publish(OutdialEvents(5)).ok());
  CHECK(absl::IsUnavailable(publisher->Publish(OutdialEvents(1))));
  CHECK(publisher->stats().events == 5);
  // There is room again.
  client.Consume("full", AmqpClient::Acknowledgement::kAutomatic);
  for (int i = 0; i < 5; ++i) CHECK(client.Receive().has_value());
  CHECK(publisher->Publish(OutdialEvents(1)).ok());
}

TEST_CASE_METHOD(PublisherFixture,
                 "an entity's events appear in order, also where the broker refuses some") {
  constexpr int kChanges = 30;
  constexpr int kRoom = 10;
  Connect();
  AmqpClient client(vhost->address());
  DeclareLimitedQueue(client, "narrow", kRoom);
  REQUIRE(publisher->Publish(OutdialEvents(kRoom)).ok());
  std::atomic<int> refusals = 0;
  std::atomic<bool> given_up = false;
  auto published = std::async(std::launch::async, [&] {
    const std::vector<Event> changes = ChangesOfOne(kChanges);
    while (!given_up && !publisher->Publish(changes).ok()) ++refusals;
  });
  REQUIRE(Eventually([&] { return refusals > 0; }));
  // Room comes little by little, while it is tried again and again.
  client.Consume("narrow", AmqpClient::Acknowledgement::kManual, /*prefetch=*/1);
  int next = 0;
  bool in_order = true;
  while (next < kChanges && in_order) {
    const std::optional<AmqpDelivery> delivery = client.Receive();
    if (!delivery.has_value()) break;
    client.Acknowledge(*delivery);
    const Json event = Json::parse(delivery->message.body);
    if (event["type"] != "outdial_updated") continue;
    const int change = std::stoi(event["data"]["name"].get<std::string>());
    in_order = change <= next;
    if (change == next) ++next;
  }
  given_up = true;
  published.get();
  CHECK(in_order);
  CHECK(next == kChanges);
}

TEST_CASE_METHOD(PublisherFixture, "only events of the same entity wait for each other") {
  Connect();
  const auto rounds_of = [&](const std::vector<Event>& events) {
    const std::uint64_t before = publisher->stats().rounds;
    CHECK(publisher->Publish(events).ok());
    return publisher->stats().rounds - before;
  };
  CHECK(rounds_of(OutdialEvents(500)) == 1);
  CHECK(rounds_of(ChangesOfOne(3)) == 3);
  CHECK(rounds_of({TargetEvent(1, 9), OutdialEvent(9), TargetEvent(2, 9), TargetEvent(1, 9)}) == 2);
  // A target may be one of those that were imported, of which nothing else was said.
  CHECK(rounds_of({TargetEvent(1, 9), ImportEvent(9), TargetEvent(2, 9), TargetEvent(3, 8)}) == 2);
  CHECK(rounds_of({ImportEvent(9), ImportEvent(8), TargetEvent(1, 9), TargetEvent(1, 9)}) == 3);
}

TEST_CASE_METHOD(PublisherFixture, "the rounds of a call have one time limit together") {
  // Half a second is enough for each of them, and not for all.
  Connect(vhost.emplace().address(), absl::Milliseconds(500));
  REQUIRE(Eventually([&] { return publisher->Publish(OutdialEvents(1)).ok(); }));
  CHECK(absl::IsUnavailable(publisher->Publish(ChangesOfOne(20'000))));
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
