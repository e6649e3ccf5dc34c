// A broker that is away, goes, and comes back.
#include <signal.h>

#include <chrono>
#include <map>
#include <optional>
#include <set>
#include <stdexcept>
#include <string>
#include <thread>

#include "fixture.h"
#include "support/catch.h"
#include "support/raw_http.h"

namespace outdial::test {
namespace {

constexpr char kSecret[] = "hush%2Fhush";

// A broker of its own.
struct OutageFixture {
  std::unique_ptr<DaemonProcess> StartDaemon(const std::string& address) {
    return std::make_unique<DaemonProcess>(
        kManager, "sqlite:" + path,
        std::vector<std::string>{"--rabbitmq_address", address, "--log_level", "debug"});
  }

  // Over HTTP.
  static int Create(const DaemonProcess& daemon, const std::string& name) {
    RawConnection connection(daemon.port());
    connection.Send(MakeRequest("POST", "/v1/outdials", R"({"name":")" + name + "\"}"));
    return connection.ReadAnswer().value().status_code;
  }

  RabbitmqServer broker;
  TemporaryDirectory directory;
  const std::string path = directory.Join("outdial.db");
};

TEST_CASE_METHOD(OutageFixture, "a daemon starts without its broker, and events wait for it") {
  const auto daemon = StartDaemon(broker.address());
  REQUIRE(daemon->process().WaitForError("Requests cannot be taken from the broker"));
  std::string readiness;
  CHECK_FALSE(IsReady(*daemon, &readiness));
  CHECK(readiness == R"({"status":"not ready","not_ready":["broker"]})");
  for (int i = 0; i < 5; ++i) CHECK(Create(*daemon, std::to_string(i)) == 200);

  broker.Start();
  AmqpClient listener(broker.address());
  listener.DeclareExchange(kEventExchange, "fanout");
  listener.DeclareQueue("events", /*durable=*/true);
  listener.Bind("events", kEventExchange);
  REQUIRE(WaitUntil([&] { return IsReady(*daemon); }));
  REQUIRE(daemon->process().WaitForError("Requests are taken from the broker again"));
  // Those that waited may have gone out before anybody listened.
  REQUIRE(daemon->process().WaitForError("Events are published again"));
  CHECK(Create(*daemon, "heard") == 200);
  listener.Consume("events", AmqpClient::Acknowledgement::kAutomatic);
  std::string last;
  while (last != "heard") {
    const auto event = listener.Receive();
    REQUIRE(event.has_value());
    last = Json::parse(event->message.body)["data"]["name"];
  }
  CHECK(daemon->Stop() == 0);
  const std::string log = daemon->process().error_output();
  INFO(log);
  CHECK(CountOf("Requests cannot be taken", log) == 1);
  CHECK(CountOf("Requests are taken", log) == 1);
  CHECK(CountOf("Events cannot be published", log) == 1);
  CHECK(CountOf("Events are published again", log) == 1);
}

TEST_CASE_METHOD(OutageFixture, "a broker that dies under load: what was answered is there once") {
  broker.Start();
  const auto daemon = StartDaemon(broker.address());
  REQUIRE(WaitUntil([&] { return IsReady(*daemon); }));
  {
    AmqpClient listener(broker.address());
    listener.DeclareExchange(kEventExchange, "fanout");
    listener.DeclareQueue("events", /*durable=*/true);
    listener.Bind("events", kEventExchange);
  }
  std::set<std::string> answered;
  int sent = 0;
  // Requests one after the other, each with a name of its own, until `done` says so.
  const auto load = [&](const std::function<bool()>& done) {
    while (!done()) {
      try {
        RpcClient rpc(broker.address());
        while (!done()) {
          const std::string name = "n" + std::to_string(sent++);
          const Json reply = Json::parse(
              rpc.Call(MakeEnvelope("POST", "/v1/outdials", R"({"name":")" + name + "\"}")));
          if (reply["status_code"] == 200) answered.insert(name);
        }
      } catch (const std::runtime_error&) {
        std::this_thread::sleep_for(std::chrono::milliseconds(10));
      }
    }
  };
  for (int round = 0; round < 2; ++round) {
    std::atomic<std::size_t> enough = answered.size() + 200;
    std::atomic<bool> back = false;
    std::atomic<bool> go = false;
    std::size_t target = 0;
    std::thread client([&] {
      load([&] {
        if (answered.size() >= enough) go = true;
        if (back && target == 0) target = answered.size() + 200;
        return target != 0 && answered.size() >= target;
      });
    });
    REQUIRE(WaitUntil([&] { return go.load(); }));
    if (round == 0) {
      broker.Kill();
    } else {
      broker.Stop();
    }
    REQUIRE(WaitUntil([&] { return !IsReady(*daemon); }));
    for (int i = 0; i < 5; ++i) {
      const std::string name = "r" + std::to_string(round) + "-" + std::to_string(i);
      CHECK(Create(*daemon, name) == 200);
      answered.insert(name);
    }
    broker.Start();
    back = true;
    client.join();
    REQUIRE(WaitUntil([&] { return IsReady(*daemon); }));
  }
  CHECK(daemon->Stop() == 0);

  std::map<std::string, int> created;
  LocalApi local(path);
  for (std::string page = "";;) {
    const Json list = local.Ask("GET", "/v1/outdials?page_size=1000&page_token=" + page);
    if (list.empty()) break;
    for (const Json& outdial : list) ++created[outdial["name"]];
    page = list.back()["tm_create"];
  }
  for (const auto& [name, count] : created) CHECK(count == 1);
  for (const std::string& name : answered) CHECK(created.contains(name));

  AmqpClient listener(broker.address());
  const std::uint32_t events = listener.QueueSize("events");
  std::set<std::string> announced;
  listener.Consume("events", AmqpClient::Acknowledgement::kAutomatic);
  for (std::uint32_t i = 0; i < events; ++i) {
    const auto event = listener.Receive();
    REQUIRE(event.has_value());
    announced.insert(Json::parse(event->message.body)["data"]["name"]);
  }
  for (const auto& [name, count] : created) CHECK(announced.contains(name));
  WARN("sent " << sent << ", answered " << answered.size() << ", created " << created.size()
               << ", events " << events);
  const std::string log = daemon->process().error_output();
  INFO(log);
  CHECK(CountOf("Requests cannot be taken", log) == 2);
  CHECK(CountOf("Requests are taken", log) == 2);
}

TEST_CASE_METHOD(OutageFixture, "no line of the log holds what the address does") {
  const std::string port = std::to_string(broker.port());
  const auto daemon =
      StartDaemon("amqp://somebody:" + std::string(kSecret) + "@localhost:" + port + "/some-vhost");
  REQUIRE(daemon->process().WaitForError("Requests cannot be taken from the broker"));
  broker.Start();
  // The user is nobody's: the broker refuses it.
  CHECK(Create(*daemon, "x") == 200);
  REQUIRE(daemon->process().WaitForError("Events cannot be published"));
  CHECK(daemon->Stop() == 0);
  const std::string log = daemon->process().error_output();
  INFO(log);
  for (const std::string part : {"hush", "somebody", "localhost", port.c_str(), "some-vhost"}) {
    CHECK(CountOf(part, log) == 0);
  }
}

}  // namespace
}  // namespace outdial::test
