// A daemon that dies between the commit of a change and the acknowledgement of its request: the
// request is delivered again, has one effect, and gets the same answer.
#include <signal.h>

#include <chrono>
#include <cstddef>
#include <functional>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "absl/time/time.h"
#include "fixture.h"
#include "interceptor.h"
#include "outdial/rabbitmq/address.h"
#include "outdial/rabbitmq/consumer.h"
#include "outdial/router/router.h"
#include "support/catch.h"

namespace outdial::test {
namespace {

// What a request to an operation speaks of.
struct Subject {
  std::string uri;
  Json body;
};

// Prepares the database for one request to each changing operation.
using Prepare = std::function<Subject(LocalApi&)>;

const Json kParty = {{"destination_0", {{"type", "tel"}, {"target", "+15551230001"}}}};

std::string TargetInHand(LocalApi& api) {
  const std::string target = api.MakeTarget(api.MakeOutdial());
  api.Ask("POST", "/v1/outdialtargets/" + target + "/progressing", Json::object());
  return target;
}

const std::map<std::string, Prepare>& Preparations() {
  static const auto& preparations = *new std::map<std::string, Prepare>{
      {"POST /v1/outdials",
       [](LocalApi&) {
         return Subject{"/v1/outdials", {{"name", "new"}}};
       }},
      {"PUT /v1/outdials/{id}",
       [](LocalApi& api) {
         return Subject{"/v1/outdials/" + api.MakeOutdial(), {{"name", "changed"}}};
       }},
      {"DELETE /v1/outdials/{id}",
       [](LocalApi& api) {
         return Subject{"/v1/outdials/" + api.MakeOutdial(), nullptr};
       }},
      {"PUT /v1/outdials/{id}/campaign_id",
       [](LocalApi& api) {
         return Subject{"/v1/outdials/" + api.MakeOutdial() + "/campaign_id",
                        {{"campaign_id", kUnknownId}}};
       }},
      {"PUT /v1/outdials/{id}/data",
       [](LocalApi& api) {
         return Subject{"/v1/outdials/" + api.MakeOutdial() + "/data", {{"data", "changed"}}};
       }},
      {"POST /v1/outdials/{id}/targets",
       [](LocalApi& api) {
         return Subject{"/v1/outdials/" + api.MakeOutdial() + "/targets", kParty};
       }},
      {"POST /v1/outdials/{id}/targets/import",
       [](LocalApi& api) {
         return Subject{"/v1/outdials/" + api.MakeOutdial() + "/targets/import",
                        {{"targets", {kParty, kParty}}, {"on_duplicate", "allow"}}};
       }},
      {"POST /v1/outdials/{id}/claim",
       [](LocalApi& api) {
         const std::string outdial = api.MakeOutdial();
         for (int i = 0; i < 3; ++i) api.MakeTarget(outdial);
         return Subject{"/v1/outdials/" + outdial + "/claim", {{"try_count_0", 1}}};
       }},
      {"DELETE /v1/outdialtargets/{id}",
       [](LocalApi& api) {
         return Subject{"/v1/outdialtargets/" + api.MakeTarget(api.MakeOutdial()), nullptr};
       }},
      {"POST /v1/outdialtargets/{id}/progressing",
       [](LocalApi& api) {
         return Subject{"/v1/outdialtargets/" + api.MakeTarget(api.MakeOutdial()) + "/progressing",
                        {{"destination_index", 0}}};
       }},
      {"POST /v1/outdialtargets/{id}/renew",
       [](LocalApi& api) {
         return Subject{"/v1/outdialtargets/" + TargetInHand(api) + "/renew",
                        {{"lease_seconds", 600}}};
       }},
      {"PUT /v1/outdialtargets/{id}/status",
       [](LocalApi& api) {
         return Subject{"/v1/outdialtargets/" + TargetInHand(api) + "/status",
                        {{"status", "idle"}}};
       }},
      {"PUT /v1/outdialtargetcalls/{id}", [](LocalApi& api) {
         const std::string target = TargetInHand(api);
         const Json calls = api.Ask("GET", "/v1/outdialtargets/" + target + "/calls");
         return Subject{"/v1/outdialtargetcalls/" + calls[0]["id"].get<std::string>(),
                        {{"reference_type", "call"}, {"reference_id", kUnknownId}}};
       }}};
  return preparations;
}

TEST_CASE("the table of redelivered requests has every changing operation") {
  std::set<std::string> expected;
  for (const router::Router::Operation& operation : router::Router::Operations()) {
    // By its method alone the consumer tells which requests to journal.
    CHECK(operation.changes == (operation.method != "GET"));
    if (!operation.changes) continue;
    expected.insert(std::string(operation.method) + " " + std::string(operation.pattern));
  }
  std::set<std::string> prepared;
  for (const auto& [name, prepare] : Preparations()) prepared.insert(name);
  CHECK(prepared == expected);
}

void CheckRedelivery(const std::string& name, const Prepare& prepare, Interceptor::From point) {
  BrokerFixture fixture;
  Interceptor interceptor(fixture.vhost.port());
  LocalApi local(fixture.path);
  const Subject subject = prepare(local);
  RpcClient rpc(fixture.vhost.address());
  auto daemon = fixture.StartDaemon({"--workers", "2"}, interceptor.AddressIn(fixture.vhost));
  INFO(name);

  const std::string before = local.Snapshot();
  interceptor.CutOff(point);
  const std::string method = name.substr(0, name.find(' '));
  rpc.Send(MakeEnvelope(method, subject.uri, subject.body.is_null() ? "" : subject.body.dump()));
  REQUIRE(interceptor.WaitUntilCutOff());
  std::string first;
  if (point == Interceptor::From::kAcknowledgement) {
    const auto reply = rpc.Receive();
    REQUIRE(reply.has_value());
    first = reply->message.body;
  }
  daemon->process().Signal(SIGKILL);
  REQUIRE(daemon->process().WaitForExit() == 128 + SIGKILL);
  const std::string committed = local.Snapshot();
  // A lease is not to be seen from outside.
  if (name != "POST /v1/outdialtargets/{id}/renew") CHECK(committed != before);
  interceptor.EndConnections();
  REQUIRE(Eventually([&] { return rpc.client().QueueSize(kRequestQueue) == 1; }));

  daemon = fixture.StartDaemon();
  const auto reply = rpc.Receive();
  REQUIRE(reply.has_value());
  CHECK(Json::parse(reply->message.body)["status_code"] == 200);
  if (point == Interceptor::From::kAcknowledgement) {
    CHECK(reply->message.body == first);
  } else {
    CHECK(interceptor.kept().find(reply->message.body) != std::string::npos);
  }
  CHECK(local.Snapshot() == committed);
  CHECK(daemon->Stop() == 0);
  CHECK(rpc.client().QueueSize(kRequestQueue) == 0);
  CHECK_FALSE(rpc.Receive(std::chrono::milliseconds(0)).has_value());
}

TEST_CASE("a daemon that dies before its reply: the request has one effect and gets its answer") {
  for (const auto& [name, prepare] : Preparations()) {
    CheckRedelivery(name, prepare, Interceptor::From::kReply);
  }
}

TEST_CASE("a daemon that dies before its acknowledgement: both answers are the same") {
  for (const auto& [name, prepare] : Preparations()) {
    CheckRedelivery(name, prepare, Interceptor::From::kAcknowledgement);
  }
}

TEST_CASE("a connection that breaks before the reply: the living daemon answers again") {
  BrokerFixture fixture;
  Interceptor interceptor(fixture.vhost.port());
  RpcClient rpc(fixture.vhost.address());
  const auto daemon = fixture.StartDaemon({}, interceptor.AddressIn(fixture.vhost));
  interceptor.CutOff(Interceptor::From::kReply);
  rpc.Send(MakeEnvelope("POST", "/v1/outdials", R"({"name":"once"})"));
  REQUIRE(interceptor.WaitUntilCutOff());
  interceptor.EndConnections();
  const auto reply = rpc.Receive();
  REQUIRE(reply.has_value());
  CHECK(interceptor.kept().find(reply->message.body) != std::string::npos);
  CHECK(LocalApi(fixture.path).Ask("GET", "/v1/outdials").size() == 1);
  CHECK(daemon->Stop() == 0);
}

// A consumer on a virtual host of its own, and one that goes through an interceptor. What can be
// removed from the journal is removed when they end.
struct JournalFixture : ConsumerFixture {
  std::unique_ptr<rabbitmq::Consumer> StartOn(const std::string& address,
                                              absl::Duration removal_delay = {}) {
    return Start({.address = rabbitmq::ParseAddress(address).value(),
                  .workers = 1,
                  .removal_delay = removal_delay});
  }

  std::string Answer() {
    const auto reply = rpc.Receive();
    REQUIRE(reply.has_value());
    return reply->message.body;
  }

  TestVhost vhost;
  Interceptor interceptor{vhost.port()};
  RpcClient rpc{vhost.address()};
};

TEST_CASE_METHOD(JournalFixture,
                 "an acknowledgement that the broker never got: the journal entry stays") {
  auto consumer = StartOn(interceptor.AddressIn(vhost));
  interceptor.CutOff(Interceptor::From::kAcknowledgement);
  rpc.Send(MakeEnvelope("POST", "/v1/outdials", R"({"name":"once"})"));
  const std::string first = Answer();
  // The consumer has asked the broker whether it knows of the acknowledgement, by a basic.qos.
  const std::string question("\x00\x3c\x00\x0a", 4);
  REQUIRE(Eventually([&] { return interceptor.kept().find(question) != std::string::npos; }));
  consumer->Stop();
  interceptor.EndConnections();
  consumer = StartOn(vhost.address());
  CHECK(Answer() == first);
  CHECK(CountOutdials() == 1);
}

TEST_CASE("a first delivery has its effect beside the entry of a request that looks alike") {
  BrokerFixture fixture;
  Interceptor interceptor(fixture.vhost.port());
  RpcClient rpc(fixture.vhost.address());
  rpc.client().DeclareQueue(kRequestQueue, /*durable=*/true);
  const std::string request = MakeEnvelope("POST", "/v1/outdials", R"({"name":"again"})");
  const auto answer = [&] {
    const auto reply = rpc.Receive();
    REQUIRE(reply.has_value());
    CHECK(Json::parse(reply->message.body)["status_code"] == 200);
    return reply->message.body;
  };

  // Somebody dies with the first one in hand, and without having done anything.
  rpc.Send(request);
  {
    AmqpClient dying(fixture.vhost.address());
    dying.Consume(kRequestQueue, AmqpClient::Acknowledgement::kManual);
    REQUIRE(dying.Receive().has_value());
    dying.Break();
  }
  REQUIRE(Eventually([&] { return rpc.client().QueueSize(kRequestQueue) == 1; }));
  auto daemon = fixture.StartDaemon({"--workers", "1"}, interceptor.AddressIn(fixture.vhost));
  std::set<std::string> answers = {answer()};

  // Its entry stays. The next ones come two at a time.
  for (int i = 0; i < 5; ++i) rpc.Send(request);
  for (int i = 0; i < 5; ++i) answers.insert(answer());
  CHECK(answers.size() == 6);
  CHECK(LocalApi(fixture.path).Ask("GET", "/v1/outdials").size() == 6);

  // They are protected against being delivered again.
  interceptor.CutOff(Interceptor::From::kAcknowledgement);
  rpc.Send(request);
  const std::string last = answer();
  CHECK(answers.count(last) == 0);
  REQUIRE(interceptor.WaitUntilCutOff());
  daemon->process().Signal(SIGKILL);
  REQUIRE(daemon->process().WaitForExit() == 128 + SIGKILL);
  interceptor.EndConnections();
  daemon = fixture.StartDaemon();
  CHECK(answer() == last);
  CHECK(LocalApi(fixture.path).Ask("GET", "/v1/outdials").size() == 7);
  CHECK(daemon->Stop() == 0);
  CHECK(rpc.client().QueueSize(kRequestQueue) == 0);
}

TEST_CASE_METHOD(
    JournalFixture,
    "of two requests that look alike, one acknowledgement leaves the other its entry") {
  const std::string request = MakeEnvelope("POST", "/v1/outdials", R"({"name":"alike"})");
  // Consumers take turns: the first request is one's, the second one the other's, whose
  // acknowledgement the broker does not get.
  const auto first = StartOn(vhost.address());
  auto second = StartOn(interceptor.AddressIn(vhost));
  interceptor.CutOff(Interceptor::From::kAcknowledgement);
  rpc.Send(request);
  rpc.Send(request);
  const std::set<std::string> answers = {Answer(), Answer()};
  CHECK(answers.size() == 2);
  REQUIRE(interceptor.WaitUntilCutOff());
  first->Stop();
  second->Stop();
  interceptor.EndConnections();
  second = StartOn(vhost.address());
  CHECK(answers.count(Answer()) == 1);
  CHECK(CountOutdials() == 2);
}

TEST_CASE_METHOD(DaemonFixture, "a request that is sent twice on one queue has one effect") {
  const std::string request = MakeEnvelope("POST", "/v1/outdials", R"({"name":"twice"})");
  rpc.Send(request, "7");
  const auto first = rpc.Receive();
  rpc.Send(request, "8");
  const auto other = rpc.Receive();
  REQUIRE(first.has_value());
  REQUIRE(other.has_value());
  CHECK(first->message.body != other->message.body);
  CHECK(LocalApi(path).Ask("GET", "/v1/outdials").size() == 2);
}

TEST_CASE_METHOD(JournalFixture, "a journal entry goes some time after the acknowledgement") {
  constexpr absl::Duration kDelay = absl::Seconds(3);
  const auto start = std::chrono::steady_clock::now();
  const auto consumer = StartOn(vhost.address(), kDelay);
  rpc.Send(MakeEnvelope("POST", "/v1/outdials", "{}"));
  Answer();
  CHECK(Eventually([&] { return consumer->stats().journal_removed == 1; }));
  CHECK(std::chrono::steady_clock::now() - start >= absl::ToChronoNanoseconds(kDelay));
}

TEST_CASE_METHOD(JournalFixture, "a connection that ends leaves the entries of its last requests") {
  const auto consumer = StartOn(interceptor.AddressIn(vhost), absl::Hours(1));
  rpc.Send(MakeEnvelope("POST", "/v1/outdials", "{}"));
  Answer();
  SECTION("in order") { consumer->Stop(); }
  SECTION("otherwise") {
    interceptor.EndConnections();
    CHECK(Eventually([&] { return consumer->stats().journal_left == 1; }));
  }
  CHECK(consumer->stats().journal_left == 1);
  CHECK(consumer->stats().journal_removed == 0);
}

TEST_CASE_METHOD(ConsumerFixture, "a broker that dies before it has stored acknowledgements") {
  constexpr std::size_t kRequests = 3000;
  RabbitmqServer broker;
  broker.Start();
  {
    // The broker stores them before it confirms the last one.
    RpcClient rpc(broker.address());
    AmqpClient sender(broker.address());
    sender.DeclareQueue(kRequestQueue, /*durable=*/true);
    for (std::size_t i = 1; i <= kRequests; ++i) {
      const AmqpMessage request{.body = MakeEnvelope("POST", "/v1/outdials", "{}"),
                                .reply_to = rpc.reply_to(),
                                .correlation_id = std::to_string(i),
                                .delivery_mode = 2};
      i < kRequests ? sender.Publish({}, kRequestQueue, request)
                    : sender.PublishConfirmed({}, kRequestQueue, request);
    }
    const rabbitmq::Address address = rabbitmq::ParseAddress(broker.address()).value();
    const auto consumer = Start({.address = address, .workers = 4});
    for (std::size_t i = 0; i < kRequests; ++i) REQUIRE(rpc.Receive().has_value());
    broker.Kill();
    broker.Start();
    REQUIRE(Eventually([&] { return consumer->stats().reconnects >= 4; }));
    RpcClient behind(broker.address());
    REQUIRE(Eventually([&] { return behind.client().QueueSize(kRequestQueue) == 0; }));
    consumer->Stop();
    // It gave back what workers had been handed and had not begun. One worker takes that in order,
    // up to a request that comes after all others.
    const auto last = Start({.address = address, .workers = 1});
    behind.Send(MakeEnvelope("GET", "/v1/outdials", "{}"));
    REQUIRE(behind.Receive().has_value());
    last->Stop();
    WARN("redelivered " << consumer->stats().redelivered + last->stats().redelivered);
  }
  CHECK(CountOutdials() == kRequests);
}

}  // namespace
}  // namespace outdial::test
