// What the daemon's tests cannot bring about.
#include "outdial/http/server.h"

#include <atomic>
#include <chrono>
#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "absl/cleanup/cleanup.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "outdial/memory/call_hook.h"
#include "outdial/memory/database.h"
#include "outdial/memory/failure_injector.h"
#include "outdial/memory/manual_clock.h"
#include "outdial/memory/sequential_id_source.h"
#include "outdial/metrics/metrics.h"
#include "outdial/ports/cache.h"
#include "outdial/router/router.h"
#include "outdial/services/services.h"
#include "support/catch.h"
#include "support/eventually.h"
#include "support/raw_http.h"

namespace outdial::http {
namespace {

using test::HttpAnswer;
using test::MakeRequest;
using test::RawConnection;

Settings MakeSettings() { return {.address = *ListenAddress::Resolve("127.0.0.1:0")}; }

struct ServerFixture {
  HttpAnswer Get(const Server& server, const std::string& target) {
    RawConnection connection(server.address().port());
    connection.Send(MakeRequest("GET", target));
    const auto answer = connection.ReadAnswer();
    REQUIRE(answer.has_value());
    return *answer;
  }

  metrics::Metrics metrics;
};

TEST_CASE_METHOD(ServerFixture, "readiness names what is not ready, and nothing else") {
  std::atomic<bool> database_works = true;
  Settings settings = MakeSettings();
  settings.readiness = {{"database",
                         [&] {
                           return database_works ? absl::OkStatus()
                                                 : absl::UnavailableError("10.1.2.3 refuses");
                         }},
                        {"broker", [] { return absl::OkStatus(); }}};
  Server server(settings, nullptr, metrics);
  REQUIRE(server.Start().ok());
  CHECK(Get(server, "/readyz").status_code == 200);
  database_works = false;
  const HttpAnswer answer = Get(server, "/readyz");
  CHECK(answer.status_code == 503);
  CHECK(answer.body.find("\"database\"") != std::string::npos);
  CHECK(answer.body.find("broker") == std::string::npos);
  CHECK(answer.body.find("10.1.2.3") == std::string::npos);
  CHECK(Get(server, "/healthz").status_code == 200);
}

TEST_CASE_METHOD(ServerFixture, "two servers do not share a port") {
  Server first(MakeSettings(), nullptr, metrics);
  REQUIRE(first.Start().ok());
  Settings settings = MakeSettings();
  settings.address = first.address();
  Server second(settings, nullptr, metrics);
  CHECK(absl::IsUnavailable(second.Start()));
  first.Stop();
  Server third(settings, nullptr, metrics);
  CHECK(third.Start().ok());
}

TEST_CASE_METHOD(ServerFixture, "an idle connection ends after its time") {
  Settings settings = MakeSettings();
  settings.idle_timeout = absl::Milliseconds(50);
  Server server(settings, nullptr, metrics);
  REQUIRE(server.Start().ok());
  RawConnection connection(server.address().port());
  CHECK(connection.ReadsEnd());
}

TEST_CASE_METHOD(ServerFixture, "a request that does not get ahead is given up") {
  Settings settings = MakeSettings();
  settings.request_timeout = absl::Milliseconds(100);
  Server server(settings, nullptr, metrics);
  REQUIRE(server.Start().ok());
  RawConnection head(server.address().port());
  head.Send("GET /healthz HTTP/1.1\r\nHost:");
  RawConnection body(server.address().port());
  body.Send("GET /healthz HTTP/1.1\r\nContent-Length: 10\r\n\r\n{");
  for (RawConnection* connection : {&head, &body}) {
    if (const auto answer = connection->ReadAnswer()) CHECK(answer->status_code >= 400);
    connection->FinishSending();
    CHECK(connection->ReadsEnd());
  }
}

TEST_CASE_METHOD(ServerFixture, "a client beyond the limit waits for its turn") {
  Settings settings = MakeSettings();
  settings.max_connections = 1;
  Server server(settings, nullptr, metrics);
  REQUIRE(server.Start().ok());
  RawConnection first(server.address().port());
  first.Send("GET /healthz HTTP/1.1\r\n");  // begun: it is not idle
  RawConnection second(server.address().port());
  second.Send(MakeRequest("GET", "/healthz"));
  first.Send("Connection: close\r\n\r\n");
  const auto first_answer = first.ReadAnswer();
  REQUIRE(first_answer.has_value());
  CHECK(first_answer->status_code == 200);
  const auto second_answer = second.ReadAnswer();
  REQUIRE(second_answer.has_value());
  CHECK(second_answer->status_code == 200);
}

TEST_CASE_METHOD(ServerFixture, "a server stops although clients wait for their turn") {
  Settings settings = MakeSettings();
  settings.max_connections = 1;
  settings.stop_timeout = absl::Milliseconds(10);
  Server server(settings, nullptr, metrics);
  REQUIRE(server.Start().ok());
  RawConnection first(server.address().port());
  first.Send("GET /healthz HTTP/1.1\r\nExpect: 100-continue\r\nContent-Length: 2\r\n\r\n");
  REQUIRE(first.ReadUntil("100 Continue\r\n\r\n"));
  RawConnection second(server.address().port());
  server.Stop();
  CHECK(second.ReadsEnd());
}

// Looks at the server while it handles an operation.
class Watcher final : public memory::CallHook {
 public:
  absl::Status Before(memory::Call call) override {
    if (call == memory::Call::kDatabaseRead) seen = server->requests_in_hand();
    return absl::OkStatus();
  }
  absl::Status After(memory::Call /*call*/) override { return absl::OkStatus(); }

  const Server* server = nullptr;
  std::size_t seen = 0;
};

TEST_CASE_METHOD(ServerFixture, "a server knows how many operations are in hand") {
  Watcher watcher;
  memory::Database database({.hook = &watcher});
  NoCache cache;
  memory::ManualClock clock;
  memory::SequentialIdSource ids;
  Services services(database, cache, clock, ids);
  const router::Router router(services, metrics);
  Server server(MakeSettings(), &router, metrics);
  watcher.server = &server;
  REQUIRE(server.Start().ok());
  CHECK(server.requests_in_hand() == 0);
  CHECK(Get(server, "/v1/outdials").status_code == 200);
  CHECK(watcher.seen == 1);
  CHECK(server.requests_in_hand() == 0);
}

TEST_CASE_METHOD(ServerFixture, "an export that fails half-way has no last chunk") {
  memory::FailureInjector failures;
  memory::Database database({.hook = &failures});
  NoCache cache;
  memory::ManualClock clock;
  memory::SequentialIdSource ids;
  Services services(database, cache, clock, ids);
  const OutdialId list = services.outdials.Create({})->id();
  std::vector<absl::StatusOr<NewOutdialTarget>> rows(1'000);
  for (auto& row : rows) {
    row = NewOutdialTarget{.detail = *Text::Create("detail", std::string(1'000, 'x'))};
  }
  REQUIRE(services.imports.Import(list, rows, OnDuplicate::kAllow).ok());
  const router::Router router(services, metrics);
  Server server(MakeSettings(), &router, metrics);
  REQUIRE(server.Start().ok());
  const auto exported = [&] {
    RawConnection connection(server.address().port());
    connection.Send(MakeRequest("GET", "/v1/outdials/" + list.ToString() + "/targets/export"));
    REQUIRE(connection.ReadUntil("name,detail"));
    return connection.ReadUntil("\r\n0\r\n\r\n");
  };
  CHECK(exported());
  // Later than the first piece.
  failures.Fail({.call = memory::Call::kTargetsListOldest, .nth = 40});
  CHECK_FALSE(exported());
  CHECK(failures.pending() == 0);
}

// Holds up what changes something while it is not open.
class Gate final : public memory::CallHook {
 public:
  absl::Status Before(memory::Call call) override {
    if (call != memory::Call::kDatabaseWrite) return absl::OkStatus();
    ++waiting;
    while (!open) std::this_thread::sleep_for(std::chrono::milliseconds(1));
    --waiting;
    return absl::OkStatus();
  }
  absl::Status After(memory::Call /*call*/) override { return absl::OkStatus(); }

  std::atomic<int> waiting = 0;
  std::atomic<bool> open = true;
};

// A list, and the server that it is on.
struct StreamFixture : ServerFixture {
  explicit StreamFixture() { router.emplace(services, metrics); }

  void Start(const Settings& settings) {
    server.emplace(settings, &*router, metrics);
    REQUIRE(server->Start().ok());
  }
  std::string Uri(const std::string& operation) const {
    return "/v1/outdials/" + list.ToString() + "/targets/" + operation;
  }
  // Of an import whose body is to follow, in chunks.
  std::string ImportHead() const {
    return "POST " + Uri("import") +
           " HTTP/1.1\r\nContent-Type: text/csv\r\nTransfer-Encoding: chunked\r\n\r\n";
  }

  Gate gate;
  memory::Database database{{.hook = &gate}};
  NoCache cache;
  memory::ManualClock clock;
  memory::SequentialIdSource ids;
  Services services{database, cache, clock, ids};
  const OutdialId list = services.outdials.Create({})->id();
  std::optional<router::Router> router;
  std::optional<Server> server;
};

TEST_CASE_METHOD(StreamFixture, "an upload that comes too slowly is given up") {
  Settings settings = MakeSettings();
  settings.request_timeout = absl::Milliseconds(200);
  settings.min_stream_bytes_per_second = 1'000'000;
  Start(settings);
  RawConnection slow(server->address().port());
  slow.Send(ImportHead() + "e\r\ndestination_0\n\r\n");
  // Each byte is in time for a limit that counts from the last one.
  std::atomic<bool> answered = false;
  std::thread dripping([&] {
    while (!answered && slow.Send("2\r\na\n\r\n")) {
      std::this_thread::sleep_for(std::chrono::milliseconds(5));
    }
  });
  const auto answer = slow.ReadAnswer();
  answered = true;
  dripping.join();
  REQUIRE(answer.has_value());
  CHECK(answer->status_code == 400);
  CHECK(answer->body.find("too slowly") != std::string::npos);
}

TEST_CASE_METHOD(StreamFixture, "streams have places of their own") {
  Settings settings = MakeSettings();
  settings.max_connections = 4;
  Start(settings);
  std::vector<std::unique_ptr<RawConnection>> streams;
  for (int i = 0; i < 2; ++i) {
    streams.push_back(std::make_unique<RawConnection>(server->address().port()));
    streams.back()->Send("POST " + Uri("import") +
                         " HTTP/1.1\r\nContent-Type: text/csv\r\nExpect: 100-continue\r\n"
                         "Transfer-Encoding: chunked\r\n\r\n");
    REQUIRE(streams.back()->ReadUntil("100 Continue\r\n\r\n"));
  }
  RawConnection refused(server->address().port());
  refused.Send(ImportHead());
  const auto answer = refused.ReadAnswer();
  REQUIRE(answer.has_value());
  CHECK(answer->status_code == 429);
  CHECK(answer->body.find("TOO_MANY_STREAMS") != std::string::npos);
  CHECK(Get(*server, "/healthz").status_code == 200);
  streams.front()->Send("e\r\ndestination_0\n\r\n0\r\n\r\n");
  REQUIRE(streams.front()->ReadAnswer().has_value());
  RawConnection next(server->address().port());
  next.Send(ImportHead() + "e\r\ndestination_0\n\r\n0\r\n\r\n");
  CHECK(next.ReadAnswer()->status_code == 200);
}

TEST_CASE_METHOD(StreamFixture, "streams leave others their turns") {
  Settings settings = MakeSettings();
  settings.max_requests = 2;
  Start(settings);
  gate.open = false;
  const absl::Cleanup open = [&] { gate.open = true; };
  std::vector<std::unique_ptr<RawConnection>> streams;
  for (int i = 0; i < 2; ++i) {
    streams.push_back(std::make_unique<RawConnection>(server->address().port()));
    streams.back()->Send(ImportHead() + "11\r\ndestination_0\n+1\n\r\n0\r\n\r\n");
  }
  REQUIRE(test::Eventually([&] { return gate.waiting == 1 && server->streams_in_hand() == 2; }));
  CHECK(Get(*server, "/v1/outdials").status_code == 200);
  CHECK(gate.waiting == 1);
  gate.open = true;
  for (const auto& stream : streams) CHECK(stream->ReadAnswer()->status_code == 200);
}

TEST_CASE_METHOD(StreamFixture, "bodies take no more room together than there is") {
  Start(MakeSettings());
  const auto announce = [&](const std::string& target, std::size_t length) {
    auto connection = std::make_unique<RawConnection>(server->address().port());
    connection->Send("POST " + target + " HTTP/1.1\r\nExpect: 100-continue\r\nContent-Length: " +
                     std::to_string(length) + "\r\n\r\n");
    return connection;
  };
  const auto is_refused = [&](RawConnection& connection) {
    const auto answer = connection.ReadAnswer();
    REQUIRE(answer.has_value());
    CHECK(answer->status_code == 429);
    CHECK(answer->headers.at("connection") == "close");
    return answer->body.find("TOO_MANY_BODIES") != std::string::npos;
  };
  const std::string target = "/v1/outdials";
  std::vector<std::unique_ptr<RawConnection>> bodies;
  for (std::size_t taken = 0; taken < kMaxBodiesBytes; taken += router::kMaxBodyBytes) {
    bodies.push_back(announce(target, router::kMaxBodyBytes));
    REQUIRE(bodies.back()->ReadUntil("100 Continue\r\n\r\n"));
  }
  CHECK(is_refused(*announce(target, 1)));
  RawConnection chunked(server->address().port());
  chunked.Send("POST " + target + " HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n");
  CHECK(is_refused(chunked));
  // What has no body, or whose body nobody wants, takes no room.
  CHECK(Get(*server, target).status_code == 200);
  CHECK(announce("/healthz", router::kMaxBodyBytes)->ReadUntil("100 Continue\r\n\r\n"));

  bodies.front()->Send("{}" + std::string(router::kMaxBodyBytes - 2, ' '));
  CHECK(bodies.front()->ReadAnswer()->status_code == 200);
  const auto next = announce(target, 2);
  REQUIRE(next->ReadUntil("100 Continue\r\n\r\n"));
  next->Send("{}");
  CHECK(next->ReadAnswer()->status_code == 200);
}

TEST_CASE_METHOD(StreamFixture, "an export that its client does not read is reset") {
  std::vector<absl::StatusOr<NewOutdialTarget>> rows(1'000);
  for (auto& row : rows) {
    row = NewOutdialTarget{.detail = *Text::Create("detail", std::string(60'000, 'x'))};
  }
  REQUIRE(services.imports.Import(list, rows, OnDuplicate::kAllow).ok());
  Settings settings = MakeSettings();
  settings.response_timeout = absl::Milliseconds(50);
  Start(settings);
  for (const std::string version : {"1.0", "1.1"}) {
    RawConnection stalled(server->address().port());
    stalled.Send("GET " + Uri("export") + " HTTP/" + version + "\r\n\r\n");
    REQUIRE(stalled.ReadUntil("name,detail"));
    // The place is free again when the server has given it up.
    REQUIRE(test::Eventually([&] { return server->streams_in_hand() == 0; }));
    CHECK_FALSE(stalled.ReadUntil("\r\n0\r\n\r\n"));
    CHECK(stalled.WasReset());
  }
}

TEST_CASE_METHOD(ServerFixture, "a server that was not started can be stopped, and stopped again") {
  Server server(MakeSettings(), nullptr, metrics);
  server.Stop();
  REQUIRE(server.Start().ok());
  server.Stop();
  server.Stop();
}

}  // namespace
}  // namespace outdial::http
