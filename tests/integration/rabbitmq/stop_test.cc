// How a consumer ends with requests in hand, and what it does with those that cannot be carried
// out.
#include <signal.h>

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <future>
#include <memory>
#include <mutex>
#include <set>
#include <string>

#include "absl/time/time.h"
#include "fixture.h"
#include "outdial/memory/call_hook.h"
#include "outdial/memory/failure_injector.h"
#include "outdial/rabbitmq/address.h"
#include "outdial/rabbitmq/consumer.h"
#include "support/catch.h"

namespace outdial::test {
namespace {

// Holds the first change before its transaction, until it is released. Where it is told to, makes
// the removal of journal entries, or every change, fail.
class FirstChangeHolder final : public memory::CallHook {
 public:
  std::atomic<bool> fails_removal = false;
  std::atomic<bool> fails_changes = false;

  absl::Status Before(memory::Call call) override {
    if (call == memory::Call::kJournalRemove && fails_removal) {
      return memory::Failure::DefaultStatus();
    }
    if (call != memory::Call::kDatabaseWrite) return absl::OkStatus();
    if (fails_changes) return memory::Failure::DefaultStatus();
    std::unique_lock lock(mutex_);
    if (holds_ || released_) return absl::OkStatus();
    holds_ = true;
    changed_.notify_all();
    changed_.wait(lock, [this] { return released_; });
    return absl::OkStatus();
  }

  absl::Status After(memory::Call /*call*/) override { return absl::OkStatus(); }

  bool WaitUntilHeld() {
    std::unique_lock lock(mutex_);
    return changed_.wait_for(lock, kPatience, [this] { return holds_; });
  }

  void Release() {
    const std::lock_guard lock(mutex_);
    released_ = true;
    changed_.notify_all();
  }

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  bool holds_ = false;
  bool released_ = false;
};

struct Holder {
  FirstChangeHolder holder;
};

struct StopFixture : Holder, ConsumerFixture {
  StopFixture() : ConsumerFixture(&holder) {}
  ~StopFixture() { holder.Release(); }

  std::unique_ptr<rabbitmq::Consumer> Start(std::size_t workers, absl::Duration stop_timeout) {
    auto consumer =
        ConsumerFixture::Start({.address = rabbitmq::ParseAddress(vhost.address()).value(),
                                .workers = workers,
                                .stop_timeout = stop_timeout,
                                .removal_delay = absl::ZeroDuration()});
    CHECK(consumer->CheckConnected().ok());
    return consumer;
  }

  // One that nobody waits for.
  void PostCreation() {
    if (rpc == nullptr) rpc = std::make_unique<RpcClient>(vhost.address());
    rpc->client().Publish("", kRequestQueue, {.body = MakeEnvelope("POST", "/v1/outdials", "{}")});
  }

  void SendCreation(const std::string& name) {
    if (rpc == nullptr) rpc = std::make_unique<RpcClient>(vhost.address());
    rpc->Send(MakeEnvelope("POST", "/v1/outdials", R"({"name":")" + name + "\"}"), name);
  }

  TestVhost vhost;
  std::unique_ptr<RpcClient> rpc;
};

TEST_CASE_METHOD(StopFixture, "a request in hand is finished and answered") {
  const auto consumer = Start(2, absl::Seconds(60));
  SendCreation("held");
  REQUIRE(holder.WaitUntilHeld());
  CHECK(consumer->stats().requests_in_hand == 1);
  auto stopped = std::async(std::launch::async, [&] { consumer->Stop(); });
  // The worker with nothing to do has gone.
  REQUIRE(Eventually([&] { return consumer->stats().connections == 1; }));
  SendCreation("too late");
  holder.Release();
  stopped.get();
  const auto reply = rpc->Receive();
  REQUIRE(reply.has_value());
  CHECK(reply->message.correlation_id == "held");
  CHECK(Json::parse(reply->message.body)["status_code"] == 200);
  CHECK(CountOutdials() == 1);
  CHECK(Eventually([&] { return rpc->client().QueueSize(kRequestQueue) == 1; }));
  CHECK(consumer->stats().requests_in_hand == 0);
  CHECK(consumer->stats().requests == 1);
  CHECK(consumer->stats().replies == 1);
  // The entry of the journal went with the acknowledgement.
  CHECK(consumer->stats().journal_removed == 1);
  CHECK_FALSE(consumer->CheckConnected().ok());
}

TEST_CASE_METHOD(StopFixture,
                 "what is not finished in time, and what is not begun, goes to others") {
  const auto consumer = Start(1, absl::ZeroDuration());
  SendCreation("held");
  REQUIRE(holder.WaitUntilHeld());
  SendCreation("next");
  REQUIRE(Eventually([&] { return rpc->client().QueueSize(kRequestQueue) == 0; }));
  auto stopped = std::async(std::launch::async, [&] { consumer->Stop(); });
  REQUIRE(Eventually([&] { return rpc->client().QueueSize(kRequestQueue) == 2; }));

  // Another one carries out what the first is still about to.
  const auto other = Start(1, absl::Seconds(60));
  std::multiset<std::string> answered;
  for (int i = 0; i < 2; ++i) {
    const auto reply = rpc->Receive();
    REQUIRE(reply.has_value());
    CHECK(Json::parse(reply->message.body)["status_code"] == 200);
    answered.insert(reply->message.correlation_id);
  }
  CHECK(answered == std::multiset<std::string>{"held", "next"});
  other->Stop();
  CHECK(other->stats().redelivered == 2);
  CHECK(other->stats().journal_removed == 0);

  holder.Release();
  stopped.get();
  CHECK(CountOutdials() == 2);
  CHECK(rpc->client().QueueSize(kRequestQueue) == 0);
}

TEST_CASE_METHOD(StopFixture, "journal entries that cannot be removed are left") {
  holder.Release();
  holder.fails_removal = true;
  const auto consumer = Start(1, absl::Seconds(60));
  SendCreation("a");
  CHECK(rpc->Receive().has_value());
  consumer->Stop();
  CHECK(consumer->stats().journal_removed == 0);
  CHECK(consumer->stats().journal_left == 1);
}

TEST_CASE_METHOD(StopFixture,
                 "a change that nobody waits for is not lost where the database is away") {
  holder.Release();
  holder.fails_changes = true;
  const auto start = std::chrono::steady_clock::now();
  auto consumer = Start(1, absl::Seconds(60));
  PostCreation();
  REQUIRE(Eventually([&] { return consumer->stats().requests == 1; }));
  // Who waits for an answer gets it at once.
  SendCreation("waiting");
  const auto reply = rpc->Receive();
  REQUIRE(reply.has_value());
  CHECK(Json::parse(reply->message.body)["status_code"] == 503);
  REQUIRE(Eventually([&] { return consumer->stats().redelivered >= 2; }));
  // Once a second, and the one with an answer.
  const auto attempts = consumer->stats().requests;
  const auto passed = std::chrono::steady_clock::now() - start;
  CHECK(std::chrono::seconds(attempts - 2) <= passed);
  CHECK(CountOutdials() == 0);

  SECTION("it is made when the database is back") {
    holder.fails_changes = false;
    CHECK(Eventually([&] { return CountOutdials() == 1; }));
  }
  SECTION("nor where the consumer stops meanwhile") {
    consumer->Stop();
    CHECK(Eventually([&] { return rpc->client().QueueSize(kRequestQueue) == 1; }));
    holder.fails_changes = false;
    consumer = Start(1, absl::Seconds(60));
    CHECK(Eventually([&] { return CountOutdials() == 1; }));
  }
  consumer->Stop();
  CHECK(CountOutdials() == 1);
  CHECK(rpc->client().QueueSize(kRequestQueue) == 0);
  CHECK_FALSE(rpc->Receive(std::chrono::milliseconds(0)).has_value());
}

TEST_CASE_METHOD(StopFixture, "a consumer stops twice, and without having started") {
  rabbitmq::Consumer consumer({.address = rabbitmq::ParseAddress(vhost.address()).value()}, router,
                              services.journal);
  CHECK_FALSE(consumer.CheckConnected().ok());
  consumer.Stop();
  const auto started = Start(1, absl::Seconds(60));
  started->Stop();
  started->Stop();
}

TEST_CASE_METHOD(BrokerFixture, "a daemon that is stopped under load loses and repeats nothing") {
  RpcClient rpc(vhost.address());
  const int kRequests = 2000;
  auto daemon = StartDaemon();
  for (int i = 0; i < kRequests; ++i) {
    rpc.Send(MakeEnvelope("POST", "/v1/outdials", R"({"name":"loaded"})"), std::to_string(i));
  }
  std::multiset<int> answered;
  const auto receive = [&](int count) {
    for (int i = 0; i < count; ++i) {
      const auto reply = rpc.Receive();
      REQUIRE(reply.has_value());
      CHECK(Json::parse(reply->message.body)["status_code"] == 200);
      answered.insert(std::stoi(reply->message.correlation_id));
    }
  };
  receive(100);
  CHECK(daemon->Stop() == 0);
  daemon = StartDaemon();
  receive(kRequests - 100);
  CHECK(std::set<int>(answered.begin(), answered.end()).size() == kRequests);
  CHECK(daemon->Stop() == 0);
  CHECK_FALSE(rpc.Receive(std::chrono::milliseconds(0)).has_value());

  LocalApi local(path);
  std::size_t created = 0;
  for (std::string page = "";;) {
    const Json list = local.Ask("GET", "/v1/outdials?page_size=1000&page_token=" + page);
    if (list.empty()) break;
    created += list.size();
    page = list.back()["tm_create"];
  }
  CHECK(created == kRequests);
}

}  // namespace
}  // namespace outdial::test
