// The daemon as a process: how it starts, stops, and dies.
#include <signal.h>

#include <atomic>
#include <chrono>
#include <cstdlib>
#include <optional>
#include <set>
#include <sstream>
#include <stdexcept>
#include <string>
#include <thread>

#include "api.h"
#include "support/catch.h"

namespace outdial::test {
namespace {

TEST_CASE_METHOD(DaemonFixture, "a signal ends the daemon in order") {
  const int signal = GENERATE(SIGTERM, SIGINT);
  daemon->process().Signal(signal);
  CHECK(daemon->process().WaitForExit() == 0);
  CHECK(daemon->process().error_output().find("\"message\":\"stopped\"") != std::string::npos);
  CHECK(daemon->process().output() == "");
}

TEST_CASE_METHOD(DaemonFixture, "idle connections do not delay the end") {
  RawConnection idle(daemon->port());
  idle.Send(MakeRequest("GET", "/healthz"));
  REQUIRE(idle.ReadAnswer().has_value());
  daemon->process().Signal(SIGTERM);
  CHECK(idle.ReadsEnd());
  CHECK(daemon->process().WaitForExit() == 0);
}

TEST_CASE_METHOD(DaemonFixture, "what is in hand is finished, and nothing more is taken") {
  RawConnection in_hand(daemon->port());
  const std::string request = MakeRequest("POST", "/v1/outdials", R"({"name":"last"})");
  const std::size_t half = request.size() - 5;
  in_hand.Send(MakeRequest("GET", "/healthz"));
  REQUIRE(in_hand.ReadAnswer().has_value());
  in_hand.Send(request.substr(0, half));
  // The daemon has read the half when it asks for more; another client's answer is no proof of
  // that, so send what it must react to.
  RawConnection waiting(daemon->port());
  waiting.Send("POST /v1/outdials HTTP/1.1\r\nExpect: 100-continue\r\nContent-Length: 2\r\n\r\n");
  REQUIRE(waiting.ReadUntil("100 Continue\r\n\r\n"));
  daemon->process().Signal(SIGTERM);
  // It listens no more once it stops.
  const auto refuses = [&] {
    try {
      RawConnection probe(daemon->port());
      return false;
    } catch (const std::runtime_error&) {
      return true;
    }
  };
  const auto deadline = std::chrono::steady_clock::now() + kPatience;
  while (!refuses()) REQUIRE(std::chrono::steady_clock::now() < deadline);

  waiting.Send("{}");
  const auto answer = waiting.ReadAnswer();
  REQUIRE(answer.has_value());
  CHECK(answer->status_code == 200);
  CHECK(answer->headers.at("connection") == "close");
  in_hand.Send(request.substr(half));
  // Where the daemon had not read its half, it is told to go elsewhere, and so never that it is
  // malformed.
  if (const auto last = in_hand.ReadAnswer(); last.has_value() && last->status_code != 200) {
    CHECK(ReasonOf(*last) == "SERVICE_STOPPING");
  }
  CHECK(daemon->process().WaitForExit() == 0);
}

TEST_CASE("a second signal ends the daemon at once") {
  // An end at once joins no thread, which is all that the thread sanitizer may not say.
  const char* options = std::getenv("TSAN_OPTIONS");
  const Process::Environment environment = {
      {"TSAN_OPTIONS", std::string(options == nullptr ? "" : options) + " report_thread_leaks=0"}};
  DaemonProcess daemon(kManager, "sqlite::memory:", {}, environment);
  // A request that never ends keeps the first one from being enough.
  RawConnection unfinished(daemon.port());
  unfinished.Send(
      "POST /v1/outdials HTTP/1.1\r\nExpect: 100-continue\r\nContent-Length: 2\r\n\r\n");
  REQUIRE(unfinished.ReadUntil("100 Continue\r\n\r\n"));
  daemon.process().Signal(SIGTERM);
  std::optional<int> exit_code;
  const auto deadline = std::chrono::steady_clock::now() + kPatience;
  while (!exit_code.has_value() && std::chrono::steady_clock::now() < deadline) {
    daemon.process().Signal(SIGINT);
    exit_code = daemon.process().WaitForExit(std::chrono::milliseconds(20));
  }
  REQUIRE(exit_code.has_value());
  CAPTURE(*exit_code, daemon.process().error_output());
  // Of two that wait at the same time the system delivers either first.
  CHECK((exit_code == 128 + SIGINT || exit_code == 128 + SIGTERM));
}

TEST_CASE_METHOD(DaemonFixture, "a request that never ends is cut off") {
  RawConnection unfinished(daemon->port());
  unfinished.Send(
      "POST /v1/outdials HTTP/1.1\r\nExpect: 100-continue\r\nContent-Length: 2\r\n\r\n");
  REQUIRE(unfinished.ReadUntil("100 Continue\r\n\r\n"));
  daemon->process().Signal(SIGTERM);
  CHECK(daemon->process().WaitForExit() == 0);
}

TEST_CASE_METHOD(DaemonFixture, "the next daemon on the file has everything") {
  const std::string outdial_id = api.MakeOutdial("kept");
  const std::string target_id = api.MakeTarget(outdial_id);
  const Json target =
      api.Ask("POST", "/v1/outdialtargets/" + target_id + "/progressing", Json::object());
  CHECK(daemon->Stop() == 0);
  DaemonProcess next(kManager, dsn);
  Api next_api(next.port());
  CHECK(next_api.Ask("GET", "/v1/outdials/" + outdial_id)["name"] == "kept");
  CHECK(next_api.Ask("GET", "/v1/outdialtargets/" + target_id) == target);
}

TEST_CASE_METHOD(DaemonFixture, "every acknowledged change outlives a kill") {
  const std::string outdial_id = api.MakeOutdial();
  std::set<std::string> acknowledged;
  for (int round = 0; round < 3; ++round) {
    std::atomic<int> written = 0;
    std::thread writer([&, port = daemon->port()] {
      try {
        Api client(port);
        while (true) {
          acknowledged.insert(client.MakeTarget(outdial_id));
          ++written;
        }
      } catch (const std::runtime_error&) {
        // Killed.
      }
    });
    const auto deadline = std::chrono::steady_clock::now() + kPatience;
    while (written < 20 && std::chrono::steady_clock::now() < deadline) std::this_thread::yield();
    daemon->process().Signal(SIGKILL);
    CHECK(daemon->process().WaitForExit() == 128 + SIGKILL);
    writer.join();
    CHECK(written >= 20);
    daemon = std::make_unique<DaemonProcess>(kManager, dsn);
  }
  Api next_api(daemon->port());
  for (const std::string& target_id : acknowledged) {
    const Json target = next_api.Ask("GET", "/v1/outdialtargets/" + target_id);
    CHECK(target["destination_0"]["target"] == "+15551230001");
  }
  // One that was committed and never acknowledged, in each round, at most.
  const Json all = next_api.Ask("GET", "/v1/outdials/" + outdial_id + "/targets?page_size=1000");
  CHECK(all.size() >= acknowledged.size());
  if (acknowledged.size() < 900) CHECK(all.size() <= acknowledged.size() + 3);
}

TEST_CASE_METHOD(DaemonFixture, "an expired lease is brought back by itself") {
  const std::string outdial_id = api.MakeOutdial();
  const std::string target_id = api.MakeTarget(outdial_id);
  const Json claimed = api.Ask("POST", "/v1/outdials/" + outdial_id + "/claim",
                               {{"try_count_0", 1}, {"lease_seconds", 1}});
  REQUIRE(claimed.size() == 1);
  const auto deadline = std::chrono::steady_clock::now() + kPatience;
  std::string status = "progressing";
  while (status != "idle" && std::chrono::steady_clock::now() < deadline) {
    std::this_thread::sleep_for(std::chrono::milliseconds(20));
    status = api.Ask("GET", "/v1/outdialtargets/" + target_id)["status"];
  }
  CHECK(status == "idle");
  const std::string call_id = claimed[0]["outdialtargetcall_id"];
  CHECK(api.Ask("GET", "/v1/outdialtargetcalls/" + call_id)["status"] == "done");
}

TEST_CASE("the default lease is that of the setting") {
  DaemonFixture fixture({"--lease_seconds", "1"});
  const std::string outdial_id = fixture.api.MakeOutdial();
  fixture.api.MakeTarget(outdial_id);
  const Json claimed =
      fixture.api.Ask("POST", "/v1/outdials/" + outdial_id + "/claim", {{"try_count_0", 1}});
  REQUIRE(claimed.size() == 1);
  CHECK(claimed[0]["lease_until"].is_string());
}

TEST_CASE("metrics tell of leases that ran out and of events that wait") {
  DaemonFixture fixture({"--events", "on", "--lease_seconds", "1"});
  const auto has = [](Api& api, const std::string& line) {
    return api.Send("GET", "/metrics").body.find("\noutdial_manager_" + line + "\n") !=
           std::string::npos;
  };
  CHECK(has(fixture.api, "leases_reclaimed_total 0"));
  CHECK(has(fixture.api, "outbox_events 0"));
  CHECK(has(fixture.api, "outbox_oldest_event_age_seconds 0"));
  const std::string outdial_id = fixture.api.MakeOutdial();
  fixture.api.MakeTarget(outdial_id);
  REQUIRE(fixture.api.Ask("POST", "/v1/outdials/" + outdial_id + "/claim", {{"try_count_0", 1}})
              .size() == 1);
  const auto deadline = std::chrono::steady_clock::now() + kPatience;
  while (!has(fixture.api, "leases_reclaimed_total 1")) {
    REQUIRE(std::chrono::steady_clock::now() < deadline);
    std::this_thread::sleep_for(std::chrono::milliseconds(20));
  }
  // A daemon looks at the outbox when it starts.
  const DaemonProcess second(kManager, fixture.dsn);
  Api other(second.port());
  while (!has(other, "outbox_events 4")) {
    REQUIRE(std::chrono::steady_clock::now() < deadline);
    std::this_thread::sleep_for(std::chrono::milliseconds(20));
  }
  CHECK_FALSE(has(other, "outbox_oldest_event_age_seconds 0"));
}

TEST_CASE("events are kept where they are wanted, and refused beyond the limit") {
  DaemonFixture fixture({"--events", "on", "--outbox_limit", "3"});
  for (int i = 0; i < 3; ++i) fixture.api.MakeOutdial();
  const HttpAnswer refused = fixture.api.Send("POST", "/v1/outdials", R"({"name":"x"})");
  CHECK(refused.status_code == 503);
  CHECK(ReasonOf(refused) == "OUTBOX_FULL");
  CHECK(fixture.api.Ask("GET", "/v1/outdials").size() == 3);
}

TEST_CASE("without a broker events are not kept") {
  DaemonFixture fixture({"--outbox_limit", "1"});
  for (int i = 0; i < 3; ++i) fixture.api.MakeOutdial();
  CHECK(fixture.api.Ask("GET", "/v1/outdials").size() == 3);
}

TEST_CASE("a database in memory serves") {
  DaemonProcess daemon(kManager, "sqlite::memory:");
  Api api(daemon.port());
  const std::string outdial_id = api.MakeOutdial();
  CHECK(api.Ask("GET", "/v1/outdials/" + outdial_id)["id"] == outdial_id);
  CHECK(daemon.Stop() == 0);
}

TEST_CASE("metrics have a listener of their own, and nothing else is there") {
  TemporaryDirectory directory;
  DaemonProcess daemon(
      kManager, "sqlite:" + directory.Join("outdial.db"),
      {"--prometheus_listen_address", "127.0.0.1:0", "--prometheus_endpoint", "/my/metrics"});
  const std::string address = daemon.StartField("prometheus");
  Api metrics(std::stoi(address.substr(address.rfind(':') + 1)));
  CHECK(metrics.Send("GET", "/my/metrics").body.find("outdial_manager_build_info") !=
        std::string::npos);
  CHECK(metrics.Send("GET", "/metrics").status_code == 404);
  CHECK(metrics.Send("GET", "/v1/outdials").status_code == 404);
  CHECK(metrics.Send("POST", "/v1/outdials", "{}").status_code == 404);
}

TEST_CASE_METHOD(DaemonFixture, "a taken port for metrics is a warning, not the end") {
  DaemonProcess other(
      kManager, "sqlite::memory:",
      {"--prometheus_listen_address", "127.0.0.1:" + std::to_string(daemon->port())});
  CHECK(other.StartField("prometheus") == "none");
  CHECK(other.process().error_output().find("\"level\":\"warning\"") != std::string::npos);
  CHECK(Api(other.port()).Send("GET", "/healthz").status_code == 200);
}

TEST_CASE_METHOD(DaemonFixture, "two daemons serve one file") {
  DaemonProcess other(kManager, dsn);
  Api other_api(other.port());
  const std::string outdial_id = api.MakeOutdial("shared");
  CHECK(other_api.Ask("GET", "/v1/outdials/" + outdial_id)["name"] == "shared");
}

TEST_CASE_METHOD(DaemonFixture, "every line of the log is one JSON object") {
  const std::string request_id = "id\\u000a\"}{%0a";
  api.Send("GET", "/v1/outdials", "", "X-Request-Id: " + request_id + "\r\n");
  DaemonProcess verbose(kManager, dsn, {"--log_level", "debug"});
  Api verbose_api(verbose.port());
  verbose_api.Send("GET", "/v1/outdials", "", "X-Request-Id: " + request_id + "\r\n");
  verbose_api.Send("GET", "/v1/%0a%0d%1b\xff", "", "X-Request-Id: \xff\xfe\r\n");
  CHECK(verbose.Stop() == 0);
  std::istringstream lines(verbose.process().error_output());
  int requests = 0;
  for (std::string line; std::getline(lines, line);) {
    INFO(line);
    const Json entry = Json::parse(line, nullptr, /*allow_exceptions=*/false);
    REQUIRE(entry.is_object());
    CHECK(entry["time"].get<std::string>().size() ==
          std::string("2026-01-15T09:30:00.000000Z").size());
    CHECK(entry.contains("level"));
    if (entry["level"] == "debug") ++requests;
  }
  CHECK(requests == 2);
  // At the level info requests are not logged.
  CHECK(daemon->process().error_output().find("/outdials") == std::string::npos);
}

}  // namespace
}  // namespace outdial::test
