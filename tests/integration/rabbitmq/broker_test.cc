// A broker that is away, goes, and comes back.
#include <signal.h>

#include <atomic>
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
    return AskOnce(daemon.port(),
                   MakeRequest("POST", "/v1/outdials", R"({"name":")" + name + "\"}"))
        .status_code;
  }

  RabbitmqServer broker;
  TemporaryDirectory directory;
  const std::string path = directory.Join("outdial.db");
};

// Creates outdials one after the other, each with a name of its own, on a thread; connects again
// where the broker has gone.
class Load {
 public:
  explicit Load(const std::string& address) : thread_([this, address] { Run(address); }) {}
  ~Load() { Stop(); }

  Load(const Load&) = delete;
  Load& operator=(const Load&) = delete;

  int sent() const { return sent_; }

  // Waits for so many answers more than there are now.
  bool WaitForMore(std::size_t count) {
    const std::size_t enough = answers_ + count;
    return Eventually([&] { return answers_ >= enough; });
  }

  // The names of those that were created.
  std::set<std::string> Stop() {
    stopping_ = true;
    if (thread_.joinable()) thread_.join();
    return answered_;
  }

 private:
  void Run(const std::string& address) {
    while (!stopping_) {
      try {
        RpcClient rpc(address);
        while (!stopping_) Create(rpc);
      } catch (const std::runtime_error&) {
        std::this_thread::sleep_for(std::chrono::milliseconds(10));
      }
    }
  }

  void Create(RpcClient& rpc) {
    const std::string name = "n" + std::to_string(sent_++);
    const Json reply =
        Json::parse(rpc.Call(MakeEnvelope("POST", "/v1/outdials", R"({"name":")" + name + "\"}")));
    if (reply["status_code"] != 200) return;
    answered_.insert(name);
    ++answers_;
  }

  std::atomic<bool> stopping_ = false;
  std::atomic<int> sent_ = 0;
  std::atomic<std::size_t> answers_ = 0;
  std::set<std::string> answered_;  // of the thread, until it has ended
  std::thread thread_;
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
  REQUIRE(Eventually([&] { return IsReady(*daemon); }));
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
  REQUIRE(Eventually([&] { return IsReady(*daemon); }));
  {
    AmqpClient listener(broker.address());
    listener.DeclareExchange(kEventExchange, "fanout");
    listener.DeclareQueue("events", /*durable=*/true);
    listener.Bind("events", kEventExchange);
  }
  Load load(broker.address());
  std::set<std::string> answered;
  for (int round = 0; round < 2; ++round) {
    REQUIRE(load.WaitForMore(200));
    if (round == 0) {
      broker.Kill();
    } else {
      broker.Stop();
    }
    REQUIRE(Eventually([&] { return !IsReady(*daemon); }));
    for (int i = 0; i < 5; ++i) {
      const std::string name = "r" + std::to_string(round) + "-" + std::to_string(i);
      CHECK(Create(*daemon, name) == 200);
      answered.insert(name);
    }
    broker.Start();
  }
  REQUIRE(load.WaitForMore(200));
  answered.merge(load.Stop());
  // The end of a daemon waits for its events for a limited time.
  REQUIRE(Eventually(
      [&] { return AmqpClient(broker.address()).QueueSize("events") >= answered.size(); }));
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
  WARN("sent " << load.sent() << ", answered " << answered.size() << ", created " << created.size()
               << ", events " << events);
  const std::string log = daemon->process().error_output();
  INFO(log);
  CHECK(CountOf("Requests cannot be taken", log) == 2);
  CHECK(CountOf("Requests are taken", log) == 2);
}

TEST_CASE("a reply that the broker does not take is tried again less and less often") {
  RabbitmqServer broker({"max_message_size = 50000"});
  broker.Start();
  TemporaryDirectory directory;
  const std::string path = directory.Join("outdial.db");
  LocalApi(path).Ask("POST", "/v1/outdials", {{"data", std::string(60'000, 'x')}});
  DaemonProcess daemon(
      kManager, "sqlite:" + path,
      {"--rabbitmq_address", broker.address(), "--log_level", "debug", "--workers", "1"});
  REQUIRE(Eventually([&] { return IsReady(daemon); }));
  RpcClient rpc(broker.address());
  const auto start = std::chrono::steady_clock::now();
  rpc.Send(MakeEnvelope("GET", "/v1/outdials"));
  REQUIRE(Eventually(
      [&] { return CountOf("406 PRECONDITION_FAILED", daemon.process().error_output()) >= 7; }));
  // The pauses between seven attempts, which double from half of a tenth of a second at least.
  CHECK(std::chrono::steady_clock::now() - start >= 63 * std::chrono::milliseconds(50));
  CHECK(daemon.Stop() == 0);
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
