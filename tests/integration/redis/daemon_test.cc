// The daemon with a cache: what it costs, and that it can do without.
#include <signal.h>

#include <string>
#include <utility>
#include <vector>

#include "integration/http/api.h"
#include "integration/redis/redis_client.h"
#include "support/catch.h"
#include "support/servers.h"

namespace outdial::test {
namespace {

std::vector<std::string> CachedBy(int port) {
  return {"--redis_address", "127.0.0.1:" + std::to_string(port), "--workers", "2"};
}

int Count(const std::string& text, const std::string& part) {
  int count = 0;
  for (std::size_t at = text.find(part); at != std::string::npos; at = text.find(part, at + 1)) {
    ++count;
  }
  return count;
}

double Metric(Api& api, const std::string& name) {
  const std::string metrics = api.Send("GET", "/metrics").body;
  const std::string start = "\noutdial_manager_" + name + " ";
  const std::size_t found = metrics.find(start);
  REQUIRE(found != std::string::npos);
  return std::stod(metrics.substr(found + start.size()));
}

bool IsUp(Api& api) { return Metric(api, "server_up{adapter=\"redis\"}") == 1; }

// Runs `attempt`, which returns what it found, until the server was never late for any of `apis`: a
// busy machine takes longer than the few milliseconds that a daemon waits.
template <typename Attempt>
auto WithoutDelays(const std::vector<Api*>& apis, Attempt attempt) {
  const auto errors = [&] {
    double sum = 0;
    for (Api* api : apis) {
      sum += Metric(*api, "cache_errors_total");
      if (!IsUp(*api)) sum = -1;
    }
    return sum;
  };
  decltype(attempt()) result;
  REQUIRE(Eventually([&] {
    const double before = errors();
    if (before < 0) return false;
    result = attempt();
    return errors() == before;
  }));
  return result;
}

// Reads until the answer comes from the cache.
void WaitForCopy(Api& api, RedisClient& redis, const std::string& kind, const std::string& id) {
  REQUIRE(Eventually([&] {
    api.Ask("GET", "/v1/" + kind + "s/" + id);
    return redis.Exists(kind + ":" + id);
  }));
}

TEST_CASE("redis daemon: a read of what is cached is one command") {
  RedisServer server;
  server.Start();
  DaemonFixture daemon(CachedBy(server.port()));
  RedisClient redis(server.port());
  const std::string outdial = daemon.api.MakeOutdial();
  const std::string target = daemon.api.MakeTarget(outdial);
  WaitForCopy(daemon.api, redis, "outdialtarget", target);
  constexpr int kReads = 20;
  CHECK(WithoutDelays({&daemon.api}, [&] {
          WaitForCopy(daemon.api, redis, "outdialtarget", target);
          redis.ResetCalls();
          for (int i = 0; i < kReads; ++i) daemon.api.Ask("GET", "/v1/outdialtargets/" + target);
          return std::pair(redis.Calls("get"), redis.Calls("evalsha"));
        }) == std::pair(kReads, 0));

  // A change is two round trips: one before its commit, one after.
  Json claimed;
  CHECK(WithoutDelays({&daemon.api}, [&] {
          daemon.api.MakeTarget(outdial);
          redis.ResetCalls();
          claimed = daemon.api.Ask("POST", "/v1/outdials/" + outdial + "/claim",
                                   {{"try_count_0", 1}, {"limit", 10}});
          return redis.Calls("evalsha");
        }) == 2);
  REQUIRE_FALSE(claimed.empty());
  for (const Json& each : claimed) {
    const std::string id = each.at("id");
    const std::string call = each.at("outdialtargetcall_id");
    CHECK(redis.Exists("outdialtargetcall:" + call));
    CHECK(Json::parse(*redis.Get("outdialtarget:" + id)).at("status") == "progressing");
    CHECK(daemon.api.Ask("GET", "/v1/outdialtargets/" + id).at("try_count_0") == 1);
  }
}

TEST_CASE("redis daemon: without its server everything works, and one line says so") {
  RedisServer server;
  DaemonFixture daemon(CachedBy(server.port()));
  const std::string outdial = daemon.api.MakeOutdial("first");
  const auto rename = [&](const std::string& name) {
    daemon.api.Ask("PUT", "/v1/outdials/" + outdial, {{"name", name}});
    return daemon.api.Ask("GET", "/v1/outdials/" + outdial).at("name") == name;
  };
  CHECK(rename("away"));
  REQUIRE(daemon.daemon->process().WaitForError("Redis is away"));
  server.Start();
  REQUIRE(daemon.daemon->process().WaitForError("Redis is back"));
  {
    RedisClient redis(server.port());
    WaitForCopy(daemon.api, redis, "outdial", outdial);
  }
  server.Freeze();
  CHECK(rename("frozen"));
  CHECK(rename("still frozen"));
  server.Thaw();
  {
    RedisClient redis(server.port());
    WaitForCopy(daemon.api, redis, "outdial", outdial);
  }
  server.Kill();
  CHECK(rename("dead"));
  CHECK(daemon.daemon->Stop() == 0);
  const std::string log = daemon.daemon->process().error_output();
  CHECK(log.find("127.0.0.1:" + std::to_string(server.port())) == std::string::npos);
  // What could not be deleted before the end is told.
  CHECK(Count(log, "Copies in Redis are old") == 1);
}

// The command line on the daemon's database and a Redis.
Finished RunControl(const DaemonFixture& daemon, const RedisServer& server,
                    const std::vector<std::string>& arguments) {
  std::vector<std::string> command = {std::string(OUTDIAL_BIN_DIR) + "/outdial-control",
                                      "--database_dsn", daemon.dsn, "--redis_address",
                                      server.address()};
  command.insert(command.end(), arguments.begin(), arguments.end());
  return RunToEnd(command);
}

constexpr char kNotTold[] = "Redis could not be told of the change";

TEST_CASE("redis daemon: what it changes while Redis is away, and dies, nobody reads as it was") {
  RedisServer server;
  server.Start();
  RedisClient redis(server.port());
  DaemonFixture daemon(CachedBy(server.port()));
  const std::string outdial = daemon.api.MakeOutdial("before");
  const std::string uri = "/v1/outdials/" + outdial;
  WaitForCopy(daemon.api, redis, "outdial", outdial);
  // Somebody who lives on, and is asked nothing meanwhile.
  const DaemonProcess second(kManager, daemon.dsn, CachedBy(server.port()));
  Api other(second.port());
  REQUIRE(Eventually([&] { return IsUp(other); }));
  WaitForCopy(daemon.api, redis, "outdial", outdial);  // the second one has deleted the first copy

  server.Freeze();
  const bool by_hand = GENERATE(false, true);
  if (by_hand) {
    const Finished finished = RunControl(
        daemon, server, {"outdial", "update-basic-info", "--id", outdial, "--name", "after"});
    CHECK(finished.exit_code == 0);
    CHECK(finished.error_output.find(kNotTold) != std::string::npos);
    // What changes nothing has nothing to tell.
    const Finished read = RunControl(daemon, server, {"outdial", "get", "--id", outdial});
    CHECK(read.error_output.find(kNotTold) == std::string::npos);
  } else {
    // What it still sends the server would find when it goes on.
    REQUIRE(Eventually([&] { return !IsUp(daemon.api); }));
    daemon.api.Ask("PUT", uri, {{"name", "after"}});
  }
  daemon.daemon->process().Signal(SIGKILL);
  REQUIRE(daemon.daemon->process().WaitForExit() == 128 + SIGKILL);
  // Failures so far apart that a second has passed.
  REQUIRE(Eventually([&] { return !IsUp(other); }));
  const double errors = Metric(other, "cache_errors_total");
  REQUIRE(Eventually([&] { return Metric(other, "cache_errors_total") >= errors + 7; }));
  server.Thaw();
  REQUIRE(Eventually([&] { return IsUp(other); }));
  CHECK(other.Ask("GET", uri).at("name") == "after");
  const DaemonProcess third(kManager, daemon.dsn, CachedBy(server.port()));
  CHECK(Api(third.port()).Ask("GET", uri).at("name") == "after");
}

TEST_CASE("redis daemon: one that takes the place of a dead one forgets what that could not tell") {
  RedisServer server;
  server.Start();
  RedisClient redis(server.port());
  DaemonFixture daemon(CachedBy(server.port()));
  const std::string outdial = daemon.api.MakeOutdial("before");
  const std::string uri = "/v1/outdials/" + outdial;
  WaitForCopy(daemon.api, redis, "outdial", outdial);
  server.Freeze();
  REQUIRE(Eventually([&] { return !IsUp(daemon.api); }));
  daemon.api.Ask("PUT", uri, {{"name", "after"}});
  daemon.daemon->process().Signal(SIGKILL);
  REQUIRE(daemon.daemon->process().WaitForExit() == 128 + SIGKILL);
  server.Thaw();
  REQUIRE(Json::parse(*redis.Get("outdial:" + outdial)).at("name") == "before");

  const DaemonProcess next(kManager, daemon.dsn, CachedBy(server.port()));
  Api api(next.port());
  CHECK(api.Ask("GET", uri).at("name") == "after");
  REQUIRE(Eventually([&] { return IsUp(api); }));
  CHECK(api.Ask("GET", uri).at("name") == "after");
  WaitForCopy(api, redis, "outdial", outdial);
  CHECK(Json::parse(*redis.Get("outdial:" + outdial)).at("name") == "after");
}

TEST_CASE("redis daemon: a Redis that is back at once with what it had saved long before") {
  RedisServer server;
  server.Start();
  DaemonFixture daemon(CachedBy(server.port()));
  const std::string outdial = daemon.api.MakeOutdial("before");
  {
    RedisClient redis(server.port());
    WaitForCopy(daemon.api, redis, "outdial", outdial);
    redis.Command({"SAVE"});
  }
  daemon.api.Ask("PUT", "/v1/outdials/" + outdial, {{"name", "after"}});
  const bool lives_on = GENERATE(true, false);
  if (lives_on) {
    const std::string reconnects = "reconnects_total{adapter=\"redis\"}";
    const double before = Metric(daemon.api, reconnects);
    server.Kill();
    server.Start();
    REQUIRE(Eventually([&] { return Metric(daemon.api, reconnects) > before; }));
    CHECK(daemon.api.Ask("GET", "/v1/outdials/" + outdial).at("name") == "after");
    return;
  }
  // The first one to see it again does not clean up at its start.
  daemon.daemon->process().Signal(SIGKILL);
  REQUIRE(daemon.daemon->process().WaitForExit() == 128 + SIGKILL);
  server.Kill();
  server.Start();
  const Finished got = RunControl(daemon, server, {"outdial", "get", "--id", outdial});
  REQUIRE(got.exit_code == 0);
  CHECK(Json::parse(got.output).at("name") == "after");
}

TEST_CASE("redis daemon: metrics tell what the cache does") {
  RedisServer server;
  server.Start();
  DaemonFixture daemon(CachedBy(server.port()));
  const auto value = [&](const std::string& name) { return Metric(daemon.api, name); };
  const std::string outdial = daemon.api.MakeOutdial();
  CHECK(WithoutDelays({&daemon.api}, [&] {
          RedisClient redis(server.port());
          WaitForCopy(daemon.api, redis, "outdial", outdial);
          const double hits = value("cache_hits_total{entity=\"outdial\"}");
          daemon.api.Ask("GET", "/v1/outdials/" + outdial);
          return value("cache_hits_total{entity=\"outdial\"}") - hits;
        }) == 1);
  CHECK(value("cache_hits_total{entity=\"outdialtarget\"}") == 0);
  CHECK(Eventually([&] { return IsUp(daemon.api); }));
  CHECK(value("cache_overdue_keys") == 0);
  const double reconnects = value("reconnects_total{adapter=\"redis\"}");
  server.Kill();
  daemon.api.Ask("PUT", "/v1/outdials/" + outdial, {{"name", "x"}});
  CHECK(value("cache_overdue_keys") == 1);
  CHECK(value("cache_errors_total") >= 1);
  CHECK_FALSE(IsUp(daemon.api));
  const double misses = value("cache_misses_total{entity=\"outdial\"}");
  daemon.api.Ask("GET", "/v1/outdials/" + outdial);
  CHECK(value("cache_misses_total{entity=\"outdial\"}") == misses + 1);
  server.Start();
  REQUIRE(Eventually([&] { return value("reconnects_total{adapter=\"redis\"}") > reconnects; }));
  CHECK(value("cache_overdue_keys") == 0);
}

TEST_CASE("redis daemon: the password stays secret") {
  RedisServer server({"--requirepass", "hush-hush"});
  server.Start();
  std::vector<std::string> arguments = CachedBy(server.port());
  arguments.insert(arguments.end(), {"--log_level", "debug", "--redis_database", "2"});
  const bool right = GENERATE(true, false);
  arguments.insert(arguments.end(), {"--redis_password", right ? "hush-hush" : "hush"});
  DaemonFixture daemon(arguments);
  const std::string outdial = daemon.api.MakeOutdial();
  if (right) {
    RedisClient redis(server.port());
    redis.Command({"AUTH", "hush-hush"});
    redis.Command({"SELECT", "2"});
    WaitForCopy(daemon.api, redis, "outdial", outdial);
  } else {
    REQUIRE(daemon.daemon->process().WaitForError("WRONGPASS"));
  }
  CHECK(daemon.daemon->Stop() == 0);
  CHECK(daemon.daemon->process().error_output().find("hush") == std::string::npos);
}

TEST_CASE("redis daemon: two of them, and the command line, never show each other an old copy") {
  RedisServer server;
  server.Start();
  DaemonFixture daemon(CachedBy(server.port()));
  const DaemonProcess second(kManager, daemon.dsn, CachedBy(server.port()));
  Api other(second.port());
  const std::string outdial = daemon.api.MakeOutdial("0");
  RedisClient redis(server.port());
  int name = 0;
  CHECK(WithoutDelays({&daemon.api, &other}, [&] {
          WaitForCopy(other, redis, "outdial", outdial);
          int old_copies = 0;
          for (int i = 0; i < 50; ++i) {
            Api& writer = i % 2 == 0 ? daemon.api : other;
            Api& reader = i % 2 == 0 ? other : daemon.api;
            const std::string next = std::to_string(++name);
            writer.Ask("PUT", "/v1/outdials/" + outdial, {{"name", next}});
            old_copies += reader.Ask("GET", "/v1/outdials/" + outdial).at("name") != next;
          }
          return old_copies;
        }) == 0);
  // It says so where it could not tell the server in time.
  REQUIRE(Eventually([&] {
    const Finished finished = RunControl(
        daemon, server, {"outdial", "update-basic-info", "--id", outdial, "--name", "by hand"});
    REQUIRE(finished.exit_code == 0);
    return finished.error_output.empty();
  }));
  CHECK(other.Ask("GET", "/v1/outdials/" + outdial).at("name") == "by hand");
}

}  // namespace
}  // namespace outdial::test
